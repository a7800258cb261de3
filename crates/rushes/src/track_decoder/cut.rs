//! Sound cut to the sample: encoder delay, padding, edits and starts.

use rushes_core::{AudioFrame, Rounding, Ticks, Time, TimeBase};

/// Samples of a packet that may be the last of its track, and how many of them lie behind its end if it is.
pub(super) struct Short {
    pub(super) blocks: Vec<AudioFrame>,
    pub(super) excess: usize,
}

impl Short {
    pub(super) fn cut(&mut self) {
        let mut excess = self.excess;
        for block in self.blocks.iter_mut().rev() {
            let here = excess.min(block.len());
            block.trim(0, here);
            excess -= here;
        }
    }
}

/// How many samples at `rate` a run that starts at `first` has before `start`, exactly; no time that is out of all reason counts as
/// inside.
pub(super) fn samples_before(first: Time, start: Time, rate: u32) -> usize {
    if first >= start {
        return 0;
    }
    let scaled = |time: Time, other: TimeBase| {
        i128::from(time.ticks().ticks())
            .checked_mul(i128::from(time.base().numer()))?
            .checked_mul(i128::from(other.denom()))
    };
    let samples = || {
        let early = scaled(start, first.base())?.checked_sub(scaled(first, start.base())?)?;
        let unit = i128::from(start.base().denom()) * i128::from(first.base().denom());
        let samples = early.checked_mul(i128::from(rate))?.checked_add(unit - 1)? / unit;
        usize::try_from(samples).ok()
    };
    samples().unwrap_or(usize::MAX)
}

pub(super) fn trim_start(blocks: &mut [AudioFrame], length: Ticks, base: TimeBase) {
    cut(blocks.iter_mut(), length, base, |block, count| block.trim(count, 0));
}

pub(super) fn trim_end(blocks: &mut [AudioFrame], length: Ticks, base: TimeBase) {
    cut(blocks.iter_mut().rev(), length, base, |block, count| block.trim(0, count));
}

/// Cuts a length from blocks one after another. It is counted at the rate that came out of the decoder, which may be twice the
/// rate that the container states (HE-AAC).
fn cut<'a>(
    blocks: impl Iterator<Item = &'a mut AudioFrame>,
    length: Ticks,
    base: TimeBase,
    trim: impl Fn(&mut AudioFrame, usize),
) {
    if length == Ticks::ZERO {
        return;
    }
    let mut left: Option<usize> = None;
    for block in blocks {
        let count = left.unwrap_or_else(|| {
            TimeBase::per_second(block.sample_rate).map_or(0, |rate| {
                let samples = base.convert_ticks(length, rate, Rounding::Nearest).count();
                usize::try_from(samples).unwrap_or(usize::MAX)
            })
        });
        let here = count.min(block.len());
        trim(block, here);
        left = Some(count - here);
    }
}
