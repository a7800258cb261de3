//! A picture within a larger one of one colour.

use rushes_core::{Plane, Result, VideoFrame};

use super::{plane_bytes, planes, with_planes};
use crate::plane::zeroed;

/// What is around a picture.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// Size of the whole.
    pub(crate) size: (u32, u32),
    /// Where the picture starts; a multiple of the subsampling.
    pub(crate) place: (u32, u32),
    /// How much of the picture is kept.
    pub(crate) kept: (u32, u32),
    /// For each plane, the bytes of one pixel of the border.
    pub(crate) fill: Vec<Vec<u8>>,
}

/// Puts a frame into a larger one.
pub(crate) fn pad(frame: &VideoFrame, around: &Frame) -> Result<VideoFrame> {
    let (width, height) = around.size;
    let padded = planes(frame)?
        .zip(&around.fill)
        .map(|((plane, layout), fill)| {
            let (bytes, stride) = plane_bytes(layout, width, height);
            let mut out = zeroed(bytes)?;
            paint(&mut out, fill);
            let first = (around.place.1 >> layout.shift_y) as usize;
            let left = (around.place.0 >> layout.shift_x) as usize * layout.pixel_bytes;
            let kept = layout.row_bytes(around.kept.0);
            let rows = out.chunks_exact_mut(stride.max(1)).skip(first);
            for (y, out) in rows.take(layout.height(around.kept.1) as usize).enumerate() {
                if let (Some(row), Some(out)) = (plane.row(y, kept), out.get_mut(left..left + kept))
                {
                    out.copy_from_slice(row);
                }
            }
            Ok(Plane::new(out, stride))
        })
        .collect::<Result<_>>()?;
    with_planes(frame, around.size, padded)
}

/// Fills a plane with one pixel.
fn paint(out: &mut [u8], pixel: &[u8]) {
    if let [byte] = pixel {
        out.fill(*byte);
        return;
    }
    for out in out.chunks_exact_mut(pixel.len().max(1)) {
        out.copy_from_slice(pixel);
    }
}
