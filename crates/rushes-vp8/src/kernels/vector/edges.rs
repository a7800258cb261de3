//! The loop filter: RFC 6386, 15, of 16 positions along an edge.

use fearless_simd::prelude::*;
use fearless_simd::{i8x16, i16x8, u8x16};

use super::transpose::{columns, rows, square};
use super::{Operations, halves, load, load_two, store, store_half};
use crate::kernels::Strength;

/// `[f(a), f(b), ...]`: what `map` does to arrays, but inlined where vectors need it.
macro_rules! each {
    ([$($index:expr),*], $f:expr) => {{
        let f = $f;
        [$(f($index)),*]
    }};
}

/// Four pixels on either side of an edge, at 16 positions.
type Across<S> = [u8x16<S>; 8];

#[inline(always)]
fn distance<S: Simd>(simd: S, a: u8x16<S>, b: u8x16<S>) -> u8x16<S> {
    simd.saturating_sub_u8x16(a, b) | simd.saturating_sub_u8x16(b, a)
}

/// How far the step across an edge is above the limit.
#[inline(always)]
fn excess<S: Simd>(simd: S, [p1, p0, q0, q1]: [u8x16<S>; 4], limit: u8) -> u8x16<S> {
    let near = distance(simd, p0, q0);
    let far = simd.shr_u8x16(distance(simd, p1, q1), 1);
    let sum = simd.saturating_add_u8x16(simd.saturating_add_u8x16(near, near), far);
    simd.saturating_sub_u8x16(sum, u8x16::splat(simd, limit))
}

/// All bits where the value is zero.
#[inline(always)]
fn is_zero<S: Simd>(simd: S, value: u8x16<S>) -> i8x16<S> {
    simd.to_vector_mask8x16(simd.simd_eq_u8x16(value, u8x16::splat(simd, 0)))
}

#[inline(always)]
fn signed<S: Simd>(simd: S, pixels: u8x16<S>) -> i8x16<S> {
    (pixels ^ u8x16::splat(simd, 0x80)).bitcast()
}

#[inline(always)]
fn unsigned<S: Simd>(simd: S, values: i8x16<S>) -> u8x16<S> {
    values.bitcast::<u8x16<S>>() ^ u8x16::splat(simd, 0x80)
}

/// Where to filter, and where the variance is low: RFC 6386, 15.3.
#[inline(always)]
fn judge<S: Simd>(
    simd: S,
    pixels: Across<S>,
    limit: u8,
    strength: Strength,
) -> (i8x16<S>, i8x16<S>) {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = pixels;
    let max = |a, b| simd.max_u8x16(a, b);
    let inner = max(distance(simd, p1, p0), distance(simd, q1, q0));
    let left = max(distance(simd, p3, p2), distance(simd, p2, p1));
    let right = max(distance(simd, q3, q2), distance(simd, q2, q1));
    let steps = max(inner, max(left, right));
    let uneven = simd.saturating_sub_u8x16(steps, u8x16::splat(simd, strength.interior));
    let filtered = is_zero(simd, uneven | excess(simd, [p1, p0, q0, q1], limit));
    let variance = simd.saturating_sub_u8x16(inner, u8x16::splat(simd, strength.variance));
    (filtered, is_zero(simd, variance))
}

/// Adds three times the step across the edge to a value.
#[inline(always)]
fn with_step<S: Simd>(simd: S, value: i8x16<S>, p0: i8x16<S>, q0: i8x16<S>) -> i8x16<S> {
    let step = simd.saturating_sub_i8x16(q0, p0);
    let value = simd.saturating_add_i8x16(value, step);
    let value = simd.saturating_add_i8x16(value, step);
    simd.saturating_add_i8x16(value, step)
}

/// What is added on the left and taken off on the right.
#[inline(always)]
fn adjustment<S: Simd>(simd: S, value: i8x16<S>) -> (i8x16<S>, i8x16<S>) {
    let part =
        |round: i8| simd.shr_i8x16(simd.saturating_add_i8x16(value, i8x16::splat(simd, round)), 3);
    (part(3), part(4))
}

