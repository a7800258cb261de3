//! Edit lists: ISO/IEC 14496-12, 8.6.6. Turns the samples of a track into the packets of its presentation.
//!
//! An edit shows a window of the media. Its packets are the samples from the last key frame at or before the window to
//! the key frame behind it, in decoding order; the presentation time of a sample differs from its media time by the
//! same amount throughout. So an edit is kept as a range of samples and a shift, however many samples it shows.

use std::ops::Range;

use rushes_core::{Error, Result};

use super::boxes::ElstEntry;
use super::index::{Sample, SampleCursor, SampleTable};
use super::search::{SEARCH_BUDGET, earliest};

/// Packets that the edits of a track may list together, where they repeat the media.
const MOST_REPEATED: u64 = 1 << 26;

/// The packets of a track in the order of decoding, edit after edit.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    segments: Vec<Segment>,
    packets: u64,
    dts_shift: i64,
    audio: bool,
    /// Excess at the end of an edit that is no more than the rounding of its length.
    tolerance: i64,
    /// Presentation time of the first thing shown, and where the last edit ends.
    start: i64,
    end: i64,
}

/// What one edit shows.
#[derive(Clone, Debug)]
struct Segment {
    samples: Range<u64>,
    /// Number of the first packet in the timeline.
    first_packet: u64,
    /// Presentation time minus media time.
    shift: i64,
    /// The media that is shown.
    window: Range<i64>,
}

/// One packet of the presentation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) sample: Sample,
    pub(super) pts: i64,
    pub(super) dts: i64,
    /// Nothing of it is shown.
    pub(super) discard: bool,
    /// Ticks to cut from its start and its end.
    pub(super) trim: (u64, u64),
}

/// What the edits of a track refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct EditContext {
    /// Ticks per second of the edits' lengths.
    pub(super) movie_timescale: u32,
    /// Ticks per second of the track.
    pub(super) timescale: u32,
    pub(super) audio: bool,
    pub(super) video: bool,
}

impl Timeline {
    /// The media as it is.
    pub(super) fn raw(table: &SampleTable, audio: bool) -> Self {
        let mut segments = Vec::new();
        if table.len() > 0 {
            let samples = 0..table.len();
            segments.push(Segment {
                samples,
                first_packet: 0,
                shift: 0,
                window: i64::MIN..i64::MAX,
            });
        }
        let mut timeline = Self {
            segments,
            packets: table.len(),
            dts_shift: table.dts_shift(),
            audio,
            tolerance: 0,
            start: 0,
            end: table.shown_end(),
        };
        timeline.start = earliest(table, 0..table.len(), i64::MIN, &mut { SEARCH_BUDGET })
            .ok()
            .flatten()
            .unwrap_or(0);
        timeline
    }

    /// The media as the edits show it.
    pub(super) fn new(
        table: &SampleTable,
        edits: &[ElstEntry],
        context: EditContext,
    ) -> Result<Self> {
        if edits.is_empty() || table.len() == 0 {
            return Ok(Self::raw(table, context.audio));
        }
        let mut timeline = Self {
            segments: Vec::new(),
            packets: 0,
            dts_shift: table.dts_shift(),
            audio: context.audio,
            tolerance: context.rounding(),
            start: 0,
            end: 0,
        };
        let mut budget = SEARCH_BUDGET;
        let mut clock = 0_i64;
        let mut leading = 0_i64;
        // The earliest presentation time, while decoding times start with the edits.
        let mut first_shown: Option<i64> = None;
        for edit in edits {
            let rest = table.end().saturating_sub(edit.media_time).max(0);
            // A length of zero means "all that is left".
            let length = if edit.duration == 0 && edit.media_time >= 0 {
                rest
            } else {
                context.to_media(edit.duration)
            };
            let begin = clock;
            clock = clock.saturating_add(length);
            if edit.media_time < 0 {
                if timeline.segments.is_empty() {
                    leading = clock;
                }
                continue;
            }
            let window = edit.media_time..edit.media_time.saturating_add(length);
            let samples = table.window(&window, context, &mut budget)?;
            if samples.is_empty() {
                continue;
            }
            let anchor = table.anchor(&samples, &window, context.audio, &mut budget)?;
            // Decoding starts with the edit; pictures that are shown later than decoded are moved back below.
            let shift = match anchor {
                Some(anchor) if context.audio => begin - window.start.max(anchor.0),
                Some(anchor) => begin.saturating_sub(anchor.1),
                None => begin.saturating_sub(window.start),
            };
            if let Some(anchor) = anchor {
                let shown = if context.audio {
                    Some(anchor.0.max(window.start))
                } else {
                    earliest(table, samples.clone(), window.start, &mut budget)?
                };
                let shown = shown.map(|time| time.saturating_add(shift));
                first_shown = match (first_shown, shown) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
            }
            timeline.push(samples, shift, window)?;
        }
        let late = first_shown.map_or(0, |shown| shown.saturating_sub(leading));
        if context.video && late > 0 {
            for segment in &mut timeline.segments {
                segment.shift = segment.shift.saturating_sub(late);
            }
            first_shown = Some(leading);
        }
        timeline.start = first_shown.unwrap_or(leading);
        // Movie ticks are coarse: an edit often claims to end behind the media.
        let media_end =
            timeline.segments.last().map(|last| table.shown_end().saturating_add(last.shift));
        timeline.end = media_end.map_or(clock, |end| clock.min(end).max(timeline.start));
        Ok(timeline)
    }

