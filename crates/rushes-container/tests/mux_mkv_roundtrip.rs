//! Matroska and WebM files: what we write we read back the same.

mod common;

use arbtest::arbitrary::{Result as Chosen, Unstructured};
use arbtest::arbtest;
use common::clip::{base, file_with, packet, sound, video_parameters, video_with};
use common::{Memory, open, packets};
use rushes_container::{Demuxer, MuxOptions, Sink, open_muxer};
use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, Chapter, ChromaLocation, CodecId, CodecParameters,
    ColorPrimaries, ColorRange, ContentLight, FrameRate, MasteringDisplay, MatrixCoefficients,
    MediaKind, MediaParameters, Metadata, Packet, PcmFormat, Ratio, Rotation, Ticks, TimeBase,
    Timestamp, Track, TransferFunction, Trim, VideoParameters,
};

const MILLISECOND: i128 = 1_000_000;

fn read(bytes: Vec<u8>) -> (Box<dyn Demuxer>, Vec<Packet>) {
    let mut demuxer = open(bytes);
    let packets = packets(&mut *demuxer);
    (demuxer, packets)
}

/// A time in nanoseconds, rounded down.
fn nanoseconds(base: TimeBase, ticks: i64) -> i128 {
    (i128::from(ticks) * i128::from(base.numer()) * 1_000_000_000)
        .div_euclid(i128::from(base.denom()))
}

/// What a packet says of time, in nanoseconds: pts, duration, and what is cut from start and end.
fn times(track: &Track, packet: &Packet) -> [i128; 4] {
    let length =
        |ticks: Ticks| nanoseconds(track.time_base, i64::try_from(ticks.count()).expect("small"));
    [
        nanoseconds(track.time_base, packet.pts.expect("set").ticks()),
        length(packet.duration.expect("set")),
        length(packet.trim.start),
        length(packet.trim.end),
    ]
}

/// Compares the packets of a track; times may differ by half a tick, and by what rounding adds.
fn check_packets(
    (old, written): (&Track, &[Packet]),
    (new, back): (&Track, &[Packet]),
    tick: i128,
) {
    assert_eq!(written.len(), back.len());
    let unit = |track: &Track| nanoseconds(track.time_base, 1) + 1;
    let slack = tick / 2 + unit(new).min(tick) / 2 + 2;
    for (written, back) in written.iter().zip(back) {
        assert_eq!(written.data, back.data);
        assert_eq!(written.key, back.key);
        assert_eq!(written.additions, back.additions);
        assert_eq!(written.discard, back.discard, "{:?}", written.pts);
        let (expected, found) = (times(old, written), times(new, back));
        assert!((expected[0] - found[0]).abs() <= slack, "{expected:?} {found:?}");
        assert!((expected[1] - found[1]).abs() <= 2 * slack, "{expected:?} {found:?}");
        assert!((expected[3] - found[3]).abs() <= unit(new), "{expected:?} {found:?}");
    }
}

fn of_track(packets: &[Packet], track: usize) -> Vec<Packet> {
    packets.iter().filter(|packet| packet.track == track).cloned().collect()
}

/// Audio of one of the codecs, how long its packets are, and what they hold.
fn any_sound(u: &mut Unstructured<'_>) -> Chosen<(Track, u64, Vec<u8>)> {
    let (codec, rate, length, private, data): (_, u32, u64, &[u8], Vec<u8>) =
        match u.int_in_range(0..=3)? {
            0 => (CodecId::Aac, 44_100, 1024, &[0x12, 0x10], vec![0x21, 0x10, 5]),
            1 => (
                CodecId::Opus,
                48_000,
                960,
                b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0",
                vec![0xfc; 4],
            ),
            2 => (CodecId::Pcm(PcmFormat::S16Le), 32_000, 320, &[], vec![3; 1280]),
            _ => (CodecId::Vorbis, 48_000, 576, b"\x02\x01\x01abc", vec![0; 7]),
        };
    let mut audio = AudioParameters::new(rate, ChannelLayout::STEREO);
    let delays: &[u32] = &[0, 312, 1024, 2112];
    audio.delay = *u.choose(delays)?;
    let mut codec = CodecParameters::audio(codec, audio);
    codec.private = Buffer::from(private);
    Ok((Track::new(2, codec, base(1, rate)), length, data))
}

