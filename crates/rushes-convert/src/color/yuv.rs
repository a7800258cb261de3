//! Pictures of luma and chroma to 8-bit RGB: which kernel fits, and the rows that it takes.

use std::array;
use std::mem;

use fearless_simd::SimdBase;
use rushes_core::PlaneMut;

use super::lanes::Lanes;
use super::scalar::YuvToRgb;
use super::simd::{
    BytesFull, BytesHalf, BytesPairs, Input, Output, Planes, Samples, Triplets, WordsFull,
    WordsHalf, WordsPairs, convert,
};
use crate::plane::{Layout, Model, Source, Target, row_mut};
use crate::rows::store_quads;
use rushes_simd::Level;

/// A vector kernel for pictures of two layouts.
#[derive(Debug)]
pub(super) struct Kernel {
    level: fearless_simd::Level,
    coefficients: YuvToRgb,
    chroma: Chroma,
    words: bool,
    shift: u32,
    place: Place,
    /// Two rows of luma share one of chroma.
    paired: bool,
    from: Layout,
    to: Layout,
    width: usize,
    height: usize,
    /// A row each of red, green and blue, on the way to pixels of four bytes.
    rows: [Vec<u8>; 3],
}

/// How chroma lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Chroma {
    Half,
    Full,
    Pairs { swapped: bool },
}

/// How red, green and blue lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Place {
    Triplets {
        swapped: bool,
    },
    Planes,
    /// Four bytes, with alpha.
    Quads,
}

impl Kernel {
    /// The kernel for two layouts, if the level has one.
    pub(super) fn new(
        level: Level,
        coefficients: YuvToRgb,
        (from, to): (Layout, Layout),
        (width, height): (usize, usize),
    ) -> Option<Self> {
        let level = level.vectors().filter(|level| has_kernels(*level))?;
        let [luma, u, v] = [0, 1, 2].map(|index| from.color(index));
        let pairs = u.plane == v.plane && u.step == 2 * from.bytes && u.shift_x == 1;
        let planar = u.plane != v.plane && u.step == from.bytes && v.step == from.bytes;
        let chroma = match u.shift_x {
            0 if planar => Chroma::Full,
            1 if planar => Chroma::Half,
            1 if pairs && luma.plane != u.plane => Chroma::Pairs { swapped: u.offset > v.offset },
            _ => return None,
        };
        if luma.step != from.bytes || from.model != Model::Yuv || u.shift_y > 1 {
            return None;
        }
        let [red, green, blue] = [0, 1, 2].map(|index| to.color(index));
        let place = match (red.step, green.offset) {
            (1, _) => Place::Planes,
            (3, 1) => Place::Triplets { swapped: red.offset > blue.offset },
            _ => Place::Quads,
        };
        let row = if place == Place::Quads { width } else { 0 };
        Some(Self {
            level,
            coefficients,
            chroma,
            words: from.bytes == 2,
            shift: 16 - from.depth,
            place,
            paired: u.shift_y == 1,
            from,
            to,
            width,
            height,
            rows: [(); 3].map(|()| vec![0; row]),
        })
    }

    /// Converts one picture.
    pub(super) fn run(&mut self, source: &Source<'_>, target: &mut Target<'_>) {
        use fearless_simd::Level as L;
        match self.level {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            L::Sse4_2(simd) => self.run_at(simd, source, target),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            L::Avx2(simd) => self.run_at(simd, source, target),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            L::Avx512(simd) => self.run_at(simd, source, target),
            #[cfg(target_arch = "aarch64")]
            L::Neon(simd) => self.run_at(simd, source, target),
            _ => {}
        }
    }

    fn run_at<S: Lanes>(&mut self, simd: S, source: &Source<'_>, target: &mut Target<'_>) {
        match (self.words, self.chroma) {
            (false, Chroma::Half) => self.run_from::<S, BytesHalf>(simd, source, target),
            (false, Chroma::Full) => self.run_from::<S, BytesFull>(simd, source, target),
            (false, Chroma::Pairs { swapped: false }) => {
                self.run_from::<S, BytesPairs<false>>(simd, source, target);
            }
            (false, Chroma::Pairs { swapped: true }) => {
                self.run_from::<S, BytesPairs<true>>(simd, source, target);
            }
            (true, Chroma::Half) => self.run_from::<S, WordsHalf>(simd, source, target),
            (true, Chroma::Full) => self.run_from::<S, WordsFull>(simd, source, target),
            (true, Chroma::Pairs { .. }) => self.run_from::<S, WordsPairs>(simd, source, target),
        }
    }

