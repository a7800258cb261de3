//! The demuxer of MPEG audio against FFmpeg's packets on the corpus. Prints SKIPPED where there is no corpus.

mod common;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rushes_container::{
    DemuxOptions, Demuxer, ReadSeek, SeekMode, SeekTo, Seeked, Source, open_demuxer,
};
use rushes_core::{Packet, Result};

use common::md5_hex;
use serde_json::Value;

/// Where FFmpeg takes other bytes for sound than we do, by design: a fuzzed AV1 file.
const NO_SOUND: [&str; 1] =
    ["dav1d-test-data/oss-fuzz/asan/clusterfuzz-testcase-minimized-dav1d_fuzzer-5742383057076224"];

struct Entry {
    path: String,
    file: PathBuf,
    /// FFmpeg decoded it without complaint.
    whole: bool,
    oracle: Value,
}

/// The files that FFmpeg reads as MPEG audio; `None`, with a word about it, where there is no corpus.
fn entries() -> Option<Vec<Entry>> {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("RUSHES_CORPUS").map_or(default, PathBuf::from);
    let Ok(catalogue) = std::fs::read_to_string(corpus.join("CATALOG.tsv")) else {
        #[expect(clippy::print_stdout, reason = "a test that does not run says so")]
        {
            println!("SKIPPED: no corpus at {}; set RUSHES_CORPUS", corpus.display());
        }
        return None;
    };
    let rows = catalogue.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let entry = |row: Vec<&str>| {
        let path = (*row.first()?).to_owned();
        if *row.get(4)? != "mp3" || NO_SOUND.contains(&&*path) {
            return None;
        }
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{path}.json"))).ok()?;
        Some(Entry {
            file: corpus.join(&path),
            path,
            whole: *row.get(8)? == "decoded",
            oracle: serde_json::from_slice(&oracle).expect("JSON"),
        })
    };
    Some(rows.filter_map(entry).collect())
}

fn open(source: Source) -> Box<dyn Demuxer> {
    open_demuxer(source, &DemuxOptions::default()).expect("opens")
}

/// The packets of the sound, and the first error.
fn read(demuxer: &mut dyn Demuxer) -> (Vec<Packet>, Result<()>) {
    let (mut packets, mut end) = (Vec::new(), Ok(()));
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) if packet.track == 0 => packets.push(packet),
            Ok(Some(_)) => {}
            Ok(None) => return (packets, end),
            Err(error) => end = end.and(Err(error)),
        }
    }
}

fn ticks(packet: &Packet) -> i64 {
    packet.pts.expect("a time").ticks()
}

#[test]
fn packets_are_ffmpegs() {
    let Some(entries) = entries() else { return };
    let mut wrong = String::new();
    for entry in entries.iter().filter(|entry| entry.whole) {
        let mut demuxer = open(Source::open(&entry.file).expect("opens"));
        let (packets, end) = read(&mut *demuxer);
        let reference = &entry.oracle["packets"][0];
        // FFmpeg starts counting with the first packet, we with the first sample that is heard.
        let before = -ticks(&packets[0]);
        // FFmpeg takes the first frames for junk until two in a row agree on stereo or joint stereo.
        let mode = |packet: &Packet| packet.data[3] & 0xc0;
        let missing = packets.windows(2).take_while(|two| mode(&two[0]) != mode(&two[1])).count();
        let packets = &packets[missing..];
        let digests: String = packets.iter().map(|packet| md5_hex(&packet.data)).collect();
        let mut check = |what: &str, ours: String, theirs: String| {
            if ours != theirs {
                writeln!(wrong, "{}: {what} {ours}, FFmpeg {theirs}; {end:?}", entry.path)
                    .expect("string");
            }
        };
        check("count", packets.len().to_string(), reference["count"].to_string());
        check(
            "payload",
            format!("\"{}\"", md5_hex(digests)),
            reference["md5_of_packet_md5s"].to_string(),
        );
        let first = ticks(&packets[0]);
        let start = &entry.oracle["probe"]["streams"][0]["start_pts"];
        check("start", before.to_string(), start.to_string());
        let rows = reference["rows"].as_array().expect("rows");
        let times: Vec<_> = rows.iter().map(|row| row[0].as_i64().expect("a time")).collect();
        let ours: Vec<_> = packets.iter().take(rows.len()).map(|p| ticks(p) - first).collect();
        assert_eq!(ours, times, "{}", entry.path);
        // What is left of the packets is what FFmpeg decodes.
        let heard: u64 = packets
            .iter()
            .map(|p| p.duration.expect("known").count() - p.trim.start.count() - p.trim.end.count())
            .sum();
        let audio = &entry.oracle["audio"][0];
        let rate: u64 = audio["sample_rate"].as_str().and_then(|r| r.parse().ok()).expect("a rate");
        let heard = heard / (14_112_000 / rate);
        check("samples", heard.to_string(), audio["samples_per_channel"].to_string());
    }
    #[expect(clippy::print_stdout, reason = "shown where the test fails, or with --nocapture")]
    {
        println!("{wrong}");
    }
    assert!(wrong.is_empty());
}

