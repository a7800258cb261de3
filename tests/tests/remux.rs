//! `Remux`: what goes in comes out, cut and joined where that was asked for.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rushes::{
    CodecId, CodecParameters, DemuxOptions, Error, ErrorKind, MediaKind, MuxOptions, Packet, Remux,
    Sink, Source, Time, TimeBase, Timestamp, Track, VideoParameters, demuxer_formats, open_demuxer,
    open_muxer,
};
use rushes_tests::data;
use tempfile::TempDir;

/// What a file holds, per track.
struct Contents {
    tracks: Vec<Track>,
    packets: Vec<Vec<Packet>>,
}

fn read(path: &Path) -> Contents {
    let source = Source::open(path).expect("it is there");
    let mut demuxer = open_demuxer(source, &DemuxOptions::default()).expect("it is media");
    let tracks = demuxer.tracks().to_vec();
    let mut packets = vec![Vec::new(); tracks.len()];
    while let Some(packet) = demuxer.next_packet().expect("it is whole") {
        packets[packet.track].push(packet);
    }
    Contents { tracks, packets }
}

impl Contents {
    fn kind(&self, kind: MediaKind) -> (&Track, &[Packet]) {
        let index = self.tracks.iter().position(|track| track.kind() == kind).expect("it has one");
        (&self.tracks[index], &self.packets[index])
    }

    /// Presentation times in seconds.
    fn times(&self, kind: MediaKind) -> Vec<f64> {
        let (track, packets) = self.kind(kind);
        let time = |packet: &Packet| track.time_base.time(packet.pts.expect("it has one"));
        packets.iter().map(|packet| time(packet).seconds()).collect()
    }

    fn payloads(&self, kind: MediaKind) -> Vec<&[u8]> {
        self.kind(kind).1.iter().map(|packet| &packet.data[..]).collect()
    }
}

fn folder() -> (TempDir, impl Fn(&str) -> PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_path_buf();
    (folder, move |name| path.join(name))
}

/// A tick of a millisecond, the coarsest time base of a container.
const COARSE: f64 = 0.000_51;

/// W12: through every container that takes H.264 and AAC, and back.
#[test]
fn packets_go_through_every_container_and_back() {
    let original = read(&data("clip.mp4"));
    for name in ["mp4", "mov", "mkv"] {
        assert!(demuxer_formats().any(|format| format.name == name), "{name}");
        let (_folder, path) = folder();
        let there = path(&format!("there.{name}"));
        let back = path("back.mp4");
        Remux::new().run(data("clip.mp4"), &there).expect("goes there");
        Remux::new().run(&there, &back).expect("comes back");
        for (path, exact) in [(there, name != "mkv"), (back, name != "mkv")] {
            let copy = read(&path);
            assert_eq!(copy.tracks.len(), original.tracks.len(), "{}", path.display());
            for kind in [MediaKind::Video, MediaKind::Audio] {
                let (before, after) = (original.kind(kind), copy.kind(kind));
                assert_eq!(before.0.codec.codec, after.0.codec.codec);
                assert_eq!(before.0.codec.private, after.0.codec.private);
                assert!(original.payloads(kind) == copy.payloads(kind), "{}", path.display());
                let keys = |packets: &[Packet]| -> Vec<bool> {
                    packets.iter().map(|packet| packet.key).collect()
                };
                assert_eq!(keys(before.1), keys(after.1));
                let slack = if exact { 0.0 } else { COARSE };
                for (before, after) in original.times(kind).iter().zip(copy.times(kind)) {
                    assert!((before - after).abs() <= slack, "{before} {after}");
                }
                assert!(
                    after.1.windows(2).all(|pair| pair[0].dts <= pair[1].dts),
                    "decoding times go backwards in {}",
                    path.display()
                );
            }
        }
    }
}

