//! Modes of macroblocks: RFC 6386, 10, 11 and 16.

use crate::bool_decoder::BoolDecoder;
use crate::header::{Header, Lasting};
use crate::macroblock::{BlockMode, IntraMode, LumaMode, Macroblock, Partition, Reference};
use crate::tables::modes as tables;
use crate::vectors::{self, Bounds, Neighbour, Neighbours, Vector};

/// What is remembered of the macroblocks above and to the left.
#[derive(Debug)]
pub(crate) struct ModeContext {
    /// Of the row above, behind one that is outside of the picture.
    above: Vec<Neighbour>,
    left: Neighbour,
    corner: Neighbour,
    /// Modes of the lowest subblocks of the row above, in key frames.
    above_blocks: Vec<[BlockMode; 4]>,
    left_blocks: [BlockMode; 4],
}

impl ModeContext {
    pub(crate) fn new(width: usize) -> Self {
        Self {
            above: vec![Neighbour::default(); width],
            left: Neighbour::default(),
            corner: Neighbour::default(),
            above_blocks: vec![[BlockMode::Dc; 4]; width],
            left_blocks: [BlockMode::Dc; 4],
        }
    }

    /// Before the first row.
    pub(crate) fn start_frame(&mut self) {
        self.above.fill(Neighbour::default());
        self.above_blocks.fill([BlockMode::Dc; 4]);
    }

    /// Before a row.
    pub(crate) fn start_row(&mut self) {
        self.left = Neighbour::default();
        self.corner = Neighbour::default();
        self.left_blocks = [BlockMode::Dc; 4];
    }

    /// Reads what is said of a macroblock before its coefficients; `segment` is what was said of its place last.
    #[expect(clippy::too_many_arguments, reason = "all that a macroblock depends on")]
    #[inline(always)]
    pub(crate) fn read(
        &mut self,
        data: &mut BoolDecoder<'_>,
        header: &Header,
        lasting: &Lasting,
        column: usize,
        bounds: Bounds,
        segment: &mut u8,
        macroblock: &mut Macroblock,
    ) {
        if lasting.segmentation.update_map {
            let tree = lasting.segmentation.tree;
            let high = data.read(tree[0]);
            let low = data.read(tree[1 + usize::from(high)]);
            *segment = 2 * u8::from(high) + u8::from(low);
        } else if header.key {
            *segment = 0;
        }
        macroblock.segment = *segment;
        macroblock.skip = header.skip.is_some_and(|skip| data.read(skip));
        if header.key {
            self.read_key(data, column, macroblock);
        } else {
            self.read_inter(data, header, lasting, column, bounds, macroblock);
        }
    }

    /// RFC 6386, 11.
    fn read_key(&mut self, data: &mut BoolDecoder<'_>, column: usize, macroblock: &mut Macroblock) {
        macroblock.reference = Reference::Current;
        macroblock.luma = LUMA_MODES[data.tree(&KEY_LUMA_TREE, &tables::KEY_LUMA)];
        let above = &mut self.above_blocks[column];
        if macroblock.luma == LumaMode::Blocks {
            for (row, left) in
                macroblock.blocks.as_chunks_mut::<4>().0.iter_mut().zip(&mut self.left_blocks)
            {
                for (mode, above) in row.iter_mut().zip(&mut *above) {
                    let chances = &tables::KEY_BLOCK_MODES[*above as usize][*left as usize];
                    *mode = BLOCK_MODES[data.tree(&BLOCK_TREE, chances)];
                    (*above, *left) = (*mode, *mode);
                }
            }
        } else {
            let alike = match macroblock.luma {
                LumaMode::Vertical => BlockMode::Vertical,
                LumaMode::Horizontal => BlockMode::Horizontal,
                LumaMode::TrueMotion => BlockMode::TrueMotion,
                _ => BlockMode::Dc,
            };
            *above = [alike; 4];
            self.left_blocks = [alike; 4];
        }
        macroblock.chroma = CHROMA_MODES[data.tree(&CHROMA_TREE, &tables::KEY_CHROMA)];
    }

    /// RFC 6386, 16.
    fn read_inter(
        &mut self,
        data: &mut BoolDecoder<'_>,
        header: &Header,
        lasting: &Lasting,
        column: usize,
        bounds: Bounds,
        macroblock: &mut Macroblock,
    ) {
        let probabilities = &lasting.probabilities;
        let above = self.above[column];
        if data.read(header.inter.intra) {
            macroblock.reference = if !data.read(header.inter.last) {
                Reference::Last
            } else if !data.read(header.inter.golden) {
                Reference::Golden
            } else {
                Reference::Altref
            };
            let neighbours = Neighbours { above: &above, left: &self.left, corner: &self.corner };
            let bias = header.refresh.sign_bias;
            vectors::read(data, &probabilities.vectors, neighbours, bias, bounds, macroblock);
        } else {
            macroblock.reference = Reference::Current;
            macroblock.vector = Vector::default();
            macroblock.partition = Partition::Whole;
            macroblock.luma = LUMA_MODES[data.tree(&LUMA_TREE, &probabilities.luma)];
            if macroblock.luma == LumaMode::Blocks {
                for mode in &mut macroblock.blocks {
                    *mode = BLOCK_MODES[data.tree(&BLOCK_TREE, &tables::BLOCK_MODES)];
                }
            }
            macroblock.chroma = CHROMA_MODES[data.tree(&CHROMA_TREE, &probabilities.chroma)];
        }
        let split = macroblock.partition != Partition::Whole;
        let edge = |first: usize, step: usize| {
            if split {
                [0, 1, 2, 3].map(|index| macroblock.vectors[first + index * step])
            } else {
                [macroblock.vector; 4]
            }
        };
        let common = Neighbour {
            reference: macroblock.reference,
            split,
            vector: macroblock.vector,
            edge: edge(12, 1),
        };
        self.corner = above;
        self.above[column] = common;
        self.left = Neighbour { edge: edge(3, 4), ..common };
    }
}

/// Leaves of the trees of luma.
const LUMA_MODES: [LumaMode; 5] = [
    LumaMode::Dc,
    LumaMode::Vertical,
    LumaMode::Horizontal,
    LumaMode::TrueMotion,
    LumaMode::Blocks,
];

const KEY_LUMA_TREE: [[i8; 2]; 4] = [[-4, 1], [2, 3], [0, -1], [-2, -3]];
const LUMA_TREE: [[i8; 2]; 4] = [[0, 1], [2, 3], [-1, -2], [-3, -4]];

/// Leaves of the tree of chroma.
const CHROMA_MODES: [IntraMode; 4] =
    [IntraMode::Dc, IntraMode::Vertical, IntraMode::Horizontal, IntraMode::TrueMotion];

const CHROMA_TREE: [[i8; 2]; 3] = [[0, 1], [-1, 2], [-2, -3]];

/// Leaves of the tree of subblocks, in the order of the tables.
const BLOCK_MODES: [BlockMode; 10] = [
    BlockMode::Dc,
    BlockMode::TrueMotion,
    BlockMode::Vertical,
    BlockMode::Horizontal,
    BlockMode::LeftDown,
    BlockMode::RightDown,
    BlockMode::VerticalRight,
    BlockMode::VerticalLeft,
    BlockMode::HorizontalDown,
    BlockMode::HorizontalUp,
];

const BLOCK_TREE: [[i8; 2]; 9] =
    [[0, 1], [-1, 2], [-2, 3], [4, 6], [-3, 5], [-5, -6], [-4, 7], [-7, 8], [-8, -9]];
