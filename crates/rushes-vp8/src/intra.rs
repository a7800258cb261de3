//! Prediction within a frame: RFC 6386, 12.

use crate::macroblock::{BlockMode, IntraMode};

/// What is above the picture.
const ABOVE: u8 = 127;
/// What is on its left.
const LEFT: u8 = 129;

const WHOLE: &str = "planes are of whole macroblocks";

/// The pixels above a block of `N` by `N` at a place, in blocks.
#[inline(always)]
fn above<const N: usize>(plane: &[u8], stride: usize, (column, row): (usize, usize)) -> [u8; N] {
    match row {
        0 => [ABOVE; N],
        _ => *plane[(row * N - 1) * stride + column * N..].first_chunk().expect(WHOLE),
    }
}

/// The pixels to the left of a block.
#[inline(always)]
fn left<const N: usize>(plane: &[u8], stride: usize, (column, row): (usize, usize)) -> [u8; N] {
    let mut left = [LEFT; N];
    if column > 0 {
        let plane = &plane[row * N * stride + column * N - 1..];
        for (row, left) in left.iter_mut().enumerate() {
            *left = plane[row * stride];
        }
    }
    left
}

/// The pixel above those to the left of a block.
#[inline(always)]
fn corner<const N: usize>(plane: &[u8], stride: usize, (column, row): (usize, usize)) -> u8 {
    match (column, row) {
        (_, 0) => ABOVE,
        (0, _) => LEFT,
        _ => plane[(row * N - 1) * stride + column * N - 1],
    }
}

/// Predicts `N` by `N` pixels of a macroblock, 16 of luma and 8 of chroma: RFC 6386, 12.2.
#[inline(always)]
pub(crate) fn predict<const N: usize>(
    plane: &mut [u8],
    stride: usize,
    place: (usize, usize),
    mode: IntraMode,
) {
    let (column, row) = place;
    let at = row * N * stride + column * N;
    let store = |plane: &mut [u8], row: usize, pixels: [u8; N]| {
        *plane[at + row * stride..].first_chunk_mut().expect(WHOLE) = pixels;
    };
    match mode {
        IntraMode::Dc => {
            let above = (row > 0).then(|| above::<N>(plane, stride, place));
            let left = (column > 0).then(|| left::<N>(plane, stride, place));
            let value = mean(above, left);
            (0..N).for_each(|row| store(plane, row, [value; N]));
        }
        IntraMode::Vertical => {
            let above = above::<N>(plane, stride, place);
            (0..N).for_each(|row| store(plane, row, above));
        }
        IntraMode::Horizontal => {
            let left = left::<N>(plane, stride, place);
            (0..N).for_each(|row| store(plane, row, [left[row]; N]));
        }
        IntraMode::TrueMotion => {
            let above = above::<N>(plane, stride, place);
            let left = left::<N>(plane, stride, place);
            let corner = corner::<N>(plane, stride, place);
            (0..N).for_each(|row| store(plane, row, plus_step(above, left[row], corner)));
        }
    }
}

/// Pixels plus the step from one pixel to another.
#[inline(always)]
fn plus_step<const N: usize>(mut pixels: [u8; N], to: u8, from: u8) -> [u8; N] {
    // Either of them is zero.
    let (up, down) = (to.saturating_sub(from), from.saturating_sub(to));
    for pixel in &mut pixels {
        *pixel = pixel.saturating_add(up).saturating_sub(down);
    }
    pixels
}

/// The mean of those sides that are in the picture.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mean<const N: usize>(above: Option<[u8; N]>, left: Option<[u8; N]>) -> u8 {
    let sum = |side: [u8; N]| {
        let mut sum = 0;
        for pixel in side {
            sum += u16::from(pixel);
        }
        sum
    };
    let half = N as u16 / 2;
    let bits = N.trailing_zeros();
    let mean = match (above, left) {
        (Some(above), Some(left)) => (sum(above) + sum(left) + 2 * half) >> (bits + 1),
        (Some(side), None) | (None, Some(side)) => (sum(side) + half) >> bits,
        (None, None) => 128,
    };
    mean as u8
}

/// A macroblock of luma with the pixels around it, for prediction by subblocks.
pub(crate) struct Tile {
    /// The row above is first; the macroblock starts at column 4, behind the column to its left.
    pub(crate) pixels: [u8; Self::STRIDE * 17],
}

impl Tile {
    pub(crate) const STRIDE: usize = 32;
    /// The first pixel of the macroblock.
    const ORIGIN: usize = Self::STRIDE + 4;

    /// Takes what is around a macroblock. To the right of the last one, the pixel above its corner is continued.
    #[inline(always)]
    pub(crate) fn around(
        plane: &[u8],
        stride: usize,
        (column, row): (usize, usize),
        is_last: bool,
    ) -> Self {
        let above = above::<16>(plane, stride, (column, row));
        let left = left::<16>(plane, stride, (column, row));
        let mut pixels = [0; Self::STRIDE * 17];
        pixels[3] = corner::<16>(plane, stride, (column, row));
        pixels[4..20].copy_from_slice(&above);
        let beyond: [u8; 4] = if row == 0 {
            [ABOVE; 4]
        } else if is_last {
            [above[15]; 4]
        } else {
            *plane[(row * 16 - 1) * stride + column * 16 + 16..]
                .first_chunk()
                .expect("there is another macroblock")
        };
        // Subblocks at the right edge see the row above the macroblock, even if they are further down.
        for row in [0, 4, 8, 12] {
            pixels[row * Self::STRIDE + 20..][..4].copy_from_slice(&beyond);
        }
        for (row, left) in pixels.chunks_mut(Self::STRIDE).skip(1).zip(left) {
            row[3] = left;
        }
        Self { pixels }
    }

