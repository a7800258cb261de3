//! What the kernels compute, in the words of RFC 6386.

use super::{Edges, Kernels, Strength};
use crate::macroblock::Block;

/// The taps of the filter of luma and chroma, by eighths of a pixel: RFC 6386, 18.3.
pub(crate) const SIX_TAPS: [[i16; 6]; 8] = [
    [0, 0, 128, 0, 0, 0],
    [0, -6, 123, 12, -1, 0],
    [2, -11, 108, 36, -8, 1],
    [0, -9, 93, 50, -6, 0],
    [3, -16, 77, 77, -16, 3],
    [0, -6, 50, 93, -9, 0],
    [1, -8, 36, 108, -11, 2],
    [0, -1, 12, 123, -6, 0],
];

/// No vector instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scalar;

/// The second-order transform: RFC 6386, 14.3. Returns the first coefficients of 16 blocks.
pub(crate) fn inverse_walsh_hadamard(block: &Block) -> Block {
    let mut out = [0; 16];
    for i in 0..4 {
        let [a, b, c, d] = [0, 4, 8, 12].map(|row| block[row + i]);
        let (a1, b1) = (a.wrapping_add(d), b.wrapping_add(c));
        let (c1, d1) = (b.wrapping_sub(c), a.wrapping_sub(d));
        out[i] = a1.wrapping_add(b1);
        out[4 + i] = c1.wrapping_add(d1);
        out[8 + i] = a1.wrapping_sub(b1);
        out[12 + i] = d1.wrapping_sub(c1);
    }
    for row in out.as_chunks_mut::<4>().0 {
        let [a, b, c, d] = *row;
        let (a1, b1) = (a.wrapping_add(d), b.wrapping_add(c));
        let (c1, d1) = (b.wrapping_sub(c), a.wrapping_sub(d));
        *row = [a1.wrapping_add(b1), c1.wrapping_add(d1), a1.wrapping_sub(b1), d1.wrapping_sub(c1)]
            .map(|value| value.wrapping_add(3) >> 3);
    }
    out
}

/// `x * sqrt(2) * sin(pi / 8)`.
fn sine(x: i16) -> i16 {
    ((i32::from(x) * 35468) >> 16) as i16
}

/// `x * sqrt(2) * cos(pi / 8)`.
fn cosine(x: i16) -> i16 {
    (((i32::from(x) * 20091) >> 16) as i16).wrapping_add(x)
}

/// One dimension of the transform.
fn butterfly([a, b, c, d]: [i16; 4]) -> [i16; 4] {
    let (a1, b1) = (a.wrapping_add(c), a.wrapping_sub(c));
    let c1 = sine(b).wrapping_sub(cosine(d));
    let d1 = cosine(b).wrapping_add(sine(d));
    [a1.wrapping_add(d1), b1.wrapping_add(c1), b1.wrapping_sub(c1), a1.wrapping_sub(d1)]
}

fn clamp(value: i16) -> u8 {
    u8::try_from(value.clamp(0, 255)).unwrap_or(0)
}

fn plus(pixel: u8, difference: i16) -> u8 {
    clamp(i16::from(pixel).saturating_add(difference))
}

impl Kernels for Scalar {
    fn add(self, block: &Block, pixels: &mut [u8], stride: usize) {
        let mut columns = [0; 16];
        for i in 0..4 {
            let column = butterfly([0, 4, 8, 12].map(|row| block[row + i]));
            for (row, value) in [0, 4, 8, 12].into_iter().zip(column) {
                columns[row + i] = value;
            }
        }
        for (row, values) in columns.as_chunks::<4>().0.iter().enumerate() {
            let pixels = &mut pixels[row * stride..][..4];
            for (pixel, value) in pixels.iter_mut().zip(butterfly(*values)) {
                *pixel = plus(*pixel, value.wrapping_add(4) >> 3);
            }
        }
    }

    fn add_pair(self, blocks: [&Block; 2], pixels: &mut [u8], stride: usize) {
        self.add(blocks[0], pixels, stride);
        self.add(blocks[1], &mut pixels[4..], stride);
    }

    fn add_firsts(self, firsts: [i16; 2], pixels: &mut [u8], stride: usize) {
        let firsts = firsts.map(|first| first.wrapping_add(4) >> 3);
        for row in 0..4 {
            let pixels = &mut pixels[row * stride..][..8];
            for (half, first) in pixels.as_chunks_mut::<4>().0.iter_mut().zip(firsts) {
                *half = half.map(|pixel| plus(pixel, first));
            }
        }
    }

