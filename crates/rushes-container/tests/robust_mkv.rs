//! The Matroska demuxer on the corpus: against FFmpeg's packets, on damaged files, on inputs that only go forward or have no
//! data yet, and after seeks. Prints SKIPPED where there is no corpus.

mod common;

use std::io::{self, Cursor, ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{Error, MediaKind, Packet, Result, Time, TimeBase, Timestamp};

use common::{corpus_or_skipped, md5_hex};

/// Paths of the Matroska and WebM files of the catalogue.
fn files(corpus: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("readable");
    let paths = text.lines().skip(1).filter_map(|line| line.split('\t').next());
    let is_matroska = |path: &&str| {
        let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
        extension.is_some_and(|extension| ["mkv", "mka", "webm"].contains(&extension))
    };
    paths.filter(is_matroska).map(str::to_owned).collect()
}

/// Files of each kind that the corpus has: reordered video with sound, cues or none, unknown sizes, lacing, sound alone.
const VARIED: [&str; 9] = [
    "androidx-media/mkv/sample.mkv",
    "androidx-media/mkv/sample_with_chapters.mkv",
    "androidx-media/mkv/sample_with_pgs_subtitles.mkv",
    "androidx-media/mka/opus-5.1.mka",
    "libwebm/bbb_480p_vp9_opus_1second.webm",
    "nestegg/seek.webm",
    "nestegg/split.webm",
    "nestegg/detodos.webm",
    "audio-lena/lena.webm",
];

/// Reads to the end. Errors end the reading, but not more than once each.
fn drain(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Vec<Error>) {
    let (mut packets, mut errors) = (Vec::new(), Vec::new());
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => break,
            Err(error) => {
                assert!(errors.len() < 1000, "the same error again and again: {error}");
                errors.push(error);
            }
        }
    }
    assert!(matches!(demuxer.next_packet(), Ok(None)), "the end stays the end");
    (packets, errors)
}

fn open(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
    open_demuxer(Source::bytes(bytes.to_vec()), &DemuxOptions::default())
}

fn base_of(text: &str) -> TimeBase {
    let (numer, denom) = text.split_once('/').expect("a fraction");
    TimeBase::new(numer.parse().expect("a number"), denom.parse().expect("a number"))
        .expect("not zero")
}

/// Payloads are FFmpeg's, and times are within a tick of the file.
#[test]
fn packets_are_those_of_the_reference() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let mut compared = 0;
    for path in files(&corpus) {
        let oracle = std::fs::read_to_string(corpus.join("oracle").join(format!("{path}.json")));
        let oracle: serde_json::Value =
            serde_json::from_str(&oracle.expect("readable")).expect("JSON");
        let Ok(mut demuxer) = open(&std::fs::read(corpus.join(&path)).expect("readable")) else {
            continue;
        };
        let (packets, _) = drain(&mut *demuxer);
        for reference in oracle["packets"].as_array().into_iter().flatten() {
            let index =
                usize::try_from(reference["stream"].as_u64().expect("a number")).expect("small");
            let stream = &oracle["probe"]["streams"][index];
            if !matches!(stream["codec_type"].as_str(), Some("video" | "audio")) {
                continue;
            }
            let ours: Vec<&Packet> =
                packets.iter().filter(|packet| packet.track == index).collect();
            assert_eq!(ours.len() as u64, reference["count"].as_u64().expect("a number"), "{path}");
            let digests: String = ours.iter().map(|packet| md5_hex(&packet.data)).collect();
            assert_eq!(reference["md5_of_packet_md5s"], md5_hex(digests), "{path}, track {index}");
            let (base, theirs) = (
                demuxer.tracks()[index].time_base,
                base_of(stream["time_base"].as_str().expect("text")),
            );
            for (row, packet) in reference["rows"].as_array().into_iter().flatten().zip(&ours) {
                let (Some(expected), Some(pts)) = (row[0].as_i64(), packet.pts) else { continue };
                let expected = theirs.time(Timestamp::new(expected)).seconds();
                let off = (base.time(pts).seconds() - expected).abs();
                let tick = theirs.time(Timestamp::new(1)).seconds();
                assert!(off < tick * 1.51, "{path}, track {index}: {pts:?}, reference {expected}");
                compared += 1;
            }
        }
    }
    assert!(compared > 5000, "{compared}");
}

