//! Where the samples of a track lie: chunks, sizes, and groups of uncompressed sound. ISO/IEC 14496-12, 8.7.

use std::ops::Range;

use rushes_core::{Error, Result};

use super::boxes::StscEntry;
use super::runs::{Run, RunTable};
use super::stored::{Stored, StoredSizes};

/// Sizes between two checkpoints of their sums.
const SIZE_STRIDE: usize = 1024;

/// Chunk offsets of either width.
#[derive(Clone, Debug)]
pub(super) enum ChunkOffsets {
    Short(Stored<u32, 4>),
    Long(Stored<u64, 8>),
}

impl ChunkOffsets {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(stco) => stco.len(),
            Self::Long(co64) => co64.len(),
        }
    }

    pub(super) fn offset(&self, chunk: usize) -> Option<u64> {
        match self {
            Self::Short(stco) => stco.get(chunk).map(u64::from),
            Self::Long(co64) => co64.get(chunk),
        }
    }
}

/// How uncompressed sound is laid out; its samples are far too small to be packets of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Grouping {
    /// Samples that belong together: 1 for PCM.
    pub(super) samples_per_frame: u32,
    /// Bytes that these take.
    pub(super) bytes_per_frame: u32,
}

impl Grouping {
    /// Samples of one packet: what FFmpeg reads at once.
    pub(super) fn packet_samples(self) -> u32 {
        match self.samples_per_frame {
            0 | 1 => 1024,
            frame @ 2..160 => 1024 / frame * frame,
            frame => frame,
        }
    }

    /// Packets of a chunk.
    fn packets(self, samples: u32) -> u32 {
        samples.div_ceil(self.packet_samples())
    }

    /// Samples of a packet of a chunk.
    pub(super) fn samples_of(self, chunk: u32, packet: u32) -> u32 {
        let whole = self.packet_samples();
        chunk.saturating_sub(packet.saturating_mul(whole)).min(whole)
    }

    pub(super) fn bytes(self, samples: u32) -> u32 {
        (samples / self.samples_per_frame.max(1)).saturating_mul(self.bytes_per_frame)
    }
}

/// Chunks of equally many packets.
#[derive(Clone, Copy, Debug)]
pub(super) struct ChunkRun {
    pub(super) first_chunk: u32,
    pub(super) chunks: u32,
    /// Samples per chunk as the file counts them.
    pub(super) samples: u32,
    /// Packets per chunk: the same, but for grouped samples.
    pub(super) packets: u32,
    pub(super) description: u32,
}

impl Run for ChunkRun {
    fn count(&self) -> u64 {
        u64::from(self.chunks) * u64::from(self.packets)
    }

    fn step(&self) -> i64 {
        0
    }

    /// Samples as the file counts them.
    fn total(&self) -> i64 {
        i64::try_from(u64::from(self.chunks) * u64::from(self.samples)).unwrap_or(i64::MAX)
    }
}

impl ChunkRun {
    /// Which chunk a packet of the run is in, and its number there.
    pub(super) fn locate(&self, packet: u64) -> (usize, u32) {
        let packets = u64::from(self.packets);
        let chunk = u64::from(self.first_chunk) + packet / packets;
        let within = u32::try_from(packet % packets).unwrap_or(u32::MAX);
        (usize::try_from(chunk).unwrap_or(usize::MAX), within)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Sizes {
    Fixed(u32),
    Each {
        sizes: StoredSizes,
        /// Sum of all sizes before every 1024th sample.
        sums: Vec<u64>,
    },
    Grouped(Grouping),
}

impl Sizes {
    pub(super) fn each(sizes: StoredSizes) -> Self {
        let mut sum = 0;
        let mut sums = vec![0];
        for start in (0..sizes.len()).step_by(SIZE_STRIDE) {
            sum += sizes.sum(start..sizes.len().min(start + SIZE_STRIDE));
            sums.push(sum);
        }
        Self::Each { sizes, sums }
    }

    /// Sum of the sizes of a range of samples.
    pub(super) fn sum(&self, range: Range<u64>) -> u64 {
        let Self::Each { sizes, sums } = self else { return 0 };
        let clamp = |index| usize::try_from(index).unwrap_or(usize::MAX).min(sizes.len());
        let (start, end) = (clamp(range.start), clamp(range.end));
        if end - start <= SIZE_STRIDE {
            return sizes.sum(start..end);
        }
        let before = |index: usize| {
            let block = index / SIZE_STRIDE;
            sums[block] + sizes.sum(block * SIZE_STRIDE..index)
        };
        before(end) - before(start)
    }
}

/// How many samples of `size` bytes a file holds, and `more`.
pub(super) fn most_that_fit(file_length: Option<u64>, size: u32, more: u64) -> u64 {
    file_length.map_or(u64::MAX, |length| (length / u64::from(size.max(1))).saturating_add(more))
}

/// The entries of `stsc`, each with the number of chunks that it is for.
#[derive(Clone, Debug)]
pub(super) struct ChunkRuns {
    entries: Stored<StscEntry, 12>,
    chunks: u32,
    grouping: Option<Grouping>,
}

impl ChunkRuns {
    /// Checks that the entries follow one another.
    pub(super) fn new(
        entries: Stored<StscEntry, 12>,
        chunks: usize,
        grouping: Option<Grouping>,
    ) -> Result<Self> {
        let mut before = 0;
        for entry in entries.iter() {
            let first = entry.first_chunk;
            if first == 0 {
                return Err(Error::malformed("'stsc' counts chunks from zero"));
            }
            if first <= before {
                let message =
                    format!("chunk {first} of 'stsc' does not come behind chunk {before}");
                return Err(Error::malformed(message));
            }
            before = first;
        }
        let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
        Ok(Self { entries, chunks, grouping })
    }
}

impl RunTable for ChunkRuns {
    type Run = ChunkRun;

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn run(&self, index: usize) -> Option<ChunkRun> {
        let StscEntry { first_chunk, samples, description } = self.entries.get(index)?;
        let first_chunk = first_chunk.saturating_sub(1);
        let next = self.entries.get(index + 1).map(|next| next.first_chunk.saturating_sub(1));
        let end = next.unwrap_or(self.chunks).min(self.chunks);
        Some(ChunkRun {
            first_chunk,
            chunks: end.saturating_sub(first_chunk),
            samples,
            packets: self.grouping.map_or(samples, |grouping| grouping.packets(samples)),
            description,
        })
    }
}
