//! The loop filter: RFC 6386, 15.

use crate::header::{FilterHeader, LevelDeltas, Segmentation};
use crate::kernels::{Edges, Kernels, Strength};
use crate::macroblock::{LumaMode, Macroblock, Reference};

/// Levels of a frame, by segment, and strengths by level.
#[derive(Clone, Debug)]
pub(crate) struct Filter {
    simple: bool,
    /// No macroblock is filtered.
    off: bool,
    segments: [i32; 4],
    deltas: LevelDeltas,
    strengths: [Strength; 64],
}

impl Filter {
    /// RFC 6386, 15.2 to 15.4 and 9.6.
    pub(crate) fn new(
        header: FilterHeader,
        key: bool,
        segmentation: &Segmentation,
        deltas: &LevelDeltas,
    ) -> Self {
        let base = i32::from(header.level);
        let segments = segmentation.levels.map(|value| {
            let level = match (segmentation.enabled, segmentation.absolute) {
                (false, _) => base,
                (true, true) => i32::from(value),
                (true, false) => base + i32::from(value),
            };
            level.clamp(0, 63)
        });
        let mut strengths = [Strength::default(); 64];
        for (strength, level) in strengths.iter_mut().zip(0..) {
            *strength = strength_of(level, header.sharpness, key);
        }
        Self {
            simple: header.simple,
            off: header.level == 0,
            segments,
            deltas: deltas.clone(),
            strengths,
        }
    }

    /// The level of a macroblock.
    pub(crate) fn level(&self, macroblock: &Macroblock) -> u8 {
        if self.off {
            return 0;
        }
        let mut level = self.segments[usize::from(macroblock.segment & 3)];
        if self.deltas.enabled {
            level += i32::from(self.deltas.references[macroblock.reference as usize]);
            let mode = match (macroblock.reference, macroblock.luma) {
                (Reference::Current, LumaMode::Blocks) => Some(0),
                (Reference::Current, _) => None,
                (_, LumaMode::Zero) => Some(1),
                (_, LumaMode::Split) => Some(3),
                _ => Some(2),
            };
            level += mode.map_or(0, |mode| i32::from(self.deltas.modes[mode]));
        }
        u8::try_from(level.clamp(0, 63)).unwrap_or(0)
    }

    /// Filters the luma of rows of macroblocks, of which all is predicted; `first` is the number of the first row.
    #[inline(always)]
    pub(crate) fn luma<K: Kernels>(
        &self,
        kernels: K,
        rows: [&[Macroblock]; 2],
        plane: &mut [u8],
        stride: usize,
        first: usize,
    ) {
        self.pairs(
            rows,
            first,
            16,
            stride,
            #[inline(always)]
            |pair| {
                if self.simple {
                    kernels.filter_luma_simply(plane, stride, pair);
                } else {
                    kernels.filter_luma(plane, stride, pair);
                }
            },
        );
    }

    /// Filters the chroma of rows of macroblocks.
    #[inline(always)]
    pub(crate) fn chroma<K: Kernels>(
        &self,
        kernels: K,
        rows: [&[Macroblock]; 2],
        [u, v]: [&mut [u8]; 2],
        stride: usize,
        first: usize,
    ) {
        if !self.simple {
            self.pairs(
                rows,
                first,
                8,
                stride,
                #[inline(always)]
                |pair| {
                    kernels.filter_chroma([&mut *u, &mut *v], stride, pair);
                },
            );
        }
    }

    /// Goes through two rows of macroblocks (the second may be empty), the lower one [`LAG`] behind: the upper one is then done
    /// where the lower one begins, and two macroblocks at a time do not touch each other.
    #[inline(always)]
    fn pairs(
        &self,
        [upper, lower]: [&[Macroblock]; 2],
        first: usize,
        size: usize,
        stride: usize,
        mut filter: impl FnMut(&[Edges; 2]),
    ) {
        if self.off {
            return;
        }
        let edges = |macroblocks: &[Macroblock], column: usize, row: usize| {
            let Some(macroblock) = macroblocks.get(column) else { return Edges::default() };
            let filtered = macroblock.level > 0;
            Edges {
                at: (row * stride + column) * size,
                strength: self.strengths[usize::from(macroblock.level & 63)],
                left: filtered && column > 0,
                above: filtered && row > 0,
                inside: filtered && macroblock.filters_inside(),
            }
        };
        let columns = upper.len() + if lower.is_empty() { 0 } else { LAG };
        for column in 0..columns {
            let below = edges(lower, column.wrapping_sub(LAG), first + 1);
            filter(&[edges(upper, column, first), below]);
        }
    }
}

/// How many macroblocks the lower of two rows is behind: the left edge of a macroblock reaches into the one before, and that
/// one is to be finished.
const LAG: usize = 2;

/// RFC 6386, 15.2 to 15.4.
fn strength_of(level: u8, sharpness: u8, key: bool) -> Strength {
    let mut interior = level >> if sharpness > 4 { 2 } else { u8::from(sharpness > 0) };
    if sharpness > 0 {
        interior = interior.min(9 - sharpness);
    }
    let interior = interior.max(1);
    let variance = match (key, level) {
        (true, 40..) => 2,
        (true, 15..) => 1,
        (false, 40..) => 3,
        (false, 20..) => 2,
        (false, 15..) => 1,
        _ => 0,
    };
    Strength { outer: (level + 2) * 2 + interior, inner: level * 2 + interior, interior, variance }
}
