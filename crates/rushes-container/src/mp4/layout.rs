//! Where the samples of a track lie: chunks, sizes, and groups of uncompressed sound. ISO/IEC 14496-12, 8.7.

use rushes_core::{Error, Result};

use super::boxes::{Co64, Stco, Stsc};
use super::runs::Run;

/// Sizes between two checkpoints of their sums.
const SIZE_STRIDE: usize = 1024;

/// Chunk offsets of either width.
#[derive(Clone, Debug)]
pub(super) enum ChunkOffsets {
    Short(Stco),
    Long(Co64),
}

impl ChunkOffsets {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Short(stco) => stco.offsets.len(),
            Self::Long(co64) => co64.offsets.len(),
        }
    }

    pub(super) fn offset(&self, chunk: usize) -> Option<u64> {
        match self {
            Self::Short(stco) => stco.offsets.get(chunk).map(|offset| u64::from(*offset)),
            Self::Long(co64) => co64.offsets.get(chunk).copied(),
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
    /// Samples as the file counts them in all chunks before.
    pub(super) first_sample: u64,
}

impl Run for ChunkRun {
    fn count(&self) -> u64 {
        u64::from(self.chunks) * u64::from(self.packets)
    }

    fn step(&self) -> i64 {
        0
    }
}

impl ChunkRun {
    /// Which chunk a packet of the run is in, and its number there.
    pub(super) fn locate(&self, packet: u64) -> (&Self, usize, u32) {
        let packets = u64::from(self.packets);
        let chunk = u64::from(self.first_chunk) + packet / packets;
        let within = u32::try_from(packet % packets).unwrap_or(u32::MAX);
        (self, usize::try_from(chunk).unwrap_or(usize::MAX), within)
    }
}

#[derive(Clone, Debug)]
pub(super) enum Sizes {
    Fixed(u32),
    Each {
        sizes: Vec<u32>,
        /// Sum of all sizes before every 1024th sample.
        sums: Vec<u64>,
    },
    Grouped(Grouping),
}

impl Sizes {
    pub(super) fn each(sizes: Vec<u32>) -> Self {
        let mut sum = 0;
        let mut sums = vec![0];
        for chunk in sizes.chunks(SIZE_STRIDE) {
            sum += chunk.iter().map(|size| u64::from(*size)).sum::<u64>();
            sums.push(sum);
        }
        Self::Each { sizes, sums }
    }

    pub(super) fn sum_before(&self, index: u64) -> u64 {
        let Self::Each { sizes, sums } = self else { return 0 };
        let index = usize::try_from(index).unwrap_or(usize::MAX).min(sizes.len());
        let block = index / SIZE_STRIDE;
        let within = &sizes[block * SIZE_STRIDE..index];
        sums[block] + within.iter().map(|size| u64::from(*size)).sum::<u64>()
    }
}

/// How many samples of `size` bytes a file holds, and `more`.
pub(super) fn most_that_fit(file_length: Option<u64>, size: u32, more: u64) -> u64 {
    file_length.map_or(u64::MAX, |length| (length / u64::from(size.max(1))).saturating_add(more))
}

/// Spells out how many chunks each entry of `stsc` is for.
pub(super) fn chunk_runs(
    stsc: &Stsc,
    chunks: usize,
    grouping: Option<Grouping>,
) -> Result<Vec<ChunkRun>> {
    let chunks = u32::try_from(chunks).unwrap_or(u32::MAX);
    let mut runs = Vec::with_capacity(stsc.entries.len());
    let mut first_sample = 0_u64;
    for (index, entry) in stsc.entries.iter().enumerate() {
        let next = stsc.entries.get(index + 1).map(|next| next.first_chunk);
        let Some(first) = entry.first_chunk.checked_sub(1) else {
            return Err(Error::malformed("'stsc' counts chunks from zero"));
        };
        if next.is_some_and(|next| next <= entry.first_chunk) {
            return Err(Error::malformed(format!(
                "chunk {} of 'stsc' does not come behind chunk {}",
                next.unwrap_or_default(),
                entry.first_chunk
            )));
        }
        let end = next.map_or(chunks, |next| next - 1).min(chunks);
        let count = end.saturating_sub(first);
        // Entries for no chunk or of no sample say nothing.
        if count > 0 && entry.samples > 0 {
            let samples = entry.samples;
            runs.push(ChunkRun {
                first_chunk: first,
                chunks: count,
                samples,
                packets: grouping.map_or(samples, |grouping| grouping.packets(samples)),
                description: entry.description,
                first_sample,
            });
            first_sample = first_sample.saturating_add(u64::from(count) * u64::from(samples));
        }
    }
    Ok(runs)
}
