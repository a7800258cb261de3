//! The filter from left to right: sums of 16-bit products.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x8};

use super::filter::{FRACTION, Filter};

/// Weights come in multiples of this, and rows have as many samples more than are read.
pub(super) const TAPS: usize = 8;

/// What is between the samples of a row and the sums.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rounding {
    /// What was taken from each sample, to make it fit 16 bits with a sign.
    pub(super) centre: i32,
    /// Bits that the sums lose.
    pub(super) shift: u32,
}

impl Rounding {
    /// What is added to a sum: weights sum to one.
    const fn bias(self) -> i32 {
        (self.centre << FRACTION) + (1 << (self.shift - 1))
    }
}

/// Filters a row.
pub(super) trait Across: Copy {
    /// One sum for each of `out`; the row has [`TAPS`] samples more than it needs.
    fn filter(self, row: &[i16], filter: &Filter, rounding: Rounding, out: &mut [i32]);
}

/// The specification.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scalar;

impl Across for Scalar {
    #[inline(always)]
    fn filter(self, row: &[i16], filter: &Filter, rounding: Rounding, out: &mut [i32]) {
        let windows = filter.starts.iter().zip(filter.weights.chunks_exact(filter.taps));
        for (out, (start, weights)) in out.iter_mut().zip(windows) {
            let samples = row.get(*start..).unwrap_or_default().iter().zip(weights);
            let sum: i32 = samples.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            *out = (sum + rounding.bias()) >> rounding.shift;
        }
    }
}

/// Four sums at a time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Vectors<S>(pub(super) S);

impl<S: Simd> Across for Vectors<S> {
    #[inline(always)]
    fn filter(self, row: &[i16], filter: &Filter, rounding: Rounding, out: &mut [i32]) {
        let taps = filter.taps;
        let (groups, rest) = out.as_chunks_mut::<4>();
        let (starts, last_starts) = filter.starts.as_chunks::<4>();
        for ((out, starts), weights) in
            groups.iter_mut().zip(starts).zip(filter.weights.chunks_exact(4 * taps))
        {
            let first = self.products(row, starts[0], &weights[..taps]);
            let second = self.products(row, starts[1], &weights[taps..2 * taps]);
            let third = self.products(row, starts[2], &weights[2 * taps..3 * taps]);
            let fourth = self.products(row, starts[3], &weights[3 * taps..]);
            let low = first.unzip_low(second) + first.unzip_high(second);
            let high = third.unzip_low(fourth) + third.unzip_high(fourth);
            let sums = low.unzip_low(high) + low.unzip_high(high);
            ((sums + rounding.bias()) >> rounding.shift).store_slice(out);
        }
        let done = groups.len() * 4;
        let weights = filter.weights.get(done * taps..).unwrap_or_default();
        for ((out, start), weights) in
            rest.iter_mut().zip(last_starts).zip(weights.chunks_exact(taps))
        {
            let sum: i32 = self.products(row, *start, weights).as_slice().iter().sum();
            *out = (sum + rounding.bias()) >> rounding.shift;
        }
    }
}

impl<S: Simd> Vectors<S> {
    /// Four sums whose sum is that of all products.
    #[inline(always)]
    fn products(self, row: &[i16], start: usize, weights: &[i16]) -> fearless_simd::i32x4<S> {
        let samples = row.get(start..).unwrap_or_default();
        let mut sums = fearless_simd::i32x4::splat(self.0, 0);
        let blocks = samples.as_chunks::<TAPS>().0.iter().zip(weights.as_chunks::<TAPS>().0);
        for (samples, weights) in blocks {
            let samples = i16x8::from_slice(self.0, samples);
            sums += samples.pairwise_dot_product(i16x8::from_slice(self.0, weights));
        }
        sums
    }
}