    /// Predicts a subblock, and returns the pixels from it on.
    #[inline(always)]
    pub(crate) fn predict(&mut self, index: usize, mode: BlockMode) -> &mut [u8] {
        let at = Self::ORIGIN + index / 4 * 4 * Self::STRIDE + index % 4 * 4;
        let above =
            *self.pixels[at - Self::STRIDE - 1..].first_chunk::<9>().expect("within the tile");
        let left = [0, 1, 2, 3].map(|row| self.pixels[at + row * Self::STRIDE - 1]);
        for (row, values) in predict_block(mode, left, above).into_iter().enumerate() {
            self.pixels[at + row * Self::STRIDE..][..4].copy_from_slice(&values);
        }
        &mut self.pixels[at..]
    }

    /// Copies the macroblock to its place.
    #[inline(always)]
    pub(crate) fn store(&self, plane: &mut [u8], stride: usize, (column, row): (usize, usize)) {
        let rows = plane[row * 16 * stride + column * 16..].chunks_mut(stride);
        for (row, tile) in rows.zip(self.pixels[Self::ORIGIN..].chunks(Self::STRIDE)) {
            row[..16].copy_from_slice(&tile[..16]);
        }
    }
}

/// RFC 6386, 12.3. `above` starts with the corner, and goes on four pixels beyond the block.
#[inline(always)]
fn predict_block(mode: BlockMode, left: [u8; 4], above: [u8; 9]) -> [[u8; 4]; 4] {
    // From the lower left to the upper right: RFC 6386, 12.3, `E`.
    let edge = [
        left[3], left[2], left[1], left[0], above[0], above[1], above[2], above[3], above[4],
        above[5], above[6], above[7], above[8],
    ];
    let two = |at: usize| mean_of_two(edge[at], edge[at + 1]);
    let three = |at: usize| mean_of_three(edge[at - 1], edge[at], edge[at + 1]);
    match mode {
        BlockMode::Dc => {
            let sum: u16 = left.iter().chain(&above[1..5]).map(|&pixel| u16::from(pixel)).sum();
            [[u8::try_from((sum + 4) >> 3).unwrap_or(0); 4]; 4]
        }
        BlockMode::TrueMotion => {
            let pixels = [above[1], above[2], above[3], above[4]];
            left.map(|left| plus_step(pixels, left, above[0]))
        }
        BlockMode::Vertical => [[three(5), three(6), three(7), three(8)]; 4],
        BlockMode::Horizontal => {
            let last = mean_of_three(left[2], left[3], left[3]);
            [[three(3); 4], [three(2); 4], [three(1); 4], [last; 4]]
        }
        BlockMode::LeftDown => {
            let last = mean_of_three(above[7], above[8], above[8]);
            let d = [three(6), three(7), three(8), three(9), three(10), three(11), last];
            [0, 1, 2, 3].map(|row| [d[row], d[row + 1], d[row + 2], d[row + 3]])
        }
        BlockMode::RightDown => {
            let d = [1, 2, 3, 4, 5, 6, 7].map(three);
            [3, 2, 1, 0].map(|row| [d[row], d[row + 1], d[row + 2], d[row + 3]])
        }
        BlockMode::VerticalRight => [
            [two(4), two(5), two(6), two(7)],
            [three(4), three(5), three(6), three(7)],
            [three(3), two(4), two(5), two(6)],
            [three(2), three(4), three(5), three(6)],
        ],
        BlockMode::VerticalLeft => [
            [two(5), two(6), two(7), two(8)],
            [three(6), three(7), three(8), three(9)],
            [two(6), two(7), two(8), three(10)],
            [three(7), three(8), three(9), three(11)],
        ],
        BlockMode::HorizontalDown => [
            [two(3), three(4), three(5), three(6)],
            [two(2), three(3), two(3), three(4)],
            [two(1), three(2), two(2), three(3)],
            [two(0), three(1), two(1), three(2)],
        ],
        BlockMode::HorizontalUp => {
            let last = left[3];
            let next = mean_of_three(left[2], last, last);
            [
                [two(2), three(2), two(1), three(1)],
                [two(1), three(1), two(0), next],
                [two(0), next, last, last],
                [last; 4],
            ]
        }
    }
}

fn mean_of_two(a: u8, b: u8) -> u8 {
    a.midpoint(b) + ((a ^ b) & 1)
}

#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mean_of_three(a: u8, b: u8, c: u8) -> u8 {
    ((u16::from(a) + 2 * u16::from(b) + u16::from(c) + 2) >> 2) as u8
}
