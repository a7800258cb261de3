//! Chroma formats: ITU-T H.264 and H.265, 6.2.

use crate::{ChromaLocation, ColorInfo, MatrixCoefficients, PixelFormat, Result};

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

    /// Memory layout of decoded frames, where there is one of that kind.
    pub fn pixel_format(self, depth: u8, matrix: MatrixCoefficients) -> Option<PixelFormat> {
        let rgb = matrix == MatrixCoefficients::Identity;
        Some(match (self, depth) {
            (Self::Monochrome, 8) => PixelFormat::Gray8,
            (Self::Monochrome, 10) => PixelFormat::Gray10,
            (Self::Monochrome, 12) => PixelFormat::Gray12,
            (Self::Yuv420, 8) => PixelFormat::Yuv420p,
            (Self::Yuv420, 10) => PixelFormat::Yuv420p10,
            (Self::Yuv420, 12) => PixelFormat::Yuv420p12,
            (Self::Yuv422, 8) => PixelFormat::Yuv422p,
            (Self::Yuv422, 10) => PixelFormat::Yuv422p10,
            (Self::Yuv422, 12) => PixelFormat::Yuv422p12,
            (Self::Yuv444 | Self::SeparatePlanes, 8) if rgb => PixelFormat::Gbrp,
            (Self::Yuv444 | Self::SeparatePlanes, 10) if rgb => PixelFormat::Gbrp10,
            (Self::Yuv444 | Self::SeparatePlanes, 12) if rgb => PixelFormat::Gbrp12,
            (Self::Yuv444 | Self::SeparatePlanes, 8) => PixelFormat::Yuv444p,
            (Self::Yuv444 | Self::SeparatePlanes, 10) => PixelFormat::Yuv444p10,
            (Self::Yuv444 | Self::SeparatePlanes, 12) => PixelFormat::Yuv444p12,
            _ => return None,
        })
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
