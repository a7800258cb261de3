//! From `f64` to whole numbers and fractions, for values that users write.

use rushes_core::{FrameRate, Rounding};

/// The nearest integer, halves to even; `None` beyond 2^53, where `f64` has no fractions any more, and for what is no number.
#[expect(clippy::cast_possible_truncation, reason = "integral and in range, checked before")]
pub(super) fn nearest(value: f64) -> Option<i64> {
    let rounded = value.round_ties_even();
    (rounded.abs() <= 9_007_199_254_740_992.0).then_some(rounded as i64)
}

/// Cut off at the point; `None` where it does not fit.
pub(super) fn truncated(value: f64) -> Option<i64> {
    nearest(value.trunc())
}

/// The nearest `f64`.
#[expect(clippy::cast_precision_loss, reason = "variables of expressions are f64")]
pub(super) const fn real(value: i64) -> f64 {
    value as f64
}

/// `value * numer / denom`, halves away from zero; FFmpeg's `av_rescale`. The denominator must not be zero.
pub(super) fn rescale(value: i64, numer: i64, denom: i64) -> i64 {
    let product = i128::from(value) * i128::from(numer);
    let denom = i128::from(denom);
    let half = denom.abs() / 2;
    let quotient = if product >= 0 { (product + half) / denom } else { (product - half) / denom };
    i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
}

/// The simplest fraction close to a positive number, by continued fractions; FFmpeg's `av_d2q` up to 2^31 - 1.
pub(super) fn frame_rate(value: f64) -> Option<FrameRate> {
    const MAX: i128 = 0x7fff_ffff;
    if !value.is_finite() || value <= 0.0 || value >= 2_147_483_648.0 {
        return None;
    }
    // As many bits behind the point as leave the number below 2^62.
    let mut bits = 61;
    while bits > 0 && value >= 2_f64.powi(61 - bits) {
        bits -= 1;
    }
    let mut denom = 1_i128 << bits;
    let mut numer = i128::from(wide(value * 2_f64.powi(bits)));
    let mut before = (0_i128, 1_i128);
    let mut last = (1_i128, 0_i128);
    while denom != 0 {
        let whole = numer / denom;
        let rest = numer - denom * whole;
        let next = (whole * last.0 + before.0, whole * last.1 + before.1);
        if next.0 > MAX || next.1 > MAX {
            let mut most = whole;
            if last.0 != 0 {
                most = (MAX - before.0) / last.0;
            }
            if last.1 != 0 {
                most = most.min((MAX - before.1) / last.1);
            }
            if denom * (2 * most * last.1 + before.1) > numer * last.1 {
                last = (most * last.0 + before.0, most * last.1 + before.1);
            }
            break;
        }
        (before, last) = (last, next);
        (numer, denom) = (denom, rest);
    }
    FrameRate::new(u32::try_from(last.0).ok()?, u32::try_from(last.1).ok()?)
}

#[expect(clippy::cast_possible_truncation, reason = "below 2^62")]
fn wide(value: f64) -> i64 {
    value.round() as i64
}

/// Microseconds in another unit, to the nearest tick.
pub(super) fn from_microseconds(value: i64, base: rushes_core::TimeBase) -> i64 {
    rushes_core::TimeBase::per_second(1_000_000)
        .map_or(0, |micro| micro.rescale(value, base, Rounding::Nearest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_ffmpeg() {
        let check = |value: f64, expected: Option<(u32, u32)>| {
            let rate = frame_rate(value).map(|rate| (rate.numer(), rate.denom()));
            assert_eq!(rate, expected, "{value}");
        };
        check(25.0, Some((25, 1)));
        check(29.97, Some((2997, 100)));
        check(30_000.0 / 1001.0, Some((30_000, 1001)));
        check(0.1, Some((1, 10)));
        check(1e-9, Some((1, 1_000_000_000)));
        check(0.0, None);
        check(-1.0, None);
        check(f64::NAN, None);
        check(f64::INFINITY, None);
        check(1e10, None);
    }

    #[test]
    fn integers_are_checked() {
        assert_eq!(nearest(2.5), Some(2));
        assert_eq!(nearest(-3.5), Some(-4));
        assert_eq!(truncated(-3.9), Some(-3));
        for value in [f64::NAN, f64::INFINITY, -1e300] {
            assert_eq!((nearest(value), truncated(value)), (None, None));
        }
        assert_eq!(rescale(3, 1, 2), 2);
        assert_eq!(rescale(-3, 1, 2), -2);
        assert_eq!(rescale(i64::MAX, i64::MAX, 1), i64::MAX);
    }
}
