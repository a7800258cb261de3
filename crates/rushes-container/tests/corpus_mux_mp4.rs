//! Every MP4 and QuickTime file of the corpus, written again and read back. Prints SKIPPED where there is no corpus.

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::clip::with_options;
use common::{Memory, corpus, open, skipped};
use rushes_container::{
    DemuxOptions, InterleaveOptions, Interleaver, MuxOptions, Sink, Source, open_demuxer,
    open_muxer,
};
use rushes_core::{
    CodecId, Error, MediaKind, Packet, Result, Rounding, TimeBase, Timestamp, Track,
};

/// Largest file that is taken: debug builds are slow.
const LARGEST: u64 = 12 << 20;
/// Share of the files that must come back whole, in per cent of those that the muxer takes.
const FLOOR: usize = 100;

/// Tracks, and their packets.
type Media = (Vec<Track>, Vec<Packet>);

fn read(path: &Path) -> Result<Media> {
    let mut demuxer = open_demuxer(Source::open(path)?, &DemuxOptions::default())?;
    let mut packets = Vec::new();
    while let Some(packet) = demuxer.next_packet()? {
        packets.push(packet);
    }
    Ok((demuxer.tracks().to_vec(), packets))
}

/// The tracks that this format takes.
fn taken(format: &str, (tracks, packets): &Media) -> Media {
    let takes = |track: &Track| {
        let sink = Sink::rewritable(Memory::default());
        !track.disposition.attached_picture
            && open_muxer(format, sink, std::slice::from_ref(track), &MuxOptions::default()).is_ok()
    };
    let kept: Vec<_> = (0..tracks.len()).filter(|index| takes(&tracks[*index])).collect();
    let packets = packets.iter().filter_map(|packet| {
        let mut packet = packet.clone();
        packet.track = kept.iter().position(|index| *index == packet.track)?;
        Some(packet)
    });
    (kept.iter().map(|index| tracks[*index].clone()).collect(), packets.collect())
}

fn write(format: &str, (tracks, packets): &Media, options: &MuxOptions) -> Result<Vec<u8>> {
    let memory = Memory::default();
    let mut muxer = open_muxer(format, Sink::rewritable(memory.clone()), tracks, options)?;
    let mut interleaver = Interleaver::new(tracks, InterleaveOptions::default());
    for packet in packets {
        interleaver.push(packet.clone())?;
    }
    interleaver.finish();
    while let Some(packet) = interleaver.pop() {
        muxer.write(&packet)?;
    }
    muxer.finish()?;
    Ok(memory.contents())
}

/// What differs between a track and what came back of it.
fn difference(
    track: &Track,
    back: &Track,
    packets: &[&Packet],
    found: &[&Packet],
) -> Option<String> {
    if track.codec.codec != back.codec.codec {
        return Some(format!("{} became {}", track.codec.codec, back.codec.codec));
    }
    // Text of QuickTime gets a description that MP4 knows.
    if track.codec.private != back.codec.private && track.codec.codec != CodecId::MovText {
        return Some(format!("private data of {} changed", track.codec.codec));
    }
    if matches!(track.codec.codec, CodecId::Pcm(_)) {
        let all = |packets: &[&Packet]| -> Vec<u8> {
            packets.iter().flat_map(|packet| packet.data.to_vec()).collect()
        };
        return (all(packets) != all(found)).then(|| "samples differ".to_owned());
    }
    // Timed text gets empty samples where nothing is shown.
    let is_text = track.kind() == MediaKind::Subtitle;
    let found: Vec<_> =
        found.iter().filter(|packet| !is_text || packet.data.len() > 2).copied().collect();
    let packets: Vec<_> =
        packets.iter().filter(|packet| !is_text || packet.data.len() > 2).copied().collect();
    if packets.len() != found.len() {
        return Some(format!("{} packets instead of {}", found.len(), packets.len()));
    }
    let nanoseconds = |base: TimeBase, time: Option<Timestamp>| {
        time.map(|time| base.rescale(time.ticks(), TimeBase::nanoseconds(), Rounding::Nearest))
    };
    for (index, (packet, found)) in packets.iter().zip(&found).enumerate() {
        let times = |base: TimeBase, packet: &Packet| {
            // What is heard: a short packet and one whose end is cut off are the same.
            let heard = packet.duration.map(|length| {
                let heard = length.saturating_sub(packet.trim.end).count();
                Timestamp::new(i64::try_from(heard).unwrap_or(i64::MAX))
            });
            (nanoseconds(base, packet.pts), nanoseconds(base, heard), packet.trim.start)
        };
        let (a, b) = (times(track.time_base, packet), times(back.time_base, found));
        if packet.data != found.data {
            return Some(format!("packet {index}: bytes differ"));
        }
        let is_key_lost = packet.key != found.key && track.kind() != MediaKind::Audio;
        if is_key_lost || packet.discard != found.discard && !is_behind(packet, &packets) {
            let flags = |packet: &Packet| (packet.pts, packet.key, packet.discard);
            return Some(format!("packet {index}: {:?} became {:?}", flags(packet), flags(found)));
        }
        if !packet.discard && a.0 != b.0 {
            return Some(format!("packet {index}: time {a:?} became {b:?}"));
        }
        // The length of reordered pictures is that of the decoding steps.
        if !packet.discard && track.kind() == MediaKind::Audio && a != b {
            return Some(format!("packet {index}: length {a:?} became {b:?}"));
        }
    }
    None
}

