//! WAVE files: what is written is read back, by us and by hound, and FFmpeg's packets are ours.

mod common;

use std::io::{Cursor, Read};

use common::{Counting, Memory, corpus, open, packets, skipped};
use md5::{Digest, Md5};
use rushes_container::{
    DemuxOptions, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer, open_muxer,
};
use rushes_core::{
    AudioParameters, ChannelLayout, Chapter, CodecId, CodecParameters, Error, IntoTime, Metadata,
    Packet, PcmFormat, Ticks, TimeBase, Timestamp, Track, Trim, VideoParameters,
};

fn track(format: PcmFormat, layout: ChannelLayout) -> Track {
    let audio = AudioParameters::new(8000, layout);
    let base = TimeBase::per_second(8000).expect("not zero");
    Track::new(0, CodecParameters::audio(CodecId::Pcm(format), audio), base)
}

fn options() -> MuxOptions {
    let mut options = MuxOptions::default();
    options.metadata = [("title", "Tone"), ("artist", "Nobody")].into_iter().collect();
    options
}

/// Writes `bytes` in packets of `size` samples.
fn mux(sink: Sink, track: &Track, bytes: &[u8], size: usize) {
    let mut muxer =
        open_muxer("wav", sink, std::slice::from_ref(track), &options()).expect("opens");
    let layout = track.codec.as_audio().expect("audio").layout;
    let CodecId::Pcm(format) = track.codec.codec else { panic!("PCM") };
    let block = usize::from(layout.channels()) * usize::from(format.bits() / 8);
    for (index, part) in bytes.chunks(size * block).enumerate() {
        let pts = i64::try_from(index * size).expect("small");
        let packet = Packet::new(0, part).with_pts(Timestamp::new(pts)).with_key(true);
        muxer.write(&packet).expect("writes");
    }
    muxer.finish().expect("finishes");
}

fn memory(track: &Track, bytes: &[u8], size: usize) -> Vec<u8> {
    let memory = Memory::default();
    mux(Sink::seekable(memory.clone()), track, bytes, size);
    memory.contents()
}

fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn every_format_and_layout_comes_back() {
    for format in [
        PcmFormat::U8,
        PcmFormat::S16Le,
        PcmFormat::S24Le,
        PcmFormat::S32Le,
        PcmFormat::S64Le,
        PcmFormat::F32Le,
        PcmFormat::F64Le,
        PcmFormat::ALaw,
        PcmFormat::MuLaw,
    ] {
        for layout in [
            ChannelLayout::MONO,
            ChannelLayout::STEREO,
            ChannelLayout::SURROUND_5_1_SIDE,
            ChannelLayout::from_mask(3, 0),
        ] {
            let track = track(format, layout);
            let block = usize::from(layout.channels()) * usize::from(format.bits() / 8);
            let bytes = noise(block * 3001);
            let file = memory(&track, &bytes, 3001);
            assert_eq!(memory(&track, &bytes, 7), file, "the split must not matter");
            let mut demuxer = open(file);
            let back = &demuxer.tracks()[0];
            assert_eq!(back.codec.codec, CodecId::Pcm(format));
            assert_eq!(back.codec.as_audio().expect("audio").layout, layout, "{format:?}");
            assert_eq!(back.duration, Some(Ticks::new(3001)));
            assert_eq!(demuxer.metadata().value("title"), Some("Tone"));
            let packets = packets(&mut *demuxer);
            let mut expected_pts = 0;
            for packet in &packets {
                assert_eq!(packet.pts, Some(Timestamp::new(expected_pts)));
                assert_eq!(packet.dts, packet.pts);
                expected_pts +=
                    i64::try_from(packet.duration.expect("set").count()).expect("small");
            }
            assert_eq!(expected_pts, 3001);
            let joined: Vec<u8> = packets.iter().flat_map(|packet| packet.data.to_vec()).collect();
            assert!(joined == bytes, "{format:?} {layout}");
        }
    }
}

