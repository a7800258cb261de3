//! The MP4 demuxer on damaged files, on inputs that only go forward or have no data yet, and after seeks.

mod common;

use std::io::{self, Cursor, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rushes_container::{DemuxOptions, Demuxer, SeekMode, SeekTo, Source, open_demuxer};
use rushes_core::{Error, MediaKind, Packet, Result, Time};

use common::corpus_or_skipped;

fn files(corpus: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("readable");
    let paths = text.lines().skip(1).filter_map(|line| line.split('\t').next());
    paths.map(|path| corpus.join(path)).collect()
}

/// Files of each kind that the corpus has: B-frames and many tracks, PCM, QuickTime, fragments, edits.
const VARIED: [&str; 6] = [
    "torchcodec/nasa_13013.mp4",
    "androidx-media/mp4/sample_twos_pcm.mp4",
    "androidx-media/mp4/bt601.mov",
    "mp4ff/examples/resegmenter/testdata/outV300.mp4",
    "androidx-media/mp4/edit_list_positive_shift.mp4",
    "mp4parse/mp4parse/metadata.mp4",
];

/// Reads to the end. Errors end the reading, but not more than once each.
fn drain(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Option<Error>) {
    let mut packets = Vec::new();
    let mut first = None;
    let mut errors = 0;
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => break,
            Err(error) => {
                errors += 1;
                assert!(errors < 1000, "the same error again and again: {error}");
                first.get_or_insert(error);
            }
        }
    }
    assert!(matches!(demuxer.next_packet(), Ok(None)), "the end stays the end");
    (packets, first)
}

fn open(bytes: &[u8]) -> Result<Box<dyn Demuxer>> {
    open_demuxer(Source::bytes(bytes.to_vec()), &DemuxOptions::default())
}

#[test]
fn all_files_of_the_corpus_end() {
    let Some(corpus) = corpus_or_skipped() else { return };
    for path in files(&corpus) {
        let start = Instant::now();
        let opened = Source::open(&path).and_then(|s| open_demuxer(s, &DemuxOptions::default()));
        if let Ok(mut demuxer) = opened {
            drain(&mut *demuxer);
        }
        assert!(start.elapsed() < Duration::from_secs(5), "{}", path.display());
    }
}

#[test]
fn damaged_files_end() {
    let Some(corpus) = corpus_or_skipped() else { return };
    // A multiplicative generator is random enough to hit all boxes over time.
    let mut state = 1_u64;
    let mut random = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits")
    };
    for name in VARIED {
        let Ok(whole) = std::fs::read(corpus.join(name)) else { continue };
        let moov = whole.windows(4).position(|window| window == b"moov").expect("there is one");
        for round in 0..200 {
            let mut bytes = whole.clone();
            if round % 4 == 0 {
                bytes.truncate(random() % whole.len());
            } else {
                for _ in 0..=round % 7 {
                    // Most of what can go wrong is in the movie box.
                    let at = moov + random() % (whole.len() - moov).min(20_000);
                    bytes[at] = u8::try_from(random() % 256).expect("a byte");
                }
            }
            let start = Instant::now();
            if let Ok(mut demuxer) = open(&bytes) {
                drain(&mut *demuxer);
            }
            assert!(start.elapsed() < Duration::from_secs(5), "{name}, round {round}");
        }
    }
}

#[test]
fn a_truncated_file_gives_what_is_there_and_one_error() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let whole = std::fs::read(corpus.join("androidx-media/mp4/sample.mp4")).expect("readable");
    let (all, error) = drain(&mut *open(&whole).expect("whole"));
    assert!(error.is_none());
    let mut demuxer = open(&whole[..whole.len() / 2]).expect("the movie box comes first");
    let (some, error) = drain(&mut *demuxer);
    let error = error.expect("truncated");
    assert!(matches!(error, Error::Malformed(_)), "{error}");
    assert!(error.to_string().contains("sample of track"), "{error}");
    assert!(!some.is_empty() && some.len() < all.len());
    for packet in &some {
        assert!(all.contains(packet));
    }
}

/// Gives a few bytes at a time, and nothing every third time.
struct Drip(Cursor<Vec<u8>>, usize);

