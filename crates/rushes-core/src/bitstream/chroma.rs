//! Chroma formats: ITU-T H.264 and H.265, 6.2.

use crate::{ChromaLocation, ColorInfo, Result};

use super::BitReader;

/// `chroma_format_idc` and `separate_colour_plane_flag`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ChromaFormat {
    Monochrome,
    Yuv420,
    Yuv422,
    Yuv444,
    SeparatePlanes,
}

impl ChromaFormat {
    pub fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(match r.unsigned_up_to(3, "chroma_format_idc")? {
            0 => Self::Monochrome,
            1 => Self::Yuv420,
            2 => Self::Yuv422,
            _ if r.flag()? => Self::SeparatePlanes,
            _ => Self::Yuv444,
        })
    }

    /// `chroma_format_idc`.
    pub const fn code(self) -> u8 {
        match self {
            Self::Monochrome => 0,
            Self::Yuv420 => 1,
            Self::Yuv422 => 2,
            Self::Yuv444 | Self::SeparatePlanes => 3,
        }
    }

    /// What the samples mean if the stream does not say: the standards infer that chroma lies on the left.
    pub fn default_color(self) -> ColorInfo {
        let mut color = ColorInfo::default();
        if matches!(self, Self::Yuv420 | Self::Yuv422) {
            color.chroma_location = ChromaLocation::Left;
        }
        color
    }
}
