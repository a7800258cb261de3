//! Luma and chroma to other planes, another subsampling or, where values only gain or lose low bits, another depth, in
//! vectors: bit for bit what component by component gives.

use fearless_simd::prelude::*;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BYTES};
use super::planes::{Chroma, Planes};
use super::writer::{Output, Place, Rest, Writer, averages, four};
use crate::plane::{Layout, Model, Source, Target};

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
        Some(Self { level, from: planes, to: writer, width, half, copies })
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
        let group = 1 << self.to.shift.1;
        for y in (0..height).step_by(group) {
            let rows = group.min(height - y);
            let places = [y, y + rows - 1];
            let chroma_row =
                |y: usize| self.from.planes.map(|plane| source.row(plane, y >> self.from.shift_y));
            let input =
                Input { luma: places.map(|y| source.row(0, y)), chroma: places.map(chroma_row) };
            let mut output = self.to.output(target, y, rows);
            if self.copies {
                for (output, input) in output.luma.iter_mut().zip(input.luma).take(rows) {
                    let bytes = self.to.luma_bytes(self.width);
                    output[..bytes].copy_from_slice(&input[..bytes]);
                }
            }
            self.rows(simd, input, (&mut output, rows));
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
            for (output, input) in output.luma.iter_mut().zip(input.luma).take(rows) {
                let luma = self.rounded(simd, self.from.load_luma(simd, input, x));
                self.to.store_full(simd, luma, &mut output[self.to.luma_bytes(to_x)..]);
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
