//! From the engine's picture to a frame.

use std::sync::Arc;

use rushes_core::bitstream::ChromaFormat;
use rushes_core::bitstream::h264::{SliceHeader, Sps, Structure};
use rushes_core::{Error, Limits, PixelFormat, Plane, Ratio, Result, VideoFrame};
use rust_h264::decoder::{ChromaFormat as EngineChroma, Frame};

use crate::picture::Meta;

/// The picture that is being decoded.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) header: SliceHeader,
    pub(crate) sps: Arc<Sps>,
    pub(crate) meta: Meta,
    /// Decoding can start here.
    pub(crate) key: bool,
    /// It is right whatever came before it.
    pub(crate) right: bool,
    /// All earlier pictures are shown before it, whatever their order count.
    pub(crate) restarts: bool,
    /// The second field has begun.
    pub(crate) second_field: bool,
    /// The engine took at least one slice.
    pub(crate) decoded: bool,
}

impl Current {
    /// True for a field whose partner has not begun.
    pub(crate) fn is_first_field(&self) -> bool {
        self.header.structure != Structure::Frame && !self.second_field
    }
}

/// What the engine can decode, for messages.
const SUPPORTED: &str = "progressive and interlaced 4:0:0, 4:2:0 and 4:2:2 of 8 and 10 bits";

/// Refuses what the engine cannot decode, before it takes memory.
pub(crate) fn check(sps: &Sps, limits: &Limits) -> Result<()> {
    let what = match sps.chroma {
        ChromaFormat::Yuv444 | ChromaFormat::SeparatePlanes => "H.264 4:4:4".to_owned(),
        _ if !matches!(sps.luma_depth, 8 | 10) => format!("H.264 of {} bits", sps.luma_depth),
        ChromaFormat::Yuv420 | ChromaFormat::Yuv422 if sps.chroma_depth != sps.luma_depth => {
            format!("H.264 of {} and {} bits", sps.luma_depth, sps.chroma_depth)
        }
        _ if sps.lossless => "lossless H.264".to_owned(),
        _ => return limits.check_picture(sps.width_mbs * 16, sps.height_mbs * 16),
    };
    Err(Error::unsupported(what, SUPPORTED))
}

/// Moves the engine's planes into a frame.
pub(crate) fn into_frame(
    mut picture: Frame,
    current: &Current,
    aspect: Ratio,
) -> Result<VideoFrame> {
    let sps = &current.sps;
    let bytes = picture.bytes_per_sample();
    let format = match (sps.chroma, picture.chroma_format, bytes) {
        (ChromaFormat::Monochrome, _, 1) => PixelFormat::Gray8,
        (ChromaFormat::Monochrome, _, _) => PixelFormat::Gray10,
        (_, EngineChroma::Yuv420, 1) => PixelFormat::Yuv420p,
        (_, EngineChroma::Yuv420, _) => PixelFormat::Yuv420p10,
        (_, EngineChroma::Yuv422, 1) => PixelFormat::Yuv422p,
        (_, EngineChroma::Yuv422, _) => PixelFormat::Yuv422p10,
    };
    if picture.height * 2 == sps.height() {
        double_rows(&mut picture, bytes);
    }
    let strides = [picture.width, picture.chroma_width(), picture.chroma_width()];
    let planes = [picture.y, picture.u, picture.v]
        .into_iter()
        .zip(strides)
        .take(format.planes().len())
        .map(|(plane, width)| Plane::new(plane, width as usize * bytes))
        .collect();
    // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
    let mut frame = VideoFrame::new(format, picture.width, picture.height, planes)
        .map_err(|error| Error::malformed(error.to_string()))?;
    frame.color = sps.vui.color;
    frame.sample_aspect = sps.vui.sample_aspect.unwrap_or(aspect);
    frame.pts = current.meta.pts;
    frame.duration = current.meta.duration;
    frame.key = current.key;
    Ok(frame)
}

/// Shows each row of a field twice, as FFmpeg does where the other field did not come.
fn double_rows(picture: &mut Frame, bytes: usize) {
    let widths = [picture.width, picture.chroma_width(), picture.chroma_width()];
    for (plane, width) in [&mut picture.y, &mut picture.u, &mut picture.v].into_iter().zip(widths) {
        let row = width as usize * bytes;
        if row > 0 {
            *plane = plane.chunks(row).flat_map(|row| [row, row]).flatten().copied().collect();
        }
    }
    picture.height *= 2;
}