    fn run_from<S: Lanes, I: Samples>(
        &mut self,
        simd: S,
        source: &Source<'_>,
        target: &mut Target<'_>,
    ) {
        match self.place {
            Place::Triplets { swapped: false } => simd.vectorize(
                #[inline(always)]
                || self.picture::<S, I, Triplets<false>>(simd, source, target, [0; 3]),
            ),
            Place::Triplets { swapped: true } => simd.vectorize(
                #[inline(always)]
                || self.picture::<S, I, Triplets<true>>(simd, source, target, [0; 3]),
            ),
            Place::Planes => {
                let order = [0, 1, 2].map(|index| self.to.color(index).plane);
                simd.vectorize(
                    #[inline(always)]
                    || self.picture::<S, I, Planes>(simd, source, target, order),
                );
            }
            Place::Quads => simd.vectorize(
                #[inline(always)]
                || self.quads::<S, I>(simd, source, target),
            ),
        }
    }

    /// All rows, in pairs where chroma is.
    #[inline(always)]
    fn picture<S: Lanes, I: Samples, O: Output>(
        &self,
        simd: S,
        source: &Source<'_>,
        target: &mut Target<'_>,
        order: [usize; 3],
    ) {
        // Two rows of three planes each are more streams than memory likes; only short vectors have work to save.
        let paired = self.paired && (O::PIXEL[1] == 0 || S::u8s::LEN == 16);
        let mut y = 0;
        while paired && y + 1 < self.height {
            let output = output_rows::<O, 2>(target, order, y);
            convert::<S, I, O, 2>(
                simd,
                &self.coefficients,
                self.input(source, y),
                output,
                self.width,
            );
            y += 2;
        }
        while y < self.height {
            let output = output_rows::<O, 1>(target, order, y);
            convert::<S, I, O, 1>(
                simd,
                &self.coefficients,
                self.input(source, y),
                output,
                self.width,
            );
            y += 1;
        }
    }

    /// All rows, through a row of each component.
    #[inline(always)]
    fn quads<S: Lanes, I: Samples>(
        &mut self,
        simd: S,
        source: &Source<'_>,
        target: &mut Target<'_>,
    ) {
        for y in 0..self.height {
            let input = self.input(source, y);
            let output = [self.rows.each_mut().map(|row| row.as_mut_slice())];
            convert::<S, I, Planes, 1>(simd, &self.coefficients, input, output, self.width);
            let rows = self.rows.each_ref().map(|row| row.as_slice());
            let row = row_mut(&mut target[self.to.color(0).plane], y);
            match self.to.color(0).offset {
                0 => store_quads(rows, row, |[red, green, blue]| [red, green, blue, u8::MAX]),
                1 => store_quads(rows, row, |[red, green, blue]| [u8::MAX, red, green, blue]),
                _ => store_quads(rows, row, |[red, green, blue]| [blue, green, red, u8::MAX]),
            }
        }
    }

    #[inline(always)]
    fn input<'a, const ROWS: usize>(&self, source: &Source<'a>, y: usize) -> Input<'a, ROWS> {
        let [luma, u, v] = [0, 1, 2].map(|index| self.from.color(index));
        Input {
            luma: array::from_fn(|row| source.row(luma.plane, y + row)),
            chroma: [u, v].map(|chroma| source.row(chroma.plane, y >> chroma.shift_y)),
            shift: self.shift,
        }
    }
}

/// Rows `y` and on of the planes that take red, green and blue; empty for those that the kernel does not use.
#[inline(always)]
fn output_rows<'a, O: Output, const ROWS: usize>(
    target: &'a mut Target<'_>,
    order: [usize; 3],
    y: usize,
) -> [[&'a mut [u8]; 3]; ROWS] {
    let mut planes = target.each_mut().map(|plane| split::<ROWS>(plane, y));
    array::from_fn(|row| {
        array::from_fn(|index| match O::PIXEL[index] {
            0 => &mut [][..],
            _ => mem::take(&mut planes[order[index]][row]),
        })
    })
}

/// Rows `y` and on of a plane.
#[inline(always)]
fn split<'a, const ROWS: usize>(plane: &'a mut PlaneMut<'_>, y: usize) -> [&'a mut [u8]; ROWS] {
    let stride = plane.stride;
    let mut rest = row_mut(plane, y);
    array::from_fn(|row| {
        let here = mem::take(&mut rest);
        let end = if row + 1 < ROWS { stride.min(here.len()) } else { here.len() };
        let (row, below) = here.split_at_mut(end);
        rest = below;
        row
    })
}

const fn has_kernels(level: fearless_simd::Level) -> bool {
    use fearless_simd::Level as L;
    match level {
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        L::Sse4_2(_) | L::Avx2(_) | L::Avx512(_) => true,
        #[cfg(all(target_arch = "aarch64", target_endian = "little"))]
        L::Neon(_) => true,
        _ => false,
    }
}
