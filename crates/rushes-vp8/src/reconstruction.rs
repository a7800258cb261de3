//! Rows of pictures: prediction, residual, and the loop filter two rows at a time behind them, as prediction within a frame goes
//! by what is not yet filtered.
//!
//! Luma and chroma never see each other: either is a lane that only needs parsed rows and finished frames.

use std::sync::Arc;

use rushes_simd::{Level, dispatch};

use crate::filter::Filter;
use crate::inter::{self, Filters};
use crate::intra::{self, Tile};
use crate::kernels::Kernels;
use crate::kernels::scalar::Scalar;
use crate::kernels::vector::Vectors;
use crate::macroblock::{Block, IntraMode, LumaMode, Macroblock, Reference, Row};
use crate::picture::{Plane, Planes};

/// What both lanes know about a frame.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) filters: Filters,
    pub(crate) filter: Filter,
    /// Last, golden and altref. Key frames have none.
    pub(crate) references: Option<[Arc<Planes>; 3]>,
    pub(crate) rows: usize,
}

impl Frame {
    /// What a macroblock is predicted from.
    fn reference(&self, reference: Reference) -> Option<&Planes> {
        let references = self.references.as_ref()?;
        match reference {
            Reference::Current => None,
            Reference::Last => Some(&references[0]),
            Reference::Golden => Some(&references[1]),
            Reference::Altref => Some(&references[2]),
        }
    }

    /// Luma of a row of macroblocks; then rows before it are filtered, and with the last one all that are left. `rows` are the
    /// row itself and the two before it.
    pub(crate) fn luma(&self, level: Level, number: usize, rows: [&Row; 3], plane: &mut Plane) {
        dispatch!(
            level,
            simd => self.luma_with(Vectors(simd), number, rows, plane),
            self.luma_with(Scalar, number, rows, plane)
        );
    }

    /// Chroma of a row of macroblocks, like [`luma`](Self::luma).
    pub(crate) fn chroma(
        &self,
        level: Level,
        number: usize,
        rows: [&Row; 3],
        planes: [&mut Plane; 2],
    ) {
        dispatch!(
            level,
            simd => self.chroma_with(Vectors(simd), number, rows, planes),
            self.chroma_with(Scalar, number, rows, planes)
        );
    }

    #[inline(always)]
    fn luma_with<K: Kernels>(&self, kernels: K, number: usize, rows: [&Row; 3], plane: &mut Plane) {
        let Plane { samples, stride, .. } = plane;
        let (stride, row) = (*stride, rows[0]);
        let last = row.macroblocks.len() - 1;
        for (column, macroblock) in row.macroblocks.iter().enumerate() {
            let place = (column, number);
            if let Some(reference) = self.reference(macroblock.reference) {
                let reference = &reference.planes[0];
                inter::predict_luma(kernels, self.filters, reference, samples, place, macroblock);
            } else if macroblock.luma == LumaMode::Blocks {
                let mut tile = Tile::around(samples, stride, place, column == last);
                predict_blocks(kernels, macroblock, &row.blocks, &mut tile);
                tile.store(samples, stride, place);
                continue;
            } else {
                let mode = match macroblock.luma {
                    LumaMode::Vertical => IntraMode::Vertical,
                    LumaMode::Horizontal => IntraMode::Horizontal,
                    LumaMode::TrueMotion => IntraMode::TrueMotion,
                    _ => IntraMode::Dc,
                };
                intra::predict::<16>(samples, stride, place, mode);
            }
            if !macroblock.skip {
                let pixels = &mut samples[number * 16 * stride + column * 16..];
                add_luma(kernels, macroblock, &row.blocks, pixels, stride);
            }
        }
        self.filtered(
            number,
            rows,
            #[inline(always)]
            |rows, first| {
                self.filter.luma(kernels, rows, samples, stride, first);
            },
        );
    }