fn any_packets(
    u: &mut Unstructured<'_>,
    track: &Track,
    length: u64,
    data: &[u8],
) -> Chosen<Vec<Packet>> {
    let delay = i64::from(track.codec.as_audio().expect("sound").delay);
    let step = i64::try_from(length).expect("small");
    let mut pts = -delay;
    let mut list: Vec<Packet> = Vec::new();
    for index in 0..u.int_in_range(1..=300)? {
        let mut data = data.to_vec();
        if track.codec.codec != CodecId::Opus {
            let last = data.len() - 1;
            data[last] = u8::try_from(index % 251).expect("small");
        }
        let mut packet = Packet::new(1, data)
            .with_pts(Timestamp::new(pts))
            .with_dts(Timestamp::new(pts))
            .with_duration(Ticks::new(length))
            .with_key(true);
        packet.discard = pts + step <= 0;
        if pts < 0 && !packet.discard {
            packet.trim.start = Ticks::new(pts.unsigned_abs());
        }
        pts += step;
        // A gap now and then, but not in what the encoder made up.
        if pts >= 0 && u.ratio(1, 40)? {
            pts += u.int_in_range(1..=30_000)?;
        }
        list.push(packet);
    }
    if let Some(last) = list.last_mut().filter(|last| !last.discard) {
        last.trim.end = Ticks::new(u.int_in_range(0..=length - last.trim.start.count() - 1)?);
    }
    Ok(list)
}

/// Pictures, with B-frames or of varying length.
fn any_pictures(u: &mut Unstructured<'_>) -> Chosen<(Track, Vec<Packet>)> {
    let bases = [(1001, 30_000), (1, 90_000), (1, 1000), (1, 12_800)];
    let (numer, denom) = *u.choose(&bases)?;
    let mut video = video_parameters();
    video.constant_frame_rate = denom == 30_000;
    let track = video_with(video, base(numer, denom));
    let step = if denom == 30_000 { 1 } else { i64::from(denom) / 25 };
    let mut list = Vec::new();
    let mut pts = 0;
    for index in 0..u.int_in_range(1..=200)? {
        let length = if denom == 30_000 { step } else { u.int_in_range(1..=4 * step)? };
        list.push(
            packet(0, pts, pts, length.unsigned_abs()).with_key(index == 0 || u.ratio(1, 20)?),
        );
        pts += length;
    }
    Ok((track, list))
}

fn any_options(u: &mut Unstructured<'_>) -> Chosen<MuxOptions> {
    let choices: [&[(&str, &str)]; 6] = [
        &[],
        &[("cues_to_front", "1")],
        &[("reserve_index_space", "500")],
        &[("live", "1")],
        &[("crc", "1")],
        &[("timestamp_scale", "100000")],
    ];
    let mut options = MuxOptions::default();
    for (key, value) in *u.choose(&choices)? {
        options.options.insert((*key).to_owned(), (*value).to_owned());
    }
    Ok(options)
}

#[test]
fn any_packets_come_back() {
    arbtest(|u| {
        let (video, mut all) = any_pictures(u)?;
        let (audio, length, data) = any_sound(u)?;
        all.extend(any_packets(u, &audio, length, &data)?);
        let tracks = [video, audio];
        all.sort_by_key(|packet| {
            tracks[packet.track].time_base.time(packet.dts.unwrap_or_default())
        });
        let options = any_options(u)?;
        let tick =
            if options.options.contains_key("timestamp_scale") { 100_000 } else { MILLISECOND };
        let (demuxer, back) = read(file_with("mkv", &tracks, &all, &options));
        for (index, (old, new)) in tracks.iter().zip(demuxer.tracks()).enumerate() {
            assert_eq!(old.codec.codec, new.codec.codec);
            assert_eq!(old.codec.private, new.codec.private);
            check_packets((old, &of_track(&all, index)), (new, &of_track(&back, index)), tick);
            if let Some((old, new)) = old.codec.as_audio().zip(new.codec.as_audio()) {
                assert_eq!(
                    (old.delay, old.sample_rate, old.layout),
                    (new.delay, new.sample_rate, new.layout)
                );
            }
        }
        Ok(())
    })
    .budget_ms(4000);
}

#[test]
fn sound_alone_comes_back_to_the_sample() {
    arbtest(|u| {
        let (track, length, data) = any_sound(u)?;
        let mut written = any_packets(u, &track, length, &data)?;
        written.iter_mut().for_each(|packet| packet.track = 0);
        let (demuxer, mut back) =
            read(file_with("mka", std::slice::from_ref(&track), &written, &MuxOptions::default()));
        assert_eq!(demuxer.tracks()[0].time_base, track.time_base);
        back.iter_mut().for_each(|packet| packet.position = None);
        for (written, back) in written.iter().zip(&back) {
            assert_eq!(written, back);
        }
        assert_eq!(written.len(), back.len());
        Ok(())
    })
    .budget_ms(3000);
}

