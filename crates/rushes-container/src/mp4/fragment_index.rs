//! Fragments by time: all of a file, or those near a point that hints lead to.

use rushes_core::{Error, MediaKind, Result, Rounding, Time, TimeBase, Timestamp};

use super::demux::Mp4Demuxer;
use super::fragments::read_fragment;
use super::header::BoxHeader;
use crate::input::Input;

/// How far a scan goes on behind the time that is looked for, in seconds, to meet the fragments of other tracks.
const INTERLEAVING: i64 = 3;

/// Fragments in the order of the file.
#[derive(Clone, Debug, Default)]
pub(super) struct FragmentIndex {
    pub(super) offsets: Vec<u64>,
    tracks: Vec<TrackStarts>,
    /// No fragment lies in front of these.
    pub(super) from_start: bool,
    /// These are all fragments of the file.
    pub(super) whole: bool,
}

/// The fragments that hold samples of a track.
#[derive(Clone, Debug, Default)]
struct TrackStarts {
    starts: Vec<FragmentStart>,
    /// When the last sample ends.
    end: i64,
}

/// Where decoding of a track starts in a fragment.
#[derive(Clone, Copy, Debug)]
pub(super) struct FragmentStart {
    /// Number of the fragment in the index.
    pub(super) fragment: usize,
    /// On the presentation timeline.
    pub(super) time: i64,
    /// The fragment holds a key frame of the track.
    pub(super) has_key: bool,
}

impl FragmentIndex {
    /// The fragments of a track.
    pub(super) fn starts(&self, track: usize) -> &[FragmentStart] {
        self.tracks.get(track).map_or(&[], |track| &track.starts)
    }

    /// When the samples of a track end.
    pub(super) fn end(&self, track: usize) -> Option<i64> {
        self.tracks.get(track).filter(|track| !track.starts.is_empty()).map(|track| track.end)
    }

    fn bytes(&self) -> u64 {
        let starts = self.tracks.iter().map(|track| track.starts.len() as u64);
        8 * self.offsets.len() as u64 + 24 * starts.sum::<u64>()
    }
}

impl Mp4Demuxer {
    /// Reads the headers of the fragments from byte `from` on, up to those for the time `until`, or all. A broken
    /// fragment ends the list: reading on would meet the same damage. `None` where that place is not the start of a
    /// fragment whose times are known.
    pub(super) fn scan_fragments(
        &mut self,
        from: u64,
        until: Option<Time>,
    ) -> Result<Option<FragmentIndex>> {
        let Some(fragments) = &mut self.fragments else { return Ok(None) };
        let from_start = from <= fragments.first;
        if !from_start && !starts_fragment(&mut self.input, from)? {
            return Ok(None);
        }
        let mut clocks: Vec<Option<i64>> =
            self.readers.iter().map(|reader| from_start.then(|| reader.movie_end())).collect();
        let mut wait = Wait::new(until, self.readers.iter().map(|reader| reader.base()));
        let mut index = FragmentIndex {
            tracks: vec![TrackStarts::default(); self.readers.len()],
            from_start,
            ..FragmentIndex::default()
        };
        let limit = self.input.limits().index_bytes;
        let length = self.input.length();
        let mut symbolic = 0_u64;
        let mut next = Some(from);
        while let Some(offset) = next.filter(|next| length.is_none_or(|length| *next < length)) {
            let mut place = offset;
            let found = read_fragment(&mut self.input, &mut place, &fragments.trex);
            let (header, parts) = match found {
                Ok(Some(found)) => found,
                Ok(None) | Err(Error::Malformed(_)) => break,
                Err(error) => return Err(error),
            };
            for part in &parts {
                symbolic = symbolic.saturating_add(part.symbolic());
                let slot = self.readers.iter().position(|reader| reader.id == part.track_id);
                let Some((slot, reader)) = slot.and_then(|at| Some((at, self.readers.get(at)?)))
                else {
                    continue;
                };
                let Some(start) = part.start(clocks[slot]) else { return Ok(None) };
                let end = start.saturating_add_unsigned(part.duration());
                clocks[slot] = Some(end);
                let track = &mut index.tracks[slot];
                track.end = reader.presented(end);
                track.starts.push(FragmentStart {
                    fragment: index.offsets.len(),
                    time: reader.presented(start),
                    has_key: reader.is_audio() || part.has_key(),
                });
                wait.meet(slot, reader.presented(start));
            }
            if length.is_some_and(|length| symbolic > length.saturating_mul(2)) {
                break;
            }
            index.offsets.push(header.start);
            let bytes = index.bytes();
            if bytes > limit {
                return Err(Error::limit("index_bytes", bytes, limit));
            }
            if wait.is_over() {
                return Ok(Some(index));
            }
            next = header.end;
        }
        index.whole = from_start;
        Ok(Some(index))
    }

