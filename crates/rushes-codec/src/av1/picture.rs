//! From the engine's picture to a frame.

use rushes_core::bitstream::ChromaFormat;
use rushes_core::{
    Buffer, ChromaLocation, ColorInfo, ColorPrimaries, ColorRange, Error, MatrixCoefficients,
    PixelFormat, Plane, Ratio, Result, TransferFunction, VideoFrame,
};

use super::rav1d::{Color, Picture};

/// Makes a frame of a picture, which it shares. `aspect` is that of pixels where the stream says nothing of it.
pub(super) fn into_frame(picture: Picture, aspect: Ratio) -> Result<VideoFrame> {
    let color = picture.color().map(color_info).unwrap_or_default();
    let format = pixel_format(picture.chroma(), picture.depth(), color.matrix)
        .ok_or_else(|| Error::malformed("a picture of a format that AV1 does not have"))?;
    let (width, height) = picture.size();
    let aspect = picture
        .render_size()
        .and_then(|render| sample_aspect((width, height), render))
        .unwrap_or(aspect);
    let deep = picture.depth() > 8;
    let planes = picture.into_planes().into_iter().map(|(bytes, stride)| {
        let bytes = if deep && cfg!(target_endian = "big") { swapped(&bytes) } else { bytes };
        Plane::new(bytes, stride)
    });
    // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
    let mut frame = VideoFrame::new(format, width, height, planes.collect())
        .map_err(|error| Error::malformed(error.to_string()))?;
    frame.color = color;
    frame.sample_aspect = aspect;
    Ok(frame)
}

fn color_info(color: Color) -> ColorInfo {
    let range = if color.full_range { ColorRange::Full } else { ColorRange::Limited };
    let mut info = ColorInfo::new(MatrixCoefficients::from_code(color.matrix), range);
    info.primaries = ColorPrimaries::from_code(color.primaries);
    info.transfer = TransferFunction::from_code(color.transfer);
    info.chroma_location = match color.chroma_position {
        1 => ChromaLocation::Left,
        2 => ChromaLocation::TopLeft,
        _ => ChromaLocation::Unspecified,
    };
    info
}

/// RGB is coded as 4:4:4 in the order G, B, R, and known by its matrix.
fn pixel_format(
    chroma: ChromaFormat,
    depth: i32,
    matrix: MatrixCoefficients,
) -> Option<PixelFormat> {
    let rgb = matrix == MatrixCoefficients::Identity;
    Some(match (chroma, depth) {
        (ChromaFormat::Monochrome, 8) => PixelFormat::Gray8,
        (ChromaFormat::Monochrome, 10) => PixelFormat::Gray10,
        (ChromaFormat::Monochrome, 12) => PixelFormat::Gray12,
        (ChromaFormat::Yuv420, 8) => PixelFormat::Yuv420p,
        (ChromaFormat::Yuv420, 10) => PixelFormat::Yuv420p10,
        (ChromaFormat::Yuv420, 12) => PixelFormat::Yuv420p12,
        (ChromaFormat::Yuv422, 8) => PixelFormat::Yuv422p,
        (ChromaFormat::Yuv422, 10) => PixelFormat::Yuv422p10,
        (ChromaFormat::Yuv422, 12) => PixelFormat::Yuv422p12,
        (ChromaFormat::Yuv444, 8) if rgb => PixelFormat::Gbrp,
        (ChromaFormat::Yuv444, 10) if rgb => PixelFormat::Gbrp10,
        (ChromaFormat::Yuv444, 12) if rgb => PixelFormat::Gbrp12,
        (ChromaFormat::Yuv444, 8) => PixelFormat::Yuv444p,
        (ChromaFormat::Yuv444, 10) => PixelFormat::Yuv444p10,
        (ChromaFormat::Yuv444, 12) => PixelFormat::Yuv444p12,
        _ => return None,
    })
}

/// The shape of pixels that fills the render size with a picture; `None` for square ones, of which nothing need be said.
fn sample_aspect(
    (width, height): (u32, u32),
    (render_width, render_height): (u32, u32),
) -> Option<Ratio> {
    let numer = u64::from(render_width) * u64::from(height);
    let denom = u64::from(render_height) * u64::from(width);
    let (mut divisor, mut rest) = (numer, denom);
    while rest > 0 {
        (divisor, rest) = (rest, divisor % rest);
    }
    let reduced = |side: u64| u32::try_from(side.checked_div(divisor)?).ok();
    Ratio::new(reduced(numer)?, reduced(denom)?).filter(|aspect| *aspect != Ratio::ONE)
}

/// Samples of two bytes with the bytes of each exchanged.
fn swapped(bytes: &[u8]) -> Buffer {
    let pairs = bytes.chunks_exact(2).flat_map(|pair| [pair[1], pair[0]]);
    Buffer::from(pairs.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_render_size_shapes_pixels() {
        let check = |size, render, expected: Option<(u32, u32)>| {
            let aspect = sample_aspect(size, render).map(|ratio| (ratio.numer(), ratio.denom()));
            assert_eq!(aspect, expected, "{size:?} {render:?}");
        };
        check((1280, 720), (1280, 720), None);
        check((640, 360), (1280, 720), None);
        check((720, 576), (1024, 576), Some((64, 45)));
        check((65536, 65535), (65535, 65536), None);
        check((0, 0), (0, 0), None);
        check((16, 16), (16, 0), None);
    }

    #[test]
    fn bytes_change_places() {
        assert_eq!(*swapped(&[1, 2, 3, 4]), [2, 1, 4, 3]);
    }
}