#[test]
fn pictures_keep_what_is_said_of_them() {
    let mastering = MasteringDisplay {
        primaries: [(34_000, 16_000), (13_250, 34_500), (7500, 3000)],
        white_point: (15_635, 16_450),
        max_luminance: 10_000_000,
        min_luminance: 50,
    };
    arbtest(|u| {
        let mut video = VideoParameters::new(u.int_in_range(1..=5000)?, u.int_in_range(1..=5000)?);
        video.color.matrix = MatrixCoefficients::from_code(u.int_in_range(0..=15)?);
        video.color.primaries = ColorPrimaries::from_code(u.int_in_range(0..=23)?);
        video.color.transfer = TransferFunction::from_code(u.int_in_range(0..=19)?);
        video.color.range =
            *u.choose(&[ColorRange::Limited, ColorRange::Full, ColorRange::Unspecified])?;
        video.color.chroma_location = *u.choose(&[
            ChromaLocation::Left,
            ChromaLocation::Center,
            ChromaLocation::TopLeft,
            ChromaLocation::Unspecified,
        ])?;
        video.rotation = Rotation::new(u.int_in_range(0..=3)?, u.arbitrary()?);
        video.sample_aspect = Ratio::new(u.int_in_range(1..=200)?, u.int_in_range(1..=200)?);
        video.mastering = u.arbitrary::<bool>()?.then_some(mastering);
        let light = ContentLight { max_content: u.arbitrary()?, max_frame_average: u.arbitrary()? };
        video.content_light = u.arbitrary::<bool>()?.then_some(light);
        let rate = FrameRate::new(
            *u.choose(&[24_000, 25_000, 30_000, 50_000, 60_000])?,
            *u.choose(&[1000, 1001])?,
        );
        (video.frame_rate, video.constant_frame_rate) = (rate, true);
        let track = video_with(video.clone(), base(1, 1000));
        let (demuxer, _) = read(file_with(
            "mkv",
            &[track],
            &[packet(0, 0, 0, 40).with_key(true)],
            &MuxOptions::default(),
        ));
        let MediaParameters::Video(found) = &demuxer.tracks()[0].codec.media else {
            panic!("pictures are pictures");
        };
        let mut found = found.clone();
        found.reorder_depth = video.reorder_depth;
        assert_eq!(found, video);
        Ok(())
    })
    .budget_ms(2000);
}

#[test]
fn tags_chapters_and_flags_come_back() {
    let mut options = MuxOptions::default();
    options.metadata = [
        ("title", "A clip"),
        ("creation_time", "2024-02-29T12:34:56.000000Z"),
        ("artist", "nobody"),
        ("album_artist", "everybody"),
        ("track", "3/12"),
        ("performer", "p\u{e9}"),
        ("date", "2024"),
        ("encoder", "by hand"),
        ("replaygain_track_gain", "-3.2 dB"),
    ]
    .into_iter()
    .collect();
    let time = |nanoseconds| TimeBase::nanoseconds().time(Timestamp::new(nanoseconds));
    options.chapters = vec![
        Chapter { start: time(0), end: Some(time(2_000_000_001)), title: "One".to_owned() },
        Chapter { start: time(2_000_000_001), end: None, title: String::new() },
    ];
    let mut tracks = [video_with(video_parameters(), base(1, 1000)), sound()];
    tracks[0].disposition.default = true;
    tracks[1].disposition.forced = true;
    tracks[0].metadata.set("language", "deu");
    tracks[1].metadata.set("language", "pt-BR");
    tracks[1].metadata.set("title", "Som");
    tracks[1].metadata.set("handler_name", "sound");
    let written = [packet(0, 0, 0, 40).with_key(true), packet(1, 0, 0, 1024).with_key(true)];
    let (demuxer, _) = read(file_with("mkv", &tracks, &written, &options));
    let sorted = |metadata: &Metadata| {
        let mut pairs: Vec<(String, String)> =
            metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        pairs.sort();
        pairs
    };
    assert_eq!(sorted(demuxer.metadata()), sorted(&options.metadata));
    assert_eq!(demuxer.chapters(), options.chapters);
    for (old, new) in tracks.iter().zip(demuxer.tracks()) {
        assert_eq!(sorted(&old.metadata), sorted(&new.metadata));
        assert_eq!(old.disposition, new.disposition);
    }
    assert_eq!(demuxer.duration().map(|time| time.seconds()), Some(0.04));
}

