//! The forms of MP4 and QuickTime files: index in front, large files, PCM, text; and what is refused.

mod common;

use std::time::{Duration, Instant};

use common::clip::{
    base, clip, faststart, file, file_with, layout, mode, of_track, packet, pcm, placeless, sound,
    video, video_parameters, video_with, write,
};
use common::ffprobe::{ffprobe, rows};
use common::{Counting, Memory, open, packets};
use rushes_container::{DemuxOptions, MuxOptions, Sink, Source, open_demuxer, open_muxer};
use rushes_core::{
    Buffer, ChannelLayout, CodecId, CodecParameters, Error, Packet, PcmFormat, Ticks, Timestamp,
    Track, Trim,
};

#[test]
fn faststart_puts_the_index_in_front() {
    let (tracks, written) = clip();
    let plain = file_with("mp4", &tracks, &written, &mode("plain"));
    let fast = file_with("mp4", &tracks, &written, &faststart());
    assert_eq!(layout(&plain), ["ftyp", "free", "mdat", "moov"]);
    assert_eq!(layout(&fast), ["ftyp", "moov", "free", "mdat"]);
    assert_eq!(plain.len(), fast.len());
    let read = |file| placeless(&packets(&mut *open(file)));
    assert_eq!(read(plain), read(fast));
    assert_eq!(
        layout(&file_with("mov", &tracks, &written, &mode("plain"))),
        ["ftyp", "wide", "mdat", "moov"]
    );
}

#[test]
fn files_are_deterministic_whatever_the_order_of_the_caller() {
    let (tracks, written) = clip();
    let expected = file("mp4", &tracks, &written);
    let mut by_time = written.clone();
    by_time.sort_by_key(|packet| tracks[packet.track].time_base.time(packet.dts.expect("set")));
    assert!(file("mp4", &tracks, &by_time) == expected);
    let mut sound_first = of_track(&written, 1);
    sound_first.extend(of_track(&written, 0));
    assert!(file("mp4", &tracks, &sound_first) == expected);
}

#[test]
fn pcm_comes_back_from_both_families() {
    let stereo = ChannelLayout::STEREO;
    let surround = ChannelLayout::SURROUND_5_1;
    for (format, track) in [
        ("mov", pcm(PcmFormat::S16Le, stereo, 44_100)),
        ("mov", pcm(PcmFormat::S16Be, stereo, 44_100)),
        ("mov", pcm(PcmFormat::S24Le, surround, 48_000)),
        ("mov", pcm(PcmFormat::S24Be, stereo, 48_000)),
        ("mov", pcm(PcmFormat::S32Le, stereo, 48_000)),
        ("mov", pcm(PcmFormat::F32Le, stereo, 48_000)),
        ("mov", pcm(PcmFormat::F64Be, stereo, 48_000)),
        ("mov", pcm(PcmFormat::U8, stereo, 8000)),
        ("mov", pcm(PcmFormat::ALaw, ChannelLayout::MONO, 8000)),
        ("mov", pcm(PcmFormat::MuLaw, ChannelLayout::MONO, 8000)),
        ("mov", pcm(PcmFormat::S24Le, stereo, 192_000)),
        ("mov", pcm(PcmFormat::F32Le, stereo, 96_000)),
        ("mp4", pcm(PcmFormat::S16Le, stereo, 44_100)),
        ("mp4", pcm(PcmFormat::S24Be, surround, 96_000)),
        ("m4a", pcm(PcmFormat::F32Le, stereo, 48_000)),
    ] {
        let CodecId::Pcm(pcm_format) = track.codec.codec else { panic!("PCM") };
        let channels = track.codec.as_audio().expect("audio").layout.channels();
        let frame = usize::from(channels * pcm_format.bits() / 8);
        let bytes: Vec<u8> = (0..=250).cycle().take(frame * 10_000).collect();
        let written: Vec<_> = bytes
            .chunks(frame * 777)
            .zip(0..)
            .map(|(part, index)| Packet::new(0, part).with_pts(Timestamp::new(index * 777)))
            .collect();
        let file = file(format, std::slice::from_ref(&track), &written);
        let name = format!("{format} {pcm_format:?} {channels} channels");
        // FFmpeg 5.1 does not know ISO's PCM.
        if format == "mov"
            && let Some(probe) = ffprobe(&file, format)
        {
            let stream = &probe["streams"][0];
            assert_eq!(stream["codec_name"], pcm_format.name(), "{name}");
            assert_eq!(stream["channels"], channels, "{name}");
            let rate = track.time_base.denom().to_string();
            assert_eq!(stream["sample_rate"].as_str(), Some(rate.as_str()), "{name}");
            assert_eq!(stream["duration_ts"], 10_000, "{name}");
            let size: i64 = rows(&probe, 0).iter().map(|row| row[3]).sum();
            assert_eq!(usize::try_from(size).expect("positive"), bytes.len(), "{name}");
        }
        let mut demuxer = open(file);
        let back = &demuxer.tracks()[0];
        assert_eq!(back.codec.codec, track.codec.codec, "{name}");
        let audio = back.codec.as_audio().expect("audio");
        assert_eq!(audio.sample_rate, track.time_base.denom(), "{name}");
        assert_eq!(audio.layout.channels(), channels, "{name}");
        assert_eq!(back.duration, Some(Ticks::new(10_000)), "{name}");
        let back = packets(&mut *demuxer);
        let joined: Vec<u8> = back.iter().flat_map(|packet| packet.data.to_vec()).collect();
        assert!(joined == bytes, "{name}");
    }
}

