//! The sample tables of one track while they grow: run-length wherever the format is (ISO/IEC 14496-12, 8.6 and 8.7).

use rushes_core::{Error, Result};

use crate::mp4::boxes::{
    BoxWriter, Co64, Ctts, CttsEntry, Stco, Stsc, StscEntry, Stss, Stsz, Stts, SttsEntry,
};

/// Sample tables of one track. A sample costs four bytes at most beyond the runs, and nothing where all are alike.
#[derive(Debug)]
pub(super) struct Samples {
    /// False where fragments hold everything, and the tables stay empty.
    is_kept: bool,
    count: u32,
    deltas: Vec<SttsEntry>,
    offsets: Vec<CttsEntry>,
    /// Smallest and largest of the offsets.
    offset_range: Option<(i32, i32)>,
    sizes: Stsz,
    /// The samples at which decoding can start; `None` while all are such.
    sync: Option<Vec<u32>>,
    chunks: Vec<u64>,
    chunk_runs: Vec<StscEntry>,
}

impl Samples {
    /// `is_kept` is false where only the range of offsets is of use.
    pub(super) const fn new(is_kept: bool) -> Self {
        Self {
            is_kept,
            count: 0,
            deltas: Vec::new(),
            offsets: Vec::new(),
            offset_range: None,
            sizes: Stsz::Fixed { size: 0, count: 0 },
            sync: None,
            chunks: Vec::new(),
            chunk_runs: Vec::new(),
        }
    }

    /// True while there has been no sample.
    pub(super) const fn is_untouched(&self) -> bool {
        self.offset_range.is_none()
    }

    /// Number of samples.
    pub(super) const fn count(&self) -> u32 {
        self.count
    }

    /// Adds `count` samples of `size` bytes each, presented `offset` ticks after they are decoded.
    pub(super) fn push(&mut self, count: u32, size: u32, offset: i32, is_sync: bool) -> Result<()> {
        let (smallest, largest) = self.offset_range.unwrap_or((offset, offset));
        self.offset_range = Some((smallest.min(offset), largest.max(offset)));
        if !self.is_kept {
            return Ok(());
        }
        let total = self.count.checked_add(count).ok_or_else(|| {
            Error::unsupported("a track of more than 4294967295 samples", "shorter files")
        })?;
        if !is_sync && self.sync.is_none() {
            self.sync = Some((1..=self.count).collect());
        }
        if let Some(sync) = &mut self.sync
            && is_sync
        {
            sync.extend(self.count + 1..=total);
        }
        match self.offsets.last_mut() {
            Some(run) if run.offset == offset => run.count += count,
            _ => self.offsets.push(CttsEntry { count, offset }),
        }
        self.push_sizes(count, size);
        self.count = total;
        Ok(())
    }

    fn push_sizes(&mut self, count: u32, size: u32) {
        let repeat = |size: u32, count: u32| (0..count).map(move |_| size);
        match &mut self.sizes {
            Stsz::Fixed { size: known, count: known_count } => {
                // A fixed size of zero would mean that each has its own.
                if *known_count == 0 && size > 0 {
                    (*known, *known_count) = (size, count);
                } else if *known == size && size > 0 {
                    *known_count += count;
                } else {
                    let sizes = repeat(*known, *known_count).chain(repeat(size, count));
                    self.sizes = Stsz::Each(sizes.collect());
                }
            }
            Stsz::Each(sizes) => sizes.extend(repeat(size, count)),
        }
    }

    /// Says how long the next `count` samples without a duration last.
    pub(super) fn push_delta(&mut self, count: u32, delta: u32) {
        match self.deltas.last_mut() {
            Some(run) if run.delta == delta => run.count += count,
            _ if count > 0 && self.is_kept => self.deltas.push(SttsEntry { count, delta }),
            _ => {}
        }
    }

