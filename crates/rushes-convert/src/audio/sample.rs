//! Values of one sample format as values of another.

use std::ops::{Add, Mul};

use rushes_core::Sample;

/// A sample that scales to those of all other formats.
pub(crate) trait Scale: Sample {
    /// The nearest value to a sample of another format.
    fn convert<A: Scale>(value: A) -> Self;

    /// The nearest value to a sample of another format and noise, in 65536ths of a step of this format, if that format has
    /// more bits; as [`convert`](Self::convert) if not.
    fn dithered<A: Scale>(value: A, noise: i32) -> Self;

    /// All bits, left-justified: for integers.
    fn left(self) -> i64;

    /// At full scale of 1.0.
    fn single(self) -> f32;

    /// At full scale of 1.0.
    fn double(self) -> f64;
}

/// What sums are made in.
pub(super) trait Real: Scale + Add<Output = Self> + Mul<Output = Self> {}

impl Real for f32 {}
impl Real for f64 {}

macro_rules! integer {
    ($($type:ident: $wide:ident, $bits:literal, $zero:literal;)*) => {
        $(
            impl Scale for $type {
                #[inline(always)]
                #[expect(clippy::cast_possible_truncation, reason = "the wanted bits are shifted to the bottom")]
                #[allow(clippy::cast_sign_loss, reason = "u8 is shifted to start at zero; the others are signed")]
                #[allow(clippy::unnecessary_cast, reason = "needless for i64 only")]
                fn convert<A: Scale>(value: A) -> Self {
                    let wide = if A::FORMAT.is_float() && A::FORMAT.bytes() == 4 && $bits <= 16 {
                        nearest_single(value.single(), $bits) as $wide
                    } else if A::FORMAT.is_float() && A::FORMAT.bytes() == 4 && $bits == 32 {
                        nearest_of_32(value.single()) as $wide
                    } else if A::FORMAT.is_float() && $bits <= 32 {
                        nearest_double(value.double(), 0.0, $bits) as $wide
                    } else if A::FORMAT.is_float() && A::FORMAT.bytes() == 4 {
                        // A cast clips, and makes 0 of what is not a number.
                        (value.single() * (1_u64 << ($bits - 1)) as f32).round_ties_even() as $wide
                    } else if A::FORMAT.is_float() {
                        (value.double() * (1_u64 << ($bits - 1)) as f64).round_ties_even() as $wide
                    } else {
                        (value.left() >> (64 - $bits)) as $wide
                    };
                    integer!(@bias $type, wide, $zero)
                }

                #[inline(always)]
                #[allow(clippy::cast_possible_truncation, reason = "clipped before")]
                #[allow(clippy::cast_sign_loss, reason = "u8 is shifted to start at zero; the others are signed")]
                fn dithered<A: Scale>(value: A, noise: i32) -> Self {
                    // 64 bits are more than any format has.
                    if $bits == 64 || A::FORMAT.bytes() <= $bits / 8 && !A::FORMAT.is_float() {
                        return Self::convert(value);
                    }
                    let wide = if A::FORMAT.is_float() {
                        let noise = f64::from(noise) * (1.0 / 65_536.0);
                        i64::from(nearest_double(value.double(), noise, $bits))
                    } else {
                        let parts = value.left() >> 48_u32.saturating_sub($bits);
                        (parts + i64::from(noise) + 0x8000) >> 16
                    };
                    let half = 1_i64 << ($bits - 1_u32).min(62);
                    (wide.clamp(-half, half - 1) + $zero) as Self
                }

                #[inline(always)]
                #[allow(clippy::unnecessary_cast, reason = "needless for i64 only")]
                fn left(self) -> i64 {
                    (self as i64 - $zero) << (64 - $bits)
                }

                #[inline(always)]
                #[allow(clippy::cast_precision_loss, reason = "f32 has fewer bits: the nearest")]
                fn single(self) -> f32 {
                    (self as $wide - $zero) as f32 * (1.0 / (1_u64 << ($bits - 1)) as f32)
                }

                #[inline(always)]
                #[allow(clippy::cast_precision_loss, reason = "f64 has fewer bits: the nearest")]
                fn double(self) -> f64 {
                    (self as $wide - $zero) as f64 * (1.0 / (1_u64 << ($bits - 1)) as f64)
                }
            }
        )*
    };
    (@bias u8, $wide:ident, $zero:literal) => { ($wide.clamp(-128, 127) + 128) as u8 };
    (@bias $type:ident, $wide:ident, $zero:literal) => { $wide };
}

integer! {
    u8: i32, 8, 128;
    i16: i16, 16, 0;
    i32: i32, 32, 0;
    i64: i64, 64, 0;
}

/// The nearest integer of up to 16 bits to a fraction of full scale, halves to even, clipped; 0 for what is not a number.
///
/// Next to 1.5 * 2^23, numbers are integers: the sum is rounded, and its lowest bits are the result.
#[inline(always)]
const fn nearest_single(value: f32, bits: u32) -> i32 {
    const INTEGERS: f32 = 12_582_912.0;
    let half = (1_u32 << (bits - 1)) as f32;
    let steps = value * half;
    let steps = if steps.is_nan() { 0.0 } else { steps };
    let steps = if steps > half - 1.0 { half - 1.0 } else { steps };
    let steps = if steps < -half { -half } else { steps };
    (steps + INTEGERS).to_bits().wrapping_sub(INTEGERS.to_bits()).cast_signed()
}

