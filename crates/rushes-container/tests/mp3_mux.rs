//! The muxer of MPEG audio: what is written is read back, tags, chapters, covers and gaps included.

mod common;

use std::io::Cursor;

use common::Memory;
use common::small::{open, packets};
use rushes_container::{Demuxer, MuxOptions, Sink, Source, open_muxer};
use rushes_core::{
    AudioParameters, ChannelLayout, Chapter, CodecId, CodecParameters, Error, Metadata, Packet,
    Result, Ticks, Time, TimeBase, Timestamp, Track, Trim, VideoParameters,
};

const FRAME: u64 = 1152;
/// What LAME adds in front by default, with the decoder's delay.
const DELAY: u32 = 1105;

fn base(rate: u32) -> TimeBase {
    TimeBase::per_second(rate).expect("not zero")
}

fn sound() -> Track {
    let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
    Track::new(0, CodecParameters::audio(CodecId::Mp3, audio), base(44_100))
}

fn picture() -> Track {
    let codec = CodecParameters::video(CodecId::Png, VideoParameters::default());
    let mut track = Track::new(1, codec, base(90_000));
    track.disposition.attached_picture = true;
    track.metadata.set("comment", "Cover (front)");
    track
}

/// Frames of 128 or of changing kilobits, the first and the last of which are cut.
fn frames(count: i64, delay: u32, padding: u64, variable: bool) -> Vec<Packet> {
    let frame = |number: i64| {
        let rates = [(0x90, 417), (0xb0, 626), (0x50, 208)];
        let (rate, size) =
            rates[usize::try_from(number).expect("small") % if variable { 3 } else { 1 }];
        let mut data = vec![0xff, 0xfb, rate, 0];
        data.resize(size, u8::try_from(number % 200).expect("small"));
        let pts = number * FRAME.cast_signed() - i64::from(delay);
        let start = u64::try_from(-pts).unwrap_or(0).min(FRAME);
        let end = if number == count - 1 { padding } else { 0 };
        let mut packet = Packet::new(0, data)
            .with_pts(Timestamp::new(pts))
            .with_dts(Timestamp::new(pts))
            .with_duration(Ticks::new(FRAME))
            .with_key(true)
            .with_trim(Trim { start: Ticks::new(start), end: Ticks::new(end) });
        packet.discard = start == FRAME;
        packet
    };
    (0..count).map(frame).collect()
}

fn mux(sink: Sink, tracks: &[Track], options: &MuxOptions, packets: &[Packet]) -> Result<()> {
    let mut muxer = open_muxer("mp3", sink, tracks, options)?;
    packets.iter().try_for_each(|packet| muxer.write(packet))?;
    muxer.finish()
}

fn written(tracks: &[Track], options: &MuxOptions, packets: &[Packet]) -> Vec<u8> {
    let memory = Memory::default();
    mux(Sink::seekable(memory.clone()), tracks, options, packets).expect("writes");
    memory.contents()
}

fn of_track(demuxer: &mut dyn Demuxer, track: usize) -> Vec<Packet> {
    packets(demuxer).into_iter().filter(|packet| packet.track == track).collect()
}

/// Times in samples, whatever the unit.
fn samples(demuxer: &dyn Demuxer, packet: &Packet) -> (i64, u64, u64, u64) {
    let unit = i64::from(demuxer.tracks()[0].time_base.denom() / 44_100);
    let count = |ticks: Ticks| ticks.count() / unit.unsigned_abs();
    (
        packet.pts.expect("a time").ticks() / unit,
        count(packet.duration.expect("a length")),
        count(packet.trim.start),
        count(packet.trim.end),
    )
}

#[test]
fn frames_and_gaps_come_back() {
    for (count, delay, padding, variable) in [
        (1, 529, 0, false),
        (3, DELAY, 0, false),
        (60, DELAY, 700, false),
        (900, DELAY, 5, true),
        (9, 3000, 1152, true),
    ] {
        let expected = frames(count, delay, padding, variable);
        let file = written(&[sound()], &MuxOptions::default(), &expected);
        let mut demuxer = open(Source::bytes(file));
        let audio = demuxer.tracks()[0].codec.as_audio().expect("sound").clone();
        assert_eq!((audio.delay, u64::from(audio.padding)), (delay, padding));
        assert_eq!(demuxer.tracks()[0].packets, u64::try_from(count).ok());
        let length = i64::try_from(FRAME).expect("small") * count - i64::from(delay);
        let heard = demuxer.duration().expect("known").seconds() * 44_100.0;
        assert_eq!(heard.round(), (length - padding.cast_signed()) as f64);
        let found = packets(&mut *demuxer);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.data, expected.data);
            let pts = expected.pts.expect("set").ticks();
            let trim = (expected.trim.start.count(), expected.trim.end.count());
            assert_eq!(samples(&*demuxer, found), (pts, FRAME, trim.0, trim.1));
        }
    }
}

