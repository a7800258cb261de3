//! The loop filter: RFC 6386, 15, of 16 positions along an edge of either of two macroblocks.

use fearless_simd::prelude::*;
use fearless_simd::{i8x32, u8x32};

use super::Operations;
use super::area::{Area, Chroma, Limits, Luma, chosen, places};
use super::transpose::{columns, rows, square};
use crate::kernels::Edges;

/// `[f(a), f(b), ...]`: what `map` does to arrays, but inlined where vectors need it.
macro_rules! each {
    ([$($index:expr),*], $f:expr) => {{
        let f = $f;
        [$(f($index)),*]
    }};
}

/// Four pixels on either side of an edge, at 32 positions.
type Across<S> = [u8x32<S>; 8];

#[inline(always)]
fn distance<S: Simd>(simd: S, a: u8x32<S>, b: u8x32<S>) -> u8x32<S> {
    simd.saturating_sub_u8x32(a, b) | simd.saturating_sub_u8x32(b, a)
}

/// How far the step across an edge is above the limit.
#[inline(always)]
fn excess<S: Simd>(simd: S, [p1, p0, q0, q1]: [u8x32<S>; 4], limit: u8x32<S>) -> u8x32<S> {
    let near = distance(simd, p0, q0);
    let far = simd.shr_u8x32(distance(simd, p1, q1), 1);
    let sum = simd.saturating_add_u8x32(simd.saturating_add_u8x32(near, near), far);
    simd.saturating_sub_u8x32(sum, limit)
}

/// All bits where the value is zero.
#[inline(always)]
fn is_zero<S: Simd>(simd: S, value: u8x32<S>) -> i8x32<S> {
    simd.to_vector_mask8x32(simd.simd_eq_u8x32(value, u8x32::splat(simd, 0)))
}

#[inline(always)]
fn signed<S: Simd>(simd: S, pixels: u8x32<S>) -> i8x32<S> {
    (pixels ^ u8x32::splat(simd, 0x80)).bitcast()
}

#[inline(always)]
fn unsigned<S: Simd>(simd: S, values: i8x32<S>) -> u8x32<S> {
    values.bitcast::<u8x32<S>>() ^ u8x32::splat(simd, 0x80)
}

/// Where to filter, and where the variance is low: RFC 6386, 15.3.
#[inline(always)]
fn judge<S: Simd>(
    simd: S,
    pixels: Across<S>,
    limit: u8x32<S>,
    limits: &Limits<S>,
) -> (i8x32<S>, i8x32<S>) {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = pixels;
    let max = |a, b| simd.max_u8x32(a, b);
    let inner = max(distance(simd, p1, p0), distance(simd, q1, q0));
    let left = max(distance(simd, p3, p2), distance(simd, p2, p1));
    let right = max(distance(simd, q3, q2), distance(simd, q2, q1));
    let steps = max(inner, max(left, right));
    let uneven = simd.saturating_sub_u8x32(steps, limits.interior);
    let filtered = is_zero(simd, uneven | excess(simd, [p1, p0, q0, q1], limit));
    let variance = simd.saturating_sub_u8x32(inner, limits.variance);
    (filtered, is_zero(simd, variance))
}

/// Adds three times the step across the edge to a value.
#[inline(always)]
fn with_step<S: Simd>(simd: S, value: i8x32<S>, p0: i8x32<S>, q0: i8x32<S>) -> i8x32<S> {
    let step = simd.saturating_sub_i8x32(q0, p0);
    let value = simd.saturating_add_i8x32(value, step);
    let value = simd.saturating_add_i8x32(value, step);
    simd.saturating_add_i8x32(value, step)
}

/// What is added on the left and taken off on the right.
#[inline(always)]
fn adjustment<S: Simd>(simd: S, value: i8x32<S>) -> (i8x32<S>, i8x32<S>) {
    let part =
        |round: i8| simd.shr_i8x32(simd.saturating_add_i8x32(value, i8x32::splat(simd, round)), 3);
    (part(3), part(4))
}