/// Between subblocks: RFC 6386, 15.3.
#[inline(always)]
fn inner<S: Simd>(simd: S, pixels: &mut Across<S>, strength: Strength) {
    let (filtered, low) = judge(simd, *pixels, strength.inner, strength);
    let [p1, p0, q0, q1] = each!([2, 3, 4, 5], |index: usize| signed(simd, pixels[index]));
    let base = simd.saturating_sub_i8x16(p1, q1) & !low;
    let (left, right) = adjustment(simd, with_step(simd, base, p0, q0) & filtered);
    pixels[3] = unsigned(simd, simd.saturating_add_i8x16(p0, left));
    pixels[4] = unsigned(simd, simd.saturating_sub_i8x16(q0, right));
    let less = simd.shr_i8x16(right + i8x16::splat(simd, 1), 1) & low;
    pixels[2] = unsigned(simd, simd.saturating_add_i8x16(p1, less));
    pixels[5] = unsigned(simd, simd.saturating_sub_i8x16(q1, less));
}

/// Between macroblocks: RFC 6386, 15.3.
#[inline(always)]
fn outer<S: Simd>(simd: S, pixels: &mut Across<S>, strength: Strength) {
    let (filtered, low) = judge(simd, *pixels, strength.outer, strength);
    let [p2, p1, p0, q0, q1, q2] =
        each!([1, 2, 3, 4, 5, 6], |index: usize| signed(simd, pixels[index]));
    let value = with_step(simd, simd.saturating_sub_i8x16(p1, q1), p0, q0) & filtered;
    let (left, right) = adjustment(simd, value & !low);
    let p0 = simd.saturating_add_i8x16(p0, left);
    let q0 = simd.saturating_sub_i8x16(q0, right);
    let (a, b) = simd.widen_i8x16(value & low);
    let nine = i16x8::splat(simd, 9);
    let nine = [a * nine, b * nine];
    let round = i16x8::splat(simd, 63);
    let mut sum = [nine[0] + round, nine[1] + round];
    for (place, p, q) in [(1, p2, q2), (2, p1, q1), (3, p0, q0)] {
        let part =
            simd.saturating_narrow_i16x8(simd.shr_i16x8(sum[0], 7), simd.shr_i16x8(sum[1], 7));
        pixels[place] = unsigned(simd, simd.saturating_add_i8x16(p, part));
        pixels[7 - place] = unsigned(simd, simd.saturating_sub_i8x16(q, part));
        sum = [sum[0] + nine[0], sum[1] + nine[1]];
    }
}

/// RFC 6386, 15.2.
#[inline(always)]
fn simple<S: Simd>(simd: S, pixels: &mut Across<S>, limit: u8) {
    let four = [pixels[2], pixels[3], pixels[4], pixels[5]];
    let filtered = is_zero(simd, excess(simd, four, limit));
    let [p1, p0, q0, q1] = each!([0, 1, 2, 3], |index: usize| signed(simd, four[index]));
    let base = simd.saturating_sub_i8x16(p1, q1);
    let (left, right) = adjustment(simd, with_step(simd, base, p0, q0) & filtered);
    pixels[3] = unsigned(simd, simd.saturating_add_i8x16(p0, left));
    pixels[4] = unsigned(simd, simd.saturating_sub_i8x16(q0, right));
}

/// Filters across a horizontal edge.
#[inline(always)]
fn over_rows<S: Simd>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    filter: impl Fn(&mut Across<S>),
) {
    let plane = &mut plane[at - 4 * stride..];
    let mut pixels =
        each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| load(simd, &plane[row * stride..]));
    filter(&mut pixels);
    for (row, line) in pixels.iter().enumerate().take(7).skip(1) {
        store(*line, &mut plane[row * stride..]);
    }
}

/// Filters across a vertical edge of 16 rows.
#[inline(always)]
fn over_columns<S: Simd>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    filter: impl Fn(&mut Across<S>),
) {
    let plane = &mut plane[at - 4..];
    let lines = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| load_two(
        simd,
        &plane[row * stride..],
        &plane[(row + 8) * stride..]
    ));
    let mut pixels = columns(simd, lines);
    filter(&mut pixels);
    let lines = rows(simd, pixels);
    for (row, line) in lines.iter().enumerate() {
        let [upper, lower] = halves(*line);
        store_half(upper, &mut plane[row * stride..]);
        store_half(lower, &mut plane[(row + 8) * stride..]);
    }
}

#[inline(always)]
pub(super) fn left_edge<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    over_columns(
        simd,
        plane,
        stride,
        at,
        #[inline(always)]
        |pixels| outer(simd, pixels, strength),
    );
}

#[inline(always)]
pub(super) fn upper_edge<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    over_rows(
        simd,
        plane,
        stride,
        at,
        #[inline(always)]
        |pixels| outer(simd, pixels, strength),
    );
}

#[inline(always)]
pub(super) fn inner_columns<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    within(
        simd,
        &mut plane[at..],
        stride,
        #[inline(always)]
        |pixels| inner(simd, pixels, strength),
    );
}