/// Nothing is shown behind this packet, which fragments cannot say.
fn is_behind(packet: &Packet, packets: &[&Packet]) -> bool {
    packets.iter().filter(|other| !other.discard).all(|other| other.pts < packet.pts)
}

#[test]
#[expect(clippy::print_stdout, reason = "a table of what was refused and what differs")]
fn every_file_comes_back() {
    let Some(corpus) = corpus() else {
        return skipped("every_file_comes_back", "no corpus; set RUSHES_CORPUS");
    };
    let catalogue = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("readable");
    let only = std::env::var("RUSHES_ONLY").unwrap_or_default();
    let paths = catalogue.lines().skip(1).filter_map(|line| line.split('\t').next());
    let is_family = |path: &&str| {
        let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("mp4" | "m4a" | "m4v" | "mov" | "3gp")) && path.contains(&only)
    };
    let (mut whole, mut refused, mut differs) = (0, BTreeMap::<String, usize>::new(), Vec::new());
    for path in paths.filter(is_family) {
        let full = corpus.join(path);
        if std::fs::metadata(&full).is_ok_and(|metadata| metadata.len() > LARGEST) {
            continue;
        }
        let Ok(media) = read(&full) else { continue };
        for (format, pairs) in
            [("mp4", &[][..]), ("mp4", &[("mode", "fragmented")]), ("mov", &[("mode", "plain")])]
        {
            let taken = taken(format, &media);
            if taken.0.is_empty() {
                continue;
            }
            let bytes = match write(format, &taken, &with_options(pairs)) {
                Ok(bytes) => bytes,
                Err(error @ Error::Unsupported(_)) => {
                    *refused
                        .entry(format!("{path} as {format} {pairs:?}: {error}"))
                        .or_default() += 1;
                    continue;
                }
                Err(error) => {
                    differs.push(format!("{path} as {format} {pairs:?}: {error}"));
                    continue;
                }
            };
            let mut demuxer = open(bytes);
            let back = common::packets(&mut *demuxer);
            let mut problem = None;
            for (index, track) in taken.0.iter().enumerate() {
                let of = |packets: &'_ [Packet]| -> Vec<Packet> {
                    packets.iter().filter(|packet| packet.track == index).cloned().collect()
                };
                let (packets, found) = (of(&taken.1), of(&back));
                let (packets, found): (Vec<_>, Vec<_>) =
                    (packets.iter().collect(), found.iter().collect());
                let found = difference(track, &demuxer.tracks()[index], &packets, &found);
                problem = problem.or(found.map(|what| format!("track {index}: {what}")));
            }
            match problem {
                Some(problem) => differs.push(format!("{path} as {format} {pairs:?}: {problem}")),
                None => whole += 1,
            }
        }
    }
    refused.keys().for_each(|line| println!("refused: {line}"));
    differs.iter().for_each(|line| println!("differs: {line}"));
    println!("{whole} came back, {} differ, {} were refused", differs.len(), refused.len());
    assert!(whole * 100 >= (whole + differs.len()) * FLOOR, "{differs:#?}");
}