/// The `matroska-demuxer` crate is the judge of a linear read.
#[test]
fn another_crate_reads_the_same_frames() {
    let Some(corpus) = corpus_or_skipped() else { return };
    for name in VARIED {
        let bytes = std::fs::read(corpus.join(name)).expect("readable");
        let mut demuxer = open(&bytes).expect("whole");
        let (ours, _) = drain(&mut *demuxer);
        let tracks = demuxer.tracks();
        let mut file = matroska_demuxer::MatroskaFile::open(Cursor::new(bytes)).expect("opens");
        let numbers: Vec<u64> =
            file.tracks().iter().map(|track| track.track_number().get()).collect();
        let mut frame = matroska_demuxer::Frame::default();
        let mut ours = ours.iter();
        while file.next_frame(&mut frame).expect("reads") {
            let packet = ours.next().expect("there are as many");
            assert_eq!(numbers[packet.track], frame.track, "{name}");
            // The other crate does not undo compression, which subtitles have.
            let stored = tracks[packet.track].kind() == MediaKind::Subtitle;
            assert!(stored || packet.data[..] == frame.data[..], "{name} at {}", frame.timestamp);
        }
        assert!(ours.next().is_none(), "{name}");
    }
}

#[test]
fn all_files_of_the_corpus_end() {
    let Some(corpus) = corpus_or_skipped() else { return };
    for path in files(&corpus) {
        let start = Instant::now();
        if let Ok(mut demuxer) = open(&std::fs::read(corpus.join(&path)).expect("readable")) {
            drain(&mut *demuxer);
            let time = TimeBase::nanoseconds().time(Timestamp::new(1_000_000_000));
            // Whatever the file is, a seek comes back.
            let _ = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
            drain(&mut *demuxer);
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{path}");
    }
}

#[test]
fn damaged_files_end() {
    let Some(corpus) = corpus_or_skipped() else { return };
    // A multiplicative generator is random enough to hit all elements over time.
    let mut state = 1_u64;
    let mut random = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    let mut read = 0;
    for name in VARIED {
        let whole = std::fs::read(corpus.join(name)).expect("readable");
        for round in 0..150 {
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes.truncate(random() % whole.len());
            } else {
                for _ in 0..=round % 7 {
                    let at =
                        random() % if round % 2 == 0 { whole.len() } else { whole.len().min(6000) };
                    bytes[at] = u8::try_from(random() % 256).expect("a byte");
                }
            }
            let start = Instant::now();
            if let Ok(mut demuxer) = open(&bytes) {
                read += drain(&mut *demuxer).0.len();
                let time = TimeBase::nanoseconds().time(Timestamp::new(700_000_000));
                let _ = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Any });
                drain(&mut *demuxer);
            }
            assert!(start.elapsed() < Duration::from_secs(5), "{name}, round {round}");
        }
    }
    assert!(read > 10_000, "{read}");
}

#[test]
fn a_truncated_file_gives_what_is_there_and_one_error() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let whole = std::fs::read(corpus.join("androidx-media/mkv/sample_with_chapters.mkv"))
        .expect("readable");
    let (all, errors) = drain(&mut *open(&whole).expect("whole"));
    assert!(errors.is_empty(), "{errors:?}");
    for part in 3..20 {
        let length = whole.len() * part / 20;
        let mut demuxer = open(&whole[..length]).expect("the tracks come first");
        let (some, errors) = drain(&mut *demuxer);
        assert!(matches!(errors.as_slice(), [Error::Malformed(_)]), "{length}: {errors:?}");
        assert!(some.len() < all.len());
        assert_eq!(some, all[..some.len()], "{length}");
    }
}

/// Gives a few bytes at a time, and nothing every third time, once the headers have been read: opening cannot be repeated.
struct Drip(Cursor<Vec<u8>>, usize, u64);

impl Read for Drip {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) && self.0.position() > self.2 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(300);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn sequential_and_blocking_inputs_give_the_same_packets() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let mut waits = 0;
    for name in VARIED {
        let bytes = std::fs::read(corpus.join(name)).expect("readable");
        let (expected, _) = drain(&mut *open(&bytes).expect("whole"));
        let cluster = bytes.windows(4).position(|window| window == [0x1f, 0x43, 0xb6, 0x75]);
        let ready = cluster.expect("there is one") as u64 + 600;
        let source = Source::forward(Drip(Cursor::new(bytes), 0, ready));
        let mut demuxer =
            open_demuxer(source, &DemuxOptions::default()).expect("tracks come first");
        let mut packets = Vec::new();
        loop {
            match demuxer.next_packet() {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(error) if error.is_would_block() => waits += 1,
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert_eq!(packets, expected, "{name}");
        let time = TimeBase::nanoseconds().time(Timestamp::ZERO);
        let refused = demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Key });
        assert!(matches!(refused, Err(Error::Unsupported(_))));
    }
    assert!(waits > 1000, "{waits}");
}