/// The nearest integer of 32 bits to a fraction of full scale, as above, in two halves of 16 bits.
#[inline(always)]
const fn nearest_of_32(value: f32) -> i32 {
    const INTEGERS: f32 = 12_582_912.0;
    const HALF: f32 = 2_147_483_648.0;
    let steps = value * HALF;
    let steps = if steps.is_nan() { 0.0 } else { steps };
    let clipped = if steps > HALF - 128.0 { HALF - 128.0 } else { steps };
    let clipped = if clipped < -HALF { -HALF } else { clipped };
    let high = clipped * (1.0 / 65_536.0) + INTEGERS;
    // Exact, and an even number of steps less: halves still go to the even integer.
    let low = clipped - (high - INTEGERS) * 65_536.0;
    let high = high.to_bits().wrapping_sub(INTEGERS.to_bits());
    let low = (low + INTEGERS).to_bits().wrapping_sub(INTEGERS.to_bits());
    let sum = (high << 16).wrapping_add(low).cast_signed();
    if steps >= HALF { i32::MAX } else { sum }
}

/// The nearest integer of up to 32 bits to a fraction of full scale and some of a step, as above.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits are what is wanted")]
const fn nearest_double(value: f64, more: f64, bits: u32) -> i32 {
    const INTEGERS: f64 = 6_755_399_441_055_744.0;
    let half = (1_u64 << (bits - 1)) as f64;
    let steps = value * half;
    let steps = if steps.is_nan() { 0.0 } else { steps } + more;
    let steps = if steps > half - 1.0 { half - 1.0 } else { steps };
    let steps = if steps < -half { -half } else { steps };
    ((steps + INTEGERS).to_bits() as u32).cast_signed()
}

impl Scale for f32 {
    #[inline(always)]
    fn convert<A: Scale>(value: A) -> Self {
        if value.single().is_nan() { 0.0 } else { value.single() }
    }

    #[inline(always)]
    fn dithered<A: Scale>(value: A, _noise: i32) -> Self {
        Self::convert(value)
    }

    #[inline(always)]
    fn left(self) -> i64 {
        i64::convert(self)
    }

    #[inline(always)]
    fn single(self) -> f32 {
        self
    }

    #[inline(always)]
    fn double(self) -> f64 {
        f64::from(self)
    }
}

impl Scale for f64 {
    #[inline(always)]
    fn convert<A: Scale>(value: A) -> Self {
        if value.double().is_nan() { 0.0 } else { value.double() }
    }

    #[inline(always)]
    fn dithered<A: Scale>(value: A, _noise: i32) -> Self {
        Self::convert(value)
    }

    #[inline(always)]
    fn left(self) -> i64 {
        i64::convert(self)
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32")]
    fn single(self) -> f32 {
        self as f32
    }

    #[inline(always)]
    fn double(self) -> f64 {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<A: Scale + std::fmt::Debug, B: Scale + PartialEq + std::fmt::Debug>(pairs: &[(A, B)]) {
        for (value, expected) in pairs {
            assert_eq!(B::convert(*value), *expected, "{value:?}");
        }
    }

    #[test]
    fn integers_shift() {
        check::<u8, i16>(&[(0, i16::MIN), (128, 0), (255, 127 << 8)]);
        check::<i16, u8>(&[(i16::MIN, 0), (0, 128), (255, 128), (-1, 127), (i16::MAX, 255)]);
        check::<i16, i32>(&[(i16::MIN, i32::MIN), (1, 1 << 16)]);
        check::<i32, i16>(&[(i32::MAX, i16::MAX), (0xffff, 0), (-1, -1)]);
        check::<i16, i64>(&[(-1, -1 << 48)]);
        check::<i64, u8>(&[(i64::MAX, 255), (i64::MIN, 0)]);
        check::<u8, u8>(&[(0, 0), (200, 200)]);
    }

    #[test]
    fn floats_round_to_even_and_clip() {
        check::<f32, i16>(&[
            (1.0, i16::MAX),
            (-1.0, i16::MIN),
            (-2.0, i16::MIN),
            (0.5 / 32_768.0, 0),
            (1.5 / 32_768.0, 2),
            (-0.5 / 32_768.0, 0),
            (f32::NAN, 0),
            (f32::INFINITY, i16::MAX),
        ]);
        check::<f32, u8>(&[
            (1.0, 255),
            (-1.0, 0),
            (0.0, 128),
            (f32::NAN, 128),
            (f32::NEG_INFINITY, 0),
        ]);
        check::<f32, i32>(&[(1.0, i32::MAX), (-1.0, i32::MIN), (0.25, 1 << 29)]);
        let step = 1.0 / 2_147_483_648.0;
        check::<f32, i32>(&[(0.5 * step, 0), (1.5 * step, 2), (-2.5 * step, -2), (f32::NAN, 0)]);
        check::<f32, i32>(&[(4_194_303.5 * step, 4_194_304), (f32::INFINITY, i32::MAX)]);
        check::<f64, i64>(&[(1.0, i64::MAX), (-1.0, i64::MIN)]);
        check::<f64, f32>(&[(f64::NAN, 0.0), (0.1, 0.1)]);
        check::<f32, f32>(&[(f32::NAN, 0.0)]);
    }

    #[test]
    fn integers_become_fractions_of_full_scale() {
        check::<u8, f32>(&[(0, -1.0), (128, 0.0), (192, 0.5)]);
        check::<i16, f32>(&[(i16::MIN, -1.0), (16_384, 0.5)]);
        check::<i32, f32>(&[(i32::MIN, -1.0), (i32::MAX, 1.0)]);
        check::<i32, f64>(&[(1, 1.0 / 2_147_483_648.0)]);
        check::<i64, f64>(&[(i64::MIN, -1.0)]);
    }

    #[test]
    fn what_fits_comes_back() {
        for value in i16::MIN..=i16::MAX {
            assert_eq!(i16::convert(f32::convert(value)), value);
            assert_eq!(i16::convert(f64::convert(value)), value);
            assert_eq!(i16::convert(i32::convert(value)), value);
        }
    }
}