#[test]
fn a_part_starts_with_a_key_frame_at_zero() {
    let (_folder, path) = folder();
    let out = path("out.mp4");
    let original = read(&data("clip.mp4"));
    let (track, packets) = original.kind(MediaKind::Video);
    let keys: Vec<&Packet> = packets.iter().filter(|packet| packet.key).collect();
    let key = keys.last().expect("a key frame");
    let key_time = track.time_base.time(key.pts.expect("a time")).seconds();
    assert!(key_time > 0.1, "the clip has a second key frame");
    Remux::new().from(key_time + 0.05).run(data("clip.mp4"), &out).expect("cuts");
    let part = read(&out);
    let (_, cut) = part.kind(MediaKind::Video);
    assert_eq!(cut[0].data, key.data);
    let least = part.times(MediaKind::Video).into_iter().fold(f64::MAX, f64::min);
    assert!(least.abs() < 1e-9, "{least}");
    let sound = part.times(MediaKind::Audio);
    assert!(sound[0].abs() < 0.1, "sound starts with the pictures: {}", sound[0]);
    let expected = original.times(MediaKind::Audio);
    let expected = expected.iter().filter(|time| **time >= key_time).count();
    assert!(sound.len().abs_diff(expected) <= 2, "{} {expected}", sound.len());
}

#[test]
fn what_is_decoded_behind_the_end_is_left_out() {
    let (_folder, path) = folder();
    let out = path("out.mp4");
    Remux::new().to(0.5).run(data("clip.mp4"), &out).expect("cuts");
    let (original, part) = (read(&data("clip.mp4")), read(&out));
    for kind in [MediaKind::Video, MediaKind::Audio] {
        let (before, after) = (original.payloads(kind), part.payloads(kind));
        assert!(!after.is_empty() && after.len() < before.len());
        assert!(before.starts_with(&after));
        assert!(part.times(kind).into_iter().fold(0.0, f64::max) < 0.7);
    }
}

#[test]
fn joined_sources_follow_one_another() {
    let (_folder, path) = folder();
    let out = path("out.mp4");
    Remux::new().concat([data("clip.mp4"), data("clip.mp4")], &out).expect("joins");
    let (one, two) = (read(&data("clip.mp4")), read(&out));
    let pictures = one.payloads(MediaKind::Video);
    assert!(two.payloads(MediaKind::Video) == [&pictures[..], &pictures[..]].concat());
    let length = |contents: &Contents| {
        let lengths = contents
            .tracks
            .iter()
            .filter_map(|track| Some(track.time_base.seconds(track.duration?)));
        lengths.fold(0.0, f64::max)
    };
    assert!((length(&two) - 2.0 * length(&one)).abs() < 0.03, "{} {}", length(&one), length(&two));
    let (track, packets) = two.kind(MediaKind::Video);
    let mut times: Vec<_> = packets.iter().filter_map(|packet| packet.pts).collect();
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len(), packets.len(), "no two pictures at the same time");
    assert!(track.codec.as_video().is_some());

    let error = Remux::new().concat([data("clip.mp4"), data("tone.wav")], path("no.mp4"));
    assert_eq!(error.expect_err("they differ").kind(), ErrorKind::Unsupported);
    let none: [&Path; 0] = [];
    let error = Remux::new().concat(none, path("no.mp4")).expect_err("no source");
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn tracks_are_chosen_or_left_out_and_that_is_told() {
    let (_folder, path) = folder();
    let summary =
        Remux::new().track(1).run(data("clip.mp4"), path("sound.mp4")).expect("sound alone");
    assert_eq!(summary.tracks.len(), 1);
    assert_eq!(summary.tracks[0].source, 1);
    assert!(summary.left_out.is_empty(), "nobody asked for the other one");

    let summary = Remux::new().run(data("clip.mp4"), path("sound.m4a")).expect("sound alone");
    assert_eq!(summary.tracks.len(), 1);
    assert_eq!(summary.left_out.len(), 1);
    assert_eq!(summary.left_out[0].source, 0);
    assert!(summary.left_out[0].reason.contains("m4a"), "{}", summary.left_out[0].reason);

    let refuse = |remux: Remux<'_>, name: &str, kind: ErrorKind| {
        let error = remux.run(data("clip.mp4"), path(name)).expect_err("refused");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(!path(name).exists(), "nothing is made before all is known to fit");
    };
    refuse(Remux::new().track(7), "no.mp4", ErrorKind::Usage);
    refuse(Remux::new(), "no.wav", ErrorKind::Unsupported);
    refuse(Remux::new(), "no.nonsense", ErrorKind::Unsupported);
    refuse(Remux::new().from(2.0).to(1.0), "no.mp4", ErrorKind::Usage);
    refuse(Remux::new().from(f64::NAN), "no.mp4", ErrorKind::Usage);
}

/// A PNG of one pixel, as far as containers look.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0";