    fn six_tap(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        (width, height): (usize, usize),
        fraction: (usize, usize),
    ) {
        let mut between = [[0; 16]; 21];
        let taps = SIX_TAPS[fraction.0];
        for (row, between) in between.iter_mut().take(height + 5).enumerate() {
            let source = &source[row * source_stride..][..width + 5];
            for (pixel, window) in between.iter_mut().zip(source.windows(6)) {
                *pixel = filter(&taps, window.iter().copied());
            }
        }
        let taps = SIX_TAPS[fraction.1];
        for row in 0..height {
            for (column, pixel) in pixels[row * stride..][..width].iter_mut().enumerate() {
                *pixel = filter(&taps, between[row..row + 6].iter().map(|line| line[column]));
            }
        }
    }

    fn bilinear(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        (width, height): (usize, usize),
        fraction: (usize, usize),
    ) {
        let mut between = [[0; 16]; 17];
        for (row, between) in between.iter_mut().take(height + 1).enumerate() {
            let source = &source[(row + 2) * source_stride + 2..][..width + 1];
            for (pixel, window) in between.iter_mut().zip(source.windows(2)) {
                *pixel = mix(window[0], window[1], fraction.0);
            }
        }
        for row in 0..height {
            for (column, pixel) in pixels[row * stride..][..width].iter_mut().enumerate() {
                *pixel = mix(between[row][column], between[row + 1][column], fraction.1);
            }
        }
    }

    fn filter_luma(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]) {
        for edges in pair {
            let strength = edges.strength;
            let (outer, inner) = (|p| outer(p, strength), |p| inner(p, strength));
            filter_edges::<16>(plane, stride, edges, outer, inner);
        }
    }

    fn filter_luma_simply(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]) {
        for edges in pair {
            let Strength { outer, inner, .. } = edges.strength;
            let (outer, inner) = (|p| simple(p, outer), |p| simple(p, inner));
            filter_edges::<16>(plane, stride, edges, outer, inner);
        }
    }

    fn filter_chroma(self, planes: [&mut [u8]; 2], stride: usize, pair: &[Edges; 2]) {
        for plane in planes {
            for edges in pair {
                let strength = edges.strength;
                let (outer, inner) = (|p| outer(p, strength), |p| inner(p, strength));
                filter_edges::<8>(plane, stride, edges, outer, inner);
            }
        }
    }
}

fn filter(taps: &[i16; 6], pixels: impl Iterator<Item = u8>) -> u8 {
    let sum: i32 =
        taps.iter().zip(pixels).map(|(&tap, pixel)| i32::from(tap) * i32::from(pixel)).sum();
    u8::try_from(((sum + 64) >> 7).clamp(0, 255)).unwrap_or(0)
}

fn mix(a: u8, b: u8, fraction: usize) -> u8 {
    let (a, b) = (usize::from(a), usize::from(b));
    u8::try_from((a * (8 - fraction) + b * fraction + 4) / 8).unwrap_or(0)
}

/// Filters the edges of a macroblock of `N` by `N` pixels: RFC 6386, 15.1.
fn filter_edges<const N: usize>(
    plane: &mut [u8],
    stride: usize,
    edges: &Edges,
    outer: impl Fn(Across) -> Across,
    inner: impl Fn(Across) -> Across,
) {
    let at = edges.at;
    if edges.left {
        edge(plane, at, stride, 1, N, &outer);
    }
    if edges.inside {
        (4..N).step_by(4).for_each(|column| edge(plane, at + column, stride, 1, N, &inner));
    }
    if edges.above {
        edge(plane, at, 1, stride, N, &outer);
    }
    if edges.inside {
        (4..N).step_by(4).for_each(|row| edge(plane, at + row * stride, 1, stride, N, &inner));
    }
}

/// Four pixels on either side of an edge.
type Across = [u8; 8];

/// Filters so many positions along an edge, `along` apart; `across` leads over it.
fn edge(
    plane: &mut [u8],
    at: usize,
    along: usize,
    across: usize,
    length: usize,
    filter: impl Fn(Across) -> Across,
) {
    for position in 0..length {
        let first = at + position * along - 4 * across;
        let mut pixels = [0; 8];
        for (index, pixel) in pixels.iter_mut().enumerate() {
            *pixel = plane[first + index * across];
        }
        for (index, pixel) in filter(pixels).into_iter().enumerate() {
            plane[first + index * across] = pixel;
        }
    }
}