#[test]
fn a_pipe_gets_a_file_of_unknown_length() {
    let memory = Memory::default();
    let bytes = noise(3 * 50_001);
    let track = track(PcmFormat::S24Le, ChannelLayout::MONO);
    mux(Sink::forward(memory.clone()), &track, &bytes, 100);
    let file = memory.contents();
    for source in [Source::forward(Cursor::new(file.clone())), Source::bytes(file)] {
        let is_forward = matches!(source, Source::Forward(_));
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        assert_eq!(demuxer.tracks()[0].duration.is_none(), is_forward);
        let packets = packets(&mut *demuxer);
        let joined: Vec<u8> = packets.iter().flat_map(|packet| packet.data.to_vec()).collect();
        assert_eq!(joined, bytes);
        let seek = demuxer.seek(SeekTo {
            time: 0.into_time().expect("finite"),
            track: None,
            mode: SeekMode::Key,
        });
        assert_eq!(matches!(seek, Err(Error::Unsupported(_))), is_forward);
    }
}

#[test]
fn hound_reads_what_we_write() {
    let check = |format, layout: ChannelLayout, bits, float| {
        let channels = usize::from(layout.channels());
        let bytes = noise(channels * 500 * usize::from(format_bytes(format)));
        let file = memory(&track(format, layout), &bytes, 33);
        let mut reader = hound::WavReader::new(Cursor::new(file)).expect("opens");
        let spec = reader.spec();
        assert_eq!((usize::from(spec.channels), spec.sample_rate), (channels, 8000));
        assert_eq!(spec.bits_per_sample, bits);
        assert_eq!(reader.duration(), 500);
        let samples: Vec<u8> = if float {
            let samples = reader.samples::<f32>();
            samples.flat_map(|sample| sample.expect("reads").to_le_bytes()).collect()
        } else {
            let samples = reader.samples::<i32>();
            samples
                .flat_map(|sample| {
                    let sample = sample.expect("reads");
                    // hound shifts 8 bit to a signed range.
                    let sample = if bits == 8 { sample + 128 } else { sample };
                    sample.to_le_bytes()[..usize::from(bits / 8)].to_vec()
                })
                .collect()
        };
        assert!(samples == bytes, "{format:?}");
    };
    check(PcmFormat::U8, ChannelLayout::MONO, 8, false);
    check(PcmFormat::S16Le, ChannelLayout::STEREO, 16, false);
    check(PcmFormat::S24Le, ChannelLayout::STEREO, 24, false);
    check(PcmFormat::S32Le, ChannelLayout::SURROUND_5_1, 32, false);
    check(PcmFormat::F32Le, ChannelLayout::MONO, 32, true);
}

fn format_bytes(format: PcmFormat) -> u16 {
    format.bits() / 8
}

#[test]
fn past_4_gib_the_file_becomes_rf64() {
    let sink = Counting::new(1000, 5 << 30);
    let track = track(PcmFormat::F64Le, ChannelLayout::STEREO);
    let mut muxer =
        open_muxer("wav", Sink::seekable(sink.clone()), &[track], &options()).expect("opens");
    let block = rushes_core::Buffer::from(vec![0; 64 << 20]);
    let samples: u64 = (64 << 20) / 16;
    for index in 0..80_u64 {
        let pts = i64::try_from(index * samples).expect("small");
        let packet = Packet::new(0, block.clone()).with_pts(Timestamp::new(pts));
        muxer.write(&packet).expect("writes");
    }
    muxer.write(&Packet::new(0, vec![9; 16])).expect("writes");
    muxer.finish().expect("finishes");
    assert_eq!(&sink.head()[..4], b"RF64");
    assert!(sink.length() > 5 << 30);

    let mut demuxer =
        open_demuxer(Source::seekable(sink.reopen()), &DemuxOptions::default()).expect("opens");
    let total = 80 * samples + 1;
    assert_eq!(demuxer.tracks()[0].duration, Some(Ticks::new(total)));
    let last = i64::try_from(total - 1).expect("small");
    let base = demuxer.tracks()[0].time_base;
    let seeked = demuxer
        .seek(SeekTo { time: base.time(Timestamp::new(last)), track: None, mode: SeekMode::Any })
        .expect("seeks");
    assert_eq!(seeked.pts.ticks(), last);
    let packet = demuxer.next_packet().expect("reads").expect("is there");
    assert_eq!((&packet.data[..], packet.pts), (&[9; 16][..], Some(Timestamp::new(last))));
    assert!(demuxer.next_packet().expect("reads").is_none());
}

