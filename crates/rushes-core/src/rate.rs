//! Ratios, and rates of frames.

use std::num::NonZero;

use crate::{Error, Result, TimeBase};

/// Positive or zero fraction, as a sample aspect ratio.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct Ratio {
    numer: u32,
    denom: NonZero<u32>,
}

impl Ratio {
    /// One to one.
    pub const ONE: Self = Self { numer: 1, denom: NonZero::<u32>::MIN };

    /// `numer / denom` in lowest terms; `None` if the denominator is zero.
    #[must_use]
    pub const fn new(numer: u32, denom: u32) -> Option<Self> {
        let common = gcd(numer, denom);
        match NonZero::new(denom) {
            None => None,
            Some(_) => match NonZero::new(denom / common) {
                Some(denom) => Some(Self { numer: numer / common, denom }),
                None => None,
            },
        }
    }

    /// The numerator.
    #[must_use]
    pub const fn numer(self) -> u32 {
        self.numer
    }

    /// The denominator.
    #[must_use]
    pub const fn denom(self) -> u32 {
        self.denom.get()
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.numer) / f64::from(self.denom.get())
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.numer, self.denom)
    }
}

const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    if a == 0 { 1 } else { a }
}

/// Frames per second, exact and never zero: `30`, or `(30_000, 1001)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct FrameRate(TimeBase);

impl FrameRate {
    /// `numer / denom` frames per second in lowest terms; `None` if either is zero.
    #[must_use]
    pub const fn new(numer: u32, denom: u32) -> Option<Self> {
        let common = gcd(numer, denom);
        match TimeBase::new(denom / common, numer / common) {
            Some(frame) => Some(Self(frame)),
            None => None,
        }
    }

    /// Frames per second: the numerator.
    #[must_use]
    pub const fn numer(self) -> u32 {
        self.0.denom()
    }

    /// Frames per second: the denominator.
    #[must_use]
    pub const fn denom(self) -> u32 {
        self.0.numer()
    }

    /// The time base in which each frame lasts one tick.
    #[must_use]
    pub const fn time_base(self) -> TimeBase {
        self.0
    }

    /// The nearest `f64`.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        f64::from(self.numer()) / f64::from(self.denom())
    }
}

impl TryFrom<u32> for FrameRate {
    type Error = Error;

    fn try_from(rate: u32) -> Result<Self> {
        Self::try_from((rate, 1))
    }
}

impl TryFrom<(u32, u32)> for FrameRate {
    type Error = Error;

    fn try_from((numer, denom): (u32, u32)) -> Result<Self> {
        Self::new(numer, denom)
            .ok_or_else(|| Error::usage(format!("{numer}/{denom} is not a frame rate")))
    }
}

impl std::fmt::Display for FrameRate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.numer(), self.denom())
    }
}

impl std::str::FromStr for FrameRate {
    type Err = Error;

    /// Parses `30`, `30000/1001` and decimal fractions such as `29.97` (kept as written: 2997/100).
    fn from_str(text: &str) -> Result<Self> {
        let rate = if let Some((numer, denom)) = text.split_once('/') {
            numer
                .parse()
                .ok()
                .zip(denom.parse().ok())
                .and_then(|(numer, denom)| Self::new(numer, denom))
        } else if let Some((whole, fraction)) = text.split_once('.') {
            let denom =
                u32::try_from(fraction.len()).ok().and_then(|digits| 10_u32.checked_pow(digits));
            format!("{whole}{fraction}")
                .parse()
                .ok()
                .zip(denom)
                .and_then(|(numer, denom)| Self::new(numer, denom))
        } else {
            text.parse().ok().and_then(|numer| Self::new(numer, 1))
        };
        rate.ok_or_else(|| {
            Error::usage(format!("'{text}' is not a frame rate; write 30, 29.97 or 30000/1001"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_rates_parse() {
        let check = |text: &str, expected: Option<(u32, u32)>| {
            let rate = text.parse::<FrameRate>().ok().map(|rate| (rate.numer(), rate.denom()));
            assert_eq!(rate, expected, "{text}");
        };
        check("30", Some((30, 1)));
        check("30000/1001", Some((30_000, 1001)));
        check("29.97", Some((2997, 100)));
        check("25.0", Some((25, 1)));
        for text in ["", "0", "0/1", "1/0", "x", "-5", "1.", ".", "1e3", "99999999999"] {
            if text != "1." {
                check(text, None);
            }
        }
    }
}
