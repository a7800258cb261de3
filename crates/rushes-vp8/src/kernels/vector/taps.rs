//! Prediction by fractions of a pixel: RFC 6386, 18.3.
//!
//! Both directions are the same work on six vectors: of one row at six places, or of six rows. Blocks of 8 and 4 pixels take
//! two rows in a vector.

use fearless_simd::prelude::*;
use fearless_simd::{i16x8, u8x16};

use super::{Operations, halves, load, load_two, store, store_half};
use crate::kernels::scalar::SIX_TAPS;

/// Taps in the order in which they are paired: the inner pairs first, so that no sum leaves 16 bits before it is clear that
/// the pixel is white.
#[derive(Clone, Copy)]
struct Taps {
    pairs: [[i8; 2]; 3],
    /// The outermost are not zero.
    has_outer: bool,
}

impl Taps {
    #[inline(always)]
    fn of(fraction: usize) -> Self {
        TAPS[fraction & 7]
    }
}

/// By eighths of a pixel.
#[expect(clippy::cast_possible_truncation, reason = "128 is not among the taps of fractions")]
static TAPS: [Taps; 8] = {
    let mut all = [Taps { pairs: [[0; 2]; 3], has_outer: false }; 8];
    let mut fraction = 0;
    while fraction < 8 {
        let [a, b, c, d, e, f] = SIX_TAPS[fraction];
        let pairs = [[b as i8, c as i8], [d as i8, e as i8], [a as i8, f as i8]];
        all[fraction] = Taps { pairs, has_outer: a != 0 };
        fraction += 1;
    }
    all
};

/// A pixel out of six, in each lane.
#[inline(always)]
fn filter<S: Operations>(simd: S, taps: Taps, line: impl Fn(usize) -> u8x16<S>) -> u8x16<S> {
    let first = simd.mix(line(1), line(2), taps.pairs[0]);
    let second = simd.mix(line(3), line(4), taps.pairs[1]);
    let plus = |a, b| simd.saturating_add_i16x8(a, b);
    let mut sum = [plus(first[0], second[0]), plus(first[1], second[1])];
    if taps.has_outer {
        let third = simd.mix(line(0), line(5), taps.pairs[2]);
        sum = [plus(sum[0], third[0]), plus(sum[1], third[1])];
    }
    let round = i16x8::splat(simd, 64);
    let rounded = |sum| simd.shr_i16x8(plus(sum, round), 7);
    simd.pack(rounded(sum[0]), rounded(sum[1]))
}

/// A pixel out of two, in each lane.
#[inline(always)]
fn between<S: Operations>(simd: S, taps: [i8; 2], a: u8x16<S>, b: u8x16<S>) -> u8x16<S> {
    let round = i16x8::splat(simd, 4);
    let [low, high] = simd.mix(a, b, taps);
    simd.pack(simd.shr_i16x8(low + round, 3), simd.shr_i16x8(high + round, 3))
}

/// Rows between the passes.
const LINES: usize = 22;

#[inline(never)]
pub(super) fn six_tap<S: Operations>(
    simd: S,
    source: (&[u8], usize),
    target: (&mut [u8], usize),
    size: (usize, usize),
    fraction: (usize, usize),
) {
    simd.vectorize(
        #[inline(always)]
        || match size.0 {
            16 => six_tap_16(simd, source, target, size.1, fraction),
            8 => six_tap_8::<S, 8>(simd, source, target, size.1, fraction),
            _ => six_tap_8::<S, 4>(simd, source, target, size.1, fraction),
        },
    );
}

#[inline(always)]
fn six_tap_16<S: Operations>(
    simd: S,
    (source, source_stride): (&[u8], usize),
    (pixels, stride): (&mut [u8], usize),
    height: usize,
    (x, y): (usize, usize),
) {
    if x == 0 {
        for row in 0..height {
            let place = |index: usize| load(simd, &source[(row + index) * source_stride + 2..]);
            store(filter(simd, Taps::of(y), place), &mut pixels[row * stride..]);
        }
        return;
    }
    let taps = Taps::of(x);
    if y == 0 {
        for row in 0..height {
            let line = &source[(row + 2) * source_stride..][..21];
            let pixel = filter(simd, taps, |index| load(simd, &line[index..]));
            store(pixel, &mut pixels[row * stride..]);
        }
        return;
    }
    let mut lines = [[0; 16]; LINES];
    for (row, out) in lines[..height + 5].iter_mut().enumerate() {
        let line = &source[row * source_stride..][..21];
        filter(simd, taps, |index| load(simd, &line[index..])).store_array(out);
    }
    let taps = Taps::of(y);
    for (row, lines) in lines.windows(6).take(height).enumerate() {
        let pixel = filter(simd, taps, |index| u8x16::load_array_ref(simd, &lines[index]));
        store(pixel, &mut pixels[row * stride..]);
    }
}