    #[inline(always)]
    fn chroma_with<K: Kernels>(
        &self,
        kernels: K,
        number: usize,
        rows: [&Row; 3],
        [u, v]: [&mut Plane; 2],
    ) {
        let (stride, row) = (u.stride, rows[0]);
        let planes: [&mut [u8]; 2] = [&mut u.samples, &mut v.samples];
        let [u, v] = planes;
        for (column, macroblock) in row.macroblocks.iter().enumerate() {
            let place = (column, number);
            if let Some(reference) = self.reference(macroblock.reference) {
                let [_, of_u, of_v] = &reference.planes;
                let references = [of_u, of_v];
                inter::predict_chroma(kernels, self.filters, references, [u, v], place, macroblock);
            } else {
                intra::predict::<8>(u, stride, place, macroblock.chroma);
                intra::predict::<8>(v, stride, place, macroblock.chroma);
            }
            if !macroblock.skip {
                let at = number * 8 * stride + column * 8;
                let planes = [&mut u[at..], &mut v[at..]];
                add_chroma(kernels, macroblock, &row.blocks, planes, stride);
            }
        }
        self.filtered(
            number,
            rows,
            #[inline(always)]
            |rows, first| {
                self.filter.chroma(kernels, rows, [&mut *u, &mut *v], stride, first);
            },
        );
    }

    /// Names the rows that are to be filtered once a row is predicted, and the number of the first of them.
    #[inline(always)]
    fn filtered(
        &self,
        number: usize,
        rows: [&Row; 3],
        mut filter: impl FnMut([&[Macroblock]; 2], usize),
    ) {
        let [row, before, first] = rows.map(|row| &row.macroblocks[..]);
        let (is_even, is_last) = (number.is_multiple_of(2), number + 1 == self.rows);
        let two = (is_even && number > 0).then(|| ([first, before], number - 2));
        let rest = is_last.then(|| match is_even {
            true => ([row, &[]], number),
            false => ([before, row], number - 1),
        });
        for (rows, first) in [two, rest].into_iter().flatten() {
            filter(rows, first);
        }
    }
}

/// Predicts luma by subblocks, each of which builds on those before it with their coefficients.
#[inline(always)]
fn predict_blocks<K: Kernels>(
    kernels: K,
    macroblock: &Macroblock,
    blocks: &[Block],
    tile: &mut Tile,
) {
    let residual = macroblock.luma_residual;
    let any = if macroblock.skip { 0 } else { residual.any };
    let mut blocks = blocks[residual.start..].iter();
    for (index, &mode) in macroblock.blocks.iter().enumerate() {
        let pixels = tile.predict(index, mode);
        if any >> index & 1 != 0
            && let Some(block) = blocks.next()
        {
            kernels.add(block, pixels, Tile::STRIDE);
        }
    }
}

#[inline(always)]
fn add_luma<K: Kernels>(
    kernels: K,
    macroblock: &Macroblock,
    blocks: &[Block],
    pixels: &mut [u8],
    stride: usize,
) {
    let residual = macroblock.luma_residual;
    let mut blocks = blocks[residual.start..].iter();
    for pair in 0..8 {
        let at = pair / 2 * 4 * stride + pair % 2 * 8;
        let (any, full) = (residual.any >> (2 * pair) & 3, residual.full >> (2 * pair) & 3);
        add_pair(kernels, any, full, &mut blocks, &mut pixels[at..], stride);
    }
}

#[inline(always)]
fn add_chroma<K: Kernels>(
    kernels: K,
    macroblock: &Macroblock,
    blocks: &[Block],
    [u, v]: [&mut [u8]; 2],
    stride: usize,
) {
    let residual = macroblock.chroma_residual;
    let mut blocks = blocks[residual.start..].iter();
    for pair in 0..4 {
        let (any, full) = (residual.any >> (2 * pair) & 3, residual.full >> (2 * pair) & 3);
        let plane = if pair < 2 { &mut *u } else { &mut *v };
        add_pair(kernels, any, full, &mut blocks, &mut plane[pair % 2 * 4 * stride..], stride);
    }
}

/// Adds two blocks that are side by side, either of which may be missing.
#[inline(always)]
fn add_pair<'a, K: Kernels>(
    kernels: K,
    any: u16,
    full: u16,
    blocks: &mut impl Iterator<Item = &'a Block>,
    pixels: &mut [u8],
    stride: usize,
) {
    if any == 0 {
        return;
    }
    const NONE: &Block = &[0; 16];
    let mut next = |bit: u16| if any & bit != 0 { blocks.next().unwrap_or(NONE) } else { NONE };
    let pair = [next(1), next(2)];
    if full == 0 {
        kernels.add_firsts([pair[0][0], pair[1][0]], pixels, stride);
    } else {
        kernels.add_pair(pair, pixels, stride);
    }
}
