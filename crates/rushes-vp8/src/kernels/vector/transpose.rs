//! Rows of bytes to columns and back, in both halves of vectors by themselves.

use fearless_simd::u8x32;

use super::Operations;

/// One step of a perfect shuffle: of the bits of a byte's place (vector, then lane), the highest becomes the lowest.
#[inline(always)]
fn step<S: Operations, const N: usize>(simd: S, vectors: [u8x32<S>; N]) -> [u8x32<S>; N] {
    let mut out = vectors;
    for index in 0..N / 2 {
        out[2 * index] = simd.zip_lows(vectors[index], vectors[index + N / 2]);
        out[2 * index + 1] = simd.zip_highs(vectors[index], vectors[index + N / 2]);
    }
    out
}

/// 16 rows to 16 columns, or back.
#[inline(always)]
pub(super) fn square<S: Operations>(simd: S, rows: [u8x32<S>; 16]) -> [u8x32<S>; 16] {
    step(simd, step(simd, step(simd, step(simd, rows))))
}

/// 8 vectors with two rows of 8 pixels in each half, to 8 columns. The pixels of a column are in an order of their own.
#[inline(always)]
pub(super) fn columns<S: Operations>(simd: S, rows: [u8x32<S>; 8]) -> [u8x32<S>; 8] {
    step(simd, step(simd, step(simd, step(simd, rows))))
}

/// Back from [`columns`].
#[inline(always)]
pub(super) fn rows<S: Operations>(simd: S, columns: [u8x32<S>; 8]) -> [u8x32<S>; 8] {
    step(simd, step(simd, step(simd, columns)))
}
