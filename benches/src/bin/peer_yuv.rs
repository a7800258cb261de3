//! Times the `yuv` crate on the cases of `rushes_benches`: the same lines as its `convert` prints.

use std::error::Error;
use std::io::{self, Read, Write};

use rushes_benches::{VideoCase, cases, median, noise};
use rushes_core::PixelFormat as P;
use yuv::{
    BufferStoreMut, YuvBiPlanarImage, YuvBiPlanarImageMut, YuvChromaSubsampling, YuvConversionMode,
    YuvError, YuvPlanarImage, YuvPlanarImageMut, YuvRange, YuvStandardMatrix,
};

const RANGE: YuvRange = YuvRange::Limited;
const MATRIX: YuvStandardMatrix = YuvStandardMatrix::Bt601;
const MODE: YuvConversionMode = YuvConversionMode::Balanced;

fn main() -> Result<(), Box<dyn Error>> {
    let mut names = String::new();
    io::stdin().read_to_string(&mut names)?;
    let mut out = io::stdout().lock();
    writeln!(out, "# yuv 0.8.20, balanced")?;
    for case in cases().filter(|case| names.lines().any(|name| name == case.to_string())) {
        if let Some(nanoseconds) = time(case)? {
            writeln!(out, "{case}\t{nanoseconds}\t0")?;
        }
    }
    Ok(())
}

/// The median time of a case; `None` for one that the crate has no function for.
fn time(case: VideoCase) -> Result<Option<u128>, YuvError> {
    let ((from, width, height), (to, new_width, new_height)) = (case.source, case.target);
    if (width, height) != (new_width, new_height) {
        return Ok(None);
    }
    match (from, to) {
        (P::Rgb24 | P::Bgr24 | P::Rgba | P::Bgra, _) => from_rgb(from, to, (width, height)),
        (_, P::Rgb24 | P::Bgr24 | P::Rgba | P::Bgra) => to_rgb(from, to, (width, height)),
        _ => Ok(None),
    }
}

fn to_rgb(from: P, to: P, (width, height): (u32, u32)) -> Result<Option<u128>, YuvError> {
    let planes: Vec<Vec<u8>> = (from.planes().iter())
        .map(|layout| {
            let bytes = layout.row_bytes(width) * layout.height(height) as usize;
            noise(bytes, from.bit_depth(), from.alignment())
        })
        .collect();
    let words: Vec<Vec<u16>> = (planes.iter())
        .map(|plane| plane.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect())
        .collect();
    let strides: Vec<u32> = (from.planes().iter())
        .map(|layout| u32::try_from(layout.row_bytes(width)).unwrap_or(0))
        .map(|bytes| if from.bit_depth() > 8 { bytes / 2 } else { bytes })
        .collect();
    let stride = u32::try_from(to.planes()[0].row_bytes(width)).unwrap_or(0);
    let mut out = vec![0; stride as usize * height as usize];
    macro_rules! planar {
        ($planes:ident, $function:ident) => {{
            let image = YuvPlanarImage {
                y_plane: &$planes[0],
                y_stride: strides[0],
                u_plane: &$planes[1],
                u_stride: strides[1],
                v_plane: &$planes[2],
                v_stride: strides[2],
                width,
                height,
            };
            Ok(Some(median(|| yuv::$function(&image, &mut out, stride, RANGE, MATRIX))?))
        }};
    }
    macro_rules! pairs {
        ($planes:ident, $function:ident $(, $mode:ident)?) => {{
            let image = YuvBiPlanarImage {
                y_plane: &$planes[0],
                y_stride: strides[0],
                uv_plane: &$planes[1],
                uv_stride: strides[1],
                width,
                height,
            };
            Ok(Some(median(|| yuv::$function(&image, &mut out, stride, RANGE, MATRIX $(, $mode)?))?))
        }};
    }
    match (from, to) {
        (P::Yuv420p, P::Rgb24) => planar!(planes, yuv420_to_rgb),
        (P::Yuv420p, P::Bgr24) => planar!(planes, yuv420_to_bgr),
        (P::Yuv420p, P::Rgba) => planar!(planes, yuv420_to_rgba),
        (P::Yuv420p, P::Bgra) => planar!(planes, yuv420_to_bgra),
        (P::Yuv422p, P::Rgb24) => planar!(planes, yuv422_to_rgb),
        (P::Yuv444p, P::Rgb24) => planar!(planes, yuv444_to_rgb),
        (P::Nv12, P::Rgb24) => pairs!(planes, yuv_nv12_to_rgb, MODE),
        (P::Yuv420p10, P::Rgb24) => planar!(words, i010_to_rgb),
        (P::Yuv420p10, P::Bgra) => planar!(words, i010_to_bgra),
        (P::P010, P::Rgb24) => pairs!(words, p010_to_rgb, MODE),
        _ => Ok(None),
    }
}

fn from_rgb(from: P, to: P, (width, height): (u32, u32)) -> Result<Option<u128>, YuvError> {
    let stride = u32::try_from(from.planes()[0].row_bytes(width)).unwrap_or(0);
    let rgb = noise(stride as usize * height as usize, 8, 0);
    let half = YuvChromaSubsampling::Yuv420;
    let full = YuvChromaSubsampling::Yuv444;
    macro_rules! planar {
        ($chroma:ident, $function:ident) => {{
            let mut image = YuvPlanarImageMut::<u8>::alloc(width, height, $chroma);
            Ok(Some(median(|| yuv::$function(&mut image, &rgb, stride, RANGE, MATRIX, MODE))?))
        }};
    }
    match (from, to) {
        (P::Rgb24, P::Yuv420p) => planar!(half, rgb_to_yuv420),
        (P::Bgr24, P::Yuv420p) => planar!(half, bgr_to_yuv420),
        (P::Rgba, P::Yuv420p) => planar!(half, rgba_to_yuv420),
        (P::Bgra, P::Yuv420p) => planar!(half, bgra_to_yuv420),
        (P::Rgb24, P::Yuv444p) => planar!(full, rgb_to_yuv444),
        (P::Rgb24, P::Nv12) => {
            let chroma = width.div_ceil(2) * 2;
            let mut image = YuvBiPlanarImageMut {
                y_plane: BufferStoreMut::Owned(vec![0; (width * height) as usize]),
                y_stride: width,
                uv_plane: BufferStoreMut::Owned(vec![0; (chroma * height.div_ceil(2)) as usize]),
                uv_stride: chroma,
                width,
                height,
            };
            Ok(Some(median(|| {
                yuv::rgb_to_yuv_nv12(&mut image, &rgb, stride, RANGE, MATRIX, MODE)
            })?))
        }
        _ => Ok(None),
    }
}
