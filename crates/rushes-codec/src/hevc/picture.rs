//! From the engine's picture to a frame.

use std::sync::Arc;

use rushes_core::bitstream::ChromaFormat;
use rushes_core::bitstream::hevc::Sps;
use rushes_core::{
    Error, Limits, MatrixCoefficients, PixelFormat, Plane, Ratio, Result, VideoFrame,
};
use rust_h265::Frame;

use super::samples;
use crate::picture::Meta;

/// The picture that is being decoded.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) sps: Arc<Sps>,
    pub(crate) meta: Meta,
    /// Decoding can start here, and everything that follows is right.
    pub(crate) random_access: bool,
    /// The count of the recovery point message before it.
    pub(crate) recovery_point: Option<i32>,
    pub(crate) start: Start,
    /// It is to be shown.
    pub(crate) shown: bool,
    /// The engine took at least one slice segment.
    pub(crate) decoded: bool,
    /// Something of it could not be decoded.
    pub(crate) broken: bool,
}

/// How a picture relates to the sequence before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Start {
    /// It continues the sequence.
    No,
    /// It starts a sequence, and all earlier pictures are shown before it.
    AfterAll,
    /// It starts a sequence, and earlier pictures that were not shown yet never are.
    Discarding,
}

/// What the engine can decode, for messages.
pub(crate) const SUPPORTED: &str = "4:2:0 and 4:4:4 of 8, 10 and 12 bits";

/// Refuses what the engine cannot decode, before it takes memory.
pub(crate) fn check(sps: &Sps, limits: &Limits) -> Result<()> {
    let what = match sps.chroma {
        ChromaFormat::Monochrome => "HEVC 4:0:0".to_owned(),
        ChromaFormat::Yuv422 => "HEVC 4:2:2".to_owned(),
        ChromaFormat::SeparatePlanes => "HEVC 4:4:4 in separate planes".to_owned(),
        _ if !matches!(sps.luma_depth, 8 | 10 | 12) => format!("HEVC of {} bits", sps.luma_depth),
        _ if sps.chroma_depth != sps.luma_depth => {
            format!("HEVC of {} and {} bits", sps.luma_depth, sps.chroma_depth)
        }
        _ => {
            limits.check_picture(sps.width, sps.height)?;
            return limits.check_decoder(bytes(sps));
        }
    };
    Err(Error::unsupported(what, SUPPORTED))
}

/// Bytes that a sequence takes: the pictures of its buffer, each with its motion, the one that is being decoded, and those that
/// wait for their turn.
pub(crate) fn bytes(sps: &Sps) -> u64 {
    // Coding tree blocks are 64 pixels wide at most.
    let pixels = [sps.width, sps.height].map(|size| u64::from(size).next_multiple_of(64));
    let sample = if sps.luma_depth > 8 { 2 } else { 1 };
    // Halves of a byte for each pixel.
    let samples = if sps.chroma == ChromaFormat::Yuv420 { 3 * sample } else { 6 * sample };
    let (kept, waiting) = (u64::from(sps.buffered) + 1, u64::from(sps.reordered) + 2);
    pixels[0] * pixels[1] * (kept * (samples + 3) + waiting * samples) / 2
}

/// Moves the engine's planes into a frame.
pub(crate) fn into_frame(picture: Frame, current: &Current, aspect: Ratio) -> Result<VideoFrame> {
    let vui = &current.sps.vui;
    let format = pixel_format(&picture, vui.color.matrix)
        .ok_or_else(|| Error::malformed("a picture of another format than announced"))?;
    let planes = [picture.y, picture.u, picture.v]
        .into_iter()
        .zip(format.planes())
        .map(|(plane, layout)| {
            Plane::new(samples::into_buffer(plane), layout.row_bytes(picture.width))
        })
        .collect();
    // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
    let mut frame = VideoFrame::new(format, picture.width, picture.height, planes)
        .map_err(|error| Error::malformed(error.to_string()))?;
    frame.color = vui.color;
    frame.sample_aspect = vui.sample_aspect.unwrap_or(aspect);
    frame.pts = current.meta.pts;
    frame.duration = current.meta.duration;
    frame.key = current.meta.key || current.random_access || current.recovery_point.is_some();
    Ok(frame)
}

/// RGB is coded as 4:4:4 in the order G, B, R, and known by its matrix.
fn pixel_format(picture: &Frame, matrix: MatrixCoefficients) -> Option<PixelFormat> {
    let rgb = matrix == MatrixCoefficients::Identity;
    Some(match (picture.chroma_format_idc, picture.bit_depth) {
        (1, 8) => PixelFormat::Yuv420p,
        (1, 10) => PixelFormat::Yuv420p10,
        (1, 12) => PixelFormat::Yuv420p12,
        (3, 8) if rgb => PixelFormat::Gbrp,
        (3, 10) if rgb => PixelFormat::Gbrp10,
        (3, 12) if rgb => PixelFormat::Gbrp12,
        (3, 8) => PixelFormat::Yuv444p,
        (3, 10) => PixelFormat::Yuv444p10,
        (3, 12) => PixelFormat::Yuv444p12,
        _ => return None,
    })
}