    fn push(&mut self, samples: Range<u64>, shift: i64, window: Range<i64>) -> Result<()> {
        let first_packet = self.packets;
        self.packets = self.packets.saturating_add(samples.end - samples.start);
        if !self.segments.is_empty() && self.packets > MOST_REPEATED {
            return Err(Error::limit("index_bytes", self.packets, MOST_REPEATED));
        }
        self.segments.push(Segment { samples, first_packet, shift, window });
        Ok(())
    }

    /// Number of packets.
    pub(super) const fn len(&self) -> u64 {
        self.packets
    }

    /// Presentation time of the first thing shown.
    pub(super) const fn start(&self) -> i64 {
        self.start
    }

    /// Presentation time at which the last edit ends.
    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    /// A packet; `None` behind the last.
    pub(super) fn entry(
        &self,
        table: &SampleTable,
        packet: u64,
        cursor: &mut SampleCursor,
    ) -> Option<Entry> {
        if packet >= self.packets {
            return None;
        }
        let segment = match self.segments.as_slice() {
            [only] => only,
            segments => {
                let behind = segments.partition_point(|segment| segment.first_packet <= packet);
                segments.get(behind.checked_sub(1)?)?
            }
        };
        let sample = segment.samples.start + (packet - segment.first_packet);
        table.sample(sample, cursor).map(|sample| segment.entry(sample, self))
    }

    /// The packet to go to for a presentation time, and how far before it decoding starts: with `key`, the last key
    /// frame shown at or before the time, else the last packet of any kind.
    pub(super) fn packet_at(&self, table: &SampleTable, time: i64, key: bool) -> Option<u64> {
        let mut behind = self
            .segments
            .partition_point(|segment| segment.window.start.saturating_add(segment.shift) <= time);
        // Windows of the raw timeline start at minus infinity, edits at their first packet at the least.
        behind = behind.max(1);
        let segment = self.segments.get(behind - 1)?;
        let media = time.saturating_sub(segment.shift);
        let sample = table.shown_at(&segment.samples, media, key).unwrap_or(segment.samples.start);
        Some(segment.first_packet + (sample - segment.samples.start))
    }
}

impl Segment {
    fn entry(&self, sample: Sample, timeline: &Timeline) -> Entry {
        let shown = sample.dts.saturating_add(sample.offset);
        let end = shown.saturating_add_unsigned(sample.duration);
        let pts = shown.saturating_add(self.shift);
        let dts = sample.dts.saturating_add(self.shift).saturating_sub(timeline.dts_shift);
        let mut trim = (0, 0);
        let before =
            if timeline.audio { end <= self.window.start } else { shown < self.window.start };
        let discard = before || shown >= self.window.end;
        if timeline.audio && !discard {
            if shown < self.window.start {
                trim.0 = shown.abs_diff(self.window.start);
            }
            if end.saturating_sub(self.window.end) > timeline.tolerance {
                trim.1 = end.abs_diff(self.window.end);
            }
        }
        Entry { sample, pts, dts, discard, trim }
    }
}

impl EditContext {
    /// A length in ticks of the movie, in ticks of the track, rounded to the nearest.
    pub(super) fn to_media(self, length: u64) -> i64 {
        let movie = u128::from(self.movie_timescale.max(1));
        let scaled = (u128::from(length) * u128::from(self.timescale) + movie / 2) / movie;
        i64::try_from(scaled).unwrap_or(i64::MAX)
    }

