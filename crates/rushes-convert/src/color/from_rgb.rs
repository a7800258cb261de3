//! RGB to luma and chroma, in vectors: bit for bit what [`FromRgb`] says.
//!
//! The rows that share a row of chroma are read once: their pixels give luma, and their averages chroma.

use fearless_simd::prelude::*;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BLOCK, Pixels};
use super::scalar::FromRgb;
use super::to_rgb::centred;
use super::writer::{Output, Place, Rest, Writer, averages, four};
use crate::plane::{Layout, Model, Source, Target};

/// A vector kernel for pictures of two layouts.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    level: Level,
    coefficients: FromRgb,
    pixels: Pixels,
    writer: Writer,
    width: usize,
}

impl Kernel {
    /// The kernel for two layouts, if there is one.
    pub(super) fn new(
        level: Level,
        coefficients: FromRgb,
        (from, to): (&Layout, &Layout),
        width: usize,
    ) -> Option<Self> {
        level.vectors()?;
        if cfg!(target_endian = "big") || from.model != Model::Rgb {
            return None;
        }
        let pixels = Pixels::of(from)?;
        Some(Self { level, coefficients, pixels, writer: Writer::of(to)?, width })
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
        let factors = Factors::new(simd, &self.coefficients);
        let group = 1 << self.writer.shift.1;
        for y in (0..height).step_by(group) {
            let rows = group.min(height - y);
            let input = [self.pixels.rows(source, y), self.pixels.rows(source, y + rows - 1)];
            let mut output = self.writer.output(target, y, rows);
            self.rows(simd, &factors, input, (&mut output, rows));
        }
    }

    /// Converts one row, or two that share their chroma.
    #[inline(always)]
    fn rows<S: Lanes>(
        &self,
        simd: S,
        factors: &Factors<S>,
        input: [[&[u8]; 3]; 2],
        (output, rows): (&mut Output<'_>, usize),
    ) {
        let step = S::u8s::LEN;
        let whole = self.width / step * step;
        for x in (0..whole).step_by(step) {
            self.block(simd, factors, (input, x), (output, x, rows));
        }
        if whole == self.width {
            return;
        }
        // The rest in a copy that is long enough, its last pixel repeated for the average.
        let mut copy = [[[0; MAX_BLOCK]; 3]; 2];
        let count = self.width - whole;
        for (copy, rows) in copy.iter_mut().zip(input) {
            for ((copy, row), size) in copy.iter_mut().zip(rows).zip(self.pixels.pixel_bytes()) {
                let bytes = count * size;
                copy[..bytes].copy_from_slice(&row[whole * size..][..bytes]);
                copy.copy_within(bytes - size..bytes, bytes);
            }
        }
        let mut rest = Rest::new();
        let input = copy.each_ref().map(|rows| rows.each_ref().map(|row| row.as_slice()));
        self.block(simd, factors, (input, 0), (&mut rest.output(), 0, rows));
        self.writer.copy_rest(&mut rest, output, whole..self.width);
    }

    /// Converts the block that begins with pixel `x` of the input, to pixel `to_x` of the output.
    #[inline(always)]
    fn block<S: Lanes>(
        &self,
        simd: S,
        factors: &Factors<S>,
        (input, x): ([[&[u8]; 3]; 2], usize),
        (output, to_x, rows): (&mut Output<'_>, usize, usize),
    ) {
        let first = self.pixels.load(simd, input[0], x);
        let luma = factors.component(simd, 0, first);
        if self.writer.place == Place::Nowhere {
            return self.writer.store_full(
                simd,
                luma,
                &mut output.luma[0][self.writer.luma_bytes(to_x)..],
            );
        }
        if let Place::Beside { .. } = self.writer.place {
            let [red, green, blue] = first;
            let averages = [
                simd.average(red[0], red[1]),
                simd.average(green[0], green[1]),
                simd.average(blue[0], blue[1]),
            ];
            let chroma = factors.chroma(simd, averages);
            return self.writer.store_beside(simd, luma, chroma, &mut output.luma[0][2 * to_x..]);
        }
        self.writer.store_full(simd, luma, &mut output.luma[0][self.writer.luma_bytes(to_x)..]);
        let second = if rows == 2 {
            let second = self.pixels.load(simd, input[1], x);
            let luma = factors.component(simd, 0, second);
            self.writer.store_full(simd, luma, &mut output.luma[1][self.writer.luma_bytes(to_x)..]);
            second
        } else {
            first
        };
        let [u, v] = &mut output.chroma;
        let place = self.writer.chroma_bytes(to_x);
        let (u, v) = (&mut u[place..], v.get_mut(place..).unwrap_or_default());
        if self.writer.shift.0 == 0 {
            // The average of two equal values is their value.
            let average = [
                averages(simd, first[0], second[0]),
                averages(simd, first[1], second[1]),
                averages(simd, first[2], second[2]),
            ];
            self.writer.store_full(simd, factors.component(simd, 1, average), u);
            self.writer.store_full(simd, factors.component(simd, 2, average), v);
            return;
        }
        let average = [
            four(simd, first[0], second[0]),
            four(simd, first[1], second[1]),
            four(simd, first[2], second[2]),
        ];
        self.writer.store_chroma(simd, factors.chroma(simd, average), [u, v]);
    }
}

/// The coefficients in vectors.
struct Factors<S: Simd> {
    factors: [[S::i16s; 3]; 3],
    offset: [S::i16s; 3],
}

impl<S: Lanes> Factors<S> {
    #[inline(always)]
    fn new(simd: S, coefficients: &FromRgb) -> Self {
        Self {
            factors: coefficients.factors.map(|row| row.map(|factor| S::i16s::splat(simd, factor))),
            offset: coefficients.offset.map(|offset| S::i16s::splat(simd, offset)),
        }
    }

    /// One component of even and of odd pixels.
    #[inline(always)]
    fn component(&self, simd: S, index: usize, [a, b, c]: [Halves<S>; 3]) -> Halves<S> {
        [self.sample(simd, index, [a[0], b[0], c[0]]), self.sample(simd, index, [a[1], b[1], c[1]])]
    }

    /// Blue and red difference.
    #[inline(always)]
    fn chroma(&self, simd: S, pixels: [S::u16s; 3]) -> [S::u16s; 2] {
        [self.sample(simd, 1, pixels), self.sample(simd, 2, pixels)]
    }

    #[inline(always)]
    fn sample(&self, simd: S, index: usize, [red, green, blue]: [S::u16s; 3]) -> S::u16s {
        let [by_red, by_green, by_blue] = self.factors[index];
        let sum = simd.mul_round(centred::<S>(red), by_red)
            + simd.mul_round(centred::<S>(green), by_green)
            + self.offset[index];
        let sum = sum.saturating_add(simd.mul_round(centred::<S>(blue), by_blue));
        let sum: S::u16s = sum.bitcast();
        sum ^ 0x8000
    }
}
