//! The inverse DCT (ITU-T T.81, A.3.3) in integers, with the rounding of FFmpeg's `simple` transform, so that pictures
//! come out as they do there.
//!
//! Rows, then columns. A factor is `cos(k pi / 16) * sqrt(2) * 2^14`, rounded; rows keep three bits of fraction. Even and
//! odd coefficients are summed apart and meet in the end.

/// Factors of the coefficients 1 to 7; that of 0 and 4 is one less than rounding gives.
const W: [i32; 8] = [0, 22725, 21407, 19266, 16383, 12873, 8867, 4520];
const ROW_SHIFT: u32 = 11;
const COLUMN_SHIFT: u32 = 20;
/// What a row of a constant alone is shifted by.
const CONSTANT_SHIFT: u32 = 3;
/// Half a unit of the columns' result, as it is added in front of the multiplication.
const COLUMN_ROUNDING: i32 = (1 << (COLUMN_SHIFT - 1)) / W[4];

/// Coefficients of a block, row by row, dequantised; the level shift is part of the first.
pub(super) type Block = [i16; 64];

/// Puts the samples of a block into a plane whose rows are `stride` apart, at its start.
pub(super) fn put(block: &Block, plane: &mut [u8], stride: usize) {
    let mut rows = [[0_i16; 8]; 8];
    let (coefficients, _) = block.as_chunks::<8>();
    for (row, coefficients) in rows.iter_mut().zip(coefficients) {
        *row = transform_row(coefficients);
    }
    let samples = transform_columns(&rows);
    for (target, row) in plane.chunks_mut(stride.max(8)).zip(&samples) {
        if let Some(target) = target.first_chunk_mut() {
            *target = *row;
        }
    }
}

/// Like [`put`] for a block of which all but the first coefficient is zero.
pub(super) fn put_constant(constant: i16, plane: &mut [u8], stride: usize) {
    let constant = i32::from(widened(constant));
    let value = clamped(W[4].wrapping_mul(constant + COLUMN_ROUNDING) >> COLUMN_SHIFT);
    for target in plane.chunks_mut(stride.max(8)).take(8) {
        if let Some(target) = target.first_chunk_mut() {
            *target = [value; 8];
        }
    }
}

const fn widened(constant: i16) -> i16 {
    low_bits((constant as i32) << CONSTANT_SHIFT)
}

/// What does not fit into the 16 bits between rows and columns wraps: no valid stream has it.
#[expect(clippy::cast_possible_truncation, reason = "wrapping is what is wanted")]
#[inline(always)]
const fn low_bits(value: i32) -> i16 {
    value as i16
}

#[inline(always)]
fn transform_row(row: &[i16; 8]) -> [i16; 8] {
    let [first, rest @ ..] = *row;
    if rest == [0; 7] {
        return [widened(first); 8];
    }
    let row = row.map(i32::from);
    transform(row, 1 << (ROW_SHIFT - 1)).map(|sum| low_bits(sum >> ROW_SHIFT))
}

/// All columns at once: the compiler makes lanes of them.
#[inline(always)]
fn transform_columns(rows: &[[i16; 8]; 8]) -> [[u8; 8]; 8] {
    let mut samples = [[0; 8]; 8];
    for x in 0..8 {
        let column = rows.map(|row| i32::from(row[x]));
        let sums = transform(column, W[4] * COLUMN_ROUNDING);
        for (row, sum) in samples.iter_mut().zip(sums) {
            row[x] = clamped(sum >> COLUMN_SHIFT);
        }
    }
    samples
}