    /// How much the length of an edit may be off, in ticks of the track: lengths are whole ticks of the movie.
    fn rounding(self) -> i64 {
        // Half a tick of a movie that ticks as fast rounds back to the tick it came from.
        if self.movie_timescale >= self.timescale { 0 } else { self.to_media(1).max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::{CttsEntry, StscEntry, SttsEntry};
    use super::super::index::Tables;
    use super::super::layout::ChunkOffsets;
    use super::super::stored::{SizeTable, Stored};
    use super::*;

    /// Samples of ten ticks with these offsets; those at the numbers `keys`, from one, are key frames.
    fn table(offsets: &[i32], keys: &[u32], audio: bool) -> SampleTable {
        let count = u32::try_from(offsets.len()).expect("small");
        let reordered = offsets.iter().any(|offset| *offset != 0);
        let ctts = offsets.iter().map(|offset| CttsEntry { count: 1, offset: *offset });
        let tables = Tables {
            stts: Stored::from_entries([SttsEntry { count, delta: 10 }]),
            ctts: if reordered { Stored::from_entries(ctts) } else { Stored::default() },
            stss: Some(Stored::from_entries(keys.iter().copied())),
            stsc: Stored::from_entries([StscEntry {
                first_chunk: 1,
                samples: count,
                description: 1,
            }]),
            sizes: Some(SizeTable::Fixed { size: 1, count }),
            offsets: Some(ChunkOffsets::Short(Stored::from_entries([0]))),
            ..Tables::default()
        };
        SampleTable::new(tables, audio, None, None).expect("sound")
    }

    fn edit(duration: u64, media_time: i64) -> ElstEntry {
        ElstEntry { duration, media_time, rate: 0x1_0000 }
    }

    fn timeline(table: &SampleTable, edits: &[ElstEntry], audio: bool) -> Timeline {
        let context = EditContext { movie_timescale: 100, timescale: 100, audio, video: !audio };
        Timeline::new(table, edits, context).expect("resolves")
    }

    /// Sample number, pts, dts, and whether nothing is shown.
    fn packets(table: &SampleTable, timeline: &Timeline) -> Vec<(u64, i64, i64, bool)> {
        let mut cursor = SampleCursor::default();
        let entries = (0..timeline.len()).map_while(|n| timeline.entry(table, n, &mut cursor));
        entries.map(|entry| (entry.sample.position, entry.pts, entry.dts, entry.discard)).collect()
    }

    #[test]
    fn reordered_pictures_start_at_zero() {
        // I P B B: shown as I B B P.
        let table = table(&[10, 30, 0, 0], &[1], false);
        let timeline = timeline(&table, &[edit(40, 10)], false);
        let expected =
            [(0, 0, -10, false), (1, 30, 0, false), (2, 10, 10, false), (3, 20, 20, false)];
        assert_eq!(packets(&table, &timeline), expected);
        assert_eq!((timeline.start(), timeline.end()), (0, 40));
    }

    #[test]
    fn an_empty_edit_delays() {
        let table = table(&[0; 3], &[], false);
        let timeline = timeline(&table, &[edit(25, -1), edit(30, 0)], false);
        let expected = [(0, 25, 25, false), (1, 35, 35, false), (2, 45, 45, false)];
        assert_eq!(packets(&table, &timeline), expected);
        assert_eq!((timeline.start(), timeline.end()), (25, 55));
    }

    #[test]
    fn an_edit_brings_the_key_frame_before_it_and_ends_at_the_one_behind() {
        let table = table(&[0; 9], &[1, 4, 7], false);
        let timeline = timeline(&table, &[edit(10, 40)], false);
        let expected =
            [(3, -10, -10, true), (4, 0, 0, false), (5, 10, 10, true), (6, 20, 20, true)];
        assert_eq!(packets(&table, &timeline), expected);
    }

    #[test]
    fn edits_play_parts_one_behind_the_other() {
        let table = table(&[0; 6], &[1, 3, 5], false);
        let timeline = timeline(&table, &[edit(20, 40), edit(20, 0)], false);
        let shown: Vec<_> =
            packets(&table, &timeline).into_iter().filter(|packet| !packet.3).collect();
        let expected =
            [(4, 0, 0, false), (5, 10, 10, false), (0, 20, 20, false), (1, 30, 30, false)];
        assert_eq!(shown, expected);
        let seek = |time, key| timeline.packet_at(&table, time, key);
        assert_eq!([seek(-5, true), seek(15, true), seek(15, false)], [Some(0), Some(0), Some(1)]);
        let second = seek(30, false).expect("inside");
        assert_eq!(packets(&table, &timeline)[usize::try_from(second).expect("small")].0, 1);
    }

    #[test]
    fn sound_is_trimmed_at_both_ends() {
        let table = table(&[0; 5], &[], true);
        let timeline = timeline(&table, &[edit(23, 14)], true);
        let mut cursor = SampleCursor::default();
        let entries: Vec<_> =
            (0..timeline.len()).map_while(|n| timeline.entry(&table, n, &mut cursor)).collect();
        let found: Vec<_> =
            entries.iter().map(|entry| (entry.pts, entry.discard, entry.trim)).collect();
        let expected =
            [(-14, true, (0, 0)), (-4, false, (4, 0)), (6, false, (0, 0)), (16, false, (0, 3))];
        assert_eq!(found, expected);
        assert_eq!((timeline.start(), timeline.end()), (0, 23));
    }

    #[test]
    fn a_length_of_zero_is_all_that_is_left() {
        let table = table(&[0; 4], &[1, 2, 3, 4], false);
        let timeline = timeline(&table, &[edit(0, 20)], false);
        assert_eq!(packets(&table, &timeline), [(2, 0, 0, false), (3, 10, 10, false)]);
    }
}