#[test]
fn timed_text_ends_when_it_should() {
    let track = Track::new(1, CodecParameters::other(CodecId::MovText), base(1, 1000));
    let text = |pts, duration, text: &[u8]| {
        let length = u16::try_from(text.len()).expect("short").to_be_bytes();
        Packet::new(0, [&length[..], text].concat())
            .with_pts(Timestamp::new(pts))
            .with_duration(Ticks::new(duration))
            .with_key(true)
    };
    let written = [text(500, 1000, b"one"), text(1500, 250, b"two"), text(3000, 100, b"three")];
    let mut demuxer = open(file("mp4", &[track], &written));
    assert_eq!(demuxer.tracks()[0].codec.codec, CodecId::MovText);
    let back: Vec<_> = packets(&mut *demuxer)
        .iter()
        .map(|packet| (packet.pts.expect("set").ticks(), packet.data.len() - 2))
        .collect();
    assert_eq!(back, [(500, 3), (1500, 3), (1750, 0), (3000, 5)]);
}

#[test]
fn a_million_samples_cost_little() {
    let mut track = sound();
    track.metadata.set("language", "eng");
    let sink = Counting::new(1 << 10, 0);
    let payload = Buffer::from(vec![0; 4]);
    let mut muxer =
        open_muxer("mp4", Sink::seekable(sink.clone()), &[track, video()], &mode("plain"))
            .expect("opens");
    let started = Instant::now();
    for index in 0..1_000_000_i64 {
        // Sizes and durations that change, so that no table stays short.
        let data = payload.slice(0..usize::try_from(index % 4).expect("small") + 1);
        let packet = Packet::new(0, data.expect("inside"))
            .with_pts(Timestamp::new(index * 1024 + index % 3))
            .with_duration(Ticks::new(1024))
            .with_key(true);
        muxer.write(&packet).expect("writes");
    }
    muxer.finish().expect("finishes");
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    // 2.5 bytes of sound, 4 of sizes and 8 of durations for each sample.
    assert!(sink.length() < 16_000_000, "{} bytes", sink.length());
}