#[test]
fn seeks_are_exact_to_the_sample() {
    let bytes = noise(4 * 10_000);
    let track = track(PcmFormat::S16Le, ChannelLayout::STEREO);
    let mut demuxer = open(memory(&track, &bytes, 1000));
    let base = track.time_base;
    for sample in [0_usize, 1, 1023, 1024, 9999, 5, 10_000, 20_000] {
        let time = base.time(Timestamp::new(i64::try_from(sample).expect("small")));
        let seeked =
            demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).expect("seeks");
        let expected = sample.min(9999);
        assert_eq!(seeked.pts.ticks(), i64::try_from(expected).expect("small"));
        let rest: Vec<u8> =
            packets(&mut *demuxer).iter().flat_map(|packet| packet.data.to_vec()).collect();
        assert!(rest == bytes[expected * 4..], "{sample}");
    }
    let time = (-1.0).into_time().expect("finite");
    let seeked = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key }).expect("seeks");
    assert_eq!(seeked.pts, Timestamp::ZERO);
}

#[test]
fn what_is_not_heard_is_cut() {
    let memory = Memory::default();
    let track = track(PcmFormat::U8, ChannelLayout::MONO);
    let mut muxer =
        open_muxer("wav", Sink::rewritable(memory.clone()), &[track], &options()).expect("opens");
    let packet = |pts, bytes: &[u8]| Packet::new(0, bytes).with_pts(Timestamp::new(pts));
    let trim = |start, end| Trim { start: Ticks::new(start), end: Ticks::new(end) };
    let mut discarded = packet(-5, b"no");
    discarded.discard = true;
    for packet in [
        discarded,
        packet(-3, b"xxxa"),
        packet(1, b"xxbc").with_trim(trim(2, 0)),
        packet(3, b"dexxx").with_trim(trim(0, 3)),
        packet(8, b"xx").with_trim(trim(9, 9)),
    ] {
        muxer.write(&packet).expect("writes");
    }
    muxer.finish().expect("finishes");
    let packets = packets(&mut *open(memory.contents()));
    assert_eq!(&packets[0].data[..], b"abcde");
}

#[test]
fn misuse_is_refused_in_words() {
    let pcm = track(PcmFormat::S16Le, ChannelLayout::MONO);
    let check = |tracks: &[Track], options: &MuxOptions, expected: &str| {
        let error = open_muxer("wav", Sink::forward(Memory::default()), tracks, options)
            .err()
            .expect("refused");
        assert!(error.to_string().contains(expected), "{error}");
    };
    check(&[], &options(), "1 audio track");
    check(&[pcm.clone(), pcm.clone()], &options(), "1 audio track");
    let mut aac = pcm.clone();
    aac.codec.codec = CodecId::Aac;
    check(&[aac], &options(), "pcm_s16le");
    let mut with_option = options();
    with_option.options.insert("faststart".into(), "1".into());
    check(std::slice::from_ref(&pcm), &with_option, "'faststart'");
    check(
        &[track(PcmFormat::S64Le, ChannelLayout::default_for(9000))],
        &options(),
        "9000 channels",
    );

    let mut muxer =
        open_muxer("wav", Sink::forward(Memory::default()), &[pcm], &options()).expect("opens");
    let at = |pts| Packet::new(0, vec![0; 4]).with_pts(Timestamp::new(pts));
    muxer.write(&at(10)).expect("forward");
    assert!(matches!(muxer.write(&at(9)), Err(Error::Usage(_))));
    assert!(matches!(muxer.write(&Packet::new(1, vec![])), Err(Error::Usage(_))));
    muxer.write(&Packet::new(0, vec![0; 3])).expect("the end of a damaged file");
    assert!(matches!(muxer.write(&at(20)), Err(Error::Usage(_))));
}

