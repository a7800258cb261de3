//! The demuxers of Ogg and FLAC against FFmpeg's packets on the corpus, and what the muxers make of them. Prints SKIPPED where there
//! is no corpus.

mod common;

use std::path::{Path, PathBuf};

use common::Memory;
use rushes_container::{
    DemuxOptions, Demuxer, MuxOptions, SeekMode, SeekTo, Sink, Source, open_demuxer, open_muxer,
};
use rushes_core::{CodecId, Error, Packet, Ticks, Track};
use serde_json::Value;

struct Entry {
    path: String,
    file: PathBuf,
    oracle: Value,
}

/// The files that FFmpeg decodes without complaint; `None`, with a word about it, where there is no corpus.
fn entries(containers: &[&str]) -> Option<Vec<Entry>> {
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
        if !containers.contains(row.get(4)?) || *row.get(8)? != "decoded" {
            return None;
        }
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{path}.json"))).ok()?;
        Some(Entry {
            file: corpus.join(&path),
            path,
            oracle: serde_json::from_slice(&oracle).expect("JSON"),
        })
    };
    Some(rows.filter_map(entry).collect())
}

fn open(source: Source) -> Box<dyn Demuxer> {
    open_demuxer(source, &DemuxOptions::default()).expect("opens")
}

/// All packets but those of covers. Damage, which FFmpeg does not mention, is passed.
fn read(demuxer: &mut dyn Demuxer) -> Vec<Packet> {
    let mut packets = Vec::new();
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => {
                if !demuxer.tracks()[packet.track].disposition.attached_picture {
                    packets.push(packet);
                }
            }
            Ok(None) => return packets,
            Err(Error::Malformed(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

/// Time, and length without what is cut from the end, as FFmpeg has them.
fn row(packet: &Packet) -> (i64, u64) {
    let length = packet.duration.unwrap_or(Ticks::ZERO).saturating_sub(packet.trim.end);
    (packet.pts.expect("a time").ticks(), length.count())
}

#[test]
fn times_are_ffmpegs() {
    let Some(entries) = entries(&["ogg", "flac"]) else { return };
    for Entry { path, file, oracle } in &entries {
        let packets = read(&mut *open(Source::open(file).expect("opens")));
        let rows = oracle["packets"][0]["rows"].as_array().expect("rows");
        for (number, (packet, row_there)) in packets.iter().zip(rows).enumerate() {
            let (start, length) = row_there[0].as_i64().zip(row_there[2].as_u64()).expect("known");
            let (our_start, our_length) = row(packet);
            // A short block of Vorbis behind a long one lasts longer than FFmpeg says, and so starts earlier: what was
            // decoded before has no gaps.
            let end = our_start.saturating_add_unsigned(our_length);
            assert_eq!(end, start.saturating_add_unsigned(length), "{path} {number}");
            let is_gap = (our_length, length) == (576, 128);
            assert!(our_start == start || is_gap, "{path} {number}: {our_start}, FFmpeg {start}");
        }
    }
}

#[test]
fn what_is_heard_is_what_ffmpeg_decodes() {
    let Some(entries) = entries(&["ogg", "flac"]) else { return };
    for Entry { path, file, oracle } in &entries {
        // Formats that change within the stream are resampled there.
        let channels = oracle["audio"][0]["channels"].as_u64();
        let mut demuxer = open(Source::open(file).expect("opens"));
        let audio = demuxer.tracks()[0].codec.as_audio().expect("sound").clone();
        let packets = read(&mut *demuxer);
        let heard: u64 = packets
            .iter()
            .map(|p| p.duration.expect("known").count() - p.trim.start.count() - p.trim.end.count())
            .sum();
        if let Some(duration) = demuxer.tracks()[0].duration {
            assert_eq!(duration.count(), heard, "{path}");
        }
        if channels == Some(u64::from(audio.layout.channels())) && !path.contains("uncommon") {
            let theirs = oracle["audio"][0]["samples_per_channel"].as_u64().expect("a number");
            assert_eq!(heard, theirs, "{path}");
        }
    }
}

/// A source that only goes forward, a few bytes at a time.
struct Pipe(std::fs::File);

impl std::io::Read for Pipe {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(333);
        self.0.read(&mut bytes[..count])
    }
}

#[test]
fn pipes_give_the_same_packets() {
    let Some(entries) = entries(&["ogg", "flac"]) else { return };
    for Entry { path, file, .. } in &entries {
        let packets = read(&mut *open(Source::open(file).expect("opens")));
        let pipe = Pipe(std::fs::File::open(file).expect("opens"));
        assert!(read(&mut *open(Source::forward(pipe))) == packets, "{path}");
    }
}

#[test]
fn seeks_reach_the_packet_at_the_time() {
    let Some(entries) = entries(&["ogg", "flac"]) else { return };
    for Entry { path, file, .. } in &entries {
        let mut demuxer = open(Source::open(file).expect("opens"));
        let packets = read(&mut *demuxer);
        let base = demuxer.tracks()[0].time_base;
        let last = packets.len() - 1;
        for number in [last, 0, last / 2, last / 3 * 2, 1.min(last), last] {
            let packet = &packets[number];
            let time = base.time(packet.pts.expect("a time"));
            for mode in [SeekMode::Key, SeekMode::Any] {
                let reached = demuxer.seek(SeekTo { time, track: None, mode }).expect("seeks");
                assert_eq!(Some(reached.pts), packet.pts, "{path} {number}");
                let rest = read(&mut *demuxer);
                assert_eq!(rest.len(), packets.len() - number, "{path} {number}");
                assert!(rest[1..] == packets[number + 1..], "{path} {number}");
                assert_eq!(rest[0].data, packet.data, "{path} {number}");
            }
        }
    }
}

/// Packets as other containers may hold them: no place, and what is heard of each.
fn heard(packets: &[Packet]) -> Vec<(Vec<u8>, i64, u64, u64)> {
    let heard = packets.iter().map(|packet| {
        let trim = packet.trim;
        let pts = packet.pts.expect("a time").ticks();
        (packet.data.to_vec(), pts, trim.start.count(), trim.end.count())
    });
    heard.collect()
}

fn remux(format: &str, file: &[u8], context: &str) -> Vec<u8> {
    let mut demuxer = open(Source::bytes(file.to_vec()));
    let mut options = MuxOptions::default();
    options.metadata = demuxer.metadata().clone();
    options.chapters = demuxer.chapters().to_vec();
    let tracks: Vec<Track> = demuxer.tracks().to_vec();
    let memory = Memory::default();
    let sink = Sink::rewritable(memory.clone());
    let mut muxer =
        open_muxer(format, sink, &tracks, &options).unwrap_or_else(|e| panic!("{context}: {e}"));
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => {
                muxer.write(&packet).unwrap_or_else(|e| panic!("{context}: {e}"));
            }
            Ok(None) => break,
            Err(Error::Malformed(_)) => {}
            Err(error) => panic!("{context}: {error}"),
        }
    }
    muxer.finish().expect("finishes");
    memory.contents()
}

#[test]
fn remuxing_changes_nothing() {
    let Some(entries) = entries(&["ogg", "flac"]) else { return };
    for Entry { path, file, .. } in &entries {
        let bytes = std::fs::read(file).expect("reads");
        let mut original = open(Source::bytes(bytes.clone()));
        let codec = original.tracks()[0].codec.clone();
        let formats: &[&str] =
            if codec.codec == CodecId::Flac { &["ogg", "flac"] } else { &["ogg"] };
        let packets = heard(&read(&mut *original));
        for format in formats {
            let written = remux(format, &bytes, path);
            let mut back = open(Source::bytes(written));
            assert!(heard(&read(&mut *back)) == packets, "{path} {format}");
            let track = &back.tracks()[0];
            assert_eq!(track.start, original.tracks()[0].start, "{path} {format}");
            if original.tracks()[0].duration.is_some() {
                assert_eq!(track.duration, original.tracks()[0].duration, "{path} {format}");
            }
            assert_eq!(back.tracks().len(), original.tracks().len(), "{path} {format}");
            for (key, value) in original.metadata().iter().filter(|(key, _)| *key != "encoder") {
                assert_eq!(back.metadata().value(key), Some(value), "{path} {format} {key}");
            }
        }
    }
}