impl Read for Drip {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) && self.0.position() > 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = bytes.len().min(300);
        self.0.read(&mut bytes[..count])
    }
}

/// Opening cannot be repeated, because it takes the source: this one waits only once packets are read.
struct DripAfter(Drip, usize);

impl Read for DripAfter {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        if self.0.0.position() < self.1 as u64 {
            let count = bytes.len().min(512);
            return self.0.0.read(&mut bytes[..count]);
        }
        self.0.read(bytes)
    }
}

#[test]
fn sequential_and_blocking_inputs_give_the_same_packets() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let mut waits = 0;
    for name in [
        "androidx-media/mp4/sample.mp4",
        "mp4parse/mp4parse/metadata.mp4",
        "mp4ff/examples/resegmenter/testdata/outV300.mp4",
        "mp4ff/mp4/testdata/prog_8s_dec_dashinit.mp4",
    ] {
        let bytes = std::fs::read(corpus.join(name)).expect("readable");
        let (expected, _) = drain(&mut *open(&bytes).expect("whole"));
        let media = bytes.windows(4).position(|window| window == b"mdat" || window == b"moof");
        let source =
            DripAfter(Drip(Cursor::new(bytes.clone()), 0), media.expect("there is one") + 64);
        let mut demuxer = open_demuxer(Source::forward(source), &DemuxOptions::default())
            .expect("movie box first");
        let mut packets = Vec::new();
        loop {
            match demuxer.next_packet() {
                Ok(Some(packet)) => packets.push(packet),
                Ok(None) => break,
                Err(error) if error.is_would_block() => waits += 1,
                Err(error) => panic!("{name}: {error}"),
            }
        }
        assert_eq!(packets.len(), expected.len(), "{name}");
        for track in 0..demuxer.tracks().len() {
            let of = |packets: &[Packet]| -> Vec<Packet> {
                packets.iter().filter(|packet| packet.track == track).cloned().collect()
            };
            assert_eq!(of(&packets), of(&expected), "{name}, track {track}");
        }
    }
    assert!(waits > 100, "{waits}");
}

#[test]
fn a_movie_box_behind_the_media_of_a_pipe_is_refused_in_words() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let bytes = std::fs::read(corpus.join("torchcodec/nasa_13013.mp4")).expect("readable");
    let source = Source::forward(Cursor::new(bytes));
    let error = open_demuxer(source, &DemuxOptions::default()).err().expect("refused");
    assert!(error.to_string().contains("behind the media"), "{error}");
}

/// After a seek the packets are those of a linear read from some key frame on.
fn check_seek(name: &str, all: &[Packet], demuxer: &mut dyn Demuxer, time: Time, mode: SeekMode) {
    let seeked = demuxer.seek(SeekTo { time, track: None, mode }).expect("seekable");
    let (after, error) = drain(demuxer);
    assert!(error.is_none(), "{name}: {error:?}");
    let attached = |packet: &&Packet| demuxer.tracks()[packet.track].disposition.attached_picture;
    for track in 0..demuxer.tracks().len() {
        let of = |packets: &[Packet]| -> Vec<Packet> {
            packets.iter().filter(|packet| packet.track == track).cloned().collect()
        };
        let (linear, sought) = (of(all), of(&after));
        assert!(linear.ends_with(&sought), "{name}, track {track}: not the tail of a linear read");
        let Some(first) = sought.iter().find(|packet| !attached(packet)) else { continue };
        let base = demuxer.tracks()[track].time_base;
        let pts = |packet: &Packet| packet.pts.map(|pts| base.time(pts)).expect("has a time");
        if track == seeked.track {
            assert_eq!(first.pts, Some(seeked.pts), "{name}");
            let wanted =
                |packet: &&Packet| pts(packet) <= time && (packet.key || mode == SeekMode::Any);
            let best = linear.iter().filter(wanted).map(&pts).max();
            assert_eq!(best.unwrap_or_else(|| pts(&linear[0])), pts(first), "{name}, {time:?}");
        }
        assert!(
            first.key || track == seeked.track && mode == SeekMode::Any,
            "{name}, track {track}"
        );
    }
}

