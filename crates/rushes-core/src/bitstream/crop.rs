//! The part of a picture that is shown: ITU-T H.264, 7.4.2.1.1; H.265, 7.4.3.2.1.

use super::{BitReader, ChromaFormat};
use crate::Result;

/// Luma samples cut from each side of a picture.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Crop {
    pub left: u32,
    pub right: u32,
    pub top: u32,
    pub bottom: u32,
}

impl Crop {
    /// Reads the four offsets, which count chroma samples; `rows` is 2 where they count rows of fields, else 1.
    pub fn parse(r: &mut BitReader<'_>, chroma: ChromaFormat, rows: u32) -> Result<Self> {
        let (unit_x, unit_y) = match chroma {
            ChromaFormat::Yuv420 => (2, 2),
            ChromaFormat::Yuv422 => (2, 1),
            _ => (1, 1),
        };
        let unit_y = unit_y * rows;
        Ok(Self {
            left: r.unsigned()?.saturating_mul(unit_x),
            right: r.unsigned()?.saturating_mul(unit_x),
            top: r.unsigned()?.saturating_mul(unit_y),
            bottom: r.unsigned()?.saturating_mul(unit_y),
        })
    }

    /// What is left of a width; zero where the cropping leaves nothing.
    pub const fn width(&self, coded: u32) -> u32 {
        coded.saturating_sub(self.left.saturating_add(self.right))
    }

    /// What is left of a height; zero where the cropping leaves nothing.
    pub const fn height(&self, coded: u32) -> u32 {
        coded.saturating_sub(self.top.saturating_add(self.bottom))
    }
}