/// Between subblocks: RFC 6386, 15.3.
#[inline(always)]
fn inner<S: Simd>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
    let (filtered, low) = judge(simd, *pixels, limits.inner, limits);
    let [p1, p0, q0, q1] = each!([2, 3, 4, 5], |index: usize| signed(simd, pixels[index]));
    let base = simd.saturating_sub_i8x32(p1, q1) & !low;
    let (left, right) = adjustment(simd, with_step(simd, base, p0, q0) & filtered);
    pixels[3] = unsigned(simd, simd.saturating_add_i8x32(p0, left));
    pixels[4] = unsigned(simd, simd.saturating_sub_i8x32(q0, right));
    let less = simd.shr_i8x32(right + i8x32::splat(simd, 1), 1) & low;
    pixels[2] = unsigned(simd, simd.saturating_add_i8x32(p1, less));
    pixels[5] = unsigned(simd, simd.saturating_sub_i8x32(q1, less));
}

/// Between macroblocks: RFC 6386, 15.3.
#[inline(always)]
fn outer<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
    let (filtered, low) = judge(simd, *pixels, limits.outer, limits);
    let [p2, p1, p0, q0, q1, q2] =
        each!([1, 2, 3, 4, 5, 6], |index: usize| signed(simd, pixels[index]));
    let value = with_step(simd, simd.saturating_sub_i8x32(p1, q1), p0, q0) & filtered;
    let (left, right) = adjustment(simd, value & !low);
    let p0 = simd.saturating_add_i8x32(p0, left);
    let q0 = simd.saturating_sub_i8x32(q0, right);
    let value = value & low;
    for (place, p, q, weight) in [(1, p2, q2, 9), (2, p1, q1, 18), (3, p0, q0, 27)] {
        let part = simd.weigh(value, weight);
        pixels[place] = unsigned(simd, simd.saturating_add_i8x32(p, part));
        pixels[7 - place] = unsigned(simd, simd.saturating_sub_i8x32(q, part));
    }
}

/// RFC 6386, 15.2.
#[inline(always)]
fn simple<S: Simd>(simd: S, pixels: &mut Across<S>, limit: u8x32<S>) {
    let four = [pixels[2], pixels[3], pixels[4], pixels[5]];
    let filtered = is_zero(simd, excess(simd, four, limit));
    let [p1, p0, q0, q1] = each!([0, 1, 2, 3], |index: usize| signed(simd, four[index]));
    let base = simd.saturating_sub_i8x32(p1, q1);
    let (left, right) = adjustment(simd, with_step(simd, base, p0, q0) & filtered);
    pixels[3] = unsigned(simd, simd.saturating_add_i8x32(p0, left));
    pixels[4] = unsigned(simd, simd.saturating_sub_i8x32(q0, right));
}

/// How the filters of an edge are called, which change so many pixels on either side of it.
trait Filter {
    const CHANGED: usize;

    fn run<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>);
}

/// Between macroblocks.
struct Outer;

impl Filter for Outer {
    const CHANGED: usize = 3;

    #[inline(always)]
    fn run<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
        outer(simd, pixels, limits);
    }
}

/// Between subblocks.
struct Inner;

impl Filter for Inner {
    const CHANGED: usize = 2;

    #[inline(always)]
    fn run<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
        inner(simd, pixels, limits);
    }
}

/// The simple filter between macroblocks.
struct SimpleOuter;

impl Filter for SimpleOuter {
    const CHANGED: usize = 1;

    #[inline(always)]
    fn run<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
        simple(simd, pixels, limits.outer);
    }
}

/// The simple filter between subblocks.
struct SimpleInner;

impl Filter for SimpleInner {
    const CHANGED: usize = 1;

    #[inline(always)]
    fn run<S: Operations>(simd: S, pixels: &mut Across<S>, limits: &Limits<S>) {
        simple(simd, pixels, limits.inner);
    }
}

/// Filters across horizontal edges; the area starts four rows above them.
#[inline(always)]
fn over_rows<S: Operations, F: Filter>(
    simd: S,
    mut area: impl Area,
    stride: usize,
    limits: &Limits<S>,
) {
    let mut pixels = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| area.row(simd, row * stride));
    F::run(simd, &mut pixels, limits);
    for (row, line) in pixels.iter().enumerate().take(4 + F::CHANGED).skip(4 - F::CHANGED) {
        area.set_row(simd, row * stride, *line);
    }
}

/// Filters across vertical edges; the area starts four pixels before them.
#[inline(always)]
fn over_columns<S: Operations, F: Filter>(
    simd: S,
    mut area: impl Area,
    stride: usize,
    limits: &Limits<S>,
) {
    let lines = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| area.two_rows(simd, row * stride));
    let mut pixels = columns(simd, lines);
    F::run(simd, &mut pixels, limits);
    let lines = rows(simd, pixels);
    for (row, line) in lines.iter().enumerate() {
        area.set_two_rows(simd, row * stride, *line);
    }
}

