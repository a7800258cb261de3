//! From the engine's picture to a frame.

use std::sync::Arc;

use rushes_core::bitstream::h264::{SliceHeader, Sps, Structure};
use rushes_core::{Error, Plane, Ratio, Result, VideoFrame};

use super::engine::Picture;
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
    /// Something of it could not be decoded.
    pub(crate) broken: bool,
}

impl Current {
    /// True for a field whose partner has not begun.
    pub(crate) fn is_first_field(&self) -> bool {
        self.header.structure != Structure::Frame && !self.second_field
    }
}

/// Moves the engine's planes into a frame.
pub(crate) fn into_frame(
    mut picture: Picture,
    current: &Current,
    aspect: Ratio,
) -> Result<VideoFrame> {
    let sps = &current.sps;
    let format = sps
        .chroma
        .pixel_format(sps.luma_depth, sps.vui.color.matrix)
        .ok_or_else(|| Error::malformed("a picture of another format than announced"))?;
    let (luma, stride) = &picture.planes[0];
    if Some(luma.len() * 2) == stride.checked_mul(sps.height() as usize) {
        picture.planes.iter_mut().for_each(double_rows);
    }
    let planes = picture
        .planes
        .into_iter()
        .take(format.planes().len())
        .map(|(plane, stride)| Plane::new(plane, stride))
        .collect();
    // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
    let mut frame = VideoFrame::new(format, sps.width(), sps.height(), planes)
        .map_err(|error| Error::malformed(error.to_string()))?;
    frame.color = sps.vui.color;
    frame.sample_aspect = sps.vui.sample_aspect.unwrap_or(aspect);
    frame.pts = current.meta.pts;
    frame.duration = current.meta.duration;
    frame.key = current.key;
    Ok(frame)
}

/// Shows each row of a field twice, as FFmpeg does where the other field did not come.
fn double_rows((plane, stride): &mut (Vec<u8>, usize)) {
    if *stride > 0 {
        *plane = plane.chunks(*stride).flat_map(|row| [row, row]).flatten().copied().collect();
    }
}
