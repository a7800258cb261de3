//! Both passes over samples in `f32`: for samples of 16 bits, whose sums would not fit 32, and for floats.
//!
//! Products are added in one order, and never fused with the sum: results are the same at every level. Down: from the
//! first row to the last. Across: four sums of every fourth product each, added as `(0 + 1) + (2 + 3)`.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, f32x4};

use super::filter::Filter;
use crate::plane::Layout;
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
#[expect(
    clippy::needless_range_loop,
    reason = "iterators may be left to be called, without vectors"
)]
fn vectors_across<S: Simd>(simd: S, filter: &Filter<f32>, row: &[f32], out: &mut [f32]) {
    let (taps, whole) = (filter.taps, out.len() / 4 * 4);
    for x in (0..whole).step_by(4) {
        let starts = &filter.starts[x..x + 4];
        let weights = &filter.weights[x * taps..(x + 4) * taps];
        let a = products(simd, row, starts[0], &weights[..taps]);
        let b = products(simd, row, starts[1], &weights[taps..2 * taps]);
        let c = products(simd, row, starts[2], &weights[2 * taps..3 * taps]);
        let d = products(simd, row, starts[3], &weights[3 * taps..]);
        let first = a.unzip_low(b) + a.unzip_high(b);
        let second = c.unzip_low(d) + c.unzip_high(d);
        (first.unzip_low(second) + first.unzip_high(second)).store_slice(&mut out[x..x + 4]);
    }
    for x in whole..out.len() {
        let weights = &filter.weights[x * taps..(x + 1) * taps];
        let sums = products(simd, row, filter.starts[x], weights).to_array();
        out[x] = (sums[0] + sums[1]) + (sums[2] + sums[3]);
    }
}

#[inline(always)]
fn products<S: Simd>(simd: S, row: &[f32], start: usize, weights: &[f32]) -> f32x4<S> {
    let mut sums = f32x4::splat(simd, 0.0);
    let samples = &row[start..start + weights.len()];
    for tap in (0..weights.len()).step_by(LANES) {
        let samples = f32x4::from_slice(simd, &samples[tap..tap + LANES]);
        sums += samples * f32x4::from_slice(simd, &weights[tap..tap + LANES]);
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
            sum_rows(
                weights,
                #[inline(always)]
                |y, x, weight, sums| {
                    let samples = &row(y)[x..x + COLUMNS];
                    for index in 0..COLUMNS {
                        sums[index] += samples[index] * weight;
                    }
                },
                #[inline(always)]
                |y, x| row(y)[x],
                out,
            );
        },
    );
}

/// The same of samples of two bytes in memory.
pub(super) fn down_memory<'a>(
    level: Level,
    layout: &Layout,
    weights: &[f32],
    row: impl Fn(usize) -> &'a [u8],
    out: &mut [f32],
) {
    let (align, max) = (layout.align, layout.max());
    let sample = move |bytes: [u8; 2]| f32::from((u16::from_le_bytes(bytes) >> align) & max);
    level.vectorize(
        #[inline(always)]
        || {
            sum_rows(
                weights,
                #[inline(always)]
                |y, x, weight, sums| {
                    let samples = &row(y)[2 * x..2 * (x + COLUMNS)];
                    for index in 0..COLUMNS {
                        let bytes = [samples[2 * index], samples[2 * index + 1]];
                        sums[index] += sample(bytes) * weight;
                    }
                },
                #[inline(always)]
                |y, x| sample(row(y)[2 * x..].first_chunk().copied().unwrap_or_default()),
                out,
            );
        },
    );
}

/// `add` adds the samples of row `y` from column `x` on, weighed, to sums; `sample` gives one of them.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "iterators may be left to be called, without vectors"
)]
fn sum_rows(
    weights: &[f32],
    add: impl Fn(usize, usize, f32, &mut [f32; COLUMNS]),
    sample: impl Fn(usize, usize) -> f32,
    out: &mut [f32],
) {
    let mut x = 0;
    let (blocks, rest) = out.as_chunks_mut::<COLUMNS>();
    for out in blocks {
        let mut sums = [0.0; COLUMNS];
        for y in 0..weights.len() {
            add(y, x, weights[y], &mut sums);
        }
        *out = sums;
        x += COLUMNS;
    }
    for out in rest {
        let mut sum = 0.0;
        for y in 0..weights.len() {
            sum += sample(y, x) * weights[y];
        }
        *out = sum;
        x += 1;
    }
}