#[test]
fn seeks_agree_with_a_linear_read() {
    let Some(corpus) = corpus_or_skipped() else { return };
    for name in VARIED.into_iter().chain(["mp4ff/mp4/testdata/prog_8s_dec_dashinit.mp4"]) {
        let bytes = std::fs::read(corpus.join(name)).expect("readable");
        let mut demuxer = open(&bytes).expect("whole");
        let (all, _) = drain(&mut *demuxer);
        let video = demuxer.tracks().iter().position(|track| track.kind() == MediaKind::Video);
        let track = video.unwrap_or(0);
        let base = demuxer.tracks()[track].time_base;
        let times: Vec<Time> = all
            .iter()
            .filter(|packet| packet.track == track)
            .filter_map(|packet| packet.pts.map(|pts| base.time(pts)))
            .collect();
        let picks = times.iter().step_by((times.len() / 12).max(1)).copied();
        for time in picks.chain([base.time(rushes_core::Timestamp::new(i64::MAX / 4))]) {
            for mode in [SeekMode::Key, SeekMode::Any] {
                check_seek(name, &all, &mut *demuxer, time, mode);
            }
        }
    }
}

/// A file of a million samples, each in a run of its own in every table.
fn million() -> Vec<u8> {
    let count = 1_000_000_u32;
    let boxed = |kind: &[u8; 4], payload: &[u8]| {
        let size = u32::try_from(payload.len() + 8).expect("small");
        [&size.to_be_bytes(), &kind[..], payload].concat()
    };
    let table = |kind: &[u8; 4], head: &[u32], entry: &dyn Fn(u32) -> Vec<u32>| {
        let words = head.iter().copied().chain((0..count).flat_map(entry));
        let payload: Vec<u8> = words.flat_map(u32::to_be_bytes).collect();
        boxed(kind, &payload)
    };
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    let stbl = [
        boxed(b"stsd", &[words(&[0, 1, 16]), b"test\0\0\0\0\0\0\0\x01".to_vec()].concat()),
        table(b"stts", &[0, count], &|i| vec![1, 10 + i % 2]),
        table(b"ctts", &[0, count], &|i| vec![1, i % 3 * 10]),
        table(b"stsz", &[0, 0, count], &|_| vec![1]),
        boxed(b"stsc", &words(&[0, 1, 1, count, 1])),
        boxed(b"stco", &words(&[0, 1, 8])),
    ];
    let hdlr = boxed(b"hdlr", &words(&[0, 0, u32::from_be_bytes(*b"vide"), 0, 0, 0]));
    let mdhd = boxed(b"mdhd", &words(&[0, 0, 0, 1000, 0, 0]));
    let minf = boxed(b"minf", &boxed(b"stbl", &stbl.concat()));
    let trak = boxed(b"trak", &boxed(b"mdia", &[mdhd, hdlr, minf].concat()));
    [boxed(b"mdat", &vec![7; 1_000_000]), boxed(b"moov", &trak)].concat()
}

#[test]
fn a_million_samples_open_and_seek_at_once() {
    let bytes: Arc<[u8]> = million().into();
    let open = || {
        let start = Instant::now();
        let source = Source::bytes(Arc::clone(&bytes));
        let demuxer = open_demuxer(source, &DemuxOptions::default()).expect("whole");
        (start.elapsed(), demuxer)
    };
    // The machine may be busy: the best of a few counts.
    let opened = (0..5).map(|_| open().0).min().expect("five");
    let (_, mut demuxer) = open();
    assert_eq!(demuxer.tracks()[0].packets, Some(1_000_000));
    let base = demuxer.tracks()[0].time_base;
    let start = Instant::now();
    for i in 0..1000 {
        let time = base.time(rushes_core::Timestamp::new(i * 10_007));
        demuxer.seek(SeekTo { time, track: None, mode: SeekMode::Any }).expect("seekable");
        demuxer.next_packet().expect("whole").expect("not the end");
    }
    let sought = start.elapsed();
    #[expect(clippy::print_stdout, reason = "figures, shown with --nocapture")]
    {
        println!("opened in {opened:?}, 1000 seeks in {sought:?}");
    }
    // Far above what an optimised build needs, far below what a linear search would take.
    assert!(opened < Duration::from_secs(1), "{opened:?}");
    assert!(sought < Duration::from_secs(1), "{sought:?}");
}
