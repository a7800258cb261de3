//! MP4, M4A and QuickTime files: what is written is read back, by us, by FFmpeg and by the `mp4` crate.

mod common;

use std::io::Cursor;
use std::time::{Duration, Instant};

use common::ffprobe::{ffprobe, rows};
use common::{Counting, Memory, corpus, open, packets, skipped};
use rushes_container::{
    DemuxOptions, InterleaveOptions, Interleaver, MuxOptions, Sink, Source, open_demuxer,
    open_muxer,
};
use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, Chapter, CodecId, CodecParameters, ColorInfo,
    ColorPrimaries, ColorRange, ContentLight, Error, FrameRate, MasteringDisplay,
    MatrixCoefficients, Packet, PcmFormat, Ratio, Rotation, Ticks, TimeBase, Timestamp, Track,
    TransferFunction, Trim, VideoParameters,
};

/// Baseline, 320 x 180: sets that a parser accepts.
const AVCC: &[u8] =
    b"\x01\x42\xc0\x0c\xff\xe1\0\x17\x67\x42\xc0\x0c\xd9\x01\x41\x9f\x9e\x10\0\0\x03\0\x10\0\0\x03\
    \x03\xc0\xf1\x42\x99\x01\0\x04\x68\xcb\x8c\xb2";
/// AAC-LC, 48 kHz, stereo.
const AAC_CONFIG: [u8; 2] = [0x11, 0x90];

fn base(numer: u32, denom: u32) -> TimeBase {
    TimeBase::new(numer, denom).expect("not zero")
}

fn video_parameters() -> VideoParameters {
    let mut video = VideoParameters::new(320, 180);
    video.frame_rate = FrameRate::new(30_000, 1001);
    video
}

fn video_with(video: VideoParameters, base: TimeBase) -> Track {
    let mut codec = CodecParameters::video(CodecId::H264, video);
    codec.private = Buffer::from(AVCC);
    Track::new(1, codec, base)
}

fn video() -> Track {
    video_with(video_parameters(), base(1001, 30_000))
}

fn sound() -> Track {
    let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    audio.frame_samples = Some(1024);
    let mut codec = CodecParameters::audio(CodecId::Aac, audio);
    codec.private = Buffer::from(&AAC_CONFIG[..]);
    Track::new(2, codec, base(1, 48_000))
}

fn pcm(format: PcmFormat, layout: ChannelLayout, rate: u32) -> Track {
    let audio = AudioParameters::new(rate, layout);
    Track::new(1, CodecParameters::audio(CodecId::Pcm(format), audio), base(1, rate))
}

/// A packet whose bytes tell it from others.
fn packet(track: usize, pts: i64, dts: i64, duration: u64) -> Packet {
    let size = 40 + pts.rem_euclid(23);
    let byte = pts.to_le_bytes()[0];
    let mut data = vec![byte; usize::try_from(size).expect("small")];
    let nal = u32::try_from(size - 4).expect("small");
    data[..4].copy_from_slice(&nal.to_be_bytes());
    // Filler data, which no parser looks into.
    data[4] = 0x0c;
    Packet::new(track, data)
        .with_pts(Timestamp::new(pts))
        .with_dts(Timestamp::new(dts))
        .with_duration(Ticks::new(duration))
        .with_key(track != 0)
}

/// `count` pictures in the order of decoding, every third a B-frame pair, decoding two ticks ahead.
fn pictures(count: i64, start: i64) -> Vec<Packet> {
    let mut order: Vec<i64> = Vec::new();
    order.push(0);
    let mut next = 1;
    while next < count {
        let last = (next + 2).min(count - 1);
        order.push(last);
        order.extend(next..last);
        next = last + 1;
    }
    order
        .iter()
        .zip(0..)
        .map(|(&index, decoded)| {
            packet(0, start + index, start + decoded - 2, 1).with_key(index % 30 == 0)
        })
        .collect()
}

/// Packets of sound with priming and padding.
fn frames(count: i64) -> Vec<Packet> {
    let mut frames: Vec<_> =
        (0..count).map(|index| packet(1, index * 1024 - 1024, index * 1024 - 1024, 1024)).collect();
    frames[0].discard = true;
    let last = frames.len() - 1;
    frames[last].trim.end = Ticks::new(300);
    frames
}