/// Without the decoding times, which depend on the packets before.
fn of(track: usize, packets: &[Packet]) -> Vec<Packet> {
    let packets = packets.iter().filter(|packet| packet.track == track).cloned();
    packets
        .map(|mut packet| {
            packet.dts = None;
            packet
        })
        .collect()
}

/// After a seek the packets are those of a linear read from some key frame on.
fn check_seek(name: &str, all: &[Packet], demuxer: &mut dyn Demuxer, to: SeekTo) {
    let seeked = demuxer.seek(to).expect("seekable");
    let (after, errors) = drain(demuxer);
    assert!(errors.is_empty(), "{name}: {errors:?}");
    let reached = demuxer.tracks()[seeked.track].time_base.time(seeked.pts);
    for track in 0..demuxer.tracks().len() {
        let (linear, mut sought) = (of(track, all), of(track, &after));
        if track == seeked.track {
            // What only prepares the decoder.
            let shown =
                sought.iter().position(|packet| packet.pts == Some(seeked.pts)).expect("comes");
            let prepares = |packet: &Packet| packet.discard;
            assert!(
                sought[..shown].iter().all(prepares),
                "{name}: {shown} packets before {seeked:?}"
            );
            sought.drain(..shown);
        }
        assert!(
            linear.ends_with(&sought),
            "{name}, track {track} {to:?}: not the tail of a linear read"
        );
        let kind = demuxer.tracks()[track].kind();
        let base = demuxer.tracks()[track].time_base;
        let pts = |packet: &Packet| packet.pts.map(|pts| base.time(pts)).expect("has a time");
        let wanted = |packet: &&Packet| {
            let latest = if track == seeked.track { to.time } else { reached };
            pts(packet) <= latest
                && (packet.key || (to.mode == SeekMode::Any && track == seeked.track))
        };
        let best = linear.iter().filter(wanted).max_by_key(|packet| pts(packet)).or(linear.first());
        let Some(first) = sought.first() else { continue };
        let best = best.expect("there are packets");
        if track == seeked.track {
            assert_eq!(first.pts, best.pts, "{name} {to:?}");
        } else if matches!(kind, MediaKind::Video | MediaKind::Audio) {
            // A decoder that must be prepared starts earlier.
            assert!(
                first.key && first.pts <= best.pts,
                "{name}, track {track}: {first:?}, not {best:?}"
            );
        }
    }
}

fn check_seeks(name: &str, demuxer: &mut dyn Demuxer) {
    let (all, _) = drain(demuxer);
    for track in 0..demuxer.tracks().len() {
        if !matches!(demuxer.tracks()[track].kind(), MediaKind::Video | MediaKind::Audio) {
            continue;
        }
        let base = demuxer.tracks()[track].time_base;
        let times: Vec<Time> = of(track, &all)
            .iter()
            .filter_map(|packet| packet.pts.map(|pts| base.time(pts)))
            .collect();
        let picks = times.iter().step_by((times.len() / 12).max(1)).copied();
        let ends = [i64::MAX / 4, i64::MIN / 4].map(|ticks| base.time(Timestamp::new(ticks)));
        for time in picks.chain(ends) {
            for mode in [SeekMode::Key, SeekMode::Any] {
                check_seek(name, &all, demuxer, SeekTo { time, track: Some(track), mode });
            }
        }
    }
}

#[test]
fn seeks_agree_with_a_linear_read() {
    let Some(corpus) = corpus_or_skipped() else { return };
    for name in VARIED {
        let bytes = std::fs::read(corpus.join(name)).expect("readable");
        check_seeks(name, &mut *open(&bytes).expect("whole"));
        // The same without cues, which are made into something unknown, and with cues that point elsewhere.
        let mut blind = bytes.clone();
        for at in 0..blind.len() - 4 {
            if blind[at..at + 4] == [0x1c, 0x53, 0xbb, 0x6b] {
                blind[at + 3] = 0x6c;
            }
        }
        check_seeks(name, &mut *open(&blind).expect("whole"));
        let mut wrong = bytes.clone();
        for at in 0..wrong.len() - 3 {
            // CueClusterPosition, one or two bytes long.
            if wrong[at] == 0xf1 && wrong[at + 1] == 0x82 && wrong[at + 4..].starts_with(&[0xf0]) {
                wrong[at + 3] ^= 0x15;
            }
        }
        check_seeks(name, &mut *open(&wrong).expect("whole"));
    }
}
