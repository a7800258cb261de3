//! Matroska and WebM files: what is written is read back by FFmpeg and by the `matroska-demuxer` crate.

mod common;

use std::io::Cursor;

use common::clip::{
    base, clip, file, file_with, frames, of_track, packet, pcm, sound, video_parameters, video_with,
};
use common::ffprobe::{ffprobe, rows};
use common::{Memory, skipped};
use matroska_demuxer::{Frame, MatroskaFile};
use rushes_container::{MuxOptions, Sink, open_muxer};
use rushes_core::{
    AudioParameters, ChannelLayout, Chapter, CodecId, CodecParameters, Error, MediaKind, Packet,
    PcmFormat, Ticks, TimeBase, Timestamp, Track, VideoParameters,
};

fn options(pairs: &[(&str, &str)]) -> MuxOptions {
    let mut options = MuxOptions::default();
    options.options = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    options
}

fn opus() -> Track {
    let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    audio.delay = 312;
    let mut codec = CodecParameters::audio(CodecId::Opus, audio);
    codec.private = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0".to_vec().into();
    Track::new(1, codec, base(1, 48_000))
}

fn vp9() -> Track {
    let mut video = VideoParameters::new(320, 180);
    video.frame_rate = rushes_core::FrameRate::new(25, 1);
    video.constant_frame_rate = true;
    Track::new(1, CodecParameters::video(CodecId::Vp9, video), base(1, 1000))
}

/// A packet of Opus with 20 ms.
fn opus_packet(index: i64) -> Packet {
    let mut data = vec![0xfc, 1, 2, 3];
    data.extend(index.to_le_bytes());
    Packet::new(1, data)
        .with_pts(Timestamp::new(index * 960 - 312))
        .with_dts(Timestamp::new(index * 960 - 312))
        .with_duration(Ticks::new(960))
        .with_key(true)
}

/// Five seconds of VP9 and Opus.
fn web_clip() -> (Vec<Track>, Vec<Packet>) {
    let mut packets: Vec<Packet> = (0..125)
        .map(|index| packet(0, index * 40, index * 40, 40).with_key(index % 50 == 0))
        .collect();
    packets.extend((0..251).map(opus_packet));
    let last = packets.len() - 1;
    packets[last].trim.end = Ticks::new(648);
    (vec![vp9(), opus()], packets)
}

/// What the other crate reads.
fn foreign(bytes: &[u8]) -> Vec<Frame> {
    let mut file = MatroskaFile::open(Cursor::new(bytes)).expect("the other crate opens it");
    let mut frames = Vec::new();
    loop {
        let mut frame = Frame::default();
        if !file.next_frame(&mut frame).expect("the other crate reads it") {
            return frames;
        }
        frames.push(frame);
    }
}

#[test]
fn another_crate_reads_the_same_packets() {
    let (tracks, written) = clip();
    let (web_tracks, web_written) = web_clip();
    for (format, tracks, written, delay) in
        [("mkv", &tracks, &written, 1024), ("webm", &web_tracks, &web_written, 312)]
    {
        for pairs in [&[][..], &[("cues_to_front", "1")], &[("crc", "1")]] {
            let bytes = file_with(format, tracks, written, &options(pairs));
            let frames = foreign(&bytes);
            assert_eq!(frames.len(), written.len());
            for (index, track) in tracks.iter().enumerate() {
                let number = index as u64 + 1;
                let found: Vec<_> = frames.iter().filter(|frame| frame.track == number).collect();
                let expected = of_track(written, index);
                assert_eq!(found.len(), expected.len());
                let shift = if index == 1 { delay } else { 0 };
                for (found, expected) in found.iter().zip(&expected) {
                    let pts = expected.pts.expect("set").saturating_offset(shift);
                    let milliseconds = base(1, 1000);
                    let tick =
                        track.time_base.convert(pts, milliseconds, rushes_core::Rounding::Nearest);
                    assert_eq!(found.timestamp, tick.ticks().unsigned_abs(), "{format} {pairs:?}");
                    assert_eq!(found.data, *expected.data);
                    if let Some(key) = found.is_keyframe {
                        assert_eq!(key, expected.key);
                    }
                }
            }
        }
    }
}

#[test]
fn the_head_says_what_the_tracks_are() {
    let (tracks, written) = web_clip();
    let bytes = file("webm", &tracks, &written);
    let file = MatroskaFile::open(Cursor::new(&bytes)).expect("opens");
    assert_eq!(file.ebml_header().doc_type(), "webm");
    assert_eq!(file.info().timestamp_scale().get(), 1_000_000);
    let duration = file.info().duration().expect("known");
    assert!((duration - 5000.0).abs() < 1.0, "{duration}");
    let [video, audio] = file.tracks() else { panic!("two tracks") };
    assert_eq!((video.codec_id(), audio.codec_id()), ("V_VP9", "A_OPUS"));
    assert_eq!(video.default_duration().map(|length| length.get()), Some(40_000_000));
    assert_eq!(audio.codec_delay(), Some(6_500_000));
    assert_eq!(audio.seek_pre_roll(), Some(80_000_000));
    assert_eq!(audio.codec_private(), Some(&tracks[1].codec.private[..]));
    assert_eq!(audio.language(), Some("und"));
    assert_ne!(video.track_uid(), audio.track_uid());
}

