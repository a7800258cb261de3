//! The samples that decoding can start at: ISO/IEC 14496-12, 8.6.2, and the partial sync samples of QuickTime.

use super::stored::Stored;

/// Which samples are key frames.
#[derive(Clone, Debug)]
pub(super) enum SyncSamples {
    All,
    First,
    /// Ascending numbers.
    Listed {
        samples: Stored<u32, 4>,
        /// The number of the first sample.
        base: u32,
    },
}

impl SyncSamples {
    pub(super) fn new(stss: Option<Stored<u32, 4>>, stps: Stored<u32, 4>, audio: bool) -> Self {
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

    pub(super) fn contains(&self, index: u64) -> bool {
        self.at_or_before(index) == Some(index)
    }

    /// The last one at or before `index`.
    pub(super) fn at_or_before(&self, index: u64) -> Option<u64> {
        match self {
            Self::All => Some(index),
            Self::First => Some(0),
            Self::Listed { samples, base } => {
                let number = index.saturating_add(u64::from(*base));
                let behind = samples.partition_point(|key| u64::from(key) <= number);
                samples.get(behind.checked_sub(1)?).map(|key| u64::from(key - base))
            }
        }
    }

    /// The first one at or behind `index`, which may lie behind the last sample.
    pub(super) fn at_or_after(&self, index: u64) -> Option<u64> {
        match self {
            Self::All => Some(index),
            Self::First => (index == 0).then_some(0),
            Self::Listed { samples, base } => {
                let number = index.saturating_add(u64::from(*base));
                let at = samples.partition_point(|key| u64::from(key) < number);
                samples.get(at).map(|key| u64::from(key - base))
            }
        }
    }
}