/// Blocks of 8 or 4 pixels.
#[inline(always)]
fn six_tap_8<S: Operations, const N: usize>(
    simd: S,
    (source, source_stride): (&[u8], usize),
    (pixels, stride): (&mut [u8], usize),
    height: usize,
    (x, y): (usize, usize),
) {
    let mut lines = [[0; 8]; LINES];
    let (first, count) = if y == 0 { (2, height) } else { (0, height + 5) };
    for (row, out) in (first..).step_by(2).zip(lines[..count].chunks_mut(2)) {
        let upper = &source[row * source_stride..][..13];
        // The last row may be alone.
        let lower = if out.len() == 2 { &source[(row + 1) * source_stride..][..13] } else { upper };
        let line = |index: usize| load_two(simd, &upper[index..], &lower[index..]);
        let pixel = if x == 0 { line(2) } else { filter(simd, Taps::of(x), line) };
        for (out, half) in out.iter_mut().zip(halves(pixel)) {
            *out = half;
        }
    }
    let taps = Taps::of(y);
    for row in (0..height).step_by(2) {
        let lines = &lines[row..row + 7];
        let line = |index: usize| load_two(simd, &lines[index], &lines[index + 1]);
        let pixel = if y == 0 { line(0) } else { filter(simd, taps, line) };
        store_rows::<S, N>(pixel, &mut pixels[row * stride..], stride);
    }
}

/// Stores `N` pixels of two rows.
#[inline(always)]
fn store_rows<S: Simd, const N: usize>(vector: u8x16<S>, pixels: &mut [u8], stride: usize) {
    let [upper, lower] = halves(vector);
    if N == 8 {
        store_half(upper, pixels);
        store_half(lower, &mut pixels[stride..]);
    } else {
        pixels[..N].copy_from_slice(&upper[..N]);
        pixels[stride..][..N].copy_from_slice(&lower[..N]);
    }
}

#[inline(never)]
pub(super) fn bilinear<S: Operations>(
    simd: S,
    source: (&[u8], usize),
    target: (&mut [u8], usize),
    size: (usize, usize),
    fraction: (usize, usize),
) {
    simd.vectorize(
        #[inline(always)]
        || match size.0 {
            16 => bilinear_16(simd, source, target, size.1, fraction),
            8 => bilinear_8::<S, 8>(simd, source, target, size.1, fraction),
            _ => bilinear_8::<S, 4>(simd, source, target, size.1, fraction),
        },
    );
}

#[inline(always)]
fn two_taps(fraction: usize) -> [i8; 2] {
    [[8, 0], [7, 1], [6, 2], [5, 3], [4, 4], [3, 5], [2, 6], [1, 7]][fraction & 7]
}

#[inline(always)]
fn bilinear_16<S: Operations>(
    simd: S,
    (source, source_stride): (&[u8], usize),
    (pixels, stride): (&mut [u8], usize),
    height: usize,
    (x, y): (usize, usize),
) {
    let (across, down) = (two_taps(x), two_taps(y));
    let row_of = |row: usize| {
        let line = &source[(row + 2) * source_stride + 2..][..17];
        between(simd, across, load(simd, line), load(simd, &line[1..]))
    };
    let mut upper = row_of(0);
    for row in 0..height {
        let lower = row_of(row + 1);
        store(between(simd, down, upper, lower), &mut pixels[row * stride..]);
        upper = lower;
    }
}

#[inline(always)]
fn bilinear_8<S: Operations, const N: usize>(
    simd: S,
    (source, source_stride): (&[u8], usize),
    (pixels, stride): (&mut [u8], usize),
    height: usize,
    (x, y): (usize, usize),
) {
    let (across, down) = (two_taps(x), two_taps(y));
    let rows_of = |first: usize, second: usize| {
        let line = |row: usize| &source[(row + 2) * source_stride + 2..][..9];
        let (first, second) = (line(first), line(second));
        let left = load_two(simd, first, second);
        between(simd, across, left, load_two(simd, &first[1..], &second[1..]))
    };
    for row in (0..height).step_by(2) {
        let (upper, lower) = (rows_of(row, row + 1), rows_of(row + 1, row + 2));
        store_rows::<S, N>(between(simd, down, upper, lower), &mut pixels[row * stride..], stride);
    }
}
