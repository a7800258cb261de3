//! The specification of the colour kernels: integers only, the same at every level.
//!
//! Luma and chroma to 8-bit RGB works on samples that are shifted up to 16 bits and centred at zero, in units of 1/64 of
//! the result. Everything fits 16 bits, so that a vector holds as many samples as it can:
//! `round(y * luma >> 15) + (round(u * blue_u >> 15) + offset)`, saturated, then `>> 6` and clipped to 8 bits.

use super::plan::Affine;

/// Fraction bits of the sums.
pub(crate) const FRACTION: u32 = 6;

/// H.273's equations in 16-bit integers, for samples shifted up to 16 bits and centred at zero.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct YuvToRgb {
    /// In units of 2^-15 of 1/64.
    pub(crate) luma: i16,
    pub(crate) red_v: i16,
    pub(crate) green_u: i16,
    pub(crate) green_v: i16,
    pub(crate) blue_u: i16,
    /// What makes up for black and for the centring, and rounds.
    pub(crate) offset: i16,
}

impl YuvToRgb {
    /// The coefficients for samples of `depth` bits.
    pub(crate) fn new(affine: &Affine, depth: u32) -> Self {
        let step = f64::from(1_u32 << (16 - depth));
        let unit = f64::from(1_u32 << FRACTION);
        let factor = |y: usize, x: usize| fixed(affine.matrix[y][x] / step * unit * 32_768.0);
        // Red has no share of u: with luma and v at their centres, it is this.
        let centre = f64::from(1_u32 << (depth - 1));
        let offset = affine.offset[0] + (affine.matrix[0][0] + affine.matrix[0][2]) * centre;
        Self {
            luma: factor(0, 0),
            red_v: factor(0, 2),
            green_u: factor(1, 1),
            green_v: factor(1, 2),
            blue_u: factor(2, 1),
            offset: fixed((offset + 0.5) * unit),
        }
    }

    /// Red, green and blue of one pixel.
    #[inline(always)]
    pub(crate) fn pixel(&self, y: u16, u: u16, v: u16) -> [u8; 3] {
        let term = |sample: u16, factor: i16| {
            let centred = i32::from(sample) - 32_768;
            (centred * i32::from(factor) + 16_384) >> 15
        };
        let luma = term(y, self.luma);
        let red = term(v, self.red_v);
        let green = term(u, self.green_u) + term(v, self.green_v);
        let blue = term(u, self.blue_u);
        [red, green, blue].map(|chroma| {
            let sum = luma + chroma + i32::from(self.offset);
            clip(sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) >> FRACTION)
        })
    }
}

/// Luma and chroma to RGB of more than 8 bits, in `f32`, whose 24 bits leave 16-bit samples eight of fraction. Products and
/// sums are rounded one by one, in this order, at every level: never fused. Samples are shifted up to 16 bits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WideToRgb {
    pub(crate) luma: f32,
    pub(crate) red_v: f32,
    pub(crate) green_u: f32,
    pub(crate) green_v: f32,
    pub(crate) blue_u: f32,
    /// Of red, green and blue; a half more, as results are cut.
    pub(crate) offset: [f32; 3],
    /// The highest result.
    pub(crate) max: f32,
}

impl WideToRgb {
    /// The coefficients for samples of these depths.
    #[expect(clippy::cast_possible_truncation, reason = "rounded to the nearest f32")]
    pub(crate) fn new(affine: &Affine, from_depth: u32, depth: u32) -> Self {
        let step = f64::from(1_u32 << (16 - from_depth));
        let factor = |y: usize, x: usize| (affine.matrix[y][x] / step) as f32;
        Self {
            luma: factor(0, 0),
            red_v: factor(0, 2),
            green_u: factor(1, 1),
            green_v: factor(1, 2),
            blue_u: factor(2, 1),
            offset: affine.offset.map(|offset| (offset + 0.5) as f32),
            max: f32::from(u16::MAX >> (16 - depth)),
        }
    }

    /// Red, green and blue of one pixel.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    pub(crate) fn pixel(&self, y: u16, u: u16, v: u16) -> [u16; 3] {
        let [y, u, v] = [y, u, v].map(f32::from);
        let luma = y * self.luma;
        let red = v * self.red_v + self.offset[0];
        let green = u * self.green_u + v * self.green_v + self.offset[1];
        let blue = u * self.blue_u + self.offset[2];
        [red, green, blue].map(|term| (luma + term).max(0.0).min(self.max) as u16)
    }
}

/// RGB to luma and chroma of up to 12 bits, in 16-bit integers: samples are shifted up to 16 bits and centred at zero, the
/// sums have as many bits, those beyond the result's being its fraction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FromRgb {
    /// In units of 2^-15.
    pub(crate) factors: [[i16; 3]; 3],
    /// What makes up for black and for the centring, and rounds.
    pub(crate) offset: [i16; 3],
    /// Fraction bits.
    shift: u32,
}

impl FromRgb {
    /// The coefficients, where they fit: none is as large as one, and no two of a component add up to more.
    pub(crate) fn new(affine: &Affine, from_depth: u32, depth: u32) -> Option<Self> {
        if depth > 12 {
            return None;
        }
        let shift = 16 - depth;
        let (unit, step) = (f64::from(1_u32 << shift), f64::from(1_u32 << (16 - from_depth)));
        let factors = affine.matrix.map(|row| row.map(|factor| factor * unit / step));
        let fits = |row: &[f64; 3]| {
            let [a, b, c] = row.map(f64::abs);
            a + b <= 1.0 && a < 0.999 && b < 0.999 && c < 0.999
        };
        // The centre in, the centre out, and a half to round.
        let offset = [0, 1, 2].map(|y| {
            let sum: f64 = factors[y].iter().sum();
            (affine.offset[y] + 0.5) * unit + (sum - 1.0) * 32_768.0
        });
        let whole = factors.map(|row| row.map(|factor| fixed(factor * 32_768.0)));
        (factors.iter().all(fits) && offset.iter().all(|offset| offset.abs() < 8192.0))
            .then(|| Self { factors: whole, offset: offset.map(fixed), shift })
    }

