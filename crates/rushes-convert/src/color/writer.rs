//! Luma and chroma in memory, to be written in blocks of pixels: see [`pixels`](super::pixels).

use std::ops::Range;

use fearless_simd::prelude::*;

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BYTES};
use super::to_rgb::two_rows;
use crate::plane::{Layout, Target, row_mut};

/// How chroma lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// There is none.
    Nowhere,
    /// A plane each.
    Planes,
    /// In pairs in one plane; red difference first where swapped.
    Pairs { swapped: bool },
    /// In the plane of luma, which is each first or each second byte.
    Beside { luma_first: bool },
}

/// Luma and chroma of one or two bytes, chroma of the full or of half the width and height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Writer {
    pub(super) place: Place,
    /// log2 of the subsampling of chroma.
    pub(super) shift: (u32, u32),
    /// Bytes of a sample.
    bytes: usize,
    depth: u32,
    align: u32,
}

/// Rows to write: luma, and blue and red difference; empty where there is none.
pub(super) struct Output<'a> {
    pub(super) luma: [&'a mut [u8]; 2],
    pub(super) chroma: [&'a mut [u8]; 2],
}

/// Memory for the block at the end of a row, which is shorter than a vector.
pub(super) struct Rest {
    luma: [[u8; 2 * MAX_BYTES]; 2],
    chroma: [[u8; 2 * MAX_BYTES]; 2],
}

impl Rest {
    pub(super) const fn new() -> Self {
        Self { luma: [[0; 2 * MAX_BYTES]; 2], chroma: [[0; 2 * MAX_BYTES]; 2] }
    }

    pub(super) fn output(&mut self) -> Output<'_> {
        Output {
            luma: self.luma.each_mut().map(|row| row.as_mut_slice()),
            chroma: self.chroma.each_mut().map(|row| row.as_mut_slice()),
        }
    }
}

impl Writer {
    /// What a layout says, if it is such.
    pub(super) fn of(to: &Layout) -> Option<Self> {
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
            && (shift.0 == 1 || matches!(place, Place::Planes | Place::Nowhere))
            && cfg!(target_endian = "little");
        let (bytes, depth, align) = (to.bytes, to.depth, to.align);
        fits.then_some(Self { place, shift, bytes, depth, align })
    }

    /// The rows that share the row of chroma of row `y`, of which there are one or two.
    pub(super) fn output<'a>(
        &self,
        target: &'a mut Target<'_>,
        y: usize,
        rows: usize,
    ) -> Output<'a> {
        let ([luma, u, v, _], below) = (target, y >> self.shift.1);
        Output { luma: two_rows(luma, y, rows), chroma: [row_mut(u, below), row_mut(v, below)] }
    }

    /// Copies pixels of a block to the end of a row.
    pub(super) fn copy_rest(&self, rest: &mut Rest, output: &mut Output<'_>, pixels: Range<usize>) {
        let count = pixels.len();
        let luma = self.luma_bytes(pixels.start)..self.luma_bytes(pixels.end);
        if let Place::Beside { luma_first } = self.place
            && count % 2 == 1
        {
            // The last pair has one pixel: the other's byte stays as it is.
            let spare = self.luma_bytes(count) - if luma_first { 2 } else { 1 };
            rest.luma[0][spare] = output.luma[0][luma.start + spare];
        }
        let chroma = self.chroma_bytes(pixels.start)..self.chroma_bytes(pixels.end);
        for (rows, copies, bytes) in
            [(&mut output.luma, &rest.luma, luma), (&mut output.chroma, &rest.chroma, chroma)]
        {
            for (row, copy) in rows.iter_mut().zip(copies) {
                // Rows that are not there are empty.
                if let Some(row) = row.get_mut(bytes.clone()) {
                    row.copy_from_slice(&copy[..bytes.len()]);
                }
            }
        }
    }

    /// Stores a sample for each pixel.
    #[inline(always)]
    pub(super) fn store_full<S: Lanes>(&self, _: S, [even, odd]: Halves<S>, row: &mut [u8]) {
        if self.bytes == 1 {
            bytes::<S>((even >> 8) | (odd & 0xff00)).store_slice(&mut row[..S::u8s::LEN]);
            return;
        }
        let (low, high) = self.words::<S>(even).interleave(self.words::<S>(odd));
        let (start, end) = row[..2 * S::u8s::LEN].split_at_mut(S::u8s::LEN);
        bytes::<S>(low).store_slice(start);
        bytes::<S>(high).store_slice(end);
    }

    /// Stores a sample of each difference for every two pixels.
    #[inline(always)]
    pub(super) fn store_chroma<S: Lanes>(
        &self,
        simd: S,
        chroma: [S::u16s; 2],
        [u, v]: [&mut [u8]; 2],
    ) {
        let (size, words) = (S::u8s::LEN, self.bytes == 2);
        if let Place::Pairs { swapped } = self.place {
            let [first, second] = if swapped { [chroma[1], chroma[0]] } else { chroma };
            self.store_full(simd, [first, second], u);
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
    pub(super) fn store_beside<S: Lanes>(
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
        lanes >> (16 - self.depth) << self.align
    }

    /// Bytes of this many pixels of a row of luma.
    pub(super) const fn luma_bytes(&self, pixels: usize) -> usize {
        match self.place {
            Place::Beside { .. } => pixels.div_ceil(2) * 4,
            _ => pixels * self.bytes,
        }
    }

    /// Bytes of this many pixels of a row of chroma.
    pub(super) const fn chroma_bytes(&self, pixels: usize) -> usize {
        let samples = pixels.div_ceil(1 << self.shift.0);
        match self.place {
            Place::Pairs { .. } => 2 * samples * self.bytes,
            _ => samples * self.bytes,
        }
    }
}

#[inline(always)]
fn bytes<S: Lanes>(words: S::u16s) -> S::u8s {
    words.bitcast()
}

/// The averages of two rows.
#[inline(always)]
pub(super) fn averages<S: Lanes>(simd: S, a: Halves<S>, b: Halves<S>) -> Halves<S> {
    [simd.average(a[0], b[0]), simd.average(a[1], b[1])]
}

/// The averages of two neighbours in two rows.
#[inline(always)]
pub(super) fn four<S: Lanes>(simd: S, a: Halves<S>, b: Halves<S>) -> S::u16s {
    simd.average(simd.average(a[0], a[1]), simd.average(b[0], b[1]))
}