    /// Numbers of the tracks that a scan must not miss: those with packets all along.
    pub(super) fn steady_tracks(&self) -> Vec<usize> {
        let kinds = self.tracks.iter().take(self.readers.len()).map(|track| track.kind());
        let steady = kinds
            .enumerate()
            .filter(|(_, kind)| matches!(kind, MediaKind::Video | MediaKind::Audio));
        steady.map(|(index, _)| index).collect()
    }

    /// When the movie ends, by the last of its fragments, where an index at its end leads there.
    pub(super) fn end_of_fragments(&mut self) -> Result<Option<Time>> {
        let last =
            self.fragments.as_ref().and_then(|fragments| fragments.hints.as_ref()?.last_in_file());
        let Some(last) = last else { return Ok(None) };
        let Some(index) = self.scan_fragments(last, None)? else { return Ok(None) };
        let ends = self.readers.iter().enumerate().filter_map(|(number, reader)| {
            index.end(number).map(|end| reader.base().time(Timestamp::new(end)))
        });
        Ok(ends.max())
    }
}

/// True where a box that belongs to a fragment, or may stand in front of one, starts at an offset.
fn starts_fragment(input: &mut Input, offset: u64) -> Result<bool> {
    if input.length().is_some_and(|length| offset >= length) {
        return Ok(false);
    }
    input.seek(offset)?;
    match BoxHeader::read(input, None) {
        Ok(header) => Ok(header.is_some_and(|header| {
            matches!(&header.kind.0, b"moof" | b"styp" | b"sidx" | b"ssix" | b"emsg" | b"prft")
        })),
        Err(Error::Malformed(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// When a scan for a time may end.
struct Wait {
    /// Of each track: the time that is looked for, the time at which it is given up, and the last start that was met.
    tracks: Vec<(i64, i64, Option<i64>)>,
    ends: bool,
}

impl Wait {
    fn new(until: Option<Time>, bases: impl Iterator<Item = TimeBase>) -> Self {
        let ends = until.is_some();
        let time = until.unwrap_or(TimeBase::nanoseconds().time(Timestamp::ZERO));
        let track = |base: TimeBase| {
            let wanted = time.to_base(base, Rounding::Down).ticks();
            let more = i64::from(base.denom()).saturating_mul(INTERLEAVING);
            (wanted, wanted.saturating_add(more / i64::from(base.numer())), None)
        };
        Self { tracks: bases.map(track).collect(), ends }
    }

    fn meet(&mut self, track: usize, start: i64) {
        if let Some(track) = self.tracks.get_mut(track) {
            track.2 = Some(start);
        }
    }

    /// All tracks are behind the time, or one is far behind it.
    fn is_over(&self) -> bool {
        let is_behind = |limit: i64, start: Option<i64>| start.is_some_and(|start| start > limit);
        self.ends
            && (self.tracks.iter().all(|(wanted, _, start)| is_behind(*wanted, *start))
                || self.tracks.iter().any(|(_, far, start)| is_behind(*far, *start)))
    }
}