    /// Says that the samples since the last chunk are a chunk at `offset`.
    pub(super) fn push_chunk(&mut self, offset: u64, samples: u32) {
        if !self.is_kept {
            return;
        }
        self.chunks.push(offset);
        if self.chunk_runs.last().is_none_or(|run| run.samples != samples) {
            let first_chunk = u32::try_from(self.chunks.len()).unwrap_or(u32::MAX);
            self.chunk_runs.push(StscEntry { first_chunk, samples, description: 1 });
        }
    }

    /// Smallest and largest offset of presentation from decoding.
    pub(super) fn offset_range(&self) -> (i32, i32) {
        self.offset_range.unwrap_or_default()
    }

    /// Writes the tables. `composition_shift` is added to all offsets of presentation, `chunk_shift` to all of chunks.
    pub(super) fn write(&self, composition_shift: i32, chunk_shift: u64, w: &mut BoxWriter) {
        w.full(&Stts { entries: self.deltas.clone() });
        let entries: Vec<_> = self
            .offsets
            .iter()
            .map(|run| CttsEntry { offset: run.offset.saturating_add(composition_shift), ..*run })
            .collect();
        if entries.iter().any(|run| run.offset != 0) {
            w.full(&Ctts { entries });
        }
        if let Some(sync) = &self.sync {
            w.full(&Stss { samples: sync.clone() });
        }
        w.full(&Stsc { entries: self.chunk_runs.clone() });
        w.full(&self.sizes);
        let offsets = self.chunks.iter().map(|offset| offset.saturating_add(chunk_shift));
        let short: Option<Vec<u32>> =
            offsets.clone().map(|offset| u32::try_from(offset).ok()).collect();
        match short {
            Some(offsets) => w.full(&Stco { offsets }),
            None => w.full(&Co64 { offsets: offsets.collect() }),
        }
    }
}

/// Writes the tables of no sample, as the movie box in front of fragments has them.
pub(super) fn write_empty(w: &mut BoxWriter) {
    Samples::new(false).write(0, 0, w);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stay_run_length() {
        let mut samples = Samples::new(true);
        for index in 0..100_000_u32 {
            samples.push(1, 188, 0, true).expect("few");
            samples.push_delta(1, 1024);
            if index % 10 == 9 {
                samples.push_chunk(u64::from(index) * 188, 10);
            }
        }
        assert_eq!(samples.deltas, [SttsEntry { count: 100_000, delta: 1024 }]);
        assert_eq!(samples.offsets, [CttsEntry { count: 100_000, offset: 0 }]);
        assert_eq!(samples.sizes, Stsz::Fixed { size: 188, count: 100_000 });
        assert_eq!(samples.chunk_runs.len(), 1);
        assert_eq!(samples.sync, None);
        let mut w = BoxWriter::new();
        samples.write(0, 0, &mut w);
        assert!(w.len() < 10_000 * 4 + 200);
    }

    #[test]
    fn tables_fall_back_to_one_entry_per_sample() {
        let mut samples = Samples::new(true);
        samples.push(2, 5, 0, true).expect("few");
        samples.push(1, 6, 3, false).expect("few");
        samples.push(2, 0, -1, true).expect("few");
        assert_eq!(samples.sizes, Stsz::Each(vec![5, 5, 6, 0, 0]));
        assert_eq!(samples.sync, Some(vec![1, 2, 4, 5]));
        assert_eq!(samples.offset_range(), (-1, 3));
        samples.push_chunk(1 << 33, 5);
        let mut w = BoxWriter::new();
        samples.write(1, 0, &mut w);
        let bytes = w.into_bytes();
        assert!(bytes.windows(4).any(|kind| kind == b"co64"));

        let mut empty = Samples::new(true);
        empty.push(1, 0, 0, true).expect("few");
        assert_eq!(empty.sizes, Stsz::Each(vec![0]));
        assert!(empty.push(u32::MAX, 0, 0, true).is_err());
    }
}
