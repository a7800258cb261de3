//! The samples of a track: ISO/IEC 14496-12, 8.6 and 8.7, as tables that stay in their stored, run-length form.

use rushes_core::{Error, Result};

use super::boxes::{CttsEntry, StscEntry, SttsEntry};
use super::layout::{ChunkOffsets, ChunkRun, ChunkRuns, Grouping, Sizes, most_that_fit};
use super::mend::{CheckedOffsets, mended_steps};
use super::runs::{Run, RunCursor, Runs};
use super::stored::{SizeTable, Stored};
use super::sync::SyncSamples;

/// The tables as they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) stts: Stored<SttsEntry, 8>,
    pub(super) ctts: Stored<CttsEntry, 8>,
    /// Samples that decoding can start at, numbered from one; `None` where the box is missing.
    pub(super) stss: Option<Stored<u32, 4>>,
    /// Partial sync samples of QuickTime, numbered from one.
    pub(super) stps: Stored<u32, 4>,
    pub(super) stsc: Stored<StscEntry, 12>,
    pub(super) sizes: Option<SizeTable>,
    pub(super) offsets: Option<ChunkOffsets>,
}

/// One sample of a track, in media time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Sample {
    /// Decoding time.
    pub(super) dts: i64,
    /// Presentation time minus decoding time.
    pub(super) offset: i64,
    pub(super) duration: u64,
    /// Byte offset in the file.
    pub(super) position: u64,
    pub(super) size: u32,
    pub(super) key: bool,
    /// Number of the sample entry, from one.
    pub(super) description: u32,
}

/// Where the last lookups were, so that the next sample costs one step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SampleCursor {
    times: RunCursor,
    offsets: RunCursor,
    chunks: RunCursor,
    /// Sample whose byte position is known.
    next: u64,
    position: u64,
    chunk: usize,
}

/// The samples of a track.
#[derive(Clone, Debug)]
pub(super) struct SampleTable {
    count: u64,
    times: Times,
    offsets: Runs<Stored<CttsEntry, 8>>,
    /// Smallest and largest composition offset.
    offset_range: (i64, i64),
    dts_shift: i64,
    sync: SyncSamples,
    chunks: Runs<ChunkRuns>,
    chunk_offsets: ChunkOffsets,
    sizes: Sizes,
}

#[derive(Clone, Debug)]
enum Times {
    Runs(Runs<Stored<SttsEntry, 8>>),
    /// One tick per sample, grouped: the time of a packet is the number of its first sample.
    Grouped(Grouping),
}

impl Run for SttsEntry {
    fn count(&self) -> u64 {
        u64::from(self.count)
    }

    fn step(&self) -> i64 {
        i64::from(self.delta)
    }
}

impl Run for CttsEntry {
    fn count(&self) -> u64 {
        u64::from(self.count)
    }

    fn step(&self) -> i64 {
        0
    }
}

