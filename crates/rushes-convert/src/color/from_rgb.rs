//! RGB to luma and chroma, in vectors: bit for bit what [`FromRgb`] says.
//!
//! The rows that share a row of chroma are read once: their pixels give luma, and their averages chroma.

use fearless_simd::prelude::*;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BLOCK, MAX_BYTES, Pixels};
use super::scalar::FromRgb;
use super::to_rgb::{centred, two_rows};
use crate::plane::{Layout, Model, Source, Target, row_mut};

/// A vector kernel for pictures of two layouts.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    level: Level,
    coefficients: FromRgb,
    pixels: Pixels,
    place: Place,
    to: Layout,
    /// log2 of the subsampling of chroma.
    shift: (u32, u32),
    width: usize,
}

/// How chroma lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    /// There is none.
    Nowhere,
    /// A plane each.
    Planes,
    /// In pairs in one plane; red difference first where swapped.
    Pairs { swapped: bool },
    /// In the plane of luma, which is each first or each second byte.
    Beside { luma_first: bool },
}

/// Rows to write: luma, and blue and red difference; empty where there is none.
struct Output<'a> {
    luma: [&'a mut [u8]; 2],
    chroma: [&'a mut [u8]; 2],
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
        let [luma, u, v] = [0, 1, 2].map(|index| to.color(index));
        let place = if to.colors == 1 {
            Place::Nowhere
        } else if luma.plane == u.plane {
            Place::Beside { luma_first: luma.offset == 0 }
        } else if u.plane == v.plane {
            Place::Pairs { swapped: u.offset > v.offset }
        } else {
            Place::Planes
        };
        let shift = if to.colors == 1 { (0, 0) } else { (u.shift_x, u.shift_y) };
        let fits = shift.0 <= 1
            && shift.1 <= 1
            && (shift.0 == 1 || matches!(place, Place::Planes | Place::Nowhere));
        fits.then_some(Self { level, coefficients, pixels, place, to: *to, shift, width })
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
        let group = 1 << self.shift.1;
        for y in (0..height).step_by(group) {
            let rows = group.min(height - y);
            let input =
                [0, rows - 1].map(|row| self.pixels.planes.map(|plane| source.row(plane, y + row)));
            let [luma, chroma @ ..] = &mut *target;
            let [u, v, _] = chroma.each_mut().map(|plane| row_mut(plane, y >> self.shift.1));
            let mut output = Output { luma: two_rows(luma, y, rows), chroma: [u, v] };
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
        let mut luma = [[0; 2 * MAX_BYTES]; 2];
        let mut chroma = [[0; 2 * MAX_BYTES]; 2];
        let mut padded = Output {
            luma: luma.each_mut().map(|row| row.as_mut_slice()),
            chroma: chroma.each_mut().map(|row| row.as_mut_slice()),
        };
        let input = copy.each_ref().map(|rows| rows.each_ref().map(|row| row.as_slice()));
        self.block(simd, factors, (input, 0), (&mut padded, 0, rows));
        if let Place::Beside { luma_first } = self.place
            && count % 2 == 1
        {
            // The last pair has one pixel: the other's byte stays as it is.
            let spare = self.luma_bytes(count) - if luma_first { 2 } else { 1 };
            luma[0][spare] = output.luma[0][self.luma_bytes(whole) + spare];
        }
        for (rows, copies, bytes) in [
            (&mut output.luma, &luma, self.luma_bytes(whole)..self.luma_bytes(self.width)),
            (&mut output.chroma, &chroma, self.chroma_bytes(whole)..self.chroma_bytes(self.width)),
        ] {
            for (row, copy) in rows.iter_mut().zip(copies) {
                // Rows that are not there are empty.
                if let Some(row) = row.get_mut(bytes.clone()) {
                    row.copy_from_slice(&copy[..bytes.len()]);
                }
            }
        }
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
        if self.place == Place::Nowhere {
            return self.store_full(simd, luma, &mut output.luma[0][self.luma_bytes(to_x)..]);
        }
        if let Place::Beside { .. } = self.place {
            let chroma = factors.chroma(simd, first.map(|[even, odd]| simd.average(even, odd)));
            return self.store_beside(simd, luma, chroma, &mut output.luma[0][2 * to_x..]);
        }
        self.store_full(simd, luma, &mut output.luma[0][self.luma_bytes(to_x)..]);
        let second = if rows == 2 {
            let second = self.pixels.load(simd, input[1], x);
            let luma = factors.component(simd, 0, second);
            self.store_full(simd, luma, &mut output.luma[1][self.luma_bytes(to_x)..]);
            second
        } else {
            first
        };
        let [u, v] = &mut output.chroma;
        let place = self.chroma_bytes(to_x);
        let (u, v) = (&mut u[place..], v.get_mut(place..).unwrap_or_default());
        if self.shift.0 == 0 {
            // The average of two equal values is their value.
            let average = [
                averages(simd, first[0], second[0]),
                averages(simd, first[1], second[1]),
                averages(simd, first[2], second[2]),
            ];
            self.store_full(simd, factors.component(simd, 1, average), u);
            self.store_full(simd, factors.component(simd, 2, average), v);
            return;
        }
        let average = [
            four(simd, first[0], second[0]),
            four(simd, first[1], second[1]),
            four(simd, first[2], second[2]),
        ];
        self.store_chroma(simd, factors.chroma(simd, average), [u, v]);
    }

    /// Stores a sample for each pixel.
    #[inline(always)]
    fn store_full<S: Lanes>(&self, _: S, [even, odd]: Halves<S>, row: &mut [u8]) {
        if self.to.bytes == 1 {
            let bytes: S::u8s = ((even >> 8) | (odd & 0xff00)).bitcast();
            bytes.store_slice(&mut row[..S::u8s::LEN]);
            return;
        }
        let (low, high) = self.words::<S>(even).interleave(self.words::<S>(odd));
        let (start, end) = row[..2 * S::u8s::LEN].split_at_mut(S::u8s::LEN);
        bytes::<S>(low).store_slice(start);
        bytes::<S>(high).store_slice(end);
    }

    /// Stores a sample of each difference for every two pixels.
    #[inline(always)]
    fn store_chroma<S: Lanes>(&self, simd: S, chroma: [S::u16s; 2], [u, v]: [&mut [u8]; 2]) {
        let (size, words) = (S::u8s::LEN, self.to.bytes == 2);
        if let Place::Pairs { swapped } = self.place {
            let [first, second] = if swapped { [chroma[1], chroma[0]] } else { chroma };
            if words {
                let (low, high) = self.words::<S>(first).interleave(self.words::<S>(second));
                let (start, end) = u[..2 * size].split_at_mut(size);
                bytes::<S>(low).store_slice(start);
                bytes::<S>(high).store_slice(end);
            } else {
                bytes::<S>((first >> 8) | (second & 0xff00)).store_slice(&mut u[..size]);
            }
        } else if words {
            bytes::<S>(self.words::<S>(chroma[0])).store_slice(&mut u[..size]);
            bytes::<S>(self.words::<S>(chroma[1])).store_slice(&mut v[..size]);
        } else {
            simd.store_upper(chroma[0], u);
            simd.store_upper(chroma[1], v);
        }
    }

    /// Stores pixels in pairs, between which chroma lies.
    #[inline(always)]
    fn store_beside<S: Lanes>(
        &self,
        _: S,
        [even, odd]: Halves<S>,
        [u, v]: [S::u16s; 2],
        row: &mut [u8],
    ) {
        let (low, high) = if self.place == (Place::Beside { luma_first: true }) {
            ((even >> 8) | (u & 0xff00)).interleave((odd >> 8) | (v & 0xff00))
        } else {
            ((u >> 8) | (even & 0xff00)).interleave((v >> 8) | (odd & 0xff00))
        };
        let (start, end) = row[..2 * S::u8s::LEN].split_at_mut(S::u8s::LEN);
        bytes::<S>(low).store_slice(start);
        bytes::<S>(high).store_slice(end);
    }

    /// Samples of two bytes, as they lie in memory.
    #[inline(always)]
    fn words<S: Lanes>(&self, lanes: S::u16s) -> S::u16s {
        lanes >> (16 - self.to.depth) << self.to.align
    }

    /// Bytes of this many pixels of a row of luma.
    const fn luma_bytes(&self, pixels: usize) -> usize {
        match self.place {
            Place::Beside { .. } => pixels.div_ceil(2) * 4,
            _ => pixels * self.to.bytes,
        }
    }

    /// Bytes of this many pixels of a row of chroma.
    const fn chroma_bytes(&self, pixels: usize) -> usize {
        let samples = pixels.div_ceil(1 << self.shift.0);
        match self.place {
            Place::Pairs { .. } => 2 * samples * self.to.bytes,
            _ => samples * self.to.bytes,
        }
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

#[inline(always)]
fn bytes<S: Lanes>(words: S::u16s) -> S::u8s {
    words.bitcast()
}

/// The averages of two rows.
#[inline(always)]
fn averages<S: Lanes>(simd: S, a: Halves<S>, b: Halves<S>) -> Halves<S> {
    [simd.average(a[0], b[0]), simd.average(a[1], b[1])]
}

/// The averages of two neighbours in two rows.
#[inline(always)]
fn four<S: Lanes>(simd: S, a: Halves<S>, b: Halves<S>) -> S::u16s {
    simd.average(simd.average(a[0], a[1]), simd.average(b[0], b[1]))
}
