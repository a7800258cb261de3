//! The numbers that rates are changed in: f32 and f64.

use std::ops::{Add, Mul, Sub};

use rushes_core::Sample;
use rushes_simd::fearless_simd::prelude::*;
use rushes_simd::fearless_simd::{Simd, SimdFloatElement, f32x8, f64x8};

/// What sums are made of: one number, or a vector of them.
pub(super) trait Number<T>:
    Copy + Add<Output = Self> + Sub<Output = Self> + Mul<T, Output = Self>
{
}

impl<T, N> Number<T> for N where
    N: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<T, Output = Self>
{
}

/// A floating-point number and its vectors.
pub(super) trait Real: Sample + Number<Self> + PartialEq + SimdFloatElement {
    /// The longest vector of a level.
    type Wide<S: Simd>: SimdFloat<S, Element = Self> + Number<Self> + Number<Self::Wide<S>>;
    /// A vector of 8 numbers.
    type Eight<S: Simd>: SimdFloat<S, Element = Self> + Number<Self> + Number<Self::Eight<S>>;

    const ZERO: Self;
    /// How far what is to be removed is attenuated, in dB: beyond the precision of this type.
    const ATTENUATION: f64;

    fn from_f64(value: f64) -> Self;

    fn is_finite(self) -> bool;

    /// Cosine and sine of `-part / whole` of a turn.
    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
    fn root(part: usize, whole: usize) -> [Self; 2] {
        let angle = std::f64::consts::TAU * (part % whole) as f64 / whole as f64;
        [Self::from_f64(angle.cos()), Self::from_f64(-angle.sin())]
    }
}

impl Real for f32 {
    type Wide<S: Simd> = S::f32s;
    type Eight<S: Simd> = f32x8<S>;

    const ZERO: Self = 0.0;
    const ATTENUATION: f64 = 150.0;

    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32")]
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.is_finite()
    }
}

impl Real for f64 {
    type Wide<S: Simd> = S::f64s;
    type Eight<S: Simd> = f64x8<S>;

    const ZERO: Self = 0.0;
    const ATTENUATION: Self = 180.0;

    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn is_finite(self) -> bool {
        self.is_finite()
    }
}
