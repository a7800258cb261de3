//! The kernels in vectors of 16 bytes, for each level that has them.

mod area;
mod edges;
mod operations;
mod taps;
mod transform;
mod transpose;

use fearless_simd::prelude::*;
use fearless_simd::u8x16;

pub(crate) use operations::Operations;

use super::{Edges, Kernels};
use crate::macroblock::Block;

/// Vector instructions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vectors<S>(pub(crate) S);

const LONG_ENOUGH: &str = "planes are of whole macroblocks, with some bytes behind them";

/// The first 16 bytes.
#[inline(always)]
fn load<S: Simd>(simd: S, bytes: &[u8]) -> u8x16<S> {
    u8x16::load_array_ref(simd, bytes.first_chunk().expect(LONG_ENOUGH))
}

/// The first 8 bytes of either.
#[inline(always)]
fn load_two<S: Simd>(simd: S, low: &[u8], high: &[u8]) -> u8x16<S> {
    let half = |bytes: &[u8]| u64::from_le_bytes(*bytes.first_chunk().expect(LONG_ENOUGH));
    u64x2::load_array(simd, [half(low), half(high)]).bitcast()
}

use fearless_simd::u64x2;

/// Stores 16 bytes.
#[inline(always)]
fn store<S: Simd>(vector: u8x16<S>, bytes: &mut [u8]) {
    vector.store_array(bytes.first_chunk_mut().expect(LONG_ENOUGH));
}

/// The lower and the upper 8 bytes.
#[inline(always)]
fn halves<S: Simd>(vector: u8x16<S>) -> [[u8; 8]; 2] {
    let vector: u64x2<S> = vector.bitcast();
    [vector[0].to_le_bytes(), vector[1].to_le_bytes()]
}

/// Stores 8 bytes.
#[inline(always)]
fn store_half(half: [u8; 8], bytes: &mut [u8]) {
    *bytes.first_chunk_mut().expect(LONG_ENOUGH) = half;
}

impl<S: Operations> Kernels for Vectors<S> {
    #[inline(always)]
    fn add(self, block: &Block, pixels: &mut [u8], stride: usize) {
        transform::add(self.0, block, pixels, stride);
    }

    #[inline(always)]
    fn add_pair(self, blocks: [&Block; 2], pixels: &mut [u8], stride: usize) {
        transform::add_pair(self.0, blocks, pixels, stride);
    }

    #[inline(always)]
    fn add_firsts(self, firsts: [i16; 2], pixels: &mut [u8], stride: usize) {
        transform::add_firsts(self.0, firsts, pixels, stride);
    }

    #[inline(always)]
    fn six_tap(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        size: (usize, usize),
        fraction: (usize, usize),
    ) {
        taps::six_tap(self.0, (source, source_stride), (pixels, stride), size, fraction);
    }

    #[inline(always)]
    fn bilinear(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        size: (usize, usize),
        fraction: (usize, usize),
    ) {
        taps::bilinear(self.0, (source, source_stride), (pixels, stride), size, fraction);
    }

    #[inline(always)]
    fn filter_luma(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]) {
        edges::filter_luma(self.0, plane, stride, pair);
    }

    #[inline(always)]
    fn filter_luma_simply(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]) {
        edges::filter_luma_simply(self.0, plane, stride, pair);
    }

    #[inline(always)]
    fn filter_chroma(self, planes: [&mut [u8]; 2], stride: usize, pair: &[Edges; 2]) {
        edges::filter_chroma(self.0, planes, stride, pair);
    }
}