#[test]
fn the_same_input_makes_the_same_file() {
    let (tracks, written) = clip();
    assert_eq!(file("mkv", &tracks, &written), file("mkv", &tracks, &written));
}

#[test]
fn a_pipe_gets_the_same_packets() {
    let (tracks, written) = clip();
    for (pairs, is_live) in [(&[][..], false), (&[("live", "1")], true)] {
        let memory = Memory::default();
        let sink = Sink::forward(memory.clone());
        common::clip::write("mkv", sink, &tracks, &written, &options(pairs));
        let bytes = memory.contents();
        let sizes = bytes.windows(12).filter(|window| {
            window[..4] == [0x1f, 0x43, 0xb6, 0x75]
                && window[4..] == [1, 255, 255, 255, 255, 255, 255, 255]
        });
        assert_eq!(sizes.count() >= 3, is_live);
        let Some(probe) = ffprobe(&bytes, "mkv") else {
            return skipped("a_pipe_gets_the_same_packets", "no ffprobe");
        };
        assert_eq!(rows(&probe, 0).len(), of_track(&written, 0).len());
        assert_eq!(rows(&probe, 1).len(), of_track(&written, 1).len());
    }
}

#[test]
fn ffprobe_sees_what_was_written() {
    let (mut tracks, written) = web_clip();
    tracks[1].metadata.set("language", "deu");
    tracks[1].metadata.set("title", "Ton");
    tracks[1].disposition.default = true;
    let mut options = MuxOptions::default();
    options.metadata =
        [("title", "A clip"), ("artist", "nobody"), ("track", "3/12")].into_iter().collect();
    options.metadata.set("creation_time", "2024-02-29T12:34:56.000000Z");
    let second = |second: i64| TimeBase::nanoseconds().time(Timestamp::new(second * 1_000_000_000));
    options.chapters = vec![
        Chapter { start: second(0), end: Some(second(2)), title: "One".to_owned() },
        Chapter { start: second(2), end: None, title: "Two".to_owned() },
    ];
    let bytes = file_with("webm", &tracks, &written, &options);
    let Some(probe) = ffprobe(&bytes, "webm") else {
        return skipped("ffprobe_sees_what_was_written", "no ffprobe");
    };
    let video: Vec<_> = (0..125).map(|index| index * 40).collect();
    assert_eq!(rows(&probe, 0).iter().map(|row| row[0]).collect::<Vec<_>>(), video);
    assert!(rows(&probe, 0).iter().all(|row| row[2] == 40));
    let sound = rows(&probe, 1);
    assert_eq!(sound.len(), 251);
    assert_eq!((sound[0][0], sound[1][0]), (-7, 13));
    let tags = &probe["format"]["tags"];
    for (key, value) in [
        ("title", "A clip"),
        ("ARTIST", "nobody"),
        ("creation_time", "2024-02-29T12:34:56.000000Z"),
    ] {
        assert_eq!(tags[key], value, "{tags}");
    }
    assert_eq!(probe["streams"][1]["tags"]["language"], "deu");
    assert_eq!(probe["streams"][1]["tags"]["title"], "Ton");
    assert_eq!(probe["streams"][1]["disposition"]["default"], 1);
    assert_eq!(probe["streams"][0]["disposition"]["default"], 0);
    assert_eq!(probe["streams"][0]["avg_frame_rate"], "25/1");
    assert_eq!(probe["chapters"][1]["tags"]["title"], "Two");
    assert_eq!(probe["chapters"][0]["end_time"], "2.000000");
}

#[test]
fn webm_lists_what_it_takes() {
    let sink = || Sink::forward(Memory::default());
    let error = open_muxer("webm", sink(), &[sound()], &MuxOptions::default()).err();
    let error = error.expect("AAC is not for WebM");
    assert!(matches!(error, Error::Unsupported(_)));
    assert!(error.to_string().contains("vp8, vp9, av1, vorbis, opus, webvtt"), "{error}");
    let text = CodecParameters::other(CodecId::MovText);
    let text = Track::new(1, text, base(1, 1000));
    assert!(open_muxer("mkv", sink(), &[text], &MuxOptions::default()).is_err());
    let refused = open_muxer("mkv", sink(), &[sound()], &options(&[("faststart", "1")]));
    assert!(matches!(refused.err(), Some(Error::Usage(_))));
    let refused = open_muxer("mkv", sink(), &[sound()], &options(&[("cues_to_front", "1")]));
    assert!(matches!(refused.err(), Some(Error::Unsupported(_))));
}