fn write(format: &str, sink: Sink, tracks: &[Track], packets: &[Packet], options: &MuxOptions) {
    let mut muxer = open_muxer(format, sink, tracks, options).expect("opens");
    let mut interleaver = Interleaver::new(tracks, InterleaveOptions::default());
    for packet in packets {
        interleaver.push(packet.clone()).expect("valid");
    }
    interleaver.finish();
    while let Some(packet) = interleaver.pop() {
        muxer.write(&packet).expect("writes");
    }
    muxer.finish().expect("finishes");
}

fn file_with(format: &str, tracks: &[Track], packets: &[Packet], options: &MuxOptions) -> Vec<u8> {
    let memory = Memory::default();
    write(format, Sink::rewritable(memory.clone()), tracks, packets, options);
    memory.contents()
}

fn file(format: &str, tracks: &[Track], packets: &[Packet]) -> Vec<u8> {
    file_with(format, tracks, packets, &MuxOptions::default())
}

fn faststart() -> MuxOptions {
    let mut options = MuxOptions::default();
    options.options.insert("faststart".into(), "true".into());
    options
}

fn of_track(packets: &[Packet], track: usize) -> Vec<Packet> {
    packets.iter().filter(|packet| packet.track == track).cloned().collect()
}

/// Names the first row that differs rather than all of them.
fn check_rows(found: &[[i64; 4]], expected: &[[i64; 4]], context: &str) {
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found, expected, "{context}: row {index}");
    }
    assert_eq!(found.len(), expected.len(), "{context}");
}

/// Everything but where it lies.
fn placeless(packets: &[Packet]) -> Vec<Packet> {
    let mut packets = packets.to_vec();
    packets.iter_mut().for_each(|packet| packet.position = None);
    packets
}

/// The kinds of the outermost boxes.
fn layout(file: &[u8]) -> Vec<String> {
    let mut kinds = Vec::new();
    let mut rest = file;
    while let Some((size, kind)) =
        rest.split_first_chunk::<4>().zip(rest.get(4..8)).map(|(s, k)| (s.0, k))
    {
        kinds.push(String::from_utf8_lossy(kind).into_owned());
        let size = usize::try_from(u32::from_be_bytes(*size)).expect("small");
        rest = rest.get(size.max(8)..).unwrap_or_default();
    }
    kinds
}

fn clip() -> (Vec<Track>, Vec<Packet>) {
    let mut packets = pictures(91, 0);
    packets.extend(frames(140));
    (vec![video(), sound()], packets)
}

#[test]
fn packets_come_back() {
    let (tracks, written) = clip();
    for format in ["mp4", "mov"] {
        let mut demuxer = open(file(format, &tracks, &written));
        assert_eq!(demuxer.format(), "mp4");
        assert_eq!(demuxer.tracks().len(), 2);
        for (track, expected) in demuxer.tracks().iter().zip(&tracks) {
            assert_eq!(track.codec.codec, expected.codec.codec);
            assert_eq!(track.codec.private, expected.codec.private);
            assert_eq!(track.start, Some(Timestamp::ZERO));
        }
        let audio = demuxer.tracks()[1].codec.as_audio().expect("audio");
        assert_eq!((audio.sample_rate, audio.layout), (48_000, ChannelLayout::STEREO));
        let back = placeless(&packets(&mut *demuxer));
        // The unit of the pictures is 1001 / 30000, which a media header cannot say.
        let scale = |packet: &Packet| {
            let mut packet = packet.clone();
            let times = |time: Timestamp| Timestamp::new(time.ticks() * 1001);
            packet.pts = packet.pts.map(times);
            packet.dts = packet.dts.map(times);
            packet.duration = packet.duration.map(|length| Ticks::new(length.count() * 1001));
            packet
        };
        let expected: Vec<_> = of_track(&written, 0).iter().map(scale).collect();
        assert_eq!(of_track(&back, 0), expected);
        check_sound(&of_track(&back, 1), &of_track(&written, 1));
    }
}

/// Sound comes back, whatever words the demuxer uses for priming.
fn check_sound(back: &[Packet], written: &[Packet]) {
    assert_eq!(back.len(), written.len());
    let heard = |packets: &[Packet]| {
        let ranges = packets.iter().filter(|packet| !packet.discard).map(|packet| {
            let pts = packet.pts.expect("set").ticks();
            let duration = i64::try_from(packet.duration.expect("set").count()).expect("small");
            let trim = |ticks: Ticks| i64::try_from(ticks.count()).expect("small");
            ((pts + trim(packet.trim.start)).max(0), pts + duration - trim(packet.trim.end))
        });
        let ranges = ranges.filter(|(start, end)| start < end);
        ranges.collect::<Vec<_>>()
    };
    assert_eq!(heard(back), heard(written));
    for (back, written) in back.iter().zip(written) {
        assert_eq!((&back.data, back.pts, back.dts), (&written.data, written.pts, written.dts));
    }
}

