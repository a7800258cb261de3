//! Seeking: by the sample tables, and in fragmented files by an index of the fragments that is built when first needed.

use rushes_core::{Error, MediaKind, Result, Rounding, Time, TimeBase, Timestamp};

use super::demux::{FragmentPlace, Mp4Demuxer, read_fragment};
use super::fragment::FragmentCursor;
use crate::{SeekMode, SeekTo, Seeked};

/// A sample of a fragment.
#[derive(Clone, Copy, Debug)]
struct Target {
    /// Number of the fragment in the index.
    fragment: usize,
    /// Samples of the track in the fragment before this one.
    skip: u64,
    pts: i64,
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
        if !self.input.is_seekable() {
            return Err(Error::unsupported("seeking in an input that only goes forward", ""));
        }
        if let Some(track) = to.track
            && track >= self.tracks.len()
        {
            let count = self.tracks.len();
            return Err(Error::usage(format!("track {track} of a file of {count} tracks")));
        }
        self.damage = None;
        self.covers_given = 0;
        let main = to.track.filter(|track| *track < self.readers.len());
        let Some(main) = main.or_else(|| self.default_track()) else {
            // Cover art alone has no timeline.
            return Ok(Seeked { track: to.track.unwrap_or(0), pts: Timestamp::ZERO });
        };
        self.index_fragments()?;
        for reader in &mut self.readers {
            reader.reopen();
        }
        let mut earliest = usize::MAX;
        let reached = self.seek_track(main, to.time, to.mode == SeekMode::Key, &mut earliest)?;
        let base = self.base(main);
        let pts = reached.unwrap_or_else(|| to.time.to_base(base, Rounding::Down).ticks());
        let point = base.time(Timestamp::new(pts));
        for index in (0..self.readers.len()).filter(|index| *index != main) {
            self.seek_track(index, point, true, &mut earliest)?;
        }
        if let Some(fragments) = &mut self.fragments {
            let start = fragments.index.as_ref().and_then(|index| index.get(earliest));
            fragments.next = start.map(|place| place.offset);
            fragments.symbolic = 0;
        }
        Ok(Seeked { track: main, pts: Timestamp::new(pts) })
    }

    /// The first video track, else the first track.
    fn default_track(&self) -> Option<usize> {
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
        let place = target.and_then(|target| self.place(target.fragment).map(|place| place.offset));
        let Some(reader) = self.readers.get_mut(track) else { return Ok(None) };
        let behind = reader.seek(time, key)?;
        match (target, place, behind) {
            // A file that starts with plain samples goes on with fragments.
            (Some(target), Some(offset), behind)
                if behind.is_none_or(|pts| target.pts <= time && target.pts > pts) =>
            {
                reader.resume_at(offset, target.skip);
                *earliest = (*earliest).min(target.fragment);
                Ok(Some(target.pts))
            }
            _ => {
                *earliest = 0;
                Ok(behind)
            }
        }
    }

    fn place(&self, fragment: usize) -> Option<&FragmentPlace> {
        self.fragments.as_ref()?.index.as_ref()?.get(fragment)
    }

    /// The last sample, or key frame, of a track that is shown at or before a time; the first where there is none.
    fn find_in_fragments(&mut self, track: usize, time: i64, key: bool) -> Result<Option<Target>> {
        let Some(reader) = self.readers.get(track) else { return Ok(None) };
        let id = reader.id;
        let Some(index) = self.fragments.as_ref().and_then(|fragments| fragments.index.clone())
        else {
            return Ok(None);
        };
        let starts: Vec<(usize, i64)> = index
            .iter()
            .enumerate()
            .filter_map(|(number, place)| place.start_of(id).map(|start| (number, start)))
            .collect();
        let behind = starts.partition_point(|(_, start)| *start <= time);
        for (number, start) in starts[..behind].iter().rev() {
            let Some(place) = index.get(*number) else { continue };
            let found = self.scan_fragment(track, place.offset, *start, time, key)?.best;
            if let Some((skip, pts)) = found {
                return Ok(Some(Target { fragment: *number, skip, pts }));
            }
        }
        let Some((number, start)) = starts.first() else { return Ok(None) };
        let Some(place) = index.get(*number) else { return Ok(None) };
        let first = self.scan_fragment(track, place.offset, *start, time, key)?.first;
        Ok(first.map(|pts| Target { fragment: *number, skip: 0, pts }))
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

    /// Finds all fragments, once. A broken one ends the list: reading on would meet the same damage.
    fn index_fragments(&mut self) -> Result<()> {
        let Some(fragments) = &mut self.fragments else { return Ok(()) };
        if fragments.index.is_some() {
            return Ok(());
        }
        let mut places = Vec::new();
        let mut clocks: Vec<(u32, i64)> =
            self.readers.iter().map(|reader| (reader.id, reader.movie_end())).collect();
        let limit = self.input.limits().index_bytes;
        let mut bytes = 0_u64;
        let mut next = Some(fragments.first);
        while let Some(offset) = next {
            if self.input.length().is_some_and(|length| offset >= length) {
                break;
            }
            let mut place = offset;
            let (header, parts) = match read_fragment(&mut self.input, &mut place, &fragments.trex)
            {
                Ok(Some(found)) => found,
                Ok(None) | Err(Error::Malformed(_)) => break,
                Err(error) => return Err(error),
            };
            let mut starts = Vec::new();
            for part in &parts {
                let Some(slot) = clocks.iter().position(|(id, _)| *id == part.track_id) else {
                    continue;
                };
                let start = part.start(clocks[slot].1);
                clocks[slot].1 = start.saturating_add_unsigned(part.duration());
                let shown = self.readers.get(slot).map_or(start, |reader| reader.presented(start));
                starts.push((part.track_id, shown));
            }
            bytes += 48 + 16 * starts.len() as u64;
            if bytes > limit {
                return Err(Error::limit("index_bytes", bytes, limit));
            }
            places.push(FragmentPlace { offset: header.start, starts });
            next = header.end;
        }
        fragments.index = Some(places);
        Ok(())
    }
}