#[test]
fn sound_of_unknown_delay_is_not_cut() {
    let expected = frames(20, 0, 0, false);
    let mut demuxer = open(Source::bytes(written(&[sound()], &MuxOptions::default(), &expected)));
    assert_eq!(demuxer.tracks()[0].codec.as_audio().expect("sound").delay, 0);
    let found = packets(&mut *demuxer);
    assert_eq!(samples(&*demuxer, &found[19]), (19 * 1152, FRAME, 0, 0));
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
        ("my own", "thing"),
    ];
    let time = |milliseconds| -> Time { base(1000).time(Timestamp::new(milliseconds)) };
    let chapter = |start, end, title: &str| Chapter {
        start: time(start),
        end: Some(time(end)),
        title: title.to_owned(),
    };
    let mut options = MuxOptions::default();
    options.metadata = tags.into_iter().collect::<Metadata>();
    options.chapters = vec![chapter(0, 250, "One"), chapter(250, 900, "Deux é")];
    let art = [b"\x89PNG\r\n".to_vec(), vec![0xff; 70_000]].concat();
    let cover = Packet::new(1, art.clone()).with_pts(Timestamp::ZERO);
    let sound_packets = frames(40, DELAY, 0, false);
    // The cover may come at any point: before the sound, between, behind.
    for place in [0, 7, 40] {
        let mut packets = sound_packets.clone();
        packets.insert(place, cover.clone());
        let file = written(&[sound(), picture()], &options, &packets);
        for source in [Source::bytes(file.clone()), Source::forward(Cursor::new(file))] {
            let mut demuxer = open(source);
            assert_eq!(demuxer.format(), "mp3");
            assert_eq!(*demuxer.metadata(), options.metadata);
            assert_eq!(demuxer.chapters(), options.chapters);
            let track = &demuxer.tracks()[1];
            assert!(track.disposition.attached_picture);
            assert_eq!(track.metadata.value("comment"), Some("Cover (front)"));
            assert_eq!(track.codec.codec, CodecId::Png);
            let found = packets_of_both(&mut *demuxer);
            assert_eq!(found, (art.clone(), 40));
        }
    }
}

fn packets_of_both(demuxer: &mut dyn Demuxer) -> (Vec<u8>, usize) {
    let all = packets(demuxer);
    let (sound, covers): (Vec<_>, Vec<_>) = all.into_iter().partition(|packet| packet.track == 0);
    (covers.first().map(|packet| packet.data.to_vec()).unwrap_or_default(), sound.len())
}

#[test]
fn pipes_get_the_frames_alone() {
    let memory = Memory::default();
    let expected = frames(12, DELAY, 0, true);
    mux(Sink::forward(memory.clone()), &[sound()], &MuxOptions::default(), &expected)
        .expect("writes");
    let mut demuxer = open(Source::bytes(memory.contents()));
    let found = of_track(&mut *demuxer, 0);
    let bytes =
        |packets: &[Packet]| packets.iter().map(|packet| packet.data.clone()).collect::<Vec<_>>();
    assert_eq!(bytes(&found), bytes(&expected));
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let check = |tracks: &[Track], packets: &[Packet], is_usage: bool, part: &str| {
        let sink = Sink::seekable(Memory::default());
        let error = mux(sink, tracks, &MuxOptions::default(), packets).expect_err("impossible");
        assert_eq!(matches!(error, Error::Usage(_)), is_usage, "{error}");
        assert!(error.to_string().contains(part), "{error}");
    };
    let mut aac = sound();
    aac.codec.codec = CodecId::Aac;
    check(&[aac], &[], false, "codec aac in mp3");
    check(&[], &[], true, "1 audio track");
    check(&[sound(), sound()], &[], true, "1 audio track");
    let mut video = picture();
    video.codec.codec = CodecId::H264;
    check(&[sound(), video], &[], false, "a picture in h264");
    check(&[sound()], &[Packet::new(0, vec![1, 2, 3, 4, 5])], false, "no frame of mp3");
    check(&[sound()], &[Packet::new(1, vec![])], true, "track 1");
    check(&[sound()], &frames(9, 5000, 0, false), true, "mp3 can hide");
    check(&[sound()], &frames(9, 100, 0, false), true, "mp3 can hide");
    let mut backwards = frames(3, DELAY, 0, false);
    backwards.swap(1, 2);
    check(&[sound()], &backwards, true, "backwards");
    let mut cut = frames(3, DELAY, 0, false);
    cut[1].trim.end = Ticks::new(5);
    check(&[sound()], &cut, false, "cutting inside");
    let art = Packet::new(1, vec![1]);
    check(&[sound(), picture()], &[art.clone(), art], true, "second picture");
}