#[test]
fn ffprobe_sees_the_same_times() {
    let (tracks, written) = clip();
    for format in ["mp4", "mov"] {
        let Some(probe) = ffprobe(&file(format, &tracks, &written), format) else {
            return skipped("ffprobe_sees_the_same_times", "no ffprobe");
        };
        for (track, scale) in [(0, 1001), (1, 1)] {
            let expected: Vec<_> = of_track(&written, track)
                .iter()
                .map(|packet| {
                    // FFmpeg takes padding off the duration.
                    let heard = packet.duration.expect("set").saturating_sub(packet.trim.end);
                    let duration = i64::try_from(heard.count());
                    [
                        packet.pts.expect("set").ticks() * scale,
                        packet.dts.expect("set").ticks() * scale,
                        duration.expect("small") * scale,
                        i64::try_from(packet.data.len()).expect("small"),
                    ]
                })
                .collect();
            check_rows(&rows(&probe, track), &expected, format);
        }
        let duration = |stream: usize| probe["streams"][stream]["duration"].as_str();
        assert_eq!(duration(0), Some("3.036367"));
        // 140 frames, less one of priming and 300 samples of padding.
        assert_eq!(duration(1), Some("2.959083"));
        assert_eq!(probe["streams"][0]["avg_frame_rate"], "30000/1001");
    }
}

#[test]
fn the_mp4_crate_reads_the_same_samples() {
    let (tracks, written) = clip();
    for options in [MuxOptions::default(), faststart()] {
        let file = file_with("mp4", &tracks, &written, &options);
        let size = file.len() as u64;
        let mut reader = mp4::Mp4Reader::read_header(Cursor::new(file), size).expect("reads");
        assert_eq!(reader.tracks().len(), 2);
        for track in 0..2 {
            let id = u32::try_from(track + 1).expect("small");
            let expected = of_track(&written, track);
            let scale = if track == 0 { 1001 } else { 1 };
            assert_eq!(
                reader.sample_count(id).expect("known"),
                u32::try_from(expected.len()).expect("small")
            );
            let first = expected[0].dts.expect("set").ticks();
            for (number, packet) in (1..).zip(&expected) {
                let sample = reader.read_sample(id, number).expect("reads").expect("is there");
                assert_eq!(sample.bytes[..], packet.data[..]);
                let start = (packet.dts.expect("set").ticks() - first) * scale;
                assert_eq!(sample.start_time, u64::try_from(start).expect("positive"));
                assert_eq!(sample.is_sync, packet.key);
            }
        }
    }
}

