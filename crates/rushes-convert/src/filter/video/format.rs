//! `format`: another pixel format, if it is not one of those that are asked for.

use rushes_core::{ColorInfo, ColorRange, MediaKind, PixelFormat, Result};

use super::super::chain::{VideoLink, VideoSpec};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::values::NamedFormat;
use crate::{PictureSpec, ScaleKernel};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "format",
    kind: MediaKind::Video,
    help: "Convert pictures to the nearest of these formats",
    options: &[FilterOption::new(
        &["pix_fmts"],
        Kind::PixelFormats,
        "",
        "Formats, with | between them; without any, all",
    )],
    places: 1,
    left_out: &["color_spaces", "color_ranges"],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let VideoSpec { format, width, height, color, .. } = link.spec;
    let formats = arguments.pixel_formats("pix_fmts")?;
    if formats.is_empty() {
        return Ok(());
    }
    let (format, range) = nearest(format, color, &formats);
    let mut target = ColorInfo::default();
    target.range = range.unwrap_or_default();
    let target = PictureSpec { format, width, height, color: target };
    link.convert(color, target, ScaleKernel::default())
}

/// The format that loses least, the first of equals: the same, then by channels, colour, depth and chroma, and then the smallest.
pub(super) fn nearest(
    format: PixelFormat,
    color: ColorInfo,
    formats: &[NamedFormat],
) -> NamedFormat {
    let best = formats.iter().copied().min_by_key(|(candidate, range)| {
        let (from, to) = (properties(format), properties(*candidate));
        let same = *candidate == format && range.is_none_or(|range| range == full_or_not(color));
        let lost = |from: u32, to: u32| from.saturating_sub(to);
        (
            !same,
            lost(from.channels, to.channels),
            lost(from.depth, to.depth),
            from.rgb != to.rgb && !(from.channels == 1 && to.channels > 1 && !to.rgb),
            lost(to.shift, from.shift),
            to.channels * to.depth,
            lost(from.shift, to.shift),
        )
    });
    best.unwrap_or((format, None))
}

/// An unspecified range counts as limited.
const fn full_or_not(color: ColorInfo) -> ColorRange {
    match color.range {
        ColorRange::Full => ColorRange::Full,
        _ => ColorRange::Limited,
    }
}

struct Properties {
    channels: u32,
    depth: u32,
    rgb: bool,
    /// Both subsamplings together.
    shift: u32,
}

fn properties(format: PixelFormat) -> Properties {
    let chroma = format.planes().get(1).or(format.planes().first());
    Properties {
        channels: u32::try_from(format.channels()).unwrap_or(u32::MAX),
        depth: format.bit_depth(),
        rgb: format.is_rgb(),
        shift: chroma.map_or(0, |plane| plane.shift_x + plane.shift_y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_format_is_taken() {
        let check = |from: PixelFormat, formats: &[PixelFormat], expected: PixelFormat| {
            let formats: Vec<NamedFormat> = formats.iter().map(|format| (*format, None)).collect();
            assert_eq!(nearest(from, ColorInfo::default(), &formats).0, expected, "{from}");
        };
        use PixelFormat as P;
        check(P::Yuv420p, &[P::Rgb24, P::Yuv420p], P::Yuv420p);
        check(P::Yuv420p, &[P::Gray8, P::Rgb24], P::Rgb24);
        check(P::Yuv420p, &[P::Yuv444p, P::Nv12], P::Nv12);
        check(P::Yuv422p10, &[P::Yuv422p, P::Yuv444p12], P::Yuv444p12);
        check(P::Rgba, &[P::Rgb24, P::Bgra], P::Bgra);
        check(P::Rgb24, &[P::Yuv444p, P::Gbrp], P::Gbrp);
        check(P::Gray8, &[P::Rgb24, P::Yuv420p], P::Yuv420p);
        check(P::Gray8, &[], P::Gray8);
        let formats = [(P::Yuv420p, Some(ColorRange::Full)), (P::Yuv420p, None)];
        assert_eq!(nearest(P::Yuv420p, ColorInfo::default(), &formats), formats[1]);
    }
}
