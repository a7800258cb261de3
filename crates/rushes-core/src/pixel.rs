//! Pixel formats: how a picture lies in memory.

use std::fmt;

/// Memory layout of a picture. What the numbers mean is [`ColorInfo`](crate::ColorInfo)'s business: full-range
/// pictures (FFmpeg's `yuvj420p`) are `Yuv420p` with [`ColorRange::Full`](crate::ColorRange::Full).
///
/// Samples above 8 bits take two bytes, little-endian, in the low bits (`P010`, `P016`: in the high bits).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names are the field's own, described by `name` and `planes`")]
pub enum PixelFormat {
    Gray8,
    Gray10,
    Gray12,
    Gray16,
    Rgb24,
    Bgr24,
    Rgba,
    Bgra,
    Argb,
    Rgb48,
    Rgba64,
    Yuv410p,
    Yuv411p,
    Yuv420p,
    Yuv422p,
    Yuv440p,
    Yuv444p,
    Yuv420p10,
    Yuv422p10,
    Yuv440p10,
    Yuv444p10,
    Yuv420p12,
    Yuv422p12,
    Yuv440p12,
    Yuv444p12,
    Yuv420p16,
    Yuv422p16,
    Yuv444p16,
    Yuva420p,
    Yuva444p,
    /// Planar RGB; planes in the order G, B, R.
    Gbrp,
    /// Planar RGB, 10 bit; planes in the order G, B, R.
    Gbrp10,
    /// Planar RGB, 12 bit; planes in the order G, B, R.
    Gbrp12,
    /// Planar RGB, 16 bit; planes in the order G, B, R.
    Gbrp16,
    Nv12,
    Nv21,
    P010,
    P016,
    Yuyv422,
    Uyvy422,
}

/// One plane of a [`PixelFormat`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PlaneLayout {
    /// log2 of the horizontal subsampling.
    pub shift_x: u32,
    /// log2 of the vertical subsampling.
    pub shift_y: u32,
    /// Bytes from one pixel of the plane to the next.
    pub pixel_bytes: usize,
}

impl PlaneLayout {
    const fn new(shift_x: u32, shift_y: u32, pixel_bytes: usize) -> Self {
        Self { shift_x, shift_y, pixel_bytes }
    }

    /// Width of this plane, in its own pixels, for a picture of `width`: rounded up.
    #[must_use]
    pub const fn width(self, width: u32) -> u32 {
        width.div_ceil(1 << self.shift_x)
    }

    /// Height of this plane for a picture of `height`: rounded up.
    #[must_use]
    pub const fn height(self, height: u32) -> u32 {
        height.div_ceil(1 << self.shift_y)
    }

    /// Bytes of one row for a picture of `width`, without padding.
    #[must_use]
    pub const fn row_bytes(self, width: u32) -> usize {
        self.width(width) as usize * self.pixel_bytes
    }
}

const CHROMA_2X2: PlaneLayout = PlaneLayout::new(1, 1, 1);
const FULL: PlaneLayout = PlaneLayout::new(0, 0, 1);
const FULL16: PlaneLayout = PlaneLayout::new(0, 0, 2);
const fn planar(shift_x: u32, shift_y: u32) -> [PlaneLayout; 3] {
    let chroma = PlaneLayout::new(shift_x, shift_y, 1);
    [FULL, chroma, chroma]
}
const fn planar16(shift_x: u32, shift_y: u32) -> [PlaneLayout; 3] {
    let chroma = PlaneLayout::new(shift_x, shift_y, 2);
    [FULL16, chroma, chroma]
}

impl PixelFormat {
    /// Every format.
    pub const ALL: [Self; 40] = [
        Self::Gray8,
        Self::Gray10,
        Self::Gray12,
        Self::Gray16,
        Self::Rgb24,
        Self::Bgr24,
        Self::Rgba,
        Self::Bgra,
        Self::Argb,
        Self::Rgb48,
        Self::Rgba64,
        Self::Yuv410p,
        Self::Yuv411p,
        Self::Yuv420p,
        Self::Yuv422p,
        Self::Yuv440p,
        Self::Yuv444p,
        Self::Yuv420p10,
        Self::Yuv422p10,
        Self::Yuv440p10,
        Self::Yuv444p10,
        Self::Yuv420p12,
        Self::Yuv422p12,
        Self::Yuv440p12,
        Self::Yuv444p12,
        Self::Yuv420p16,
        Self::Yuv422p16,
        Self::Yuv444p16,
        Self::Yuva420p,
        Self::Yuva444p,
        Self::Gbrp,
        Self::Gbrp10,
        Self::Gbrp12,
        Self::Gbrp16,
        Self::Nv12,
        Self::Nv21,
        Self::P010,
        Self::P016,
        Self::Yuyv422,
        Self::Uyvy422,
    ];