#[test]
fn faststart_puts_the_index_in_front() {
    let (tracks, written) = clip();
    let plain = file("mp4", &tracks, &written);
    let fast = file_with("mp4", &tracks, &written, &faststart());
    assert_eq!(layout(&plain), ["ftyp", "free", "mdat", "moov"]);
    assert_eq!(layout(&fast), ["ftyp", "moov", "free", "mdat"]);
    assert_eq!(plain.len(), fast.len());
    let read = |file| placeless(&packets(&mut *open(file)));
    assert_eq!(read(plain), read(fast));
    assert_eq!(layout(&file("mov", &tracks, &written)), ["ftyp", "wide", "mdat", "moov"]);
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
fn variable_durations_and_late_starts_survive() {
    for start in [0, 9000] {
        let track = video_with(video_parameters(), base(1, 90_000));
        let times = [0, 3003, 3004, 12_000, 81_001, 81_778].map(|time| start + time);
        let mut written: Vec<_> = times
            .windows(2)
            .map(|pair| packet(0, pair[0], pair[0], (pair[1] - pair[0]).unsigned_abs()))
            .collect();
        for (index, packet) in written.iter_mut().enumerate() {
            packet.key = index == 0;
            // Without reordering the decoding time may be left out.
            packet.dts = None;
        }
        let bytes = file("mp4", std::slice::from_ref(&track), &written);
        if let Some(probe) = ffprobe(&bytes, "mp4") {
            let mut found = rows(&probe, 0);
            // FFmpeg forgets the empty edit when it looks for the end of the last packet.
            if start > 0 {
                found.pop();
            }
            for (row, pair) in found.iter().zip(times.windows(2)) {
                assert_eq!((row[0], row[2]), (pair[0], pair[1] - pair[0]));
            }
            assert_eq!(probe["streams"][0]["start_pts"], start);
        }
        let mut demuxer = open(bytes);
        assert_eq!(demuxer.tracks()[0].start, Some(Timestamp::new(start)));
        let back = packets(&mut *demuxer);
        let times = |packet: &Packet| (packet.pts, packet.duration);
        let all = |packets: &[Packet]| packets.iter().map(times).collect::<Vec<_>>();
        assert_eq!(all(&back), all(&written));
    }
}

#[test]
fn a_picture_may_be_presented_before_its_decoding_time() {
    // Some encoders count decoding from zero; the composition offsets are then negative.
    let mut written = pictures(31, 0);
    for packet in &mut written {
        packet.dts = packet.dts.map(|dts| dts.saturating_offset(2));
    }
    let track = video_with(video_parameters(), base(1, 25));
    let mut demuxer = open(file("mp4", &[track], &written));
    let back = packets(&mut *demuxer);
    let pts = |packets: &[Packet]| packets.iter().map(|packet| packet.pts).collect::<Vec<_>>();
    assert_eq!(pts(&back), pts(&written));
    for packet in &back {
        assert!(packet.dts <= packet.pts);
    }
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
fn what_is_said_of_the_pictures_survives() {
    let mut parameters = video_parameters();
    parameters.sample_aspect = Ratio::new(4, 3);
    parameters.rotation = Rotation::new(1, false);
    parameters.color = ColorInfo::new(MatrixCoefficients::Bt2020Ncl, ColorRange::Full);
    parameters.color.primaries = ColorPrimaries::Bt2020;
    parameters.color.transfer = TransferFunction::Smpte2084;
    parameters.mastering = Some(MasteringDisplay {
        primaries: [(35_400, 14_600), (8500, 39_850), (6550, 2300)],
        white_point: (15_635, 16_450),
        max_luminance: 10_000_000,
        min_luminance: 50,
    });
    parameters.content_light = Some(ContentLight { max_content: 1000, max_frame_average: 400 });
    let mut track = video_with(parameters.clone(), base(1, 25));
    track.metadata.set("language", "deu");
    track.metadata.set("handler_name", "Bild");
    let mut options = MuxOptions::default();
    options.metadata = [
        ("title", "Titel"),
        ("artist", "Jemand"),
        ("date", "2026"),
        ("comment", "nichts"),
        ("track", "3/12"),
        ("creation_time", "2024-02-29T12:34:56Z"),
    ]
    .into_iter()
    .collect();
    options.chapters = vec![
        Chapter { start: base(1, 25).time(Timestamp::ZERO), end: None, title: "A".into() },
        Chapter { start: base(1, 25).time(Timestamp::new(10)), end: None, title: "B".into() },
    ];
    for format in ["mp4", "mov"] {
        let bytes = file_with(format, std::slice::from_ref(&track), &pictures(25, 0), &options);
        if let Some(probe) = ffprobe(&bytes, format) {
            let stream = &probe["streams"][0];
            assert_eq!(stream["sample_aspect_ratio"], "4:3");
            assert_eq!(stream["color_primaries"], "bt2020", "{format}");
            assert_eq!(stream["color_transfer"], "smpte2084");
            assert_eq!(stream["tags"]["language"], "ger".replace("ger", "deu"));
            assert_eq!(stream["tags"]["handler_name"], "Bild");
            let sides = stream["side_data_list"].to_string();
            assert!(sides.contains("\"rotation\":-90"), "{sides}");
            assert!(sides.contains("max_average\":400"), "{sides}");
            assert!(sides.contains("\"red_x\":\"35400/50000\""), "{sides}");
            let tags = &probe["format"]["tags"];
            for (key, value) in [("title", "Titel"), ("artist", "Jemand"), ("date", "2026")] {
                assert_eq!(tags[key], value, "{format} {key}");
            }
            assert_eq!(tags["encoder"], concat!("rushes ", env!("CARGO_PKG_VERSION")));
            assert_eq!(tags["creation_time"], "2024-02-29T12:34:56.000000Z");
            assert_eq!(probe["chapters"][1]["start_time"], "0.400000");
        }
        let demuxer = open(bytes);
        let back = demuxer.tracks()[0].codec.as_video().expect("video");
        assert_eq!(back.sample_aspect, parameters.sample_aspect);
        assert_eq!(back.rotation, parameters.rotation);
        assert_eq!(back.color.primaries, parameters.color.primaries);
        assert_eq!(back.color.transfer, parameters.color.transfer);
        assert_eq!(back.color.matrix, parameters.color.matrix);
        if format == "mp4" {
            assert_eq!(back.color.range, ColorRange::Full);
        }
        assert_eq!(demuxer.tracks()[0].metadata.value("language"), Some("deu"));
    }
}

#[test]
fn a_million_samples_cost_little() {
    let mut track = sound();
    track.metadata.set("language", "eng");
    let sink = Counting::new(1 << 10, 0);
    let payload = Buffer::from(vec![0; 4]);
    let mut muxer =
        open_muxer("mp4", Sink::seekable(sink.clone()), &[track, video()], &MuxOptions::default())
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
    for options in [MuxOptions::default(), faststart()] {
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
        assert_eq!(has(b"co64"), !options.options.is_empty());
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
    refuse("mp4", Sink::forward(Memory::default()), &[video()], &none, "forward only");
    refuse("mp4", Sink::seekable(Memory::default()), &[video()], &faststart(), "read back");
    refuse("mp4", sink(), &[pcm(PcmFormat::U8, ChannelLayout::MONO, 8000)], &none, "pcm_s16");
    refuse("mkv", sink(), &[video()], &none, "mp4, m4a, mov, wav");
    let mut unknown = MuxOptions::default();
    unknown.options.insert("movflags".into(), "faststart".into());
    refuse("mp4", sink(), &[video()], &unknown, "it has faststart");
    let mut encrypted = video();
    encrypted.unsupported = Some("encrypted video (cbcs)".into());
    refuse("mp4", sink(), &[encrypted], &none, "encrypted video");
    let mut bare = video();
    bare.codec.private = Buffer::default();
    refuse("mp4", sink(), &[bare], &none, "avcC");

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

/// Every packet of a real file keeps its times and bytes through our muxer, in FFmpeg's eyes.
#[test]
fn a_remux_is_the_same_to_ffprobe() {
    let Some(corpus) = corpus() else {
        return skipped("a_remux_is_the_same_to_ffprobe", "no corpus; set RUSHES_CORPUS");
    };
    let path = corpus.join("torchcodec/nasa_13013.mp4");
    let mut demuxer =
        open_demuxer(Source::open(&path).expect("opens"), &DemuxOptions::default()).expect("opens");
    let takes = |track: &Track| {
        let sink = Sink::rewritable(Memory::default());
        open_muxer("mp4", sink, std::slice::from_ref(track), &MuxOptions::default()).is_ok()
    };
    let kept: Vec<usize> =
        (0..demuxer.tracks().len()).filter(|index| takes(&demuxer.tracks()[*index])).collect();
    assert!(kept.len() >= 4, "{kept:?}");
    let tracks: Vec<_> = kept.iter().map(|index| demuxer.tracks()[*index].clone()).collect();
    let mut written = packets(&mut *demuxer);
    written.retain(|packet| kept.contains(&packet.track));
    for packet in &mut written {
        packet.track = kept.iter().position(|index| *index == packet.track).expect("kept");
    }
    let remuxed = file("mp4", &tracks, &written);

    let mut again = open(remuxed.clone());
    let back = placeless(&packets(&mut *again));
    for index in 0..tracks.len() {
        assert_eq!(of_track(&back, index), of_track(&placeless(&written), index), "{index}");
    }
    let original = std::fs::read(&path).expect("readable");
    let Some((before, after)) = ffprobe(&original, "mp4").zip(ffprobe(&remuxed, "mp4")) else {
        return skipped("a_remux_is_the_same_to_ffprobe", "no ffprobe");
    };
    for (new, old) in kept.iter().enumerate() {
        check_rows(&rows(&after, new), &rows(&before, *old), &format!("track {old}"));
        let field = |name: &str| {
            assert_eq!(after["streams"][new][name], before["streams"][*old][name], "{name}");
        };
        ["duration", "start_time", "codec_name", "time_base", "disposition"]
            .into_iter()
            .for_each(field);
    }
}

#[test]
fn sound_alone_is_m4a() {
    let mut written = frames(50);
    written.iter_mut().for_each(|packet| packet.track = 0);
    let bytes = file("m4a", &[sound()], &written);
    assert_eq!(&bytes[4..12], b"ftypM4A ");
    let mut demuxer = open(bytes);
    check_sound(&packets(&mut *demuxer), &written);
}