impl SampleTable {
    /// Checks the tables and lays checkpoints. `grouping` is set for uncompressed sound. Counts that no byte of the
    /// tables stands behind are bounded by the length of the file, where it is known.
    pub(super) fn new(
        tables: Tables,
        audio: bool,
        grouping: Option<Grouping>,
        file_length: Option<u64>,
    ) -> Result<Self> {
        let Tables { stts, ctts, stss, stps, stsc, sizes, offsets } = tables;
        let chunk_offsets = offsets.unwrap_or_else(|| ChunkOffsets::Short(Stored::default()));
        let one_tick =
            audio && stts.len() == 1 && matches!(stts.get(0), Some(SttsEntry { delta: 1, .. }));
        // Uncompressed samples are never smaller than their frame, whatever the size box says.
        let frame_bytes =
            grouping.filter(|g| g.samples_per_frame == 1).map_or(0, |g| g.bytes_per_frame);
        let grouping = grouping.filter(|_| one_tick);
        let chunks = Runs::new(ChunkRuns::new(stsc, chunk_offsets.len(), grouping)?);
        let declared = match (&sizes, grouping) {
            (_, Some(_)) => chunks.samples(),
            (Some(SizeTable::Fixed { count, .. }), None) => u64::from(*count),
            (Some(SizeTable::Each(sizes)), None) => sizes.len() as u64,
            (None, None) => 0,
        };
        let count = declared.min(chunks.samples());
        let count = count.min(match (&sizes, grouping) {
            // One more than fits, so that a file that is too short is noticed.
            (Some(SizeTable::Fixed { size, .. }), None) => most_that_fit(file_length, *size, 1),
            (_, Some(grouping)) => {
                let bytes = grouping.bytes(grouping.packet_samples());
                most_that_fit(file_length, bytes, chunk_offsets.len() as u64 + 1)
            }
            _ => u64::MAX,
        });
        if count > 0 && stts.is_empty() {
            return Err(Error::malformed("samples without times: 'stts' is missing or empty"));
        }
        let sizes = match (sizes, grouping) {
            (_, Some(grouping)) => Sizes::Grouped(grouping),
            (Some(SizeTable::Fixed { size, .. }), None) => Sizes::Fixed(size.max(frame_bytes)),
            (Some(SizeTable::Each(sizes)), None) => Sizes::each(sizes),
            (None, None) => Sizes::Fixed(0),
        };
        let times = match grouping {
            Some(grouping) => Times::Grouped(grouping),
            None => Times::Runs(Runs::new(mended_steps(stts))),
        };
        let CheckedOffsets { ctts, range: offset_range, dts_shift } = CheckedOffsets::new(ctts);
        let sync = SyncSamples::new(stss, stps, audio);
        let offsets = Runs::new(ctts);
        Ok(Self {
            count,
            times,
            offsets,
            offset_range,
            dts_shift,
            sync,
            chunks,
            chunk_offsets,
            sizes,
        })
    }

    /// Number of samples, or of packets where samples are grouped.
    pub(super) const fn len(&self) -> u64 {
        self.count
    }

    /// How much decoding times must be moved back so that none is behind its presentation time.
    pub(super) const fn dts_shift(&self) -> i64 {
        self.dts_shift
    }

    /// Smallest and largest difference of presentation and decoding time.
    pub(super) const fn offset_range(&self) -> (i64, i64) {
        self.offset_range
    }

    /// True where presentation times differ from decoding times.
    pub(super) fn has_offsets(&self) -> bool {
        self.offsets.samples() > 0
    }

    /// Media time at which the last sample ends.
    pub(super) fn end(&self) -> i64 {
        let Some(last) = self.count.checked_sub(1) else { return 0 };
        let (dts, duration) = self.time(last, &mut RunCursor::default(), &mut RunCursor::default());
        dts.saturating_add_unsigned(duration)
    }

    /// Media time at which the sample that is shown last ends. Only the last samples are looked at, as many as are
    /// reordered in any sound file.
    pub(super) fn shown_end(&self) -> i64 {
        const REORDERED: u64 = 64;
        let mut cursor = SampleCursor::default();
        let last = (self.count.saturating_sub(REORDERED)..self.count)
            .filter_map(|index| self.sample(index, &mut cursor))
            .map(|sample| {
                sample.dts.saturating_add(sample.offset).saturating_add_unsigned(sample.duration)
            });
        last.max().unwrap_or(0)
    }

    /// The length of all samples, if it is the same for all but the last.
    pub(super) fn constant_duration(&self) -> Option<u32> {
        let Times::Runs(times) = &self.times else { return None };
        let table = times.table();
        let [first, second] = [0, 1].map(|index| table.get(index));
        match (first, second, table.len()) {
            (Some(all), _, 1) => Some(all.delta),
            (Some(all), Some(SttsEntry { count: 1, .. }), 2) => Some(all.delta),
            _ => None,
        }
        .filter(|delta| *delta > 0)
    }

    /// A sample; `None` behind the last.
    pub(super) fn sample(&self, index: u64, cursor: &mut SampleCursor) -> Option<Sample> {
        if index >= self.count {
            return None;
        }
        let (dts, duration) = self.time(index, &mut cursor.times, &mut cursor.chunks);
        let offset = self.offset(index, &mut cursor.offsets);
        let found = self.chunks.find(index, &mut cursor.chunks)?;
        let run = &found.run;
        let (chunk, within) = run.locate(found.within);
        let size = self.size(index, run, within);
        let position = if cursor.next == index && index > 0 && cursor.chunk == chunk {
            cursor.position
        } else {
            self.chunk_offsets.offset(chunk)?.checked_add(self.bytes_before(index, run, within))?
        };
        cursor.next = index + 1;
        cursor.chunk = chunk;
        cursor.position = position.checked_add(u64::from(size))?;
        let key = self.sync.contains(index);
        let description = run.description;
        Some(Sample { dts, offset, duration, position, size, key, description })
    }