    /// FFmpeg's name of the format: `yuv420p`, `rgb24`, `yuv420p10le`, …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gray8 => "gray",
            Self::Gray10 => "gray10le",
            Self::Gray12 => "gray12le",
            Self::Gray16 => "gray16le",
            Self::Rgb24 => "rgb24",
            Self::Bgr24 => "bgr24",
            Self::Rgba => "rgba",
            Self::Bgra => "bgra",
            Self::Argb => "argb",
            Self::Rgb48 => "rgb48le",
            Self::Rgba64 => "rgba64le",
            Self::Yuv410p => "yuv410p",
            Self::Yuv411p => "yuv411p",
            Self::Yuv420p => "yuv420p",
            Self::Yuv422p => "yuv422p",
            Self::Yuv440p => "yuv440p",
            Self::Yuv444p => "yuv444p",
            Self::Yuv420p10 => "yuv420p10le",
            Self::Yuv422p10 => "yuv422p10le",
            Self::Yuv440p10 => "yuv440p10le",
            Self::Yuv444p10 => "yuv444p10le",
            Self::Yuv420p12 => "yuv420p12le",
            Self::Yuv422p12 => "yuv422p12le",
            Self::Yuv440p12 => "yuv440p12le",
            Self::Yuv444p12 => "yuv444p12le",
            Self::Yuv420p16 => "yuv420p16le",
            Self::Yuv422p16 => "yuv422p16le",
            Self::Yuv444p16 => "yuv444p16le",
            Self::Yuva420p => "yuva420p",
            Self::Yuva444p => "yuva444p",
            Self::Gbrp => "gbrp",
            Self::Gbrp10 => "gbrp10le",
            Self::Gbrp12 => "gbrp12le",
            Self::Gbrp16 => "gbrp16le",
            Self::Nv12 => "nv12",
            Self::Nv21 => "nv21",
            Self::P010 => "p010le",
            Self::P016 => "p016le",
            Self::Yuyv422 => "yuyv422",
            Self::Uyvy422 => "uyvy422",
        }
    }

    /// The format of this name; `gray8`, and names without the `le` of high depths, are taken too.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "gray8" {
            return Some(Self::Gray8);
        }
        Self::ALL.into_iter().find(|format| {
            format.name() == name
                || format.name().strip_suffix("le").is_some_and(|short| short == name)
        })
    }

    /// The planes, in order. `Yuyv422` and `Uyvy422` are one plane of pixel pairs.
    #[must_use]
    pub const fn planes(self) -> &'static [PlaneLayout] {
        match self {
            Self::Gray8 => &[FULL],
            Self::Gray10 | Self::Gray12 | Self::Gray16 => &[FULL16],
            Self::Rgb24 | Self::Bgr24 => &const { [PlaneLayout::new(0, 0, 3)] },
            Self::Rgba | Self::Bgra | Self::Argb => &const { [PlaneLayout::new(0, 0, 4)] },
            Self::Rgb48 => &const { [PlaneLayout::new(0, 0, 6)] },
            Self::Rgba64 => &const { [PlaneLayout::new(0, 0, 8)] },
            Self::Yuv410p => &const { planar(2, 2) },
            Self::Yuv411p => &const { planar(2, 0) },
            Self::Yuv420p => &const { planar(1, 1) },
            Self::Yuv422p => &const { planar(1, 0) },
            Self::Yuv440p => &const { planar(0, 1) },
            Self::Yuv444p | Self::Gbrp => &const { planar(0, 0) },
            Self::Yuv420p10 | Self::Yuv420p12 | Self::Yuv420p16 => &const { planar16(1, 1) },
            Self::Yuv422p10 | Self::Yuv422p12 | Self::Yuv422p16 => &const { planar16(1, 0) },
            Self::Yuv440p10 | Self::Yuv440p12 => &const { planar16(0, 1) },
            Self::Yuv444p10
            | Self::Yuv444p12
            | Self::Yuv444p16
            | Self::Gbrp10
            | Self::Gbrp12
            | Self::Gbrp16 => &const { planar16(0, 0) },
            Self::Yuva420p => &[FULL, CHROMA_2X2, CHROMA_2X2, FULL],
            Self::Yuva444p => &[FULL, FULL, FULL, FULL],
            Self::Nv12 | Self::Nv21 => &const { [FULL, PlaneLayout::new(1, 1, 2)] },
            Self::P010 | Self::P016 => &const { [FULL16, PlaneLayout::new(1, 1, 4)] },
            Self::Yuyv422 | Self::Uyvy422 => &const { [PlaneLayout::new(1, 0, 4)] },
        }
    }

    /// Significant bits of a sample: 8, 10, 12 or 16.
    #[must_use]
    pub const fn bit_depth(self) -> u32 {
        match self {
            Self::Gray10
            | Self::Yuv420p10
            | Self::Yuv422p10
            | Self::Yuv440p10
            | Self::Yuv444p10
            | Self::Gbrp10
            | Self::P010 => 10,
            Self::Gray12
            | Self::Yuv420p12
            | Self::Yuv422p12
            | Self::Yuv440p12
            | Self::Yuv444p12
            | Self::Gbrp12 => 12,
            Self::Gray16
            | Self::Rgb48
            | Self::Rgba64
            | Self::Yuv420p16
            | Self::Yuv422p16
            | Self::Yuv444p16
            | Self::Gbrp16
            | Self::P016 => 16,
            _ => 8,
        }
    }

    /// Bits that a sample is shifted up by in its two bytes: those that `P010` lacks to 16, else none.
    #[must_use]
    pub const fn alignment(self) -> u32 {
        match self {
            Self::P010 => 16 - self.bit_depth(),
            _ => 0,
        }
    }

    /// Channels of a pixel: 1 for gray, 4 with alpha, else 3.
    #[must_use]
    pub const fn channels(self) -> usize {
        match self {
            Self::Gray8 | Self::Gray10 | Self::Gray12 | Self::Gray16 => 1,
            Self::Rgba
            | Self::Bgra
            | Self::Argb
            | Self::Rgba64
            | Self::Yuva420p
            | Self::Yuva444p => 4,
            _ => 3,
        }
    }

    /// True for red, green and blue, packed or planar.
    #[must_use]
    pub const fn is_rgb(self) -> bool {
        matches!(
            self,
            Self::Rgb24
                | Self::Bgr24
                | Self::Rgba
                | Self::Bgra
                | Self::Argb
                | Self::Rgb48
                | Self::Rgba64
                | Self::Gbrp
                | Self::Gbrp10
                | Self::Gbrp12
                | Self::Gbrp16
        )
    }

    /// True for one channel of luminance.
    #[must_use]
    pub const fn is_gray(self) -> bool {
        self.channels() == 1
    }

    /// Bytes of a picture without padding.
    #[must_use]
    pub fn picture_bytes(self, width: u32, height: u32) -> usize {
        self.planes()
            .iter()
            .map(|plane| plane.row_bytes(width) * plane.height(height) as usize)
            .sum()
    }
}

impl fmt::Display for PixelFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for format in PixelFormat::ALL {
            assert_eq!(PixelFormat::from_name(format.name()), Some(format));
        }
        assert_eq!(PixelFormat::from_name("gray8"), Some(PixelFormat::Gray8));
        assert_eq!(PixelFormat::from_name("yuv420p10"), Some(PixelFormat::Yuv420p10));
    }

    #[test]
    fn odd_sizes_round_chroma_up() {
        assert_eq!(PixelFormat::Yuv420p.picture_bytes(3, 5), 15 + 2 * 2 * 3);
        assert_eq!(PixelFormat::Nv12.picture_bytes(3, 5), 15 + 2 * 2 * 3);
        assert_eq!(PixelFormat::P010.picture_bytes(2, 2), 12);
        assert_eq!(PixelFormat::Yuyv422.picture_bytes(3, 1), 8);
    }
}
