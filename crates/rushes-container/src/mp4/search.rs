//! Finds samples by the time at which they are shown. Composition offsets are bounded, so that only few samples around a
//! decoding time need be looked at.

use std::ops::Range;

use rushes_core::{Error, Result};

use super::edit::EditContext;
use super::index::{SampleCursor, SampleTable};

/// Samples that may be looked at to find the ends of all edits of a track.
pub(super) const SEARCH_BUDGET: u64 = 1 << 24;

/// How far before an edit audio decoding starts, in seconds: decoders need more than one packet to settle.
const AUDIO_PREROLL: i64 = 1;

impl SampleTable {
    /// The samples that a window of the media needs, as FFmpeg picks them: from the last key frame shown at or before
    /// its start to the first key frame that ends behind it; where pictures are reordered, to the second, because
    /// pictures that are shown before the first may be decoded after it.
    pub(super) fn window(
        &self,
        window: &Range<i64>,
        context: EditContext,
        budget: &mut u64,
    ) -> Result<Range<u64>> {
        let mut cursor = SampleCursor::default();
        let from = if context.audio {
            let first = self.sample(0, &mut cursor).map_or(0, |first| first.dts);
            let preroll = AUDIO_PREROLL.saturating_mul(i64::from(context.timescale));
            window.start.saturating_sub(preroll).max(first)
        } else {
            window.start
        };
        let start = self.shown_at(&(0..self.len()), from, true).unwrap_or(0);
        // No sample before this one can end behind the window.
        let longest = self.offset_range().1;
        let earliest_end = window.end.saturating_sub(longest);
        let first = self.last_decoded_by(earliest_end).unwrap_or(0).saturating_sub(1).max(start);
        let mut wait_for_next = self.has_offsets() && !context.audio;
        if wait_for_next && window.end >= self.shown_end() {
            // Nothing is cut off, whatever order the times of the last samples are in.
            return Ok(start..self.len());
        }
        let mut index = first;
        loop {
            let key = if context.audio { Some(index) } else { self.key_at_or_after(index) };
            let Some(key) = key.filter(|key| *key < self.len()) else {
                return Ok(start..self.len());
            };
            let Some(sample) = self.sample(key, &mut cursor) else { return Ok(start..self.len()) };
            spend(budget)?;
            let end =
                sample.dts.saturating_add(sample.offset).saturating_add_unsigned(sample.duration);
            if end >= window.end {
                if !wait_for_next {
                    return Ok(start..key + 1);
                }
                wait_for_next = false;
            }
            index = key + 1;
        }
    }

    /// Presentation and decoding time of the first sample, in decoding order, that the window shows.
    pub(super) fn anchor(
        &self,
        samples: &Range<u64>,
        window: &Range<i64>,
        audio: bool,
        budget: &mut u64,
    ) -> Result<Option<(i64, i64)>> {
        let mut cursor = SampleCursor::default();
        // Nothing decoded earlier than this can be shown in the window.
        let earliest = window.start.saturating_sub(self.offset_range().1);
        let mut index = self.last_decoded_by(earliest).unwrap_or(0).max(samples.start);
        while index < samples.end {
            spend(budget)?;
            let Some(sample) = self.sample(index, &mut cursor) else { break };
            let shown = sample.dts.saturating_add(sample.offset);
            let end = shown.saturating_add_unsigned(sample.duration);
            let inside = shown >= window.start || audio && end > window.start;
            if inside && shown < window.end {
                return Ok(Some((shown, sample.dts)));
            }
            index += 1;
        }
        Ok(None)
    }

    /// The sample of a range that is shown last at or before a media time; with `key`, of those that decoding can start
    /// at. `None` where all are shown later.
    pub(super) fn shown_at(&self, samples: &Range<u64>, time: i64, key: bool) -> Option<u64> {
        let mut cursor = SampleCursor::default();
        let (lowest, highest) = self.offset_range();
        let last = self.last_decoded_by(time.saturating_sub(lowest)).unwrap_or(0);
        let mut index = last.min(samples.end.checked_sub(1)?);
        let mut best: Option<(i64, u64)> = None;
        loop {
            let candidate = if key { self.key_at_or_before(index) } else { Some(index) };
            let Some(candidate) = candidate.filter(|candidate| *candidate >= samples.start) else {
                break;
            };
            let sample = self.sample(candidate, &mut cursor)?;
            let shown = sample.dts.saturating_add(sample.offset);
            if shown <= time && best.is_none_or(|(known, _)| shown > known) {
                best = Some((shown, candidate));
            }
            // Whatever is decoded earlier is shown earlier than what was found.
            if best.is_some_and(|(known, _)| sample.dts.saturating_add(highest) <= known)
                || key && best.is_some()
            {
                break;
            }
            let Some(next) = candidate.checked_sub(1) else { break };
            index = next;
        }
        best.map(|(_, index)| index)
    }
}

/// The earliest media time at or behind `from` at which one of the samples is shown.
pub(super) fn earliest(
    table: &SampleTable,
    samples: Range<u64>,
    from: i64,
    budget: &mut u64,
) -> Result<Option<i64>> {
    let mut cursor = SampleCursor::default();
    let lowest = table.offset_range().0;
    let mut best: Option<i64> = None;
    for index in samples {
        let Some(sample) = table.sample(index, &mut cursor) else { break };
        if best.is_some_and(|best| sample.dts.saturating_add(lowest) > best) {
            break;
        }
        spend(budget)?;
        let shown = sample.dts.saturating_add(sample.offset);
        if shown >= from && best.is_none_or(|best| shown < best) {
            best = Some(shown);
        }
    }
    Ok(best)
}

fn spend(budget: &mut u64) -> Result<()> {
    *budget = budget.checked_sub(1).ok_or_else(|| {
        Error::malformed("an edit list that takes too long to resolve").within("elst")
    })?;
    Ok(())
}
