//! The loop filter: RFC 6386, 15.

use crate::header::{FilterHeader, LevelDeltas, Segmentation};
use crate::kernels::{Kernels, Strength};
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

    /// Filters the luma of a row of macroblocks, of which all is predicted.
    #[inline(always)]
    pub(crate) fn luma<K: Kernels>(
        &self,
        kernels: K,
        macroblocks: &[Macroblock],
        plane: &mut [u8],
        stride: usize,
        row: usize,
    ) {
        if self.off {
            return;
        }
        for (column, macroblock) in macroblocks.iter().enumerate() {
            if macroblock.level == 0 {
                continue;
            }
            let strength = self.strengths[usize::from(macroblock.level & 63)];
            let at = row * 16 * stride + column * 16;
            let inside = macroblock.filters_inside();
            if self.simple {
                self.simple(kernels, plane, stride, at, (column > 0, row > 0, inside), strength);
                continue;
            }
            if column > 0 {
                kernels.left_edge(plane, stride, at, strength);
            }
            if inside {
                kernels.inner_columns(plane, stride, at, strength);
            }
            if row > 0 {
                kernels.upper_edge(plane, stride, at, strength);
            }
            if inside {
                kernels.inner_rows(plane, stride, at, strength);
            }
        }
    }

    #[inline(always)]
    fn simple<K: Kernels>(
        &self,
        kernels: K,
        plane: &mut [u8],
        stride: usize,
        at: usize,
        (left, above, inside): (bool, bool, bool),
        strength: Strength,
    ) {
        if left {
            kernels.simple_column(plane, stride, at, strength.outer);
        }
        if inside {
            kernels.simple_inner_columns(plane, stride, at, strength.inner);
        }
        if above {
            kernels.simple_row(plane, stride, at, strength.outer);
        }
        if inside {
            for row in [4, 8, 12] {
                kernels.simple_row(plane, stride, at + row * stride, strength.inner);
            }
        }
    }

    /// Filters the chroma of a row of macroblocks.
    #[inline(always)]
    pub(crate) fn chroma<K: Kernels>(
        &self,
        kernels: K,
        macroblocks: &[Macroblock],
        [u, v]: [&mut [u8]; 2],
        stride: usize,
        row: usize,
    ) {
        if self.off || self.simple {
            return;
        }
        for (column, macroblock) in macroblocks.iter().enumerate() {
            if macroblock.level == 0 {
                continue;
            }
            let strength = self.strengths[usize::from(macroblock.level & 63)];
            let at = row * 8 * stride + column * 8;
            let inside = macroblock.filters_inside();
            if column > 0 {
                kernels.left_edge_chroma([u, v], stride, at, strength);
            }
            if inside {
                kernels.inner_column_chroma([u, v], stride, at, strength);
            }
            if row > 0 {
                kernels.upper_edge_chroma([u, v], stride, at, strength);
            }
            if inside {
                kernels.inner_row_chroma([u, v], stride, at, strength);
            }
        }
    }
}

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
