//! The pass from top to bottom over samples of 16 bits, and over bytes and words as they lie in memory.
//!
//! Rows are added up in registers, two at a time: what makes a block of a row is read once for each row of the target that
//! it counts for, and written once.

use fearless_simd::prelude::*;

use super::lanes::Lanes;
use super::words::{Middle, Output, Scale, round};
use crate::plane::Layout;
use rushes_simd::{Level, dispatch};

/// Filters rows from top to bottom: one row for each weight.
pub(super) fn words<'a, O: Output>(
    level: Level,
    weights: &[i16],
    scale: Scale,
    row: impl Fn(usize) -> &'a [i16],
    out: &mut [O::Sample],
) {
    dispatch!(
        level,
        simd => match weights.as_chunks().0 {
            [a] => few::<_, O, 1>(simd, [*a], scale, &row, out),
            [a, b] => few::<_, O, 2>(simd, [*a, *b], scale, &row, out),
            [a, b, c] => few::<_, O, 3>(simd, [*a, *b, *c], scale, &row, out),
            _ => vectors::<_, O>(
                simd,
                weights,
                scale,
                #[inline(always)]
                |y, x, length| {
                    let row = &row(y)[x..][..length];
                    let (low, high) = row.split_at(length / 2);
                    [from_words(simd, low), from_words(simd, high)]
                },
                #[inline(always)]
                |y, x| row(y).get(x).copied().unwrap_or_default(),
                out,
            ),
        },
        scalar::<O>(weights, scale, |y, x| row(y).get(x).copied().unwrap_or_default(), 0, out)
    );
}

/// The same of bytes in memory, to samples between the passes.
pub(super) fn bytes<'a>(
    level: Level,
    weights: &[i16],
    scale: Scale,
    row: impl Fn(usize) -> &'a [u8],
    out: &mut [i16],
) {
    let sample = |y: usize, x: usize| i16::from(row(y).get(x).copied().unwrap_or_default());
    dispatch!(
        level,
        simd => {
            let wide = out.len() / (2 * byte_lanes(simd)) * 2 * byte_lanes(simd);
            byte_vectors::<_, 2>(simd, weights, scale, &row, 0..wide, out);
            if out.len() < byte_lanes(simd) {
                scalar::<Middle>(weights, scale, sample, 0, out);
            } else {
                byte_vectors::<_, 1>(simd, weights, scale, &row, wide..out.len(), out);
            }
        },
        scalar::<Middle>(weights, scale, sample, 0, out)
    );
}

/// The same of samples above 8 bits in memory.
pub(super) fn memory_words<'a>(
    level: Level,
    layout: &Layout,
    weights: &[i16],
    scale: Scale,
    row: impl Fn(usize) -> &'a [u8],
    out: &mut [i16],
) {
    let (align, max) = (layout.align, layout.max());
    let sample = |y: usize, x: usize| {
        let bytes = row(y).get(2 * x..).and_then(|row| row.first_chunk()).copied();
        ((u16::from_le_bytes(bytes.unwrap_or_default()) >> align) & max).cast_signed()
    };
    dispatch!(
        level,
        simd => vectors::<_, Middle>(
            simd,
            weights,
            scale,
            #[inline(always)]
            |y, x, length| {
                let (low, high) = row(y)[2 * x..][..2 * length].split_at(length);
                [from_memory(simd, low, align, max), from_memory(simd, high, align, max)]
            },
            sample,
            out,
        ),
        scalar::<Middle>(weights, scale, sample, 0, out)
    );
}

#[inline(always)]
fn from_words<S: Lanes>(simd: S, row: &[i16]) -> S::i16s {
    S::i16s::from_slice(simd, row)
}

#[inline(always)]
fn from_memory<S: Lanes>(simd: S, row: &[u8], align: u32, max: u16) -> S::i16s {
    let words: S::u16s = S::u8s::from_slice(simd, row).bitcast();
    ((words >> align) & S::u16s::splat(simd, max)).bitcast()
}

const fn byte_lanes<S: Lanes>(_: S) -> usize {
    S::u8s::LEN
}

/// The specification: the columns from `x` on.
fn scalar<O: Output>(
    weights: &[i16],
    scale: Scale,
    sample: impl Fn(usize, usize) -> i16,
    x: usize,
    out: &mut [O::Sample],
) {
    for (x, out) in (x..).zip(out) {
        let products =
            (0..).zip(weights).map(|(y, weight)| i32::from(sample(y, x)) * i32::from(*weight));
        *out = O::one(scale.apply(products.sum()));
    }
}