/// The one-dimensional transform, not shifted yet.
#[inline(always)]
const fn transform(c: [i32; 8], rounding: i32) -> [i32; 8] {
    macro_rules! sum {
        ($start:expr $(, $sign:ident $factor:literal * $at:literal)*) => {
            $start$(.$sign(W[$factor].wrapping_mul(c[$at])))*
        };
    }
    let outer = sum!(rounding, wrapping_add 4 * 0, wrapping_add 4 * 4);
    let inner = sum!(rounding, wrapping_add 4 * 0, wrapping_sub 4 * 4);
    let even = [
        sum!(outer, wrapping_add 2 * 2, wrapping_add 6 * 6),
        sum!(inner, wrapping_add 6 * 2, wrapping_sub 2 * 6),
        sum!(inner, wrapping_sub 6 * 2, wrapping_add 2 * 6),
        sum!(outer, wrapping_sub 2 * 2, wrapping_sub 6 * 6),
    ];
    let odd = [
        sum!(0_i32, wrapping_add 1 * 1, wrapping_add 3 * 3, wrapping_add 5 * 5, wrapping_add 7 * 7),
        sum!(0_i32, wrapping_add 3 * 1, wrapping_sub 7 * 3, wrapping_sub 1 * 5, wrapping_sub 5 * 7),
        sum!(0_i32, wrapping_add 5 * 1, wrapping_sub 1 * 3, wrapping_add 7 * 5, wrapping_add 3 * 7),
        sum!(0_i32, wrapping_add 7 * 1, wrapping_sub 5 * 3, wrapping_add 3 * 5, wrapping_sub 1 * 7),
    ];
    [
        even[0].wrapping_add(odd[0]),
        even[1].wrapping_add(odd[1]),
        even[2].wrapping_add(odd[2]),
        even[3].wrapping_add(odd[3]),
        even[3].wrapping_sub(odd[3]),
        even[2].wrapping_sub(odd[2]),
        even[1].wrapping_sub(odd[1]),
        even[0].wrapping_sub(odd[0]),
    ]
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped")]
const fn clamped(value: i32) -> u8 {
    let value = if value < 0 { 0 } else { value };
    if value > 255 { 255 } else { value as u8 }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn samples(block: &Block) -> [u8; 64] {
        let mut plane = [0; 64];
        put(block, &mut plane, 8);
        plane
    }

    /// A.3.3, with the level shift in the first coefficient.
    fn exact(block: &Block) -> Vec<f64> {
        let basis = |k: usize, x: usize| {
            let scale = if k == 0 { 0.5_f64.sqrt() } else { 1.0 };
            let (k, x) = (k as f64, x as f64);
            scale * ((2.0 * x + 1.0) * k * PI / 16.0).cos()
        };
        let sample = |x: usize, y: usize| -> f64 {
            let term = |(at, value): (usize, &i16)| {
                f64::from(*value) * basis(at % 8, x) * basis(at / 8, y) / 4.0
            };
            block.iter().enumerate().map(term).sum()
        };
        (0..64).map(|at| sample(at % 8, at / 8)).collect()
    }

    #[test]
    fn samples_are_near_the_exact_ones() {
        let mut state = 1_u32;
        for density in [1, 3, 16, 64] {
            let mut block = [0; 64];
            block[0] = 1024;
            for at in 0..density {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let value = i16::try_from(state >> 24).expect("small") - 128;
                block[(at * 37 + 11) % 64] += value;
            }
            for (got, exact) in samples(&block).iter().zip(exact(&block)) {
                let exact = exact.clamp(0.0, 255.0);
                assert!((f64::from(*got) - exact).abs() < 1.0, "{got}, exactly {exact}");
            }
        }
    }

    #[test]
    fn the_short_cut_agrees() {
        for constant in (i16::MIN..=i16::MAX).step_by(7) {
            let mut block = [0; 64];
            block[0] = constant;
            let mut plane = [0; 64];
            put_constant(constant, &mut plane, 8);
            assert_eq!(samples(&block), plane, "{constant}");
        }
    }

    #[test]
    fn rows_may_be_far_apart() {
        let mut block = [0; 64];
        (block[0], block[9]) = (1024, 300);
        let mut plane = [7; 11 * 8];
        put(&block, &mut plane, 11);
        let dense = samples(&block);
        for (y, row) in plane.chunks(11).enumerate() {
            assert_eq!(row[..8], dense[y * 8..][..8]);
            assert_eq!(row[8..], [7; 3]);
        }
    }
}