#[test]
fn damage_is_an_error_or_the_end_but_never_a_panic() {
    let bytes = noise(400);
    let mut file = memory(&track(PcmFormat::S24Le, ChannelLayout::STEREO), &bytes, 10);
    file.extend(*b"LIST\x0c\0\0\0INFOICMT\xff\xff\xff\xff");
    let read = |bytes: &[u8]| {
        for source in [Source::bytes(bytes.to_vec()), Source::forward(Cursor::new(bytes.to_vec()))]
        {
            if let Ok(mut demuxer) = open_demuxer(source, &DemuxOptions::default()) {
                while let Ok(Some(packet)) = demuxer.next_packet() {
                    assert!(packet.data.len() <= 4096);
                }
            }
        }
    };
    for length in 0..file.len() {
        read(&file[..length]);
    }
    for position in 0..file.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut damaged = file.clone();
            damaged[position] = value;
            read(&damaged);
        }
    }
}

#[test]
fn a_source_in_single_bytes_gives_the_same() {
    struct Single(Cursor<Vec<u8>>);
    impl Read for Single {
        fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
            let count = bytes.len().min(1);
            self.0.read(&mut bytes[..count])
        }
    }
    let file = memory(&track(PcmFormat::S16Le, ChannelLayout::MONO), &noise(9000), 100);
    let expected = packets(&mut *open(file.clone()));
    let source = Source::forward(Single(Cursor::new(file)));
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
    assert_eq!(packets(&mut *demuxer), expected);
    assert_eq!(demuxer.metadata().value("artist"), Some("Nobody"));
}

#[test]
fn tags_chapters_and_covers_come_back() {
    let tags = [
        ("title", "Où"),
        ("artist", "artist"),
        ("album", "album"),
        ("date", "2026-11-20"),
        ("track", "3/12"),
        ("comment", "said"),
        ("copyright", "nobody"),
        ("encoder", "an encoder"),
        ("mood", "blue"),
    ];
    let sound = track(PcmFormat::U8, ChannelLayout::MONO);
    let time = |sample| sound.time_base.time(Timestamp::new(sample));
    let mut options = MuxOptions::default();
    options.metadata = Metadata::from_iter(tags);
    options.chapters = vec![
        Chapter { start: time(0), end: Some(time(8000)), title: "One".to_owned() },
        Chapter { start: time(8001), end: None, title: "Deux é".to_owned() },
    ];
    let codec = CodecParameters::video(CodecId::Png, VideoParameters::default());
    let mut picture = Track::new(1, codec, TimeBase::nanoseconds());
    picture.disposition.attached_picture = true;
    picture.metadata.set("comment", "Cover (front)");
    let art = [&b"\x89PNG\r\n"[..], &[0xff; 3000]].concat();
    // An odd number of bytes, behind which a byte of padding is.
    let bytes = noise(901);
    for covers in [false, true] {
        let tracks =
            if covers { vec![sound.clone(), picture.clone()] } else { vec![sound.clone()] };
        let memory = Memory::default();
        let sink = Sink::seekable(memory.clone());
        let mut muxer = open_muxer("wav", sink, &tracks, &options).expect("opens");
        muxer.write(&Packet::new(0, bytes.clone())).expect("writes");
        if covers {
            let packet = Packet::new(1, art.clone());
            muxer.write(&packet).expect("writes");
            assert!(muxer.write(&packet).is_err(), "a second picture");
        }
        muxer.finish().expect("finishes");
        let mut demuxer = open(memory.contents());
        let order = |metadata: &Metadata| {
            let mut tags: Vec<_> =
                metadata.iter().map(|(key, value)| format!("{key}={value}")).collect();
            tags.sort();
            tags
        };
        assert_eq!(order(demuxer.metadata()), order(&options.metadata));
        assert_eq!(demuxer.chapters(), options.chapters);
        assert_eq!(demuxer.tracks().len(), tracks.len());
        let (sounds, pictures): (Vec<_>, Vec<_>) =
            packets(&mut *demuxer).into_iter().partition(|packet| packet.track == 0);
        assert_eq!(
            sounds.iter().flat_map(|packet| packet.data.to_vec()).collect::<Vec<_>>(),
            bytes
        );
        assert_eq!(pictures.len(), usize::from(covers));
        assert!(pictures.iter().all(|packet| packet.data[..] == art));
    }
    // A pipe takes tags, but no pictures.
    let memory = Memory::default();
    let sink = Sink::forward(memory.clone());
    let muxer = open_muxer("wav", sink, std::slice::from_ref(&sound), &options).expect("opens");
    muxer.finish().expect("finishes");
    let demuxer = open(memory.contents());
    assert_eq!(demuxer.metadata().value("mood"), Some("blue"));
    assert_eq!(demuxer.chapters(), options.chapters);
    let error = open_muxer("wav", Sink::forward(Memory::default()), &[sound, picture], &options);
    assert!(error.err().is_some_and(|error| matches!(error, Error::Unsupported(_))));
}