    /// Decoding time and length of a sample.
    fn time(&self, index: u64, times: &mut RunCursor, chunks: &mut RunCursor) -> (i64, u64) {
        match &self.times {
            Times::Runs(runs) => match runs.find(index, times) {
                Some(found) => (found.sum, u64::from(found.run.delta)),
                // Samples behind the table last as long as its last.
                None => {
                    let delta = runs.table().last().map_or(0, |run| run.delta);
                    let behind = i64::try_from(index - runs.samples()).unwrap_or(i64::MAX);
                    let dts = behind.saturating_mul(i64::from(delta)).saturating_add(runs.sum());
                    (dts, u64::from(delta))
                }
            },
            Times::Grouped(grouping) => {
                let Some(found) = self.chunks.find(index, chunks) else { return (0, 0) };
                let run = found.run;
                let (_, within) = run.locate(found.within);
                let chunk_in_run = found.within / u64::from(run.packets);
                let before = chunk_in_run * u64::from(run.samples)
                    + u64::from(within) * u64::from(grouping.packet_samples());
                let dts = found.run_sum.saturating_add_unsigned(before);
                (dts, u64::from(grouping.samples_of(run.samples, within)))
            }
        }
    }

    fn offset(&self, index: u64, cursor: &mut RunCursor) -> i64 {
        self.offsets.find(index, cursor).map_or(0, |found| i64::from(found.run.offset))
    }

    fn size(&self, index: u64, run: &ChunkRun, within: u32) -> u32 {
        match &self.sizes {
            Sizes::Fixed(size) => *size,
            Sizes::Each { sizes, .. } => {
                usize::try_from(index).ok().and_then(|index| sizes.get(index)).unwrap_or(0)
            }
            Sizes::Grouped(grouping) => grouping.bytes(grouping.samples_of(run.samples, within)),
        }
    }

    /// Bytes of the samples that lie in the same chunk before this one.
    fn bytes_before(&self, index: u64, run: &ChunkRun, within: u32) -> u64 {
        match &self.sizes {
            Sizes::Fixed(size) => u64::from(*size) * u64::from(within),
            Sizes::Each { .. } => self.sizes.sum(index - u64::from(within)..index),
            Sizes::Grouped(grouping) => {
                u64::from(within) * u64::from(grouping.bytes(grouping.samples_of(run.samples, 0)))
            }
        }
    }

    /// The last sample at or before `index` that decoding can start at.
    pub(super) fn key_at_or_before(&self, index: u64) -> Option<u64> {
        self.sync.at_or_before(index)
    }

    /// The first sample at or behind `index` that decoding can start at.
    pub(super) fn key_at_or_after(&self, index: u64) -> Option<u64> {
        self.sync.at_or_after(index).filter(|index| *index < self.count)
    }

    /// The last sample that is decoded at or before a media time.
    pub(super) fn last_decoded_by(&self, time: i64) -> Option<u64> {
        if self.count == 0 || time < 0 {
            return None;
        }
        match &self.times {
            Times::Runs(runs) => {
                let delta = runs.table().last().map_or(0, |run| run.delta);
                let behind = time.checked_sub(runs.sum()).filter(|behind| *behind >= 0);
                let found = match behind {
                    Some(behind) if runs.samples() < self.count => {
                        let more = behind.unsigned_abs().checked_div(u64::from(delta));
                        runs.samples().saturating_add(more.unwrap_or(u64::MAX))
                    }
                    _ => runs.last_at_or_before(time)?,
                };
                Some(found.min(self.count - 1))
            }
            Times::Grouped(_) => {
                let mut cursors = (RunCursor::default(), RunCursor::default());
                let (mut low, mut high) = (0, self.count);
                while low < high {
                    let middle = low + (high - low) / 2;
                    if self.time(middle, &mut cursors.0, &mut cursors.1).0 <= time {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                low.checked_sub(1)
            }
        }
    }
}

#[cfg(test)]
mod tests;
