//! Luma and chroma to other planes, another subsampling or, where values only gain or lose low bits, another depth, in
//! vectors: bit for bit what component by component gives.

use fearless_simd::prelude::*;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BYTES};
use super::planes::{Chroma, Planes};
use super::writer::{Output, Place, Rest, Writer, averages, four};
use crate::plane::{Layout, Model, Source, Target, row_mut};

/// A vector kernel for pictures of two layouts.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    level: Level,
    from: Planes,
    to: Writer,
    width: usize,
    /// Half of a step of the target, where there are bits below it.
    half: u16,
    /// Luma is copied.
    copies: bool,
    /// Bytes only find other places: chroma in pairs, red difference first where swapped, becomes two planes, or these
    /// become pairs.
    moves: Option<bool>,
}

/// Rows to read: luma and chroma, of one row or two.
#[derive(Clone, Copy)]
struct Input<'a> {
    luma: [&'a [u8]; 2],
    chroma: [[&'a [u8]; 2]; 2],
}

impl Kernel {
    /// The kernel for two layouts, if there is one.
    pub(super) fn new(level: Level, (from, to): (&Layout, &Layout), width: usize) -> Option<Self> {
        level.vectors()?;
        if to.model != Model::Yuv {
            return None;
        }
        let (planes, writer) = (Planes::of(from)?, Writer::of(to)?);
        let (from_x, from_y) = from.chroma_shift();
        let averages = from_x < writer.shift.0 || from_y < writer.shift.1;
        // An average is rounded before its depth is lowered; and four of more than 14 bits are rounded twice.
        if averages && (from.depth != to.depth || from.depth > 14) {
            return None;
        }
        let bits = averages || from.depth > to.depth;
        let half = if bits { 1 << (16 - to.depth) >> 1 } else { 0 };
        let copies = !matches!(writer.place, Place::Beside { .. })
            && !matches!(planes.chroma, Chroma::Beside { .. })
            && (from.bytes, from.align, from.depth) == (to.bytes, to.align, to.depth);
        let moves = match (planes.chroma, writer.place) {
            _ if !copies || averages || bits || from.bytes > 1 || from_y != writer.shift.1 => None,
            (Chroma::Pairs { swapped }, Place::Planes) if writer.shift.0 == 1 => Some(swapped),
            (Chroma::Half, Place::Pairs { swapped }) => Some(swapped),
            _ => None,
        };
        Some(Self { level, from: planes, to: writer, width, half, copies, moves })
    }

    /// Converts `height` rows.
    pub(super) fn run(&self, source: &Source<'_>, target: &mut Target<'_>, height: usize) {
        dispatch!(self.level, simd => self.picture(simd, source, (target, height)), ());
    }

    #[inline(always)]
    fn picture<S: Lanes>(
        &self,
        simd: S,
        source: &Source<'_>,
        (target, height): (&mut Target<'_>, usize),
    ) {
        if let Some(swapped) = self.moves {
            return self.move_bytes(simd, source, (target, height), swapped);
        }
        let group = 1 << self.to.shift.1;
        for y in (0..height).step_by(group) {
            let rows = group.min(height - y);
            let below = y + rows - 1;
            let input = Input {
                luma: [source.row(0, y), source.row(0, below)],
                chroma: [self.from.chroma_rows(source, y), self.from.chroma_rows(source, below)],
            };
            let mut output = self.to.output(target, y, rows);
            if self.copies {
                let bytes = self.to.luma_bytes(self.width);
                for row in 0..rows {
                    output.luma[row][..bytes].copy_from_slice(&input.luma[row][..bytes]);
                }
            }
            self.rows(simd, input, (&mut output, rows));
        }
    }

    /// Copies luma, and takes pairs of chroma apart or makes them, in rows as long as memory lets them be.
    #[inline(always)]
    fn move_bytes<S: Lanes>(
        &self,
        simd: S,
        source: &Source<'_>,
        (target, height): (&mut Target<'_>, usize),
        swapped: bool,
    ) {
        let [luma, chroma @ ..] = target;
        let strides = [source.stride(0), luma.stride, luma.stride];
        let (rows, width) = long_rows(strides, [self.width; 3], height);
        for y in 0..rows {
            row_mut(luma, y)[..width].copy_from_slice(&source.row(0, y)[..width]);
        }
        let (samples, height) = (self.width.div_ceil(2), height.div_ceil(1 << self.to.shift.1));
        if self.to.place == Place::Planes {
            let strides = [source.stride(self.from.planes[0]), chroma[0].stride, chroma[1].stride];
            let (rows, _) = long_rows(strides, [2 * samples, samples, samples], height);
            let samples = samples * height / rows;
            let [u, v, _] = chroma;
            let (one, other) = if swapped { (v, u) } else { (u, v) };
            for y in 0..rows {
                let pairs = &source.row(self.from.planes[0], y)[..2 * samples];
                let (one, other) = (row_mut(one, y), row_mut(other, y));
                split(simd, pairs, &mut one[..samples], &mut other[..samples]);
            }
        } else {
            let [u, v] = self.from.planes;
            let (one, other) = if swapped { (v, u) } else { (u, v) };
            let strides = [chroma[0].stride, source.stride(one), source.stride(other)];
            let (rows, _) = long_rows(strides, [2 * samples, samples, samples], height);
            let samples = samples * height / rows;
            for y in 0..rows {
                let (one, other) = (source.row(one, y), source.row(other, y));
                let pairs = &mut row_mut(&mut chroma[0], y)[..2 * samples];
                join(simd, &one[..samples], &other[..samples], pairs);
            }
        }
    }

    /// Converts one row, or two that share their chroma.
    #[inline(always)]
    fn rows<S: Lanes>(&self, simd: S, input: Input<'_>, (output, rows): (&mut Output<'_>, usize)) {
        let step = S::u8s::LEN;
        let whole = self.width / step * step;
        for x in (0..whole).step_by(step) {
            self.block(simd, (input, x), (output, x, rows));
        }
        if whole == self.width {
            return;
        }
        // The rest in a copy that is long enough, its last sample of chroma repeated for the average.
        let mut luma = [[0; 2 * MAX_BYTES]; 2];
        let bytes = self.from.luma_bytes(whole)..self.from.luma_bytes(self.width);
        for (copy, row) in luma.iter_mut().zip(input.luma) {
            let row = &row[bytes.start..bytes.end.min(row.len())];
            copy[..row.len()].copy_from_slice(row);
        }
        let mut chroma = [[[0; 2 * MAX_BYTES]; 2]; 2];
        let bytes = self.from.chroma_bytes(whole)..self.from.chroma_bytes(self.width);
        for (copies, rows) in chroma.iter_mut().zip(input.chroma) {
            for (copy, row) in copies.iter_mut().zip(rows) {
                let row = row.get(bytes.clone()).unwrap_or_default();
                copy[..row.len()].copy_from_slice(row);
                if self.from.chroma == Chroma::Full {
                    copy.copy_within(row.len() - self.from.bytes..row.len(), row.len());
                }
            }
        }
        let padded = Input {
            luma: luma.each_ref().map(|row| row.as_slice()),
            chroma: chroma.each_ref().map(|rows| rows.each_ref().map(|row| row.as_slice())),
        };
        let mut rest = Rest::new();
        self.block(simd, (padded, 0), (&mut rest.output(), 0, rows));
        if self.copies {
            output.luma = Default::default();
        }
        self.to.copy_rest(&mut rest, output, whole..self.width);
    }

    /// Converts the block that begins with pixel `x` of the input, to pixel `to_x` of the output.
    #[inline(always)]
    fn block<S: Lanes>(
        &self,
        simd: S,
        (input, x): (Input<'_>, usize),
        (output, to_x, rows): (&mut Output<'_>, usize, usize),
    ) {
        let below = self.from.shift_y < self.to.shift.1;
        let narrow = self.to.shift.0 == 1;
        let [u, v] = self.from.load_chroma(simd, (input.luma[0], input.chroma[0]), x);
        let [u_below, v_below] = if below {
            self.from.load_chroma(simd, (input.luma[1], input.chroma[1]), x)
        } else {
            [u, v]
        };
        // The average of two equal values is their value.
        let [u, v] = if narrow && self.from.chroma == Chroma::Full {
            [[four(simd, u, u_below); 2], [four(simd, v, v_below); 2]]
        } else if below {
            [averages(simd, u, u_below), averages(simd, v, v_below)]
        } else {
            [u, v]
        };
        let (u, v) = (self.rounded(simd, u), self.rounded(simd, v));
        if let Place::Beside { .. } = self.to.place {
            let luma = self.rounded(simd, self.from.load_luma(simd, input.luma[0], x));
            let row = &mut output.luma[0][2 * to_x..];
            return self.to.store_beside(simd, luma, [u[0], v[0]], row);
        }
        if !self.copies {
            for row in 0..rows {
                let luma = self.rounded(simd, self.from.load_luma(simd, input.luma[row], x));
                self.to.store_full(simd, luma, &mut output.luma[row][self.to.luma_bytes(to_x)..]);
            }
        }
        let place = self.to.chroma_bytes(to_x);
        let [first, second] = &mut output.chroma;
        let (first, second) = (&mut first[place..], second.get_mut(place..).unwrap_or_default());
        if narrow {
            self.to.store_chroma(simd, [u[0], v[0]], [first, second]);
        } else {
            self.to.store_full(simd, u, first);
            self.to.store_full(simd, v, second);
        }
    }

    /// Half a step more, where lower bits will be cut.
    #[inline(always)]
    fn rounded<S: Lanes>(&self, simd: S, [even, odd]: Halves<S>) -> Halves<S> {
        let half = S::u16s::splat(simd, self.half);
        [even.saturating_add(half), odd.saturating_add(half)]
    }
}

/// How many rows there are, and how long: one where nothing lies between them.
fn long_rows(strides: [usize; 3], bytes: [usize; 3], rows: usize) -> (usize, usize) {
    if strides == bytes { (1, bytes[0] * rows) } else { (rows, bytes[0]) }
}

/// Takes pairs apart.
#[inline(always)]
fn split<S: Lanes>(simd: S, pairs: &[u8], first: &mut [u8], second: &mut [u8]) {
    let (length, count) = (S::u8s::LEN, first.len());
    if count < length {
        for x in 0..count {
            (first[x], second[x]) = (pairs[2 * x], pairs[2 * x + 1]);
        }
        return;
    }
    let mut x = 0;
    while x < count {
        // The last block overlaps the one before it.
        x = x.min(count - length);
        let pairs = &pairs[2 * x..2 * (x + length)];
        let (low, high) = pairs.split_at(length);
        let low = S::u8s::from_slice(simd, low);
        let (one, other) = low.deinterleave(S::u8s::from_slice(simd, high));
        one.store_slice(&mut first[x..x + length]);
        other.store_slice(&mut second[x..x + length]);
        x += length;
    }
}

/// Makes pairs.
#[inline(always)]
fn join<S: Lanes>(simd: S, first: &[u8], second: &[u8], pairs: &mut [u8]) {
    let (length, count) = (S::u8s::LEN, first.len());
    if count < length {
        for x in 0..count {
            (pairs[2 * x], pairs[2 * x + 1]) = (first[x], second[x]);
        }
        return;
    }
    let mut x = 0;
    while x < count {
        x = x.min(count - length);
        let one = S::u8s::from_slice(simd, &first[x..x + length]);
        let (low, high) = one.interleave(S::u8s::from_slice(simd, &second[x..x + length]));
        low.store_slice(&mut pairs[2 * x..2 * x + length]);
        high.store_slice(&mut pairs[2 * x + length..2 * (x + length)]);
        x += length;
    }
}
