//! Every file of the corpus that we read, through the containers that take it and back: MP4 -> MKV -> MP4, MKV -> MP4 -> MKV, and
//! so on. What goes in comes out: payloads, presentation times, counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rushes::{
    CodecId, DemuxOptions, Error, Limits, MediaKind, Packet, Remux, RemuxSummary, Source, Track,
    open_demuxer,
};
use rushes_tests::corpus;

/// Files above this are left to others: the corpus has enough small ones.
const LARGEST: u64 = 16 << 20;

/// Matroska rounds to a millisecond; sound whose times were rounded before is joined again, which moves it as much.
const SLACK: f64 = 0.002;

/// What a file holds, per track.
struct Contents {
    tracks: Vec<Track>,
    packets: Vec<Vec<Packet>>,
}

fn read(path: &Path) -> Result<Contents, Error> {
    let mut options = DemuxOptions::default();
    options.limits = Limits::default();
    let mut demuxer = open_demuxer(Source::open(path)?, &options)?;
    let mut packets: Vec<Vec<Packet>> = vec![Vec::new(); demuxer.tracks().len()];
    while let Some(packet) = demuxer.next_packet()? {
        packets[packet.track].push(packet);
    }
    Ok(Contents { tracks: demuxer.tracks().to_vec(), packets })
}

/// The files of the catalogue in one of these containers, whose reference decode went without a complaint.
fn files(containers: &[&str]) -> Vec<(String, PathBuf)> {
    let Some(catalogue) = corpus("CATALOG.tsv") else { return Vec::new() };
    let text = fs::read_to_string(&catalogue).expect("the catalogue is text");
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column =
        |name: &str| columns.iter().position(|column| *column == name).expect("it is there");
    let (path, container, status) = (column("path"), column("container"), column("oracle_status"));
    let rows = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[status] == "decoded" && containers.contains(&row[container]))
        .filter_map(|row| {
            let file = catalogue.with_file_name(row[path]);
            let size = fs::metadata(&file).ok()?.len();
            (size <= LARGEST).then(|| (row[path].to_owned(), file))
        })
        .collect()
}

/// How two versions of a track differ; `None` where they do not.
fn difference(before: (&Track, &[Packet]), after: (&Track, &[Packet])) -> Option<String> {
    let (was, is) = (&before.0.codec, &after.0.codec);
    if was.codec != is.codec {
        return Some(format!("{} became {}", was.codec, is.codec));
    }
    // Sound without packets of its own is packed as a container likes.
    if matches!(was.codec, CodecId::Pcm(_)) {
        let bytes = |packets: &[Packet]| -> Vec<u8> {
            packets.iter().flat_map(|packet| packet.data.iter().copied()).collect()
        };
        return (bytes(before.1) != bytes(after.1)).then(|| "other samples".to_owned());
    }
    if before.1.len() != after.1.len() {
        return Some(format!("{} packets became {}", before.1.len(), after.1.len()));
    }
    for (number, (old, new)) in before.1.iter().zip(after.1).enumerate() {
        if old.data != new.data {
            return Some(format!("other bytes in packet {number}"));
        }
        let seconds = |track: &Track, packet: &Packet| {
            packet.pts.map(|pts| track.time_base.time(pts).seconds())
        };
        if let (Some(old), Some(new)) = (seconds(before.0, old), seconds(after.0, new))
            && (old - new).abs() > SLACK
        {
            return Some(format!("packet {number} moved from {old} s to {new} s"));
        }
    }
    match (was.as_audio(), is.as_audio()) {
        (Some(was), Some(is)) if was.sample_rate != is.sample_rate => {
            Some(format!("{} Hz became {} Hz", was.sample_rate, is.sample_rate))
        }
        _ => None,
    }
}

/// What happened to the files.
#[derive(Default)]
struct Tally {
    whole: usize,
    /// Files that a container does not take, by reason.
    refused: BTreeMap<String, usize>,
    failures: Vec<String>,
}

impl Tally {
    /// Takes a file to another container and back.
    fn check(&mut self, name: &str, file: &Path, there: &str, back: &str) {
        let Ok(original) = read(file) else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let path = |step: &str, format: &str| folder.path().join(format!("{step}.{format}"));
        let (first, second) = (path("there", there), path("back", back));
        let went = match Remux::new().run(file, &first) {
            Ok(summary) => summary,
            Err(error @ (Error::Unsupported(_) | Error::Usage(_))) => {
                *self.refused.entry(format!("{there}: {error}")).or_default() += 1;
                return;
            }
            Err(error) => return self.failures.push(format!("{name} -> {there}: {error}")),
        };
        match Remux::new().run(&first, &second) {
            Ok(_) => {}
            Err(error @ Error::Unsupported(_)) => {
                *self.refused.entry(format!("{there} -> {back}: {error}")).or_default() += 1;
                return;
            }
            Err(error) => {
                return self.failures.push(format!("{name} -> {there} -> {back}: {error}"));
            }
        }
        let before = self.failures.len();
        for (path, way) in [(&first, there), (&second, back)] {
            match read(path) {
                Ok(copy) => self.compare(name, way, &original, &went, &copy),
                Err(error) => self.failures.push(format!("{name}: {way} of ours: {error}")),
            }
        }
        self.whole += usize::from(self.failures.len() == before);
    }

    fn compare(
        &mut self,
        name: &str,
        way: &str,
        original: &Contents,
        went: &RemuxSummary,
        copy: &Contents,
    ) {
        // Containers list attachments and covers where they like; sound and pictures keep their order.
        let counts = |track: &Track| {
            matches!(track.kind(), MediaKind::Video | MediaKind::Audio)
                && !track.disposition.attached_picture
        };
        let before: Vec<usize> = (went.tracks.iter().map(|track| track.source))
            .filter(|index| counts(&original.tracks[*index]))
            .collect();
        let after: Vec<usize> =
            (0..copy.tracks.len()).filter(|index| counts(&copy.tracks[*index])).collect();
        if before.len() != after.len() {
            let counts = format!("{} tracks became {}", before.len(), after.len());
            return self.failures.push(format!("{name}, {way}: {counts}"));
        }
        for (before, after) in before.into_iter().zip(after) {
            let old = (&original.tracks[before], &original.packets[before][..]);
            let new = (&copy.tracks[after], &copy.packets[after][..]);
            if let Some(difference) = difference(old, new) {
                self.failures.push(format!("{name}, {way}, track {before}: {difference}"));
            }
        }
    }

    fn finish(self, least: usize) {
        for (reason, count) in &self.refused {
            rushes_tests::skipped(&format!("{count} files, {reason}"));
        }
        assert!(self.failures.is_empty(), "{}", self.failures.join("\n"));
        assert!(self.whole >= least, "only {} files went there and back", self.whole);
    }
}

fn there_and_back(containers: &[&str], there: &str, back: &str, least: usize) {
    let files = files(containers);
    if files.is_empty() {
        return;
    }
    let mut tally = Tally::default();
    for (name, file) in files {
        tally.check(&name, &file, there, back);
    }
    tally.finish(least);
}

#[test]
fn mp4_to_mkv_to_mp4() {
    there_and_back(&["mp4", "mov", "3gp"], "mkv", "mp4", 100);
}

#[test]
fn mp4_to_webm_to_mp4() {
    there_and_back(&["mp4"], "webm", "mp4", 10);
}

#[test]
fn matroska_to_mp4_to_mkv() {
    there_and_back(&["matroska", "webm"], "mp4", "mkv", 80);
}

#[test]
fn mp4_to_fragments_of_quicktime_and_back() {
    there_and_back(&["mp4"], "mov", "mp4", 90);
}
