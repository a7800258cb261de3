//! The pass from left to right for levels that permute across blocks: see [`Gather`].
//!
//! The number of steps is known to the compiler where it is small, so that it looks nothing up again inside.

use fearless_simd::prelude::*;

use super::lanes::Lanes;
use super::table::{BLOCK, Gather, Line, Places, Table};
use super::words::{Output, Scale};

/// A vector's number of vectors if sums are those of halves.
const HALF: usize = usize::MAX;

/// Sums of a vector.
const SUMS: usize = 16;

/// Filters a row, which has [`PADDING`](super::words::PADDING) samples more than it needs.
#[inline(always)]
pub(super) fn across<S: Lanes, O: Output>(
    simd: S,
    table: &Table,
    scale: Scale,
    row: &[i16],
    out: &mut [O::Sample],
) {
    match (table.gather, table.steps) {
        (Gather::Wide { far: false }, 1) => rows::<S, O, 1, 1>(simd, table, scale, row, out),
        (Gather::Wide { far: false }, 2) => rows::<S, O, 1, 2>(simd, table, scale, row, out),
        (Gather::Wide { far: false }, 3) => rows::<S, O, 1, 3>(simd, table, scale, row, out),
        (Gather::Wide { far: false }, 6) => rows::<S, O, 1, 6>(simd, table, scale, row, out),
        (Gather::Wide { far: false }, _) => rows::<S, O, 1, 0>(simd, table, scale, row, out),
        (Gather::Wide { far: true }, 3) => rows::<S, O, 2, 3>(simd, table, scale, row, out),
        (Gather::Wide { far: true }, _) => rows::<S, O, 2, 0>(simd, table, scale, row, out),
        (Gather::Half, _) => rows::<S, O, HALF, 1>(simd, table, scale, row, out),
        (_, 1) => rows::<S, O, 0, 1>(simd, table, scale, row, out),
        _ => rows::<S, O, 0, 0>(simd, table, scale, row, out),
    }
}

/// Four vectors of sums at a time, each of `VECTORS` vectors that are permuted or, if there are none, of products that are
/// summed up; `STEPS` is zero where any number may come.
#[inline(always)]
fn rows<S: Lanes, O: Output, const VECTORS: usize, const STEPS: usize>(
    simd: S,
    table: &Table,
    scale: Scale,
    row: &[i16],
    out: &mut [O::Sample],
) {
    let steps = if STEPS > 0 { STEPS } else { table.steps };
    let whole = out.len() / (4 * SUMS) * 4 * SUMS;
    let mut copy = [O::Sample::default(); 4 * SUMS];
    for x in (0..out.len()).step_by(4 * SUMS) {
        let first = x / SUMS;
        let sums = if VECTORS == 0 {
            [
                summed::<S, STEPS>(simd, table, first, row),
                summed::<S, STEPS>(simd, table, first + 1, row),
                summed::<S, STEPS>(simd, table, first + 2, row),
                summed::<S, STEPS>(simd, table, first + 3, row),
            ]
        } else if VECTORS == HALF {
            [
                halved(simd, table, first, row),
                halved(simd, table, first + 1, row),
                halved(simd, table, first + 2, row),
                halved(simd, table, first + 3, row),
            ]
        } else {
            let places = &table.places[first..first + 4];
            let lines = &table.lines[first * steps..(first + 4) * steps];
            [
                permuted::<S, VECTORS>(simd, &places[0], &lines[..steps], row),
                permuted::<S, VECTORS>(simd, &places[1], &lines[steps..2 * steps], row),
                permuted::<S, VECTORS>(simd, &places[2], &lines[2 * steps..3 * steps], row),
                permuted::<S, VECTORS>(simd, &places[3], &lines[3 * steps..4 * steps], row),
            ]
        };
        let half = S::i32s::splat(simd, scale.half());
        let (a, b) = ((sums[0] + half) >> scale.shift(), (sums[1] + half) >> scale.shift());
        let (c, d) = ((sums[2] + half) >> scale.shift(), (sums[3] + half) >> scale.shift());
        let samples = [simd.narrow_in_order(a, b), simd.narrow_in_order(c, d)];
        if x < whole {
            O::store(simd, samples, scale, &mut out[x..x + 4 * SUMS]);
        } else {
            O::store(simd, samples, scale, &mut copy);
            let rest = &mut out[x..];
            rest.copy_from_slice(&copy[..rest.len()]);
        }
    }
}

