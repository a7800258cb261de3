//! Mirrored from left to right, and upside down.

use rushes_core::{Plane, Result, VideoFrame};
use rushes_simd::Level;

use super::{plane_bytes, planes, with_planes};
use crate::plane::zeroed;

/// Mirrors a frame from left to right; its pixels must not be paired.
pub(crate) fn flip_columns(frame: &VideoFrame, level: Level) -> Result<VideoFrame> {
    let (width, height) = (frame.width, frame.height);
    let flipped = planes(frame)?
        .map(|(plane, layout)| {
            let (bytes, stride) = plane_bytes(layout, width, height);
            let mut out = zeroed(bytes)?;
            let rows = out.chunks_exact_mut(stride.max(1)).enumerate();
            let rows = rows.filter_map(|(y, out)| Some((plane.row(y, stride)?, out)));
            level.vectorize(
                #[inline(always)]
                || match layout.pixel_bytes {
                    1 => mirror::<1>(rows),
                    2 => mirror::<2>(rows),
                    3 => mirror::<3>(rows),
                    4 => mirror::<4>(rows),
                    6 => mirror::<6>(rows),
                    _ => mirror::<8>(rows),
                },
            );
            Ok(Plane::new(out, stride))
        })
        .collect::<Result<_>>()?;
    with_planes(frame, (width, height), flipped)
}

#[inline(always)]
fn mirror<'a, const N: usize>(rows: impl Iterator<Item = (&'a [u8], &'a mut [u8])>) {
    for (row, out) in rows {
        let pixels = row.as_chunks::<N>().0.iter().rev();
        out.as_chunks_mut::<N>().0.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = *pixel);
    }
}

/// Turns a frame upside down by mirroring.
pub(crate) fn flip_rows(frame: &VideoFrame) -> Result<VideoFrame> {
    let (width, height) = (frame.width, frame.height);
    let flipped = planes(frame)?
        .map(|(plane, layout)| {
            let (bytes, stride) = plane_bytes(layout, width, height);
            let mut out = zeroed(bytes)?;
            for (y, out) in out.chunks_exact_mut(stride.max(1)).rev().enumerate() {
                if let Some(row) = plane.row(y, stride) {
                    out.copy_from_slice(row);
                }
            }
            Ok(Plane::new(out, stride))
        })
        .collect::<Result<_>>()?;
    with_planes(frame, (width, height), flipped)
}