/// Filters across the three vertical edges within 16 pixels.
#[inline(always)]
fn within_columns<S: Operations, F: Filter>(simd: S, mut area: Luma<'_>, limits: &Limits<S>) {
    let stride = area.stride;
    let mut lines = [u8x32::splat(simd, 0); 16];
    for (row, line) in lines.iter_mut().enumerate() {
        *line = area.row(simd, row * stride);
    }
    let mut lines = square(simd, lines);
    for first in [0, 4, 8] {
        let mut pixels = each!([0, 1, 2, 3, 4, 5, 6, 7], |index: usize| lines[first + index]);
        F::run(simd, &mut pixels, limits);
        lines[first + 2..first + 6].copy_from_slice(&pixels[2..6]);
    }
    // By reference: iterators over vectors by value go through memory in pieces.
    let lines = square(simd, lines);
    for (row, line) in lines.iter().enumerate() {
        area.set_row(simd, row * stride, *line);
    }
}

/// Filters across the three horizontal edges within 16 rows.
#[inline(always)]
fn within_rows<S: Operations, F: Filter>(simd: S, mut area: Luma<'_>, limits: &Limits<S>) {
    let stride = area.stride;
    let mut pixels = each!([0, 1, 2, 3, 4, 5, 6, 7], |row: usize| area.row(simd, row * stride));
    for first in [0, 4, 8] {
        F::run(simd, &mut pixels, limits);
        for (index, line) in pixels.iter().enumerate().take(4 + F::CHANGED).skip(4 - F::CHANGED) {
            area.set_row(simd, (first + index) * stride, *line);
        }
        if first < 8 {
            let next = |index: usize| area.row(simd, (first + 8 + index) * stride);
            let [_, _, _, _, a, b, c, d] = pixels;
            pixels = [a, b, c, d, next(0), next(1), next(2), next(3)];
        }
    }
}

/// Filters luma of two macroblocks.
#[inline(always)]
fn luma<S: Operations, O: Filter, I: Filter>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    pair: &[Edges; 2],
) {
    if let Some(pair) = chosen(pair, |edges| edges.left) {
        let area = Luma { plane, stride, places: places(pair, -4) };
        over_columns::<S, O>(simd, area, stride, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.inside) {
        let area = Luma { plane, stride, places: places(pair, 0) };
        within_columns::<S, I>(simd, area, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.above) {
        let area = Luma { plane, stride, places: places(pair, -4 * stride.cast_signed()) };
        over_rows::<S, O>(simd, area, stride, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.inside) {
        let area = Luma { plane, stride, places: places(pair, 0) };
        within_rows::<S, I>(simd, area, &Limits::of(simd, pair));
    }
}

/// Filters luma: RFC 6386, 15.3.
#[inline(always)]
pub(super) fn filter_luma<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    pair: &[Edges; 2],
) {
    luma::<S, Outer, Inner>(simd, plane, stride, pair);
}

/// Filters luma: RFC 6386, 15.2.
#[inline(always)]
pub(super) fn filter_luma_simply<S: Operations>(
    simd: S,
    plane: &mut [u8],
    stride: usize,
    pair: &[Edges; 2],
) {
    luma::<S, SimpleOuter, SimpleInner>(simd, plane, stride, pair);
}

/// Filters chroma: RFC 6386, 15.3. The edges within are four pixels behind the others.
#[inline(always)]
pub(super) fn filter_chroma<S: Operations>(
    simd: S,
    [u, v]: [&mut [u8]; 2],
    stride: usize,
    pair: &[Edges; 2],
) {
    if let Some(pair) = chosen(pair, |edges| edges.left) {
        let area = Chroma { u, v, places: places(pair, -4) };
        over_columns::<S, Outer>(simd, area, stride, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.inside) {
        let area = Chroma { u, v, places: places(pair, 0) };
        over_columns::<S, Inner>(simd, area, stride, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.above) {
        let area = Chroma { u, v, places: places(pair, -4 * stride.cast_signed()) };
        over_rows::<S, Outer>(simd, area, stride, &Limits::of(simd, pair));
    }
    if let Some(pair) = chosen(pair, |edges| edges.inside) {
        let area = Chroma { u, v, places: places(pair, 0) };
        over_rows::<S, Inner>(simd, area, stride, &Limits::of(simd, pair));
    }
}
