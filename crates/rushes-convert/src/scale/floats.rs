//! Both passes over samples in `f32`: for samples of 16 bits, whose sums would not fit 32, and for floats.
//!
//! Products are added in one order, and never fused with the sum: results are the same at every level. Down: from the
//! first row to the last. Across: four sums of every fourth product each, added as `(0 + 1) + (2 + 3)`.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x4};

use super::filter::Filter;
use rushes_simd::{Level, dispatch};

/// Taps come in multiples of this, and rows have as many samples more than those of the picture.
pub(super) const LANES: usize = 4;

/// Columns that are summed up in registers.
const COLUMNS: usize = 32;

/// Filters a row from left to right; the row has [`LANES`] samples more than it needs.
pub(super) fn across(level: Level, filter: &Filter<f32>, row: &[f32], out: &mut [f32]) {
    dispatch!(
        level,
        simd => vectors_across(simd, filter, row, out),
        scalar_across(filter, row, out)
    );
}

fn scalar_across(filter: &Filter<f32>, row: &[f32], out: &mut [f32]) {
    let windows = filter.starts.iter().zip(filter.weights.chunks_exact(filter.taps));
    for (out, (start, weights)) in out.iter_mut().zip(windows) {
        let samples = row.get(*start..).unwrap_or_default().as_chunks::<LANES>().0;
        let mut sums = [0.0; LANES];
        for (samples, weights) in samples.iter().zip(weights.as_chunks::<LANES>().0) {
            for ((sum, sample), weight) in sums.iter_mut().zip(samples).zip(weights) {
                *sum += sample * weight;
            }
        }
        *out = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}

#[inline(always)]
fn vectors_across<S: Simd>(simd: S, filter: &Filter<f32>, row: &[f32], out: &mut [f32]) {
    let taps = filter.taps;
    let (groups, rest) = out.as_chunks_mut::<4>();
    let (starts, last_starts) = filter.starts.as_chunks::<4>();
    for ((out, starts), weights) in
        groups.iter_mut().zip(starts).zip(filter.weights.chunks_exact(4 * taps))
    {
        let a = products(simd, row, starts[0], &weights[..taps]);
        let b = products(simd, row, starts[1], &weights[taps..2 * taps]);
        let c = products(simd, row, starts[2], &weights[2 * taps..3 * taps]);
        let d = products(simd, row, starts[3], &weights[3 * taps..]);
        let first = a.unzip_low(b) + a.unzip_high(b);
        let second = c.unzip_low(d) + c.unzip_high(d);
        (first.unzip_low(second) + first.unzip_high(second)).store_slice(out);
    }
    let weights = filter.weights.get(groups.len() * 4 * taps..).unwrap_or_default();
    for ((out, start), weights) in rest.iter_mut().zip(last_starts).zip(weights.chunks_exact(taps))
    {
        let sums = products(simd, row, *start, weights).to_array();
        *out = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}

#[inline(always)]
fn products<S: Simd>(simd: S, row: &[f32], start: usize, weights: &[f32]) -> f32x4<S> {
    let mut sums = f32x4::splat(simd, 0.0);
    let samples = row.get(start..).unwrap_or_default().as_chunks::<LANES>().0;
    for (samples, weights) in samples.iter().zip(weights.as_chunks::<LANES>().0) {
        sums += f32x4::from_slice(simd, samples) * f32x4::from_slice(simd, weights);
    }
    sums
}

/// Filters rows from top to bottom: one row for each weight.
pub(super) fn down<'a>(
    level: Level,
    weights: &[f32],
    row: impl Fn(usize) -> &'a [f32],
    out: &mut [f32],
) {
    level.vectorize(
        #[inline(always)]
        || {
            let mut x = 0;
            let (blocks, rest) = out.as_chunks_mut::<COLUMNS>();
            for block in blocks {
                let mut sums = [0.0; COLUMNS];
                for (y, weight) in weights.iter().enumerate() {
                    for (sum, sample) in sums.iter_mut().zip(&row(y)[x..][..COLUMNS]) {
                        *sum += sample * weight;
                    }
                }
                *block = sums;
                x += COLUMNS;
            }
            for out in rest {
                let products = (0..).zip(weights).map(|(y, weight)| row(y)[x] * weight);
                *out = products.fold(0.0, |sum, product| sum + product);
                x += 1;
            }
        },
    );
}
