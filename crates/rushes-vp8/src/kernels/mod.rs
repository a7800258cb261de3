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

/// Which edges of a macroblock are filtered, and how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Edges {
    /// The first pixel of the macroblock.
    pub(crate) at: usize,
    pub(crate) strength: Strength,
    /// The edge to the macroblock on the left.
    pub(crate) left: bool,
    /// The edge to the macroblock above.
    pub(crate) above: bool,
    /// Those between subblocks.
    pub(crate) inside: bool,
}

/// Work on pixels. Planes come as slices that start where the work does; those of filters are whole.
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

    /// Filters the edges of luma of two macroblocks, neither of which has pixels that the filter of the other one sees.
    fn filter_luma(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]);

    /// The same by the simple filter: RFC 6386, 15.2.
    fn filter_luma_simply(self, plane: &mut [u8], stride: usize, pair: &[Edges; 2]);

    /// Filters the edges of chroma of two macroblocks.
    fn filter_chroma(self, planes: [&mut [u8]; 2], stride: usize, pair: &[Edges; 2]);
}
