//! Pictures cut, mirrored, turned and framed, plane by plane, without a change of any sample.
//!
//! A crop shares the planes: it is another view of the same bytes. All else copies, as rows only go downwards in memory.
//! Each works on planes whose pixels are apart from one another; the pairs of `yuyv422` and `uyvy422` can only be cut and
//! mirrored upside down.

mod crop;
mod flip;
mod pad;
mod transpose;

use rushes_core::{Error, PixelFormat, Plane, PlaneLayout, Result, VideoFrame};

pub(crate) use crop::crop;
pub(crate) use flip::{flip_columns, flip_rows};
pub(crate) use pad::{Frame as PadFrame, pad};
pub(crate) use transpose::{Turn, transpose};

/// The planes of a frame in host memory, with how they lie.
fn planes(frame: &VideoFrame) -> Result<impl Iterator<Item = (&Plane, PlaneLayout)>> {
    let planes = frame
        .planes()
        .ok_or_else(|| Error::usage("a frame in device memory; download it first"))?;
    Ok(planes.iter().zip(frame.format.planes().iter().copied()))
}

/// A frame with other planes, and all else as it was.
fn with_planes(
    frame: &VideoFrame,
    (width, height): (u32, u32),
    planes: Vec<Plane>,
) -> Result<VideoFrame> {
    let mut made = VideoFrame::new(frame.format, width, height, planes)?;
    made.color = frame.color;
    made.sample_aspect = frame.sample_aspect;
    made.rotation = frame.rotation;
    made.pts = frame.pts;
    made.duration = frame.duration;
    made.key = frame.key;
    Ok(made)
}

/// Bytes of a plane and of its rows, without padding.
fn plane_bytes(layout: PlaneLayout, width: u32, height: u32) -> (usize, usize) {
    let stride = layout.row_bytes(width);
    (stride.saturating_mul(layout.height(height) as usize), stride)
}

/// True where a pixel shares its bytes with the one beside it.
pub(crate) const fn is_paired(format: PixelFormat) -> bool {
    matches!(format, PixelFormat::Yuyv422 | PixelFormat::Uyvy422)
}

#[cfg(test)]
mod tests;
