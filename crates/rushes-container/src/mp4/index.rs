//! The samples of a track: ISO/IEC 14496-12, 8.6 and 8.7, as tables that stay in their stored, run-length form.

use rushes_core::{Error, Result};

use super::boxes::{CttsEntry, StscEntry, SttsEntry};
use super::layout::{ChunkOffsets, ChunkRun, ChunkRuns, Grouping, Sizes, most_that_fit};
use super::runs::{Run, RunCursor, Runs};
use super::stored::{SizeTable, Stored};

/// Time steps above this are negative ones, which some writers store to go back: they count as one tick.
const LONGEST_STEP: u32 = u32::MAX - 480_000;

/// Composition offsets beyond this are broken, and so is the whole table then.
const LARGEST_OFFSET: u32 = 1 << 28;

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
    sync: Sync,
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

#[derive(Clone, Debug)]
enum Sync {
    All,
    First,
    /// Ascending numbers.
    Listed {
        samples: Stored<u32, 4>,
        /// The number of the first sample.
        base: u32,
    },
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
        let sync = Sync::new(stss, stps, audio);
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
        let key = self.is_key(index);
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

    fn is_key(&self, index: u64) -> bool {
        match &self.sync {
            Sync::All => true,
            Sync::First => index == 0,
            Sync::Listed { .. } => self.sync.last_by(index) == Some(index),
        }
    }

    /// The last sample at or before `index` that decoding can start at.
    pub(super) fn key_at_or_before(&self, index: u64) -> Option<u64> {
        match &self.sync {
            Sync::All => Some(index),
            Sync::First => Some(0),
            Sync::Listed { .. } => self.sync.last_by(index),
        }
    }

