//! Seeking: by the sample tables, and in fragmented files by the fragments near the time, which the file's indexes lead
//! to. Without an index all fragments are looked at once.

use rushes_core::{MediaKind, Result, Rounding, Time, TimeBase, Timestamp};

use super::demux::Mp4Demuxer;
use super::fragment::FragmentCursor;
use super::fragment_index::FragmentIndex;
use super::fragments::read_fragment;
use super::hints::Hints;
use crate::{SeekMode, SeekTo, Seeked};

/// How many points of an index a search starts in front of the time, one attempt after another: the key frame of a track
/// may be in an earlier fragment than the index says.
const ATTEMPTS: [usize; 4] = [1, 4, 16, 64];

/// A sample of a fragment.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// Number of the fragment in the index.
    fragment: usize,
    /// When decoding of the fragment starts.
    start: i64,
    /// Samples of the track in the fragment before this one.
    skip: u64,
    pts: i64,
    /// It is shown at or before the time, and decoding can start at it if that was asked for.
    found: bool,
}

/// What is found in a fragment.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    /// The last sample, or key frame, shown at or before the time: how many samples are before it, and when it is shown.
    best: Option<(u64, i64)>,
    /// When the first sample is shown.
    first: Option<i64>,
}

impl Mp4Demuxer {
    pub(super) fn seek_to(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, self.tracks.len())?;
        self.damage = None;
        self.covers_given = 0;
        let main = to.track.filter(|track| *track < self.readers.len());
        let Some(main) = main.or_else(|| self.default_track()) else {
            // Cover art alone has no timeline.
            return Ok(Seeked { track: to.track.unwrap_or(0), pts: Timestamp::ZERO });
        };
        let key = to.mode == SeekMode::Key;
        self.index_fragments(main, to.time, key)?;
        for reader in &mut self.readers {
            reader.reopen();
        }
        let mut earliest = usize::MAX;
        let reached = self.seek_track(main, to.time, key, &mut earliest)?;
        let base = self.base(main);
        let pts = reached.unwrap_or_else(|| to.time.to_base(base, Rounding::Down).ticks());
        let point = base.time(Timestamp::new(pts));
        for index in (0..self.readers.len()).filter(|index| *index != main) {
            self.seek_track(index, point, true, &mut earliest)?;
        }
        if let Some(fragments) = &mut self.fragments {
            let offsets = fragments.index.as_ref().map(|index| &index.offsets);
            fragments.next = offsets.and_then(|offsets| offsets.get(earliest).copied());
            fragments.symbolic = 0;
        }
        Ok(Seeked { track: main, pts: Timestamp::new(pts) })
    }

    /// The first video track, else the first track.
    pub(super) fn default_track(&self) -> Option<usize> {
        let mut tracks = self.tracks.iter().take(self.readers.len());
        let video = tracks.position(|track| track.kind() == MediaKind::Video);
        video.or((!self.readers.is_empty()).then_some(0))
    }

    fn base(&self, track: usize) -> TimeBase {
        self.tracks.get(track).map_or(TimeBase::nanoseconds(), |track| track.time_base)
    }

    /// Goes to a time in one track, and returns the time of the packet that comes next there. `earliest` is lowered to
    /// the fragment that reading must start with.
    fn seek_track(
        &mut self,
        track: usize,
        time: Time,
        key: bool,
        earliest: &mut usize,
    ) -> Result<Option<i64>> {
        let time = time.to_base(self.base(track), Rounding::Down).ticks();
        let target = self.find_in_fragments(track, time, key)?;
        let place = target.and_then(|target| self.offset_of(target.fragment));
        let Some(reader) = self.readers.get_mut(track) else { return Ok(None) };
        let behind = reader.seek(time, key)?;
        match (target, place, behind) {
            // A file that starts with plain samples goes on with fragments.
            (Some(target), Some(offset), behind)
                if behind.is_none_or(|pts| target.pts <= time && target.pts > pts) =>
            {
                reader.resume_at(offset, target.skip, target.start);
                *earliest = (*earliest).min(target.fragment);
                Ok(Some(target.pts))
            }
            _ => {
                *earliest = 0;
                Ok(behind)
            }
        }
    }

    fn offset_of(&self, fragment: usize) -> Option<u64> {
        self.fragments.as_ref()?.index.as_ref()?.offsets.get(fragment).copied()
    }

    /// The last sample, or key frame, of a track that is shown at or before a time; the first where there is none.
    fn find_in_fragments(&mut self, track: usize, time: i64, key: bool) -> Result<Option<Target>> {
        let index = self.fragments.as_mut().and_then(|fragments| fragments.index.take());
        let Some(index) = index else { return Ok(None) };
        let found = self.find_in_index(&index, track, time, key);
        if let Some(fragments) = &mut self.fragments {
            fragments.index = Some(index);
        }
        found
    }

    fn find_in_index(
        &mut self,
        index: &FragmentIndex,
        track: usize,
        time: i64,
        key: bool,
    ) -> Result<Option<Target>> {
        let starts = index.starts(track);
        let behind = starts.partition_point(|start| start.time <= time);
        for place in starts[..behind].iter().rev().filter(|place| place.has_key || !key) {
            let Some(offset) = index.offsets.get(place.fragment) else { continue };
            let found = self.scan_fragment(track, *offset, place.time, time, key)?.best;
            if let Some((skip, pts)) = found {
                let (fragment, start) = (place.fragment, place.time);
                return Ok(Some(Target { fragment, start, skip, pts, found: true }));
            }
        }
        let Some(first) = starts.first() else { return Ok(None) };
        let Some(offset) = index.offsets.get(first.fragment) else { return Ok(None) };
        let found = self.scan_fragment(track, *offset, first.time, time, key)?.first;
        let (fragment, start) = (first.fragment, first.time);
        Ok(found.map(|pts| Target { fragment, start, skip: 0, pts, found: false }))
    }

    /// Looks through the samples of a track in one fragment, whose first is decoded at `start`.
    fn scan_fragment(
        &mut self,
        track: usize,
        offset: u64,
        start: i64,
        time: i64,
        key: bool,
    ) -> Result<Scan> {
        let mut scan = Scan::default();
        let (Some(fragments), Some(reader)) = (&self.fragments, self.readers.get(track)) else {
            return Ok(scan);
        };
        let mut next = offset;
        let found = read_fragment(&mut self.input, &mut next, &fragments.trex)?;
        let Some((_, parts)) = found else {
            return Ok(scan);
        };
        let Some(part) = parts.iter().find(|part| part.track_id == reader.id) else {
            return Ok(scan);
        };
        let mut cursor = FragmentCursor::at(start);
        let mut number = 0;
        while let Some(sample) = part.sample(&mut cursor)? {
            let pts = sample.dts.saturating_add(sample.offset);
            scan.first.get_or_insert(pts);
            let usable = !key || sample.key || reader.is_audio();
            if usable && pts <= time && scan.best.is_none_or(|(_, known)| pts >= known) {
                scan.best = Some((number, pts));
            }
            number += 1;
            cursor.pass(&sample);
        }
        Ok(scan)
    }

    /// Finds the fragments that a seek to a time in track `main` needs: those near it, where an index of the file leads
    /// there, else all, once.
    fn index_fragments(&mut self, main: usize, time: Time, key: bool) -> Result<()> {
        let Some(fragments) = &self.fragments else { return Ok(()) };
        if fragments.index.as_ref().is_some_and(|index| index.whole) {
            return Ok(());
        }
        let first = fragments.first;
        let hints = self.take_hints(main)?;
        let found = self.index_near(&hints, first, main, time, key);
        if let Some(fragments) = &mut self.fragments {
            fragments.hints = Some(hints);
        }
        if !found? {
            let all = self.scan_fragments(first, None)?;
            self.set_index(all);
        }
        Ok(())
    }

    /// The indexes of the file, which are read when first needed.
    pub(super) fn take_hints(&mut self, main: usize) -> Result<Hints> {
        let Some(fragments) = &mut self.fragments else { return Ok(Hints::default()) };
        if let Some(hints) = fragments.hints.take() {
            return Ok(hints);
        }
        let id = self.readers.get(main).map_or(0, |reader| reader.id);
        let (first, base) = (fragments.first, self.base(main));
        Hints::read(&mut self.input, first, (id, base))
    }

    fn set_index(&mut self, index: Option<FragmentIndex>) {
        if let Some(fragments) = &mut self.fragments {
            fragments.index = index;
        }
    }

    /// True where the fragments near a time were found, and hold a packet at or before it of every track that has some
    /// all along.
    fn index_near(
        &mut self,
        hints: &Hints,
        first: u64,
        main: usize,
        time: Time,
        key: bool,
    ) -> Result<bool> {
        if hints.is_empty() || hints.end_before(time) {
            return Ok(false);
        }
        for back in ATTEMPTS {
            let from = hints.before(time, back).unwrap_or(first);
            let Some(index) = self.scan_fragments(from, Some(time))? else { return Ok(false) };
            let from_start = index.from_start;
            self.set_index(Some(index));
            if from_start || self.reaches(main, time, key)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn reaches(&mut self, main: usize, time: Time, key: bool) -> Result<bool> {
        let base = self.base(main);
        let wanted = time.to_base(base, Rounding::Down).ticks();
        let Some(target) = self.find_in_fragments(main, wanted, key)? else { return Ok(false) };
        if !target.found {
            return Ok(false);
        }
        let point = base.time(Timestamp::new(target.pts));
        for track in self.steady_tracks() {
            let wanted = point.to_base(self.base(track), Rounding::Down).ticks();
            let found = self.find_in_fragments(track, wanted, true)?;
            if track != main && found.is_none_or(|target| !target.found) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
