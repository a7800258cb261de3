//! A part of a picture, as a view.

use rushes_core::{Error, Plane, Result, VideoFrame};

use super::{planes, with_planes};

/// The part of a frame that starts at `x` and `y`. Chroma starts at the sample that covers that pixel.
pub(crate) fn crop(
    frame: &VideoFrame,
    (x, y): (u32, u32),
    (width, height): (u32, u32),
) -> Result<VideoFrame> {
    let outside = || Error::usage("a crop lies outside of the picture");
    let fits = |start: u32, len: u32, whole: u32| {
        start.checked_add(len).is_some_and(|end| end <= whole) && len > 0
    };
    if !fits(x, width, frame.width) || !fits(y, height, frame.height) {
        return Err(outside());
    }
    let cut = planes(frame)?
        .map(|(plane, layout)| {
            let skipped = (y >> layout.shift_y) as usize * plane.stride()
                + (x >> layout.shift_x) as usize * layout.pixel_bytes;
            let data = plane.buffer().slice(skipped..plane.data().len()).ok_or_else(outside)?;
            Ok(Plane::new(data, plane.stride()))
        })
        .collect::<Result<_>>()?;
    with_planes(frame, (width, height), cut)
}
