//! Time tables that writers got wrong (ISO/IEC 14496-12, 8.6.1), read the way that FFmpeg reads them.

use super::boxes::{CttsEntry, SttsEntry};
use super::stored::Stored;

/// Time steps above this are negative ones, which some writers store to go back: they count as one tick.
const LONGEST_STEP: u32 = u32::MAX - 480_000;

/// Composition offsets beyond this are broken, and so is the whole table then.
const LARGEST_OFFSET: u32 = 1 << 28;

/// Takes back steps that are negative numbers: the sample lasts one tick, and later ones give back what that added.
pub(super) fn mended_steps(stts: Stored<SttsEntry, 8>) -> Stored<SttsEntry, 8> {
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
pub(super) struct CheckedOffsets {
    pub(super) ctts: Stored<CttsEntry, 8>,
    /// Smallest and largest, zero included.
    pub(super) range: (i64, i64),
    /// How far below zero they go.
    pub(super) dts_shift: i64,
}

impl CheckedOffsets {
    /// The last two entries do not decide: encoders that were cut off leave wrong ones there.
    pub(super) fn new(ctts: Stored<CttsEntry, 8>) -> Self {
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