#[test]
fn files_and_covers_come_back() {
    let mut cover = Track::new(
        0,
        CodecParameters::video(CodecId::Png, VideoParameters::default()),
        base(1, 90_000),
    );
    cover.disposition.attached_picture = true;
    cover.metadata.set("title", "front");
    let notes = CodecId::Unknown(MediaKind::Attachment, "text/plain".to_owned());
    let mut notes = CodecParameters::other(notes);
    notes.private = b"some text".to_vec().into();
    let mut notes = Track::new(0, notes, base(1, 90_000));
    notes.metadata.set("filename", "notes.txt");
    let picture = b"\x89PNG\r\n\x1a\n...".to_vec();
    let sound_packet = packet(2, 0, 0, 1024).with_key(true);
    let tracks = [cover, notes, sound()];
    for late in [false, true] {
        let mut written = vec![sound_packet.clone()];
        let cover = Packet::new(0, picture.clone()).with_pts(Timestamp::ZERO).with_key(true);
        let sink = Memory::default();
        let mut muxer =
            open_muxer("mkv", Sink::seekable(sink.clone()), &tracks, &MuxOptions::default())
                .expect("opens");
        if late {
            written.extend(
                (1..50).map(|index| packet(2, index * 1024, index * 1024, 1024).with_key(true)),
            );
            written.push(cover);
        } else {
            written.insert(0, cover);
        }
        written.iter().for_each(|packet| muxer.write(packet).expect("in order"));
        muxer.finish().expect("memory");
        let (demuxer, back) = read(sink.contents());
        let [sound, first, second] = demuxer.tracks() else { panic!("three tracks") };
        assert_eq!(sound.kind(), MediaKind::Audio);
        assert!(first.disposition.attached_picture);
        assert_eq!(first.metadata.value("title"), Some("front"));
        assert_eq!(second.codec.private, tracks[1].codec.private);
        assert_eq!(second.codec.codec, tracks[1].codec.codec);
        assert_eq!(second.metadata.value("filename"), Some("notes.txt"));
        assert!(back.iter().any(|packet| packet.track == 1 && *packet.data == picture[..]));
        assert_eq!(of_track(&back, 0).len(), written.len() - 1);
    }
}

#[test]
fn what_comes_beside_pictures_comes_back() {
    let track = video_with(video_parameters(), base(1, 1000));
    let mut written: Vec<_> = (0..40)
        .map(|index| packet(0, index * 40, index * 40, 40).with_key(index % 10 == 0))
        .collect();
    for (packet, at) in written.iter_mut().zip(0_u8..) {
        packet.additions = vec![(1, vec![at; 5].into()), (4, vec![at, 9].into())];
    }
    written[7].discard = true;
    let (demuxer, back) =
        read(file_with("mkv", std::slice::from_ref(&track), &written, &MuxOptions::default()));
    check_packets((&track, &written), (&demuxer.tracks()[0], &back), MILLISECOND);
}

#[test]
fn subtitles_come_back() {
    for (format, codec, private) in [
        ("mkv", CodecId::SubRip, &b""[..]),
        ("mks", CodecId::Ass, b"[Script Info]"),
        ("mkv", CodecId::WebVtt, b"WEBVTT"),
        ("mkv", CodecId::WebVtt, b""),
        ("webm", CodecId::WebVtt, b""),
    ] {
        let is_webvtt = codec == CodecId::WebVtt;
        let mut codec = CodecParameters::other(codec);
        codec.private = private.into();
        let track = Track::new(1, codec, base(1, 1000));
        let mut written: Vec<_> = [(0, 900), (1500, 2000), (90_000, 1)]
            .into_iter()
            .map(|(pts, duration)| packet(0, pts, pts, duration).with_key(true))
            .collect();
        if is_webvtt {
            written[1].additions = vec![(1, b"align:start\nname\n".to_vec().into())];
        }
        let (demuxer, mut back) =
            read(file_with(format, std::slice::from_ref(&track), &written, &MuxOptions::default()));
        assert_eq!(demuxer.tracks()[0].codec.private, track.codec.private);
        back.iter_mut().for_each(|packet| packet.position = None);
        assert_eq!(back, written, "{format}");
    }
}

#[test]
fn cuts_inside_come_back() {
    let mut track = sound();
    track.codec.media = match track.codec.media {
        MediaParameters::Audio(mut audio) => {
            audio.delay = 1024;
            MediaParameters::Audio(audio)
        }
        other => other,
    };
    let mut written: Vec<_> = (0..6)
        .map(|index| packet(0, (index - 1) * 1024, (index - 1) * 1024, 1024).with_key(true))
        .collect();
    written[0].discard = true;
    written[2].trim = Trim { start: Ticks::ZERO, end: Ticks::new(100) };
    written[4].trim = Trim { start: Ticks::new(48), end: Ticks::ZERO };
    let (_, mut back) = read(file_with("mka", &[track], &written, &MuxOptions::default()));
    back.iter_mut().for_each(|packet| packet.position = None);
    assert_eq!(back, written);
}
