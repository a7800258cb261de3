//! Luma and chroma in memory, to be read in blocks of pixels: see [`pixels`](super::pixels).

use fearless_simd::prelude::*;

use super::lanes::Lanes;
use super::pixels::{Halves, halves, split, vector, word_halves};
use crate::plane::{Layout, Model, Source};

/// How chroma lies beside luma.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Chroma {
    /// A plane each, of the full width.
    Full,
    /// A plane each, of half the width.
    Half,
    /// In pairs in one plane, of half the width; red difference first where swapped.
    Pairs { swapped: bool },
    /// In the plane of luma, which is each first or each second byte.
    Beside { luma_first: bool },
}

/// Luma and chroma of one or two bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Planes {
    pub(super) chroma: Chroma,
    /// Planes of chroma.
    pub(super) planes: [usize; 2],
    /// log2 of the vertical subsampling of chroma.
    pub(super) shift_y: u32,
    /// Bytes of a sample.
    pub(super) bytes: usize,
    /// Bits that a sample lacks to 16, and whether it lies above them.
    shift: u32,
    aligned: bool,
}

impl Planes {
    /// What a layout says, if it is such.
    pub(super) fn of(layout: &Layout) -> Option<Self> {
        if layout.model != Model::Yuv || cfg!(target_endian = "big") {
            return None;
        }
        let [luma, u, v] = [0, 1, 2].map(|index| layout.color(index));
        let chroma = if luma.plane == u.plane {
            Chroma::Beside { luma_first: luma.offset == 0 }
        } else if u.plane == v.plane {
            Chroma::Pairs { swapped: u.offset > v.offset }
        } else if u.shift_x == 0 {
            Chroma::Full
        } else {
            Chroma::Half
        };
        let known = u.shift_x <= 1 && u.shift_y <= 1;
        (known && (u.shift_x == 1 || chroma == Chroma::Full)).then_some(Self {
            chroma,
            planes: [u.plane, v.plane],
            shift_y: u.shift_y,
            bytes: layout.bytes,
            shift: 16 - layout.depth,
            aligned: layout.align > 0,
        })
    }

    /// The rows of chroma for row `y`.
    #[inline(always)]
    pub(super) fn chroma_rows<'a>(&self, source: &Source<'a>, y: usize) -> [&'a [u8]; 2] {
        // Not `map`, which the compiler may leave to be called.
        let y = y >> self.shift_y;
        [source.row(self.planes[0], y), source.row(self.planes[1], y)]
    }

    /// Bytes of this many pixels of a row of luma.
    pub(super) const fn luma_bytes(&self, pixels: usize) -> usize {
        match self.chroma {
            Chroma::Beside { .. } => pixels.div_ceil(2) * 4,
            _ => pixels * self.bytes,
        }
    }

    /// Bytes of this many pixels of a row of chroma.
    pub(super) const fn chroma_bytes(&self, pixels: usize) -> usize {
        match self.chroma {
            Chroma::Full => pixels * self.bytes,
            Chroma::Half => pixels.div_ceil(2) * self.bytes,
            Chroma::Pairs { .. } => pixels.div_ceil(2) * 2 * self.bytes,
            Chroma::Beside { .. } => 0,
        }
    }

    /// Luma of the block that begins with pixel `x`, shifted up to 16 bits.
    #[inline(always)]
    pub(super) fn load_luma<S: Lanes>(&self, simd: S, row: &[u8], x: usize) -> Halves<S> {
        let row = &row[self.luma_bytes(x)..];
        match self.chroma {
            Chroma::Beside { luma_first } => {
                let [even, odd] = word_halves(simd, row, 0);
                if luma_first { [even << 8, odd << 8] } else { [even & 0xff00, odd & 0xff00] }
            }
            _ if self.bytes == 1 => halves(simd, vector(simd, row, 0)),
            _ => self.words(simd, row),
        }
    }

    /// Chroma of the block that begins with pixel `x`, shifted up to 16 bits: blue and red difference, each of even and of
    /// odd pixels. Where there is one for two, both are that one.
    #[inline(always)]
    pub(super) fn load_chroma<S: Lanes>(
        &self,
        simd: S,
        (luma, [u, v]): (&[u8], [&[u8]; 2]),
        x: usize,
    ) -> [Halves<S>; 2] {
        let place = self.chroma_bytes(x);
        match (self.chroma, self.bytes) {
            (Chroma::Full, 1) => [
                halves(simd, vector(simd, &u[place..], 0)),
                halves(simd, vector(simd, &v[place..], 0)),
            ],
            (Chroma::Full, _) => [self.words(simd, &u[place..]), self.words(simd, &v[place..])],
            (Chroma::Half, 1) => {
                [[simd.widen(&u[place..]) << 8; 2], [simd.widen(&v[place..]) << 8; 2]]
            }
            (Chroma::Half, _) => {
                let u: S::u16s = vector(simd, &u[place..], 0).bitcast();
                let v: S::u16s = vector(simd, &v[place..], 0).bitcast();
                [[u << self.shift; 2], [v << self.shift; 2]]
            }
            (Chroma::Pairs { swapped }, bytes) => {
                let [first, second] = if bytes == 1 {
                    halves(simd, vector(simd, &u[place..], 0))
                } else {
                    self.words(simd, &u[place..])
                };
                if swapped { [[second; 2], [first; 2]] } else { [[first; 2], [second; 2]] }
            }
            (Chroma::Beside { luma_first }, _) => {
                let [even, odd] = word_halves(simd, &luma[self.luma_bytes(x)..], 0);
                if luma_first {
                    [[even & 0xff00; 2], [odd & 0xff00; 2]]
                } else {
                    [[even << 8; 2], [odd << 8; 2]]
                }
            }
        }
    }

    /// Even and odd samples of two bytes.
    #[inline(always)]
    fn words<S: Lanes>(&self, simd: S, row: &[u8]) -> Halves<S> {
        if !self.aligned {
            return word_halves(simd, row, self.shift);
        }
        // The bits below mean nothing.
        let [even, odd] =
            split::<S>(vector(simd, row, 0).bitcast(), vector(simd, row, 1).bitcast(), 0);
        [even >> self.shift << self.shift, odd >> self.shift << self.shift]
    }
}