/// Filters across the three vertical edges within 16 pixels.
#[inline(always)]
fn within<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    filter: impl Fn(&mut Across<S>),
) {
    let mut lines = [u8x16::splat(simd, 0); 16];
    for (row, line) in lines.iter_mut().enumerate() {
        *line = load(simd, &plane[row * stride..]);
    }
    let mut lines = square(simd, lines);
    for first in [0, 4, 8] {
        let mut pixels = each!([0, 1, 2, 3, 4, 5, 6, 7], |index: usize| lines[first + index]);
        filter(&mut pixels);
        lines[first + 2..first + 6].copy_from_slice(&pixels[2..6]);
    }
    // By reference: iterators over vectors by value go through memory in pieces.
    let lines = square(simd, lines);
    for (row, line) in lines.iter().enumerate() {
        store(*line, &mut plane[row * stride..]);
    }
}

#[inline(always)]
pub(super) fn inner_rows<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    let plane = &mut plane[at..];
    let mut pixels =
        each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| load(simd, &plane[row * stride..]));
    for first in [0, 4, 8] {
        inner(simd, &mut pixels, strength);
        for (index, line) in pixels.iter().enumerate().take(6).skip(2) {
            store(*line, &mut plane[(first + index) * stride..]);
        }
        if first < 8 {
            let next = |index: usize| load(simd, &plane[(first + 8 + index) * stride..]);
            let [_, _, _, _, a, b, c, d] = pixels;
            pixels = [a, b, c, d, next(0), next(1), next(2), next(3)];
        }
    }
}

/// Filters across a vertical edge of both planes of chroma.
#[inline(always)]
pub(super) fn columns_chroma<S: Operations, const OUTER: bool>(
    simd: S,
    [u, v]: [&mut [u8]; 2],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    let (u, v) = (&mut u[at - 4..], &mut v[at - 4..]);
    let lines = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| load_two(
        simd,
        &u[row * stride..],
        &v[row * stride..]
    ));
    let mut pixels = columns(simd, lines);
    if OUTER {
        outer(simd, &mut pixels, strength)
    } else {
        inner(simd, &mut pixels, strength)
    }
    let lines = rows(simd, pixels);
    for (row, line) in lines.iter().enumerate() {
        let [of_u, of_v] = halves(*line);
        store_half(of_u, &mut u[row * stride..]);
        store_half(of_v, &mut v[row * stride..]);
    }
}

/// Filters across a horizontal edge of both planes of chroma.
#[inline(always)]
pub(super) fn rows_chroma<S: Operations, const OUTER: bool>(
    simd: S,
    [u, v]: [&mut [u8]; 2],
    stride: usize,
    at: usize,
    strength: Strength,
) {
    let (u, v) = (&mut u[at - 4 * stride..], &mut v[at - 4 * stride..]);
    let mut pixels = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| load_two(
        simd,
        &u[row * stride..],
        &v[row * stride..]
    ));
    if OUTER {
        outer(simd, &mut pixels, strength)
    } else {
        inner(simd, &mut pixels, strength)
    }
    for (row, line) in pixels.iter().enumerate().take(7).skip(1) {
        let [of_u, of_v] = halves(*line);
        store_half(of_u, &mut u[row * stride..]);
        store_half(of_v, &mut v[row * stride..]);
    }
}

/// Filters simply across a vertical edge.
#[inline(always)]
pub(super) fn simple_column<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    limit: u8,
) {
    over_columns(
        simd,
        plane,
        stride,
        at,
        #[inline(always)]
        |pixels| simple(simd, pixels, limit),
    );
}

/// Filters simply across the three vertical edges within a macroblock.
#[inline(always)]
pub(super) fn simple_inner_columns<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    limit: u8,
) {
    within(
        simd,
        &mut plane[at..],
        stride,
        #[inline(always)]
        |pixels| simple(simd, pixels, limit),
    );
}

/// Filters simply across a horizontal edge.
#[inline(always)]
pub(super) fn simple_row<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    at: usize,
    limit: u8,
) {
    let plane = &mut plane[at - 2 * stride..];
    let line = |row: usize| load(simd, &plane[row * stride..]);
    let outside = u8x16::splat(simd, 0);
    let mut pixels = [outside, outside, line(0), line(1), line(2), line(3), outside, outside];
    simple(simd, &mut pixels, limit);
    store(pixels[3], &mut plane[stride..]);
    store(pixels[4], &mut plane[2 * stride..]);
}
