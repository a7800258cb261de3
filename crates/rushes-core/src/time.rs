//! Exact media time: integers in a rational unit, never floating point inside.

use std::cmp::Ordering;
use std::num::NonZero;
use std::time::Duration;

use crate::{Error, Result};

const NANOSECONDS: TimeBase =
    TimeBase { numer: NonZero::<u32>::MIN, denom: NonZero::new(1_000_000_000).unwrap() };

/// Unit of the timestamps of a track: `numer / denom` seconds per tick.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct TimeBase {
    numer: NonZero<u32>,
    denom: NonZero<u32>,
}

/// Point on a track's timeline, in ticks of its [`TimeBase`]; may be negative.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Timestamp(i64);

/// Length on a track's timeline, in ticks of its [`TimeBase`].
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Ticks(u64);

/// Exact point in time: a [`Timestamp`] together with its unit. Compares across units without rounding.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    ticks: Timestamp,
    base: TimeBase,
}

/// What to do when a time falls between two ticks of another time base.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rounding {
    /// Towards minus infinity.
    Down,
    /// Towards plus infinity.
    Up,
    /// To the nearest tick; halves away from zero.
    Nearest,
}

impl TimeBase {
    /// One tick is `numer / denom` seconds; `None` if either is zero.
    #[must_use]
    pub const fn new(numer: u32, denom: u32) -> Option<Self> {
        match (NonZero::new(numer), NonZero::new(denom)) {
            (Some(numer), Some(denom)) => Some(Self { numer, denom }),
            _ => None,
        }
    }

    /// `rate` ticks per second, as for a sample rate or an MP4 timescale; `None` if zero.
    #[must_use]
    pub const fn per_second(rate: u32) -> Option<Self> {
        Self::new(1, rate)
    }

    /// One tick per nanosecond, the unit of times that were given as `f64` seconds or [`Duration`].
    #[must_use]
    pub const fn nanoseconds() -> Self {
        NANOSECONDS
    }

    /// Seconds per tick: the numerator.
    #[must_use]
    pub const fn numer(self) -> u32 {
        self.numer.get()
    }

    /// Seconds per tick: the denominator.
    #[must_use]
    pub const fn denom(self) -> u32 {
        self.denom.get()
    }

    /// The point in time of a timestamp in this unit.
    #[must_use]
    pub const fn time(self, ticks: Timestamp) -> Time {
        Time { ticks, base: self }
    }

    /// `value` ticks of this unit in ticks of `to`, saturating at the ends of `i64`.
    #[must_use]
    pub fn rescale(self, value: i64, to: Self, rounding: Rounding) -> i64 {
        if self == to {
            return value;
        }
        let numer = i128::from(value) * i128::from(self.numer()) * i128::from(to.denom());
        let denom = i128::from(self.denom()) * i128::from(to.numer());
        let quotient = match rounding {
            Rounding::Down => numer.div_euclid(denom),
            Rounding::Up => -(-numer).div_euclid(denom),
            Rounding::Nearest => {
                let half = denom / 2;
                if numer >= 0 { (numer + half) / denom } else { (numer - half) / denom }
            }
        };
        i64::try_from(quotient).unwrap_or(if quotient < 0 { i64::MIN } else { i64::MAX })
    }

    /// A timestamp of this unit in the unit `to`.
    #[must_use]
    pub fn convert(self, ticks: Timestamp, to: Self, rounding: Rounding) -> Timestamp {
        Timestamp(self.rescale(ticks.0, to, rounding))
    }

    /// A length of this unit in the unit `to`.
    #[must_use]
    pub fn convert_ticks(self, ticks: Ticks, to: Self, rounding: Rounding) -> Ticks {
        let value = self.rescale(i64::try_from(ticks.0).unwrap_or(i64::MAX), to, rounding);
        Ticks(value.unsigned_abs())
    }

    /// A length of this unit in seconds.
    #[must_use]
    pub fn seconds(self, ticks: Ticks) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds as f64 are for display, by contract inexact"
        )]
        let ticks = ticks.0 as f64;
        ticks * f64::from(self.numer()) / f64::from(self.denom())
    }
}

impl std::fmt::Display for TimeBase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.numer, self.denom)
    }
}

impl Timestamp {
    /// The start of the timeline.
    pub const ZERO: Self = Self(0);

    /// A timestamp of so many ticks.
    #[must_use]
    pub const fn new(ticks: i64) -> Self {
        Self(ticks)
    }

    /// The number of ticks.
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }

    /// The timestamp `length` later, saturating.
    #[must_use]
    pub const fn saturating_add(self, length: Ticks) -> Self {
        Self(self.0.saturating_add_unsigned(length.0))
    }

    /// The timestamp `length` earlier, saturating.
    #[must_use]
    pub const fn saturating_sub(self, length: Ticks) -> Self {
        Self(self.0.saturating_sub_unsigned(length.0))
    }

    /// The timestamp `offset` ticks away, saturating.
    #[must_use]
    pub const fn saturating_offset(self, offset: i64) -> Self {
        Self(self.0.saturating_add(offset))
    }

    /// The timestamp `length` later, or `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, length: Ticks) -> Option<Self> {
        match self.0.checked_add_unsigned(length.0) {
            Some(ticks) => Some(Self(ticks)),
            None => None,
        }
    }

    /// Ticks from `earlier` to this timestamp; zero where `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Ticks {
        if self.0 <= earlier.0 { Ticks(0) } else { Ticks(self.0.abs_diff(earlier.0)) }
    }
}

