//! Indexes of fragments: `mfra` (ISO/IEC 14496-12, 8.8.9) behind them, `sidx` (8.16.3) in front.

use super::fragment::track_id;
use super::track::TrackWriter;
use crate::mp4::boxes::{BoxWriter, FourCc, Sidx, SidxReference, Tfra, TfraEntry};

/// Where a fragment is, and what decoding can start at there.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// Where it starts in the file, a type box in front included.
    pub(super) start: u64,
    /// From there to the fragment box.
    pub(super) moof: u64,
    /// Bytes from `start`, media included.
    pub(super) size: u64,
    /// Presentation time of the first sample of the track that the index counts by; `None` where there is none.
    pub(super) earliest: Option<u64>,
    /// Length of all its samples.
    pub(super) length: u64,
    /// It can be decoded from its first sample on.
    pub(super) starts_with_key: bool,
    pub(super) tracks: Vec<TrackPlace>,
}

/// The first sample of a track at which decoding can start.
#[derive(Clone, Copy, Debug)]
pub(super) struct TrackPlace {
    pub(super) track: usize,
    /// Presentation time.
    pub(super) time: u64,
    pub(super) traf: u32,
    pub(super) trun: u32,
    pub(super) sample: u32,
}

/// The index behind all fragments, for a file in which they lie `shift` bytes further on.
pub(super) fn mfra(places: &[Place], tracks: usize, shift: u64) -> Vec<u8> {
    let mut w = BoxWriter::new();
    w.boxed(FourCc(*b"mfra"), |w| {
        for index in 0..tracks {
            let entries = places.iter().filter_map(|place| {
                let found = place.tracks.iter().find(|found| found.track == index)?;
                Some(TfraEntry {
                    time: found.time,
                    moof: place.start + place.moof + shift,
                    traf: found.traf,
                    trun: found.trun,
                    sample: found.sample,
                })
            });
            w.full(&Tfra { track_id: track_id(index), entries: entries.collect() });
        }
        // Its length at its end is how it is found: 16 bytes of `mfro` and 8 of its own header.
        let size = w.len() as u64 + 16;
        w.full_boxed(FourCc(*b"mfro"), 0, 0, |w| w.u32(u32::try_from(size).unwrap_or(u32::MAX)));
    });
    w.into_bytes()
}

/// The index in front of all fragments, by the times of one track; `None` where there is nothing that it can say.
///
/// There are 65,535 references at most, of 2 GiB at most: fragments that follow one another are put together until
/// they are few enough.
pub(super) fn sidx(places: &[Place], index: usize, track: &TrackWriter) -> Option<Vec<u8>> {
    const MOST: usize = 65_535;
    let earliest = places.iter().find_map(|place| place.earliest)?;
    let together = places.len().div_ceil(MOST).max(1);
    let starts: Vec<_> =
        places.chunks(together).map(|group| group.iter().find_map(|p| p.earliest)).collect();
    let mut references = Vec::with_capacity(starts.len());
    for (number, group) in places.chunks(together).enumerate() {
        let size: u64 = group.iter().map(|place| place.size).sum();
        let length: u64 = group.iter().map(|place| place.length).sum();
        let next = starts[number + 1..].iter().find_map(|start| *start);
        // From picture to picture as they are shown, so that gaps count as well.
        let duration = match (starts[number], next) {
            (Some(start), Some(next)) => next.saturating_sub(start),
            (Some(_), None) => length,
            (None, _) => 0,
        };
        let can_start = group.first().is_some_and(|place| place.starts_with_key);
        references.push(SidxReference {
            is_index: false,
            size: u32::try_from(size).ok().filter(|size| size >> 31 == 0)?,
            duration: u32::try_from(duration).unwrap_or(u32::MAX),
            access: if can_start { SidxReference::STARTS_WITH_KEY } else { 0 },
        });
    }
    let mut w = BoxWriter::new();
    w.full(&Sidx {
        reference_id: track_id(index),
        timescale: track.timescale,
        earliest,
        first_offset: 0,
        references,
    });
    Some(w.into_bytes())
}
