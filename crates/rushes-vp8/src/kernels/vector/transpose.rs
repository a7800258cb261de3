//! Rows of bytes to columns and back.

use fearless_simd::{Simd, u8x16};

/// One step of a perfect shuffle: of the bits of a byte's place (vector, then lane), the highest becomes the lowest.
#[inline(always)]
fn step<S: Simd, const N: usize>(simd: S, vectors: [u8x16<S>; N]) -> [u8x16<S>; N] {
    let mut out = vectors;
    for index in 0..N / 2 {
        out[2 * index] = simd.zip_low_u8x16(vectors[index], vectors[index + N / 2]);
        out[2 * index + 1] = simd.zip_high_u8x16(vectors[index], vectors[index + N / 2]);
    }
    out
}

/// 16 rows to 16 columns, or back.
#[inline(always)]
pub(super) fn square<S: Simd>(simd: S, rows: [u8x16<S>; 16]) -> [u8x16<S>; 16] {
    step(simd, step(simd, step(simd, step(simd, rows))))
}

/// 8 vectors with two rows of 8 pixels each, to 8 columns. The pixels of a column are in an order of their own.
#[inline(always)]
pub(super) fn columns<S: Simd>(simd: S, rows: [u8x16<S>; 8]) -> [u8x16<S>; 8] {
    step(simd, step(simd, step(simd, step(simd, rows))))
}

/// Back from [`columns`].
#[inline(always)]
pub(super) fn rows<S: Simd>(simd: S, columns: [u8x16<S>; 8]) -> [u8x16<S>; 8] {
    step(simd, step(simd, step(simd, columns)))
}