#[test]
fn past_4_gib_offsets_and_sizes_grow() {
    for options in [MuxOptions::default(), mode("plain"), faststart()] {
        let sink = Counting::new(4096, 4 << 30);
        let block = Buffer::from(vec![7; 64 << 20]);
        let track = video_with(video_parameters(), base(1, 25));
        let mut written: Vec<_> = (0..66).map(|pts| packet(0, pts, pts, 1)).collect();
        for packet in &mut written[..65] {
            packet.data = block.clone();
        }
        write("mp4", Sink::rewritable(sink.clone()), &[track], &written, &options);
        assert!(sink.length() > 65 * (64 << 20));
        let head = sink.head();
        let has = |kind: &[u8]| head.windows(4).any(|window| window == kind);
        assert_eq!(has(b"co64"), options.options.contains_key("faststart"));
        assert!(has(b"mdat"));
        let source = Source::seekable(sink.reopen());
        let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        let base = demuxer.tracks()[0].time_base;
        let last = base.time(Timestamp::new(65));
        demuxer
            .seek(rushes_container::SeekTo {
                time: last,
                track: None,
                mode: rushes_container::SeekMode::Any,
            })
            .expect("seeks");
        let packet = demuxer.next_packet().expect("reads").expect("is there");
        assert_eq!(packet.data, written[65].data);
    }
}

#[test]
fn misuse_is_refused_in_words() {
    let refuse = |format: &str, sink: Sink, tracks: &[Track], options: &MuxOptions, part: &str| {
        let error = open_muxer(format, sink, tracks, options).err().expect("refused");
        assert!(error.to_string().contains(part), "{error}");
    };
    let sink = || Sink::rewritable(Memory::default());
    let none = MuxOptions::default();
    refuse("mp4", sink(), &[], &none, "needs a track");
    refuse("m4a", sink(), &[video()], &none, "video in m4a");
    refuse("mp4", Sink::forward(Memory::default()), &[video()], &mode("plain"), "forward only");
    refuse("mp4", Sink::seekable(Memory::default()), &[video()], &faststart(), "read back");
    refuse("mp4", sink(), &[pcm(PcmFormat::U8, ChannelLayout::MONO, 8000)], &none, "pcm_s16");
    refuse("nut", sink(), &[video()], &none, "supported: mp4, m4a, mov");
    let mut unknown = MuxOptions::default();
    unknown.options.insert("movflags".into(), "faststart".into());
    refuse("mp4", sink(), &[video()], &unknown, "it has mode");
    let mut encrypted = video();
    encrypted.unsupported = Some("encrypted video (cbcs)".into());
    refuse("mp4", sink(), &[encrypted], &none, "encrypted video");
    let mut bare = video();
    bare.codec.private = Buffer::default();
    refuse("mp4", sink(), &[bare], &none, "h264 without");

    let mut muxer = open_muxer("mp4", sink(), &[video(), sound()], &none).expect("opens");
    let mut fails = |packet: Packet, part: &str| {
        let error = muxer.write(&packet).expect_err(part);
        assert!(matches!(error, Error::Usage(_)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    fails(packet(2, 0, 0, 1), "no track 2");
    fails(Packet::new(0, vec![1]), "no presentation time");
    fails(packet(0, i64::MAX, 0, 1), "does not fit");
    muxer.write(&packet(0, 10, 8, 1)).expect("the first");
    let mut fails = |packet: Packet, part: &str| {
        let error = muxer.write(&packet).expect_err(part);
        assert!(error.to_string().contains(part), "{error}");
    };
    fails(packet(0, 10, 7, 1), "goes backwards");
    let mut timeless = packet(0, 7, 7, 1);
    timeless.dts = None;
    fails(timeless, "presentation goes backwards");
    fails(packet(0, 5_000_000, 5_000_000, 1), "too long");
    fails(packet(0, 9_000_000, 8, 1), "too far");
}

#[test]
fn cuts_inside_a_track_are_refused() {
    let none = MuxOptions::default();
    let sink = Sink::rewritable(Memory::default());
    let mut muxer = open_muxer("m4a", sink, &[sound()], &none).expect("opens");
    let at = |pts| packet(0, pts, pts, 1024).with_key(true);
    muxer.write(&at(0)).expect("whole");
    let cut = Trim { start: Ticks::ZERO, end: Ticks::new(24) };
    muxer.write(&at(1024).with_trim(cut)).expect("may be the last");
    assert!(matches!(muxer.write(&at(2048)), Err(Error::Unsupported(_))));
    muxer.finish().expect("finishes");
}
