//! What is known about a macroblock once it is parsed, and rows of them.

use crate::vectors::Vector;

/// Which frame a macroblock is predicted from.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Reference {
    /// The frame itself.
    #[default]
    Current,
    Last,
    Golden,
    Altref,
}

/// Prediction of luma: RFC 6386, 8.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum LumaMode {
    /// Like chroma, as a whole.
    #[default]
    Dc,
    Vertical,
    Horizontal,
    TrueMotion,
    /// Each subblock in its own mode.
    Blocks,
    /// By a vector of zero.
    Zero,
    /// By another vector, old or new.
    Vector,
    /// By several vectors.
    Split,
}

/// Prediction of chroma within a frame: RFC 6386, 12.2.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum IntraMode {
    #[default]
    Dc,
    Vertical,
    Horizontal,
    TrueMotion,
}

/// Prediction of a subblock of luma: RFC 6386, 12.3.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum BlockMode {
    #[default]
    Dc,
    TrueMotion,
    Vertical,
    Horizontal,
    LeftDown,
    RightDown,
    VerticalRight,
    VerticalLeft,
    HorizontalDown,
    HorizontalUp,
}

/// How a macroblock is split for vectors: RFC 6386, 16.3.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Partition {
    #[default]
    Whole,
    /// Two to four parts, each of which is made of quarters.
    Quarters,
    Sixteenths,
}

/// Coefficients of the blocks of a plane or two: which blocks have any, and where they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Residual {
    /// Of the first block that has coefficients, within those of the row; the others follow.
    pub(crate) start: usize,
    /// A bit for each block with coefficients.
    pub(crate) any: u16,
    /// A bit for each block that has not only the first one.
    pub(crate) full: u16,
}

/// A macroblock.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Macroblock {
    pub(crate) reference: Reference,
    pub(crate) luma: LumaMode,
    pub(crate) chroma: IntraMode,
    pub(crate) partition: Partition,
    pub(crate) segment: u8,
    /// It has no coefficients.
    pub(crate) skip: bool,
    /// Of the loop filter.
    pub(crate) level: u8,
    pub(crate) vector: Vector,
    /// Of subblocks, where the macroblock is split.
    pub(crate) vectors: [Vector; 16],
    /// Of subblocks, where luma is predicted so.
    pub(crate) blocks: [BlockMode; 16],
    pub(crate) luma_residual: Residual,
    /// Four blocks of U, then four of V.
    pub(crate) chroma_residual: Residual,
}

impl Macroblock {
    /// It has a block of the first coefficients of luma: RFC 6386, 13.
    pub(crate) fn has_second_order(&self) -> bool {
        !matches!(self.luma, LumaMode::Blocks | LumaMode::Split)
    }

    /// The loop filter works inside of it too: RFC 6386, 15.1.
    pub(crate) fn filters_inside(&self) -> bool {
        !self.skip || !self.has_second_order()
    }
}

/// Coefficients of a block, in raster order.
pub(crate) type Block = [i16; 16];

/// A row of macroblocks, and the coefficients of all of them.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) macroblocks: Vec<Macroblock>,
    /// Of the blocks that have any, one behind the other; those that are not in use are zero.
    pub(crate) blocks: Vec<Block>,
    pub(crate) used: usize,
}

impl Row {
    /// A row of so many macroblocks.
    pub(crate) fn new(width: usize) -> Self {
        Self {
            macroblocks: vec![Macroblock::default(); width],
            blocks: vec![[0; 16]; width * 24 + 1],
            used: 0,
        }
    }

    /// Forgets all coefficients.
    pub(crate) fn clear(&mut self) {
        self.blocks[..self.used].fill([0; 16]);
        self.used = 0;
    }
}