#[test]
fn sound_that_ends_too_early_is_told() {
    let file = memory(&track(PcmFormat::S16Le, ChannelLayout::MONO), &noise(9000), 100);
    let mut demuxer = open(file[..file.len() - 1000].to_vec());
    let mut length = 0;
    let error = loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => length += packet.data.len(),
            Ok(None) => panic!("nobody said a word"),
            Err(error) => break error,
        }
    };
    assert_eq!(length, 8000);
    assert!(error.to_string().contains("the sound ends 1000 bytes too early"), "{error}");
    assert_eq!(demuxer.next_packet().expect("the end"), None);
}

/// Every WAVE file of the corpus that FFmpeg reads gives the packets that FFmpeg gives.
#[test]
fn packets_of_the_corpus_are_ffmpegs() {
    let Some(corpus) = corpus() else {
        return skipped("packets_of_the_corpus_are_ffmpegs", "no corpus; set RUSHES_CORPUS");
    };
    let catalog = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("readable");
    let paths = catalog.lines().skip(1).filter_map(|line| {
        let mut columns = line.split('\t');
        let path = columns.next()?;
        (columns.nth(3)? == "wav").then_some(path)
    });
    let mut checked = 0;
    for path in paths {
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{path}.json")));
        let oracle: serde_json::Value =
            serde_json::from_slice(&oracle.expect("readable")).expect("is JSON");
        let Some(rows) = oracle["packets"][0]["rows"].as_array() else { continue };
        let source = Source::open(corpus.join(path)).expect("opens");
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect(path);
        let packets = packets(&mut *demuxer);
        assert_eq!(packets.len(), rows.len(), "{path}");
        for (packet, row) in packets.iter().zip(rows) {
            // FFmpeg gives no time to a packet that is shorter than one block.
            if let Some(pts) = row[0].as_i64() {
                assert_eq!(packet.pts, Some(Timestamp::new(pts)), "{path}");
                assert_eq!(packet.duration.map(Ticks::count), row[2].as_u64(), "{path}");
            }
            let sum: String =
                Md5::digest(&packet.data[..]).iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(Some(sum.as_str()), row[5].as_str(), "{path} at {:?}", packet.pts);
        }
        checked += 1;
    }
    assert!(checked > 20, "only {checked} files had packets");
}