/// A vector of sums of samples that are permuted out of one vector or two.
#[inline(always)]
fn permuted<S: Lanes, const VECTORS: usize>(
    simd: S,
    places: &Places,
    lines: &[Line],
    row: &[i16],
) -> S::i32s {
    let length = S::i16s::LEN;
    let mask = S::u8s::from_slice(simd, &places.bytes[..S::u8s::LEN]);
    let row = &row[places.base..places.base + 2 * (lines.len() - 1) + VECTORS * length];
    let mut sums = S::i32s::splat(simd, 0);
    for step in 0..lines.len() {
        let samples = S::i16s::from_slice(simd, &row[2 * step..2 * step + length]);
        let pairs = if VECTORS == 2 {
            let more = &row[2 * step + length..2 * step + 2 * length];
            simd.permute_two(samples, S::i16s::from_slice(simd, more), mask)
        } else {
            simd.permute(samples, mask)
        };
        sums = simd.dot(sums, pairs, S::i16s::from_slice(simd, &lines[step].0[..length]));
    }
    sums
}

/// A vector of sums, each of products of half a vector.
#[inline(always)]
fn halved<S: Lanes>(simd: S, table: &Table, vector: usize, row: &[i16]) -> S::i32s {
    let (length, half) = (S::i16s::LEN, S::i16s::LEN / 2);
    let bases = &table.bases[vector * SUMS..(vector + 1) * SUMS];
    let lines = &table.lines[vector * SUMS / 2..(vector + 1) * SUMS / 2];
    let mut eights = [S::i32s::splat(simd, 0); 2];
    for eight in 0..2 {
        let mut sums = [S::i32s::splat(simd, 0); BLOCK];
        for place in 0..BLOCK {
            let [first, second] = [bases[8 * eight + place], bases[8 * eight + BLOCK + place]];
            let (first, second) = (first as usize, second as usize);
            let samples = simd.halves(&row[first..first + half], &row[second..second + half]);
            let line = &lines[BLOCK * eight + place].0[..length];
            sums[place] = simd.dot(sums[place], samples, S::i16s::from_slice(simd, line));
        }
        eights[eight] = simd.sum_blocks(sums);
    }
    simd.sum_halves(eights)
}

/// A vector of sums, each of vectors of products.
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "iterators may be left to be called, without vectors"
)]
fn summed<S: Lanes, const STEPS: usize>(
    simd: S,
    table: &Table,
    vector: usize,
    row: &[i16],
) -> S::i32s {
    let (length, steps) = (S::i16s::LEN, if STEPS > 0 { STEPS } else { table.steps });
    let bases = &table.bases[vector * SUMS..(vector + 1) * SUMS];
    let lines = &table.lines[vector * SUMS * steps..(vector + 1) * SUMS * steps];
    let mut fours = [S::i32s::splat(simd, 0); 4];
    for four in 0..SUMS / BLOCK {
        let mut sums = [S::i32s::splat(simd, 0); BLOCK];
        for place in 0..BLOCK {
            let index = BLOCK * four + place;
            let base = bases[index] as usize;
            let row = &row[base..base + steps * length];
            for step in 0..steps {
                let line = &lines[index * steps + step].0[..length];
                let samples = &row[step * length..(step + 1) * length];
                let samples = S::i16s::from_slice(simd, samples);
                sums[place] = simd.dot(sums[place], samples, S::i16s::from_slice(simd, line));
            }
        }
        fours[four] = simd.sum_blocks(sums);
    }
    simd.sum_vectors(fours)
}