    /// The first sample at or behind `index` that decoding can start at.
    pub(super) fn key_at_or_after(&self, index: u64) -> Option<u64> {
        match &self.sync {
            Sync::All => Some(index),
            Sync::First => (index == 0).then_some(0),
            Sync::Listed { samples, base } => {
                let number = index.saturating_add(u64::from(*base));
                let at = samples.partition_point(|key| u64::from(key) < number);
                samples.get(at).map(|key| u64::from(key - base))
            }
        }
        .filter(|index| *index < self.count)
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

impl Sync {
    fn new(stss: Option<Stored<u32, 4>>, stps: Stored<u32, 4>, audio: bool) -> Self {
        let Some(mut samples) = stss else { return Self::All };
        if samples.is_empty() && stps.is_empty() {
            return if audio { Self::All } else { Self::First };
        }
        if !stps.is_empty() || !samples.iter().is_sorted() {
            let mut keys: Vec<u32> = samples.iter().chain(stps.iter()).collect();
            keys.sort_unstable();
            samples = Stored::from_entries(keys);
        }
        // Some writers number from zero, which the first entry gives away.
        let base = u32::from(samples.get(0) != Some(0));
        Self::Listed { samples, base }
    }

    /// The last sample that is listed at or before `index`.
    fn last_by(&self, index: u64) -> Option<u64> {
        let Self::Listed { samples, base } = self else { return None };
        let number = index.saturating_add(u64::from(*base));
        let behind = samples.partition_point(|key| u64::from(key) <= number);
        samples.get(behind.checked_sub(1)?).map(|key| u64::from(key - base))
    }
}

/// Takes back steps that are negative numbers: the sample lasts one tick, and later ones give back what that added.
fn mended_steps(stts: Stored<SttsEntry, 8>) -> Stored<SttsEntry, 8> {
    if stts.iter().all(|entry| entry.delta <= LONGEST_STEP) {
        return stts;
    }
    let (mut written, mut meant) = (0_i64, 0_i64);
    let mend = |mut entry: SttsEntry| {
        let count = i64::from(entry.count);
        if entry.delta > LONGEST_STEP {
            let step = i64::from(entry.delta.cast_signed());
            meant = meant.saturating_add(step.saturating_mul(count));
            entry.delta = 1;
        } else {
            meant = meant.saturating_add(i64::from(entry.delta).saturating_mul(count));
        }
        written = written.saturating_add(i64::from(entry.delta).saturating_mul(count));
        if written > meant {
            let drift = u32::try_from((written - meant) / count.max(1)).unwrap_or(u32::MAX);
            let back = if entry.delta > drift { drift } else { entry.delta.saturating_sub(1) };
            entry.delta -= back;
            written = written.saturating_sub(i64::from(back).saturating_mul(count));
        }
        entry
    };
    Stored::from_entries(stts.iter().map(mend))
}

/// Composition offsets, unless they are nonsense.
struct CheckedOffsets {
    ctts: Stored<CttsEntry, 8>,
    /// Smallest and largest, zero included.
    range: (i64, i64),
    /// How far below zero they go.
    dts_shift: i64,
}

impl CheckedOffsets {
    /// The last two entries do not decide: encoders that were cut off leave wrong ones there.
    fn new(ctts: Stored<CttsEntry, 8>) -> Self {
        let widen = |(low, high): (i32, i32), entry: CttsEntry| {
            (low.min(entry.offset), high.max(entry.offset))
        };
        let trusted = ctts.len().saturating_sub(2);
        let (low, high) = ctts.iter().take(trusted).fold((0, 0), widen);
        if low.unsigned_abs().max(high.unsigned_abs()) > LARGEST_OFFSET {
            return Self { ctts: Stored::default(), range: (0, 0), dts_shift: 0 };
        }
        let range =
            ctts.iter().skip(trusted).filter(|entry| entry.count > 0).fold((low, high), widen);
        Self {
            ctts,
            range: (i64::from(range.0), i64::from(range.1)),
            dts_shift: i64::from(low).saturating_neg(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stored::testing::sizes;
    use super::*;

    fn run(first_chunk: u32, samples: u32, description: u32) -> StscEntry {
        StscEntry { first_chunk, samples, description }
    }

    fn tables(
        stts: &[(u32, u32)],
        stsc: &[StscEntry],
        sizes: SizeTable,
        offsets: &[u32],
    ) -> Tables {
        let entries = stts.iter().map(|(count, delta)| SttsEntry { count: *count, delta: *delta });
        Tables {
            stts: Stored::from_entries(entries),
            stsc: Stored::from_entries(stsc.iter().copied()),
            sizes: Some(sizes),
            offsets: Some(ChunkOffsets::Short(Stored::from_entries(offsets.iter().copied()))),
            ..Tables::default()
        }
    }

    fn offsets(entries: &[(u32, i32)]) -> Stored<CttsEntry, 8> {
        let entries =
            entries.iter().map(|(count, offset)| CttsEntry { count: *count, offset: *offset });
        Stored::from_entries(entries)
    }

    /// Time, offset, position, size and key flag of all samples; the same in any order of lookups.
    fn all(table: &SampleTable) -> Vec<(i64, i64, u64, u32, bool)> {
        let mut cursor = SampleCursor::default();
        let read = |index, cursor: &mut SampleCursor| {
            let sample = table.sample(index, cursor).expect("inside");
            (sample.dts, sample.offset, sample.position, sample.size, sample.key)
        };
        let forwards: Vec<_> = (0..table.len()).map(|index| read(index, &mut cursor)).collect();
        let mut backwards: Vec<_> =
            (0..table.len()).rev().map(|index| read(index, &mut cursor)).collect();
        backwards.reverse();
        assert_eq!(forwards, backwards);
        assert!(table.sample(table.len(), &mut cursor).is_none());
        forwards
    }

    #[test]
    fn tables_are_put_together() {
        let stsc = [run(1, 2, 1), run(2, 1, 2)];
        let mut tables = tables(&[(1, 10), (9, 20)], &stsc, sizes(&[1, 2, 3, 4]), &[100, 200, 300]);
        tables.ctts = offsets(&[(2, 5), (9, 7)]);
        tables.stss = Some(Stored::from_entries([3, 1]));
        let table = SampleTable::new(tables, false, None, None).expect("sound");
        let expected = [
            (0, 5, 100, 1, true),
            (10, 5, 101, 2, false),
            (30, 7, 200, 3, true),
            (50, 7, 300, 4, false),
        ];
        assert_eq!(all(&table), expected);
        assert_eq!((table.end(), table.offset_range(), table.dts_shift()), (70, (0, 7), 0));
        assert_eq!(table.sample(2, &mut SampleCursor::default()).map(|s| s.description), Some(2));
        let decoded: Vec<_> =
            [-1, 0, 9, 10, 49, 1000].map(|time| table.last_decoded_by(time)).to_vec();
        assert_eq!(decoded, [None, Some(0), Some(0), Some(1), Some(2), Some(3)]);
        assert_eq!([1, 2].map(|index| table.key_at_or_before(index)), [Some(0), Some(2)]);
        assert_eq!([1, 3].map(|index| table.key_at_or_after(index)), [Some(2), None]);
    }

    #[test]
    fn sums_of_sizes_cross_checkpoints() {
        let each: Vec<u32> = (0..5000).map(|index| index % 7 + 1).collect();
        let tables = tables(&[(5000, 1)], &[run(1, 5000, 1)], sizes(&each), &[10]);
        let table = SampleTable::new(tables, false, None, None).expect("sound");
        let mut position = 10;
        for (index, size) in each.iter().enumerate() {
            let sample = table.sample(index as u64, &mut SampleCursor::default()).expect("inside");
            assert_eq!((sample.position, sample.size), (position, *size));
            position += u64::from(*size);
        }
    }

    #[test]
    fn samples_behind_the_times_last_as_long_as_the_last() {
        let tables =
            tables(&[(1, 10)], &[run(1, 9, 1)], SizeTable::Fixed { size: 1, count: 3 }, &[0]);
        let table = SampleTable::new(tables, false, None, None).expect("sound");
        let times: Vec<_> = all(&table).iter().map(|sample| sample.0).collect();
        assert_eq!(times, [0, 10, 20]);
        assert_eq!(table.last_decoded_by(19), Some(1));
    }

    #[test]
    fn uncompressed_sound_is_grouped() {
        let sizes = SizeTable::Fixed { size: 1, count: 5000 };
        let stsc = [run(1, 2500, 1), run(2, 1000, 1)];
        let grouping = Grouping { samples_per_frame: 1, bytes_per_frame: 4 };
        let tables = tables(&[(5000, 1)], &stsc, sizes, &[100, 20_000]);
        let table = SampleTable::new(tables, true, Some(grouping), None).expect("sound");
        let expected = [
            (0, 0, 100, 4096, true),
            (1024, 0, 4196, 4096, true),
            (2048, 0, 8292, 4 * 452, true),
            (2500, 0, 20_000, 4000, true),
        ];
        assert_eq!(all(&table), expected);
        assert_eq!(table.last_decoded_by(2499), Some(2));
        assert_eq!(table.last_decoded_by(2500), Some(3));
        assert_eq!(table.end(), 3500);
    }

    #[test]
    fn negative_steps_and_offsets() {
        let mut tables =
            tables(&[(2, 10), (1, u32::MAX - 9), (2, 30)], &[run(1, 9, 1)], sizes(&[1; 5]), &[0]);
        tables.ctts = offsets(&[(1, 0), (1, -20), (1, 5), (1, 5), (1, 5)]);
        let table = SampleTable::new(tables, false, None, None).expect("sound");
        assert_eq!(table.dts_shift(), 20);
        let times: Vec<_> = all(&table).iter().map(|sample| sample.0).collect();
        // The step of -10 counts as 1, and the two steps behind it give back 11 together.
        assert_eq!(times, [0, 10, 20, 21, 46]);
    }
}