/// The sum of so few pairs of rows that they are looked up once.
#[inline(always)]
fn few<'a, S: Lanes, O: Output, const PAIRS: usize>(
    simd: S,
    weights: [[i16; 2]; PAIRS],
    scale: Scale,
    row: &impl Fn(usize) -> &'a [i16],
    out: &mut [O::Sample],
) {
    let (width, length) = (out.len(), S::i16s::LEN);
    let step = 2 * length;
    if width < step {
        let sample = |y: usize, x: usize| row(y).get(x).copied().unwrap_or_default();
        return scalar::<O>(weights.as_flattened(), scale, sample, 0, out);
    }
    let mut rows: [[&[i16]; 2]; PAIRS] = [[&[]; 2]; PAIRS];
    let mut factors = [S::i16s::splat(simd, 0); PAIRS];
    for pair in 0..PAIRS {
        rows[pair] = [&row(2 * pair)[..width], &row(2 * pair + 1)[..width]];
        factors[pair] = pair_splat(simd, weights[pair]);
    }
    let mut x = 0;
    while x < width {
        // The last block overlaps the one before it.
        x = x.min(width - step);
        let mut sums = [S::i32s::splat(simd, scale.half()); 4];
        for pair in 0..PAIRS {
            let (a, b) = (&rows[pair][0][x..x + step], &rows[pair][1][x..x + step]);
            for half in 0..2 {
                let a = from_words(simd, &a[half * length..(half + 1) * length]);
                let b = from_words(simd, &b[half * length..(half + 1) * length]);
                let [low, high] = simd.pairs(a, b);
                sums[2 * half] = simd.dot(sums[2 * half], low, factors[pair]);
                sums[2 * half + 1] = simd.dot(sums[2 * half + 1], high, factors[pair]);
            }
        }
        let first = round(simd, scale, sums[0], sums[1]);
        let second = round(simd, scale, sums[2], sums[3]);
        O::store(simd, [first, second], scale, &mut out[x..x + step]);
        x += step;
    }
}

/// `load` gives two vectors of row `y` from column `x` on, of so many samples together.
#[inline(always)]
fn vectors<S: Lanes, O: Output>(
    simd: S,
    weights: &[i16],
    scale: Scale,
    load: impl Fn(usize, usize, usize) -> [S::i16s; 2],
    sample: impl Fn(usize, usize) -> i16,
    out: &mut [O::Sample],
) {
    let (width, step) = (out.len(), 2 * S::i16s::LEN);
    if width < step {
        return scalar::<O>(weights, scale, sample, 0, out);
    }
    let mut x = 0;
    while x < width {
        // The last block overlaps the one before it.
        x = x.min(width - step);
        let mut sums = [S::i32s::splat(simd, scale.half()); 4];
        for (index, pair) in weights.as_chunks::<2>().0.iter().enumerate() {
            let weight = pair_splat(simd, *pair);
            let (a, b) = (load(2 * index, x, step), load(2 * index + 1, x, step));
            for half in 0..2 {
                let [low, high] = simd.pairs(a[half], b[half]);
                sums[2 * half] = simd.dot(sums[2 * half], low, weight);
                sums[2 * half + 1] = simd.dot(sums[2 * half + 1], high, weight);
            }
        }
        let first = round(simd, scale, sums[0], sums[1]);
        let second = round(simd, scale, sums[2], sums[3]);
        O::store(simd, [first, second], scale, &mut out[x..]);
        x += step;
    }
}

/// `N` vectors at a time, in these columns, whose last block may overlap what is before them.
#[inline(always)]
fn byte_vectors<'a, S: Lanes, const N: usize>(
    simd: S,
    weights: &[i16],
    scale: Scale,
    row: &impl Fn(usize) -> &'a [u8],
    columns: std::ops::Range<usize>,
    out: &mut [i16],
) {
    let length = S::u8s::LEN;
    let mut x = columns.start;
    while x < columns.end {
        x = x.min(columns.end - N * length);
        let mut sums = [[S::i32s::splat(simd, scale.half()); 4]; N];
        for (index, pair) in weights.as_chunks::<2>().0.iter().enumerate() {
            let weight = pair_splat(simd, *pair);
            let a = &row(2 * index)[x..x + N * length];
            let b = &row(2 * index + 1)[x..x + N * length];
            for place in 0..N {
                let a = S::u8s::from_slice(simd, &a[place * length..(place + 1) * length]);
                let b = S::u8s::from_slice(simd, &b[place * length..(place + 1) * length]);
                let [first, second, third, fourth] = simd.byte_pairs(a, b);
                sums[place][0] = simd.dot(sums[place][0], first, weight);
                sums[place][1] = simd.dot(sums[place][1], second, weight);
                sums[place][2] = simd.dot(sums[place][2], third, weight);
                sums[place][3] = simd.dot(sums[place][3], fourth, weight);
            }
        }
        let out = &mut out[x..x + N * length];
        for place in 0..N {
            let low = round(simd, scale, sums[place][0], sums[place][1]);
            let high = round(simd, scale, sums[place][2], sums[place][3]);
            let out = &mut out[place * length..(place + 1) * length];
            Middle::store(simd, simd.weave(low, high), scale, out);
        }
        x += N * length;
    }
}

#[inline(always)]
fn pair_splat<S: Lanes>(simd: S, [a, b]: [i16; 2]) -> S::i16s {
    // Not `map`, which the compiler may leave to be called.
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    S::i32s::splat(simd, i32::from_le_bytes([a[0], a[1], b[0], b[1]])).bitcast()
}