/// RFC 6386, 15.2: `u2s` and `s2u`.
fn signed(pixel: u8) -> i8 {
    (pixel ^ 0x80).cast_signed()
}

fn unsigned(value: i8) -> u8 {
    value.cast_unsigned() ^ 0x80
}

/// Saturates: RFC 6386, 15.2, `c`.
fn saturate(value: i16) -> i8 {
    i8::try_from(value.clamp(-128, 127)).unwrap_or(0)
}

/// What is added to the pixels at the edge, on the left and on the right: RFC 6386, 15.2, `common_adjust`.
fn adjustment(value: i8) -> (i8, i8) {
    (value.saturating_add(3) >> 3, value.saturating_add(4) >> 3)
}

/// RFC 6386, 15.2.
fn simple(mut pixels: Across, limit: u8) -> Across {
    let [_, _, p1, p0, q0, q1, _, _] = pixels;
    if !is_flat(p1, p0, q0, q1, limit) {
        return pixels;
    }
    let value = difference(p1, p0, q0, q1, true);
    let (left, right) = adjustment(value);
    pixels[3] = unsigned(signed(p0).saturating_add(left));
    pixels[4] = unsigned(signed(q0).saturating_sub(right));
    pixels
}

fn is_flat(p1: u8, p0: u8, q0: u8, q1: u8, limit: u8) -> bool {
    u16::from(p0.abs_diff(q0)) * 2 + u16::from(p1.abs_diff(q1) / 2) <= u16::from(limit)
}

/// Three times the step across the edge, and the step further out.
fn difference(p1: u8, p0: u8, q0: u8, q1: u8, outer: bool) -> i8 {
    let [p1, p0, q0, q1] = [p1, p0, q0, q1].map(signed);
    let base = if outer { p1.saturating_sub(q1) } else { 0 };
    saturate(i16::from(base) + 3 * (i16::from(q0) - i16::from(p0)))
}

/// RFC 6386, 15.3: whether to filter, and whether the variance is high.
fn judge(pixels: Across, limit: u8, strength: Strength) -> Option<bool> {
    let [p3, p2, p1, p0, q0, q1, q2, q3] = pixels;
    let steps = [(p3, p2), (p2, p1), (p1, p0), (q1, q0), (q2, q1), (q3, q2)];
    let is_even = steps.iter().all(|(a, b)| a.abs_diff(*b) <= strength.interior);
    (is_even && is_flat(p1, p0, q0, q1, limit))
        .then(|| p1.abs_diff(p0) > strength.variance || q1.abs_diff(q0) > strength.variance)
}

/// Between subblocks: RFC 6386, 15.3.
fn inner(mut pixels: Across, strength: Strength) -> Across {
    let Some(high) = judge(pixels, strength.inner, strength) else { return pixels };
    let [_, _, p1, p0, q0, q1, _, _] = pixels;
    let (left, right) = adjustment(difference(p1, p0, q0, q1, high));
    pixels[3] = unsigned(signed(p0).saturating_add(left));
    pixels[4] = unsigned(signed(q0).saturating_sub(right));
    if !high {
        let less = (right + 1) >> 1;
        pixels[2] = unsigned(signed(p1).saturating_add(less));
        pixels[5] = unsigned(signed(q1).saturating_sub(less));
    }
    pixels
}

/// Between macroblocks: RFC 6386, 15.3.
fn outer(mut pixels: Across, strength: Strength) -> Across {
    let Some(high) = judge(pixels, strength.outer, strength) else { return pixels };
    let [_, p2, p1, p0, q0, q1, q2, _] = pixels;
    let value = difference(p1, p0, q0, q1, true);
    if high {
        let (left, right) = adjustment(value);
        pixels[3] = unsigned(signed(p0).saturating_add(left));
        pixels[4] = unsigned(signed(q0).saturating_sub(right));
        return pixels;
    }
    for (factor, place, p, q) in [(27, 3, p0, q0), (18, 2, p1, q1), (9, 1, p2, q2)] {
        let part = saturate((factor * i16::from(value) + 63) >> 7);
        pixels[place] = unsigned(signed(p).saturating_add(part));
        pixels[7 - place] = unsigned(signed(q).saturating_sub(part));
    }
    pixels
}