#[test]
fn a_cover_goes_with_what_it_belongs_to() {
    let (_folder, path) = folder();
    let clip = read(&data("clip.mp4"));
    let (sound, packets) = clip.kind(MediaKind::Audio);
    let picture = CodecParameters::video(CodecId::Png, VideoParameters::new(1, 1));
    let mut cover = Track::new(2, picture, sound.time_base);
    cover.disposition.attached_picture = true;
    let song = path("song.mkv");
    let sink = Sink::create(&song).expect("a file");
    let tracks = [sound.clone(), cover];
    let mut muxer = open_muxer("mkv", sink, &tracks, &MuxOptions::default()).expect("both");
    muxer.write(&Packet::new(1, PICTURE).with_key(true).with_pts(Timestamp::ZERO)).expect("it");
    for packet in packets {
        let mut packet = packet.clone();
        packet.track = 0;
        muxer.write(&packet).expect("sound");
    }
    muxer.finish().expect("written");
    for name in ["song.m4a", "song.mka", "song.mp4"] {
        let summary = Remux::new().run(&song, path(name)).expect("both go over");
        assert!(summary.left_out.is_empty(), "{name}: {:?}", summary.left_out);
        let copy = read(&path(name));
        let covers: Vec<_> = (copy.tracks.iter().zip(&copy.packets))
            .filter(|(track, _)| track.disposition.attached_picture)
            .map(|(_, packets)| packets[0].data.to_vec())
            .collect();
        assert_eq!(covers, [PICTURE.to_vec()], "{name}");
        assert!(copy.payloads(MediaKind::Audio) == clip.payloads(MediaKind::Audio), "{name}");
    }
}

#[test]
fn the_input_is_never_the_output() {
    let (_folder, path) = folder();
    let file = path("clip.mp4");
    fs::copy(data("clip.mp4"), &file).expect("copied");
    let error = Remux::new().run(&file, &file).expect_err("it would be lost");
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(fs::read(&file).expect("still there"), fs::read(data("clip.mp4")).expect("there"));
}

#[test]
fn stopping_leaves_a_file_that_is_complete_up_to_there() {
    let (_folder, path) = folder();
    let out = path("out.mp4");
    let mut seen = 0;
    let summary = Remux::new()
        .on_progress(|progress| {
            seen = progress.packets;
            if progress.packets >= 40 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .run(data("clip.mp4"), &out)
        .expect("stopped");
    assert!(summary.cancelled);
    assert!(seen >= 40);
    let part = read(&out);
    assert!(
        read(&data("clip.mp4"))
            .payloads(MediaKind::Video)
            .starts_with(&part.payloads(MediaKind::Video))
    );
}

#[test]
fn damage_is_told_and_what_came_before_it_is_kept() {
    let (_folder, path) = folder();
    let (whole, cut, out) = (path("whole.wav"), path("cut.mov"), path("out.mov"));
    fs::copy(data("clip.mp4"), &whole).expect("copied");
    let mut options = Remux::new().option("faststart", "1");
    options = options.format("mov");
    options.run(data("clip.mp4"), &whole).expect("written");
    let bytes = fs::read(&whole).expect("there");
    fs::write(&cut, &bytes[..bytes.len() * 3 / 4]).expect("written");
    let error = Remux::new().run(&cut, &out).expect_err("it is cut");
    assert!(matches!(error, Error::Malformed(_)), "{error}");
    let (original, part) = (read(&data("clip.mp4")), read(&out));
    for kind in [MediaKind::Video, MediaKind::Audio] {
        let (before, after) = (original.payloads(kind), part.payloads(kind));
        assert!(after.len() > before.len() / 3 && before.starts_with(&after));
    }
}

/// Times that are told while the work goes on are those of the output.
#[test]
fn progress_is_told_in_media_time() {
    let (_folder, path) = folder();
    let mut last = Time::ZERO;
    let mut end = None;
    Remux::new()
        .on_progress(|progress| {
            assert!(progress.time >= last);
            (last, end) = (progress.time, progress.end);
            ControlFlow::Continue(())
        })
        .run(data("clip.mp4"), path("out.mp4"))
        .expect("goes over");
    let end = end.expect("the source says how long it is");
    assert!(last > Time::ZERO && last <= end, "{last} {end}");
    assert!(TimeBase::nanoseconds().time(last.ticks()) >= Time::ZERO);
}