    /// One component of samples that are shifted up to 16 bits.
    #[inline(always)]
    pub(crate) fn component(&self, index: usize, pixel: [u16; 3]) -> u16 {
        let factors = self.factors[index];
        let term = |place: usize| {
            let centred = i32::from(pixel[place]) - 32_768;
            (centred * i32::from(factors[place]) + 16_384) >> 15
        };
        let sum = term(0) + term(1) + term(2) + i32::from(self.offset[index]);
        narrow(i64::from(
            (sum.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) + 32_768) >> self.shift,
        ))
    }
}

/// The average of two samples, rounded up.
#[inline(always)]
pub(crate) fn average(a: u16, b: u16) -> u16 {
    narrow((i64::from(a) + i64::from(b) + 1) >> 1)
}

#[expect(clippy::cast_possible_truncation, reason = "a matrix's terms stay below 2.2 * 8192")]
fn fixed(value: f64) -> i16 {
    value.round() as i16
}

#[expect(clippy::cast_sign_loss, reason = "clamped")]
fn clip(value: i32) -> u8 {
    value.clamp(0, 255) as u8
}

/// An affine map of one component: `(value * factor + offset) >> shift`, clipped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    factor: i64,
    offset: i64,
    shift: u32,
    max: i64,
}

/// An affine map of three components to one, from sums of `1 << sum_shift` samples each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Combination {
    factors: [i64; 3],
    offset: i64,
    shift: u32,
    max: i64,
}

/// Fraction bits of factors: as many as 32 bits hold beside a result of `depth` bits, its sign, and twice its range.
/// 16-bit samples take 64-bit sums.
fn fraction_bits(depth: u32) -> u32 {
    if depth > 12 { 30 } else { 28 - depth }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "factors and offsets are a few times the depth's range"
)]
fn scaled(value: f64, shift: u32) -> i64 {
    (value * f64::from(1_u32 << shift)).round() as i64
}

impl Line {
    /// `factor * value + offset`, rounded, in `depth` bits; `source_depth` bits come in.
    pub(crate) fn new(factor: f64, offset: f64, source_depth: u32, depth: u32) -> Self {
        let shift = fraction_bits(depth.max(source_depth));
        Self {
            factor: scaled(factor, shift),
            offset: scaled(offset + 0.5, shift),
            shift,
            max: i64::from(u16::MAX >> (16 - depth)),
        }
    }

    /// Maps samples in place.
    #[inline(always)]
    pub(crate) fn apply(&self, samples: &mut [u16]) {
        if self.shift > 28 {
            for sample in samples {
                let sum = (i64::from(*sample) * self.factor + self.offset) >> self.shift;
                *sample = narrow(sum.clamp(0, self.max));
            }
        } else {
            let (factor, offset, max) = (low(self.factor), low(self.offset), low(self.max));
            for sample in samples {
                let sum = (i32::from(*sample) * factor + offset) >> self.shift;
                *sample = narrow(i64::from(sum.clamp(0, max)));
            }
        }
    }
}

impl Combination {
    /// `factors * values + offset`, rounded, in `depth` bits, from sums of `1 << sum_shift` samples of `source_depth`.
    pub(crate) fn new(
        factors: [f64; 3],
        offset: f64,
        (source_depth, depth): (u32, u32),
        sum_shift: u32,
    ) -> Self {
        let shift = fraction_bits(depth.max(source_depth));
        // A sum of four is as a value of two more bits.
        let share = f64::from(1_u32 << sum_shift);
        Self {
            factors: factors.map(|factor| scaled(factor / share, shift)),
            offset: scaled(offset + 0.5, shift),
            shift,
            max: i64::from(u16::MAX >> (16 - depth)),
        }
    }

    /// Maps rows of samples, or of sums of samples.
    #[inline(always)]
    pub(crate) fn apply<T: Copy + Into<i64>>(&self, rows: [&[T]; 3], out: &mut [u16]) {
        let [first, second, third] = rows;
        let samples = first.iter().zip(second).zip(third);
        if self.shift > 28 {
            for (out, ((a, b), c)) in out.iter_mut().zip(samples) {
                let [fa, fb, fc] = self.factors;
                let sum = (*a).into() * fa + (*b).into() * fb + (*c).into() * fc + self.offset;
                *out = narrow((sum >> self.shift).clamp(0, self.max));
            }
        } else {
            let ([fa, fb, fc], offset) = (self.factors.map(low), low(self.offset));
            let max = low(self.max);
            for (out, ((a, b), c)) in out.iter_mut().zip(samples) {
                let sum = low((*a).into()) * fa + low((*b).into()) * fb + low((*c).into()) * fc;
                *out = narrow(i64::from(((sum + offset) >> self.shift).clamp(0, max)));
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "callers have bounded the value by the depth")]
const fn low(value: i64) -> i32 {
    value as i32
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the depth's range"
)]
const fn narrow(value: i64) -> u16 {
    value as u16
}
