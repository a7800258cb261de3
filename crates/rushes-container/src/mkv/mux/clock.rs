//! From the times of packets to the ticks of a segment (RFC 9559, 11).

use rushes_core::{Error, Result, Ticks, TimeBase, Timestamp};

/// Nanoseconds in a second.
pub(super) const SECOND: i64 = 1_000_000_000;

/// The ticks of a segment.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Clock {
    /// Nanoseconds per tick.
    scale: i64,
}

impl Clock {
    /// Ticks of so many nanoseconds, one at the least.
    pub(super) fn new(scale: u32) -> Self {
        Self { scale: i64::from(scale.max(1)) }
    }

    /// Nanoseconds per tick.
    pub(super) const fn scale(self) -> i64 {
        self.scale
    }

    /// The tick nearest to a time that is `delay` nanoseconds later; halves go up, so that order is kept.
    pub(super) fn tick(self, base: TimeBase, time: Timestamp, delay: u64) -> Result<i64> {
        let numer = nanoseconds_times_denominator(base, time.ticks(), delay);
        let denom = i128::from(base.denom()) * i128::from(self.scale);
        i64::try_from((2 * numer + denom).div_euclid(2 * denom))
            .map_err(|_| Error::usage(format!("time {} is too late for a segment", time.ticks())))
    }

    /// So many ticks of this clock in nanoseconds.
    pub(super) const fn nanoseconds(self, ticks: i64) -> i64 {
        ticks.saturating_mul(self.scale)
    }
}

/// A length in nanoseconds, rounded to the nearest.
pub(super) fn length_in_nanoseconds(base: TimeBase, length: Ticks) -> u64 {
    let numer =
        u128::from(length.count()) * u128::from(base.numer()) * SECOND.unsigned_abs() as u128;
    let denom = u128::from(base.denom());
    u64::try_from((2 * numer + denom) / (2 * denom)).unwrap_or(u64::MAX)
}

/// A time in nanoseconds, rounded down.
pub(super) fn time_in_nanoseconds(base: TimeBase, time: Timestamp) -> i64 {
    let numer = nanoseconds_times_denominator(base, time.ticks(), 0);
    let nanoseconds = numer.div_euclid(i128::from(base.denom()));
    i64::try_from(nanoseconds).unwrap_or(if nanoseconds < 0 { i64::MIN } else { i64::MAX })
}

fn nanoseconds_times_denominator(base: TimeBase, time: i64, delay: u64) -> i128 {
    i128::from(time) * i128::from(base.numer()) * i128::from(SECOND)
        + i128::from(delay) * i128::from(base.denom())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_within_half_a_tick_and_in_order() {
        for (numer, denom) in [(1001, 30_000), (1, 44_100), (1, 1000), (1, 90_000), (3, 7)] {
            let base = TimeBase::new(numer, denom).expect("not zero");
            for (scale, delay) in [(1_000_000, 0), (1_000_000, 23_219_955), (20_833, 6_500_000)] {
                let clock = Clock::new(scale);
                let mut last = i64::MIN;
                for time in -3000..3000 {
                    let tick = clock.tick(base, Timestamp::new(time), delay).expect("small");
                    assert!(tick >= last);
                    last = tick;
                    // Exact, in units of a nanosecond over the denominator.
                    let stored = i128::from(clock.nanoseconds(tick)) * i128::from(denom);
                    let exact = nanoseconds_times_denominator(base, time, delay);
                    assert!(2 * (stored - exact).abs() <= i128::from(scale) * i128::from(denom));
                }
            }
        }
    }

    #[test]
    fn lengths_round_and_saturate() {
        let base = TimeBase::per_second(48_000).expect("not zero");
        assert_eq!(length_in_nanoseconds(base, Ticks::new(312)), 6_500_000);
        assert_eq!(length_in_nanoseconds(base, Ticks::new(1024)), 21_333_333);
        assert_eq!(length_in_nanoseconds(base, Ticks::new(u64::MAX)), u64::MAX);
        assert_eq!(time_in_nanoseconds(base, Timestamp::new(-1)), -20_834);
        let late = Clock::new(1).tick(base, Timestamp::new(i64::MAX), 0);
        assert!(matches!(late, Err(Error::Usage(_))));
    }
}