impl Ticks {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A length of so many ticks.
    #[must_use]
    pub const fn new(ticks: u64) -> Self {
        Self(ticks)
    }

    /// The number of ticks.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.0
    }

    /// The sum, saturating.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference, zero at the least.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Time {
    /// The start of the timeline.
    pub const ZERO: Self = Self { ticks: Timestamp::ZERO, base: NANOSECONDS };

    /// The timestamp in its own unit.
    #[must_use]
    pub const fn ticks(self) -> Timestamp {
        self.ticks
    }

    /// The unit.
    #[must_use]
    pub const fn base(self) -> TimeBase {
        self.base
    }

    /// Nearest `f64` number of seconds.
    #[must_use]
    pub fn seconds(self) -> f64 {
        #[expect(
            clippy::cast_precision_loss,
            reason = "seconds as f64 are for display, by contract inexact"
        )]
        let ticks = self.ticks.0 as f64;
        ticks * f64::from(self.base.numer()) / f64::from(self.base.denom())
    }

    /// The timestamp in another unit.
    #[must_use]
    pub fn to_base(self, base: TimeBase, rounding: Rounding) -> Timestamp {
        self.base.convert(self.ticks, base, rounding)
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        // i64 * u32 * u32 always fits i128.
        let cross = |a: &Self, b: &Self| {
            i128::from(a.ticks.0) * i128::from(a.base.numer()) * i128::from(b.base.denom())
        };
        cross(self, other).cmp(&cross(other, self))
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.6} s", self.seconds())
    }
}

/// Whatever a caller may give as a time: seconds (`f64`, integers), a [`Duration`], or an exact [`Time`].
///
/// Floating-point seconds are resolved to the nearest nanosecond.
pub trait IntoTime {
    /// The exact time.
    ///
    /// # Errors
    /// [`Error::Usage`] if the value is not finite or does not fit.
    fn into_time(self) -> Result<Time>;
}

impl IntoTime for Time {
    fn into_time(self) -> Result<Time> {
        Ok(self)
    }
}

impl IntoTime for f64 {
    fn into_time(self) -> Result<Time> {
        let nanoseconds = (self * 1e9).round();
        // 2^63 is exact as f64; everything strictly inside fits i64.
        if !nanoseconds.is_finite() || nanoseconds.abs() >= 9_223_372_036_854_775_808.0 {
            return Err(Error::usage(format!("{self} is not a time in seconds")));
        }
        #[expect(clippy::cast_possible_truncation, reason = "integral and in range, checked above")]
        Ok(NANOSECONDS.time(Timestamp(nanoseconds as i64)))
    }
}

impl IntoTime for i32 {
    fn into_time(self) -> Result<Time> {
        Ok(NANOSECONDS.time(Timestamp(i64::from(self) * 1_000_000_000)))
    }
}

impl IntoTime for Duration {
    fn into_time(self) -> Result<Time> {
        i64::try_from(self.as_nanos())
            .map(|nanoseconds| NANOSECONDS.time(Timestamp(nanoseconds)))
            .map_err(|_| Error::usage(format!("{self:?} is too long a time")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(numer: u32, denom: u32) -> TimeBase {
        TimeBase::new(numer, denom).expect("not zero")
    }

    #[test]
    fn rescale_rounds_as_told() {
        let check = |value, rounding, expected| {
            assert_eq!(
                base(1, 10).rescale(value, base(1, 4), rounding),
                expected,
                "{value} {rounding:?}"
            );
        };
        for (value, down, up, nearest) in
            [(1, 0, 1, 0), (-1, -1, 0, 0), (5, 2, 2, 2), (3, 1, 2, 1), (-3, -2, -1, -1)]
        {
            check(value, Rounding::Down, down);
            check(value, Rounding::Up, up);
            check(value, Rounding::Nearest, nearest);
        }
    }

    #[test]
    fn rescale_saturates() {
        assert_eq!(
            base(u32::MAX, 1).rescale(i64::MAX, base(1, u32::MAX), Rounding::Down),
            i64::MAX
        );
        assert_eq!(
            base(u32::MAX, 1).rescale(i64::MIN, base(1, u32::MAX), Rounding::Down),
            i64::MIN
        );
    }

    #[test]
    fn times_compare_across_units() {
        let third = base(1, 3).time(Timestamp::new(1));
        assert_eq!(third, base(1, 9).time(Timestamp::new(3)));
        assert!(third > 0.333_333_333.into_time().expect("finite"));
        assert!(third < 0.333_333_334.into_time().expect("finite"));
    }

    #[test]
    fn seconds_that_are_no_time_are_refused() {
        for seconds in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 9.3e9] {
            assert!(seconds.into_time().is_err(), "{seconds}");
        }
    }
}