#[test]
fn misuse_is_refused() {
    let mut muxer =
        open_muxer("mkv", Sink::forward(Memory::default()), &[sound()], &MuxOptions::default())
            .expect("opens");
    let at = |dts| packet(0, dts, dts, 1024).with_key(true);
    assert!(matches!(muxer.write(&packet(1, 0, 0, 1)), Err(Error::Usage(_))));
    muxer.write(&at(0)).expect("in order");
    muxer.write(&at(1024)).expect("in order");
    assert!(matches!(muxer.write(&at(1023)), Err(Error::Usage(_))));
    let timeless = Packet::new(0, vec![0]);
    assert!(matches!(muxer.write(&timeless), Err(Error::Usage(_))));
    muxer.finish().expect("what was in order is kept");
}

#[test]
fn covers_and_fonts_are_attached() {
    let mut cover = Track::new(
        9,
        CodecParameters::video(CodecId::Png, VideoParameters::default()),
        base(1, 90_000),
    );
    cover.disposition.attached_picture = true;
    let mut font =
        CodecParameters::other(CodecId::Unknown(MediaKind::Attachment, "font/ttf".into()));
    font.private = b"font bytes".to_vec().into();
    let mut font = Track::new(10, font, base(1, 1000));
    font.metadata.set("filename", "a.ttf");
    let tracks = [sound(), cover, font];
    let mut written: Vec<_> = frames(30);
    written.iter_mut().for_each(|packet| packet.track = 0);
    let png = b"\x89PNG\r\n\x1a\n and so on";
    written.push(Packet::new(1, png.to_vec()).with_pts(Timestamp::ZERO).with_key(true));
    let bytes = file("mka", &tracks, &written);
    let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(has(png) && has(b"cover.png") && has(b"image/png"));
    assert!(has(b"font bytes") && has(b"a.ttf") && has(b"font/ttf"));
    assert_eq!(foreign(&bytes).len(), 30);
    let Some(probe) = ffprobe(&bytes, "mka") else {
        return skipped("covers_and_fonts_are_attached", "no ffprobe");
    };
    assert_eq!(probe["streams"].as_array().map(Vec::len), Some(3));
    assert_eq!(probe["streams"][1]["disposition"]["attached_pic"], 1);
    assert_eq!(probe["streams"][2]["tags"]["filename"], "a.ttf");
}

#[test]
fn an_index_goes_where_there_is_room() {
    let (tracks, written) = clip();
    let position = |bytes: &[u8], id: &[u8]| {
        bytes.windows(4).position(|window| window == id).expect("is there")
    };
    let (cues, cluster) = ([0x1c, 0x53, 0xbb, 0x6b], [0x1f, 0x43, 0xb6, 0x75]);
    for (room, in_front) in [("0", false), ("30", false), ("2000", true)] {
        let bytes = file_with("mkv", &tracks, &written, &options(&[("reserve_index_space", room)]));
        // The list of parts names the index before it comes.
        let listed = position(&bytes, &cues);
        let found = listed + 4 + position(&bytes[listed + 4..], &cues);
        assert_eq!(found < position(&bytes, &cluster), in_front, "{room}");
        assert_eq!(foreign(&bytes).len(), written.len());
    }
}

#[test]
fn sound_alone_keeps_the_sample() {
    let track = pcm(PcmFormat::S16Le, ChannelLayout::STEREO, 44_100);
    let mut written = Vec::new();
    for index in 0..200_i64 {
        let data = vec![7; 4 * 441];
        written.push(
            Packet::new(0, data)
                .with_pts(Timestamp::new(index * 441 + 1))
                .with_duration(Ticks::new(441))
                .with_key(true),
        );
    }
    let bytes = file("mka", std::slice::from_ref(&track), &written);
    let scale =
        MatroskaFile::open(Cursor::new(&bytes)).expect("opens").info().timestamp_scale().get();
    for (found, expected) in foreign(&bytes).iter().zip(&written) {
        let samples = (u128::from(found.timestamp * scale) * 44_100 + 500_000_000) / 1_000_000_000;
        let pts = expected.pts.expect("set").ticks();
        assert_eq!(i128::try_from(samples).expect("small"), i128::from(pts));
    }
    let bytes = file_with("mka", &[track], &written, &options(&[("timestamp_scale", "1000000")]));
    assert_eq!(foreign(&bytes)[1].timestamp, 10);
}

#[test]
fn varying_lengths_are_said() {
    let track = video_with(video_parameters(), base(1, 1000));
    let times = [0, 40, 100, 110, 400];
    let written: Vec<_> = times
        .windows(2)
        .map(|pair| packet(0, pair[0], pair[0], pair[1].abs_diff(pair[0])).with_key(pair[0] == 0))
        .collect();
    let frames = foreign(&file("mkv", &[track], &written));
    let found: Vec<_> = frames.iter().map(|frame| (frame.timestamp, frame.duration)).collect();
    assert_eq!(found, [(0, Some(40)), (40, Some(60)), (100, Some(10)), (110, Some(290))]);
}
