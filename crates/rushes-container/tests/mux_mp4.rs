//! MP4 and QuickTime files: what is written is read back, by us, by FFmpeg and by the `mp4` crate.

mod common;

use std::io::Cursor;

use common::clip::{
    base, check_rows, check_sound, clip, faststart, file, file_with, frames, of_track, packet,
    pictures, placeless, sound, video_parameters, video_with, with_options,
};
use common::ffprobe::{ffprobe, rows};
use common::{Memory, corpus, open, packets, skipped};
use rushes_container::{DemuxOptions, MuxOptions, Sink, Source, open_demuxer, open_muxer};
use rushes_core::{
    ChannelLayout, Chapter, ColorInfo, ColorPrimaries, ColorRange, ContentLight, MasteringDisplay,
    MatrixCoefficients, Packet, Ratio, Rotation, Ticks, Timestamp, Track, TransferFunction,
};

#[test]
fn packets_come_back() {
    let (tracks, written) = clip();
    for format in ["mp4", "mov"] {
        let mut demuxer = open(file(format, &tracks, &written));
        assert_eq!(demuxer.format(), format);
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

/// Any durations, any reordering within a bound, any start: times and bytes come back.
#[test]
fn any_times_come_back() {
    let mut state = 7_u32;
    let mut random = |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i64::from((state >> 8) % below)
    };
    for round in 0..300 {
        let track = video_with(video_parameters(), base(1, 90_000));
        let count = 1 + random(40);
        let depth = random(4);
        let start = if random(2) == 0 { 0 } else { random(100_000) };
        // Presentation times that grow, and an order of decoding that runs ahead of them.
        let mut times = vec![start];
        for _ in 1..=count {
            times.push(times[times.len() - 1] + 1 + random(9000));
        }
        let mut order: Vec<usize> = (0..times.len() - 1).collect();
        for index in 1..order.len() {
            let ahead = index
                + usize::try_from(random(u32::try_from(depth + 1).expect("small"))).expect("small");
            if ahead < order.len() {
                let early = order.remove(ahead);
                order.insert(index, early);
            }
        }
        let written: Vec<_> = order
            .iter()
            .enumerate()
            .map(|(decoded, &index)| {
                // So early that no picture is shown before it is decoded.
                let dts = times[decoded] - 400_000;
                let duration = times[decoded + 1] - times[decoded];
                packet(0, times[index], dts, duration.unsigned_abs()).with_key(decoded % 7 == 0)
            })
            .collect();
        let modes = ["plain", "faststart", "hybrid", "fragmented"];
        let mode = modes[usize::try_from(random(4)).expect("small")];
        let options = with_options(&[("mode", mode), ("fragment_duration", "0.2")]);
        let format = if random(2) == 0 { "mp4" } else { "mov" };
        let bytes = file_with(format, std::slice::from_ref(&track), &written, &options);
        let back = placeless(&packets(&mut *open(bytes)));
        let times = |packets: &[Packet]| {
            let row = |packet: &Packet| (packet.pts, packet.dts, packet.data.clone(), packet.key);
            packets.iter().map(row).collect::<Vec<_>>()
        };
        assert_eq!(times(&back), times(&written), "round {round}: {mode}");
    }
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
