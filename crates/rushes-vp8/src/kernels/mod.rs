//! The work on pixels, at each level of vector instructions.
//!
//! [`scalar`] says what is meant; the others give the same results.

pub(crate) mod scalar;
#[cfg(test)]
mod tests;
pub(crate) mod vector;

use crate::macroblock::Block;

/// How strongly edges are filtered: RFC 6386, 15.2 to 15.4.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Strength {
    /// Limit across edges of macroblocks.
    pub(crate) outer: u8,
    /// Limit across edges of subblocks.
    pub(crate) inner: u8,
    /// Limit between neighbours on either side.
    pub(crate) interior: u8,
    /// From where on the variance is high.
    pub(crate) variance: u8,
}

/// Work on pixels. Planes come as slices that start where the work does; those of filters start earlier, and `at` is
/// the first pixel behind the edge.
pub(crate) trait Kernels: Copy {
    /// Adds a block of coefficients to 4x4 pixels: RFC 6386, 14.3.
    fn add(self, block: &Block, pixels: &mut [u8], stride: usize);

    /// Adds two blocks to 8x4 pixels.
    fn add_pair(self, blocks: [&Block; 2], pixels: &mut [u8], stride: usize);

    /// Adds blocks that have only the first coefficient to 8x4 pixels.
    fn add_firsts(self, firsts: [i16; 2], pixels: &mut [u8], stride: usize);

    /// Predicts with six taps: RFC 6386, 18.3. The source starts two pixels up and to the left; `fraction` is in eighths,
    /// across and down, not both zero. Widths are 16, 8 and 4.
    fn six_tap(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        size: (usize, usize),
        fraction: (usize, usize),
    );

    /// Predicts with two taps: like [`six_tap`](Self::six_tap), of a source that starts at the same place.
    fn bilinear(
        self,
        source: &[u8],
        source_stride: usize,
        pixels: &mut [u8],
        stride: usize,
        size: (usize, usize),
        fraction: (usize, usize),
    );

    /// Filters across the left edge of a macroblock of luma, 16 rows.
    fn left_edge(self, plane: &mut [u8], stride: usize, at: usize, strength: Strength);

    /// Filters across the upper edge of a macroblock of luma.
    fn upper_edge(self, plane: &mut [u8], stride: usize, at: usize, strength: Strength);

    /// Filters across the three vertical edges within a macroblock of luma that starts at `at`.
    fn inner_columns(self, plane: &mut [u8], stride: usize, at: usize, strength: Strength);

    /// Filters across the three horizontal edges within a macroblock of luma.
    fn inner_rows(self, plane: &mut [u8], stride: usize, at: usize, strength: Strength);

    /// Filters across the left edge of a macroblock of chroma, 8 rows of each plane.
    fn left_edge_chroma(self, planes: [&mut [u8]; 2], stride: usize, at: usize, strength: Strength);

    /// Filters across the upper edge of a macroblock of chroma.
    fn upper_edge_chroma(
        self,
        planes: [&mut [u8]; 2],
        stride: usize,
        at: usize,
        strength: Strength,
    );

    /// Filters across the vertical edge within a macroblock of chroma.
    fn inner_column_chroma(
        self,
        planes: [&mut [u8]; 2],
        stride: usize,
        at: usize,
        strength: Strength,
    );

    /// Filters across the horizontal edge within a macroblock of chroma.
    fn inner_row_chroma(self, planes: [&mut [u8]; 2], stride: usize, at: usize, strength: Strength);

    /// Filters simply across a vertical edge, 16 rows: RFC 6386, 15.2.
    fn simple_column(self, plane: &mut [u8], stride: usize, at: usize, limit: u8);

    /// Filters simply across the three vertical edges within a macroblock.
    fn simple_inner_columns(self, plane: &mut [u8], stride: usize, at: usize, limit: u8);

    /// Filters simply across a horizontal edge of 16 pixels.
    fn simple_row(self, plane: &mut [u8], stride: usize, at: usize, limit: u8);
}
