//! The inverse transform: RFC 6386, 14.3, of two blocks at once.

use fearless_simd::prelude::*;
use fearless_simd::{i16x8, u8x16, u16x8, u64x2};

use super::{Operations, halves, load_two, store_half};
use crate::macroblock::Block;

/// One dimension, in each lane.
#[inline(always)]
fn butterfly<S: Operations>(simd: S, [a, b, c, d]: [i16x8<S>; 4]) -> [i16x8<S>; 4] {
    // 35468 - 65536: what is taken off by that is added again.
    let sine = i16x8::splat(simd, -30068);
    let cosine = i16x8::splat(simd, 20091);
    let sine = |x: i16x8<S>| simd.multiply_high(x, sine) + x;
    let cosine = |x: i16x8<S>| simd.multiply_high(x, cosine) + x;
    let (a1, b1) = (a + c, a - c);
    let c1 = sine(b) - cosine(d);
    let d1 = cosine(b) + sine(d);
    [a1 + d1, b1 + c1, b1 - c1, a1 - d1]
}

/// Swaps rows and columns of two blocks; a vector has a row of either.
#[inline(always)]
fn transpose<S: Simd>(simd: S, [a, b, c, d]: [i16x8<S>; 4]) -> [i16x8<S>; 4] {
    let (ac, bd) = (simd.zip_low_i16x8(a, c), simd.zip_low_i16x8(b, d));
    let first = [simd.zip_low_i16x8(ac, bd), simd.zip_high_i16x8(ac, bd)];
    let (ac, bd) = (simd.zip_high_i16x8(a, c), simd.zip_high_i16x8(b, d));
    let second = [simd.zip_low_i16x8(ac, bd), simd.zip_high_i16x8(ac, bd)];
    beside(simd, first, second)
}

/// Two rows of a block in each vector, to a row of either block in each.
#[inline(always)]
fn beside<S: Simd>(simd: S, first: [i16x8<S>; 2], second: [i16x8<S>; 2]) -> [i16x8<S>; 4] {
    let low = |a: i16x8<S>, b: i16x8<S>| -> i16x8<S> {
        simd.zip_low_u64x2(a.bitcast::<u64x2<S>>(), b.bitcast::<u64x2<S>>()).bitcast()
    };
    let high = |a: i16x8<S>, b: i16x8<S>| -> i16x8<S> {
        simd.zip_high_u64x2(a.bitcast::<u64x2<S>>(), b.bitcast::<u64x2<S>>()).bitcast()
    };
    [
        low(first[0], second[0]),
        high(first[0], second[0]),
        low(first[1], second[1]),
        high(first[1], second[1]),
    ]
}

#[inline(always)]
fn load_block<S: Simd>(simd: S, block: &Block) -> [i16x8<S>; 2] {
    let (rows, _) = block.as_chunks::<8>();
    [i16x8::load_array(simd, rows[0]), i16x8::load_array(simd, rows[1])]
}

/// The differences that two blocks make, by row.
#[inline(always)]
fn differences<S: Operations>(simd: S, blocks: [&Block; 2]) -> [i16x8<S>; 4] {
    let rows = beside(simd, load_block(simd, blocks[0]), load_block(simd, blocks[1]));
    let columns = transpose(simd, butterfly(simd, rows));
    let four = i16x8::splat(simd, 4);
    let [a, b, c, d] = butterfly(simd, columns);
    let eighth = |column: i16x8<S>| simd.shr_i16x8(column + four, 3);
    transpose(simd, [eighth(a), eighth(b), eighth(c), eighth(d)])
}

/// Adds to pixels of which the lower 8 count.
#[inline(always)]
fn plus<S: Operations>(simd: S, pixels: u8x16<S>, difference: i16x8<S>) -> u8x16<S> {
    let (low, _): (u16x8<S>, _) = simd.widen_u8x16(pixels);
    let sum = simd.saturating_add_i16x8(low.bitcast(), difference);
    simd.pack(sum, sum)
}

#[inline(always)]
pub(super) fn add_pair<S: Operations>(
    simd: S,
    blocks: [&Block; 2],
    pixels: &mut [u8],
    stride: usize,
) {
    for (row, difference) in differences(simd, blocks).iter().enumerate() {
        let pixels = &mut pixels[row * stride..][..8];
        let sum = plus(simd, load_two(simd, pixels, pixels), *difference);
        store_half(halves(sum)[0], pixels);
    }
}

#[inline(always)]
pub(super) fn add<S: Operations>(simd: S, block: &Block, pixels: &mut [u8], stride: usize) {
    for (row, difference) in differences(simd, [block, block]).iter().enumerate() {
        let pixels: &mut [u8; 4] =
            pixels[row * stride..].first_chunk_mut().expect("four pixels of each row");
        let before = u64::from(u32::from_le_bytes(*pixels));
        let before = u64x2::load_array(simd, [before, 0]).bitcast();
        let [after, _] = halves(plus(simd, before, *difference));
        *pixels = *after.first_chunk().expect("four of eight");
    }
}

#[inline(always)]
pub(super) fn add_firsts<S: Operations>(
    simd: S,
    [first, second]: [i16; 2],
    pixels: &mut [u8],
    stride: usize,
) {
    let (a, b) = (first.wrapping_add(4) >> 3, second.wrapping_add(4) >> 3);
    let difference = i16x8::load_array(simd, [a, a, a, a, b, b, b, b]);
    for row in 0..4 {
        let pixels = &mut pixels[row * stride..][..8];
        let sum = plus(simd, load_two(simd, pixels, pixels), difference);
        store_half(halves(sum)[0], pixels);
    }
}