#[test]
fn tags_are_ffprobes() {
    let Some(entries) = entries() else { return };
    let mut wrong = String::new();
    for entry in &entries {
        let demuxer = open(Source::open(&entry.file).expect("opens"));
        let tags = entry.oracle["probe"]["format"]["tags"].as_object();
        for (key, value) in tags.into_iter().flatten() {
            let ours = demuxer.metadata().value(&key.to_lowercase());
            let theirs = value.as_str().expect("text");
            // Private frames are not text. What ffprobe could not read as UTF-8 came out as replacement characters.
            if key.starts_with("id3v2_priv") || theirs.contains('\u{fffd}') || ours == Some(theirs)
            {
                continue;
            }
            writeln!(wrong, "{}: {key} {ours:?}, ffprobe {theirs:?}", entry.path).expect("string");
        }
        let covers = entry.oracle["probe"]["streams"].as_array().expect("streams").len();
        assert_eq!(demuxer.tracks().len(), covers, "{}", entry.path);
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A source that only goes forward, a few bytes at a time.
struct Pipe(Box<dyn ReadSeek>);

impl std::io::Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(333);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn pipes_give_the_same_packets() {
    let Some(entries) = entries() else { return };
    for entry in entries.iter().filter(|entry| entry.whole) {
        let (packets, _) = read(&mut *open(Source::open(&entry.file).expect("opens")));
        let file = std::fs::File::open(&entry.file).expect("opens");
        let (piped, _) = read(&mut *open(Source::forward(Pipe(Box::new(file)))));
        assert!(piped == packets, "{}", entry.path);
    }
}

#[test]
fn seeks_reach_the_packet_at_the_time() {
    let Some(entries) = entries() else { return };
    for entry in &entries {
        let mut demuxer = open(Source::open(&entry.file).expect("opens"));
        let (packets, _) = read(&mut *open(Source::open(&entry.file).expect("opens")));
        let base = demuxer.tracks()[0].time_base;
        let last = packets.len() - 1;
        // Far first, so that the index is built by the seek.
        for number in [last, 0, last / 2, last / 3 * 2, 1.min(last), last] {
            let packet = &packets[number];
            let middle = packet.duration.map_or(0, |length| length.count().cast_signed() / 2);
            for (offset, expected) in [(0, number), (middle, number), (-1, number.max(1) - 1)] {
                let time = base.time(packet.pts.expect("a time").saturating_offset(offset));
                let to = SeekTo { time, track: None, mode: SeekMode::Key };
                let Seeked { pts, .. } = demuxer.seek(to).expect("seeks");
                let expected = &packets[expected];
                assert_eq!(Some(pts), expected.pts, "{} {number} {offset}", entry.path);
                let next = loop {
                    match demuxer.next_packet() {
                        Ok(packet) if packet.as_ref().is_some_and(|packet| packet.track > 0) => {}
                        Ok(packet) => break packet,
                        Err(_) => {}
                    }
                };
                assert_eq!(next.as_ref(), Some(expected), "{} {number} {offset}", entry.path);
            }
        }
        let (again, _) = {
            let start = base.time(packets[0].pts.expect("a time"));
            demuxer.seek(SeekTo { time: start, track: None, mode: SeekMode::Any }).expect("seeks");
            read(&mut *demuxer)
        };
        assert!(again == packets, "{}", entry.path);
    }
}
