//! Decoded pictures, in host or device memory.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use crate::{AudioFrame, Buffer, ColorInfo, Error, PixelFormat, Ratio, Result, Ticks, Timestamp};

/// Decoded unit of one track.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Frame {
    /// A picture.
    Video(VideoFrame),
    /// A block of samples.
    Audio(AudioFrame),
}

impl Frame {
    /// Presentation time in the unit of the packets that went in.
    #[must_use]
    pub const fn pts(&self) -> Option<Timestamp> {
        match self {
            Self::Video(frame) => frame.pts,
            Self::Audio(frame) => frame.pts,
        }
    }
}

/// Decoded picture. Cheap to clone: the pixels are shared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VideoFrame {
    /// Memory layout.
    pub format: PixelFormat,
    /// Visible width in pixels.
    pub width: u32,
    /// Visible height in pixels.
    pub height: u32,
    /// Where the pixels are.
    pub memory: FrameMemory,
    /// What the pixels mean.
    pub color: ColorInfo,
    /// Width of a pixel over its height.
    pub sample_aspect: Ratio,
    /// How the picture must be turned before it is shown.
    pub rotation: Rotation,
    /// Presentation time, in the time base of the packets that went in.
    pub pts: Option<Timestamp>,
    /// How long it is shown, in the same unit.
    pub duration: Option<Ticks>,
    /// Decoding can start at this picture.
    pub key: bool,
}

/// Where the pixels of a frame are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FrameMemory {
    /// Planes in host memory, as many as the pixel format has.
    Host(Vec<Plane>),
    /// Memory of a device, which only its backend can read.
    Device(Arc<dyn DeviceMemory>),
}

/// Picture memory of a device. The backend that made it downcasts with [`as_any`](Self::as_any).
pub trait DeviceMemory: fmt::Debug + Send + Sync {
    /// Name of the device, such as `cuda:0`.
    fn device(&self) -> &str;

    /// The backend's own type.
    fn as_any(&self) -> &dyn Any;

    /// Copies the picture to host memory.
    ///
    /// # Errors
    /// [`Error::Device`] where the driver refuses.
    fn download(&self) -> Result<Vec<Plane>>;
}

/// One plane in host memory.
#[derive(Clone, Debug)]
pub struct Plane {
    data: Buffer,
    stride: usize,
}

/// One plane to write to.
#[derive(Debug)]
pub struct PlaneMut<'a> {
    /// The rows; the last one may end after its pixels.
    pub data: &'a mut [u8],
    /// Bytes from one row to the next.
    pub stride: usize,
}

impl Plane {
    /// Rows of `stride` bytes each. The last row may end after its pixels.
    pub fn new(data: impl Into<Buffer>, stride: usize) -> Self {
        Self { data: data.into(), stride }
    }

    /// All bytes.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.data
    }

    /// All bytes, to be shared.
    #[must_use]
    pub const fn buffer(&self) -> &Buffer {
        &self.data
    }

    /// Bytes from one row to the next.
    #[must_use]
    pub const fn stride(&self) -> usize {
        self.stride
    }

    /// The first `bytes` bytes of row `y`; `None` outside of the plane.
    #[must_use]
    pub fn row(&self, y: usize, bytes: usize) -> Option<&[u8]> {
        let start = y.checked_mul(self.stride)?;
        self.data.get(start..start.checked_add(bytes)?)
    }
}

/// Quarter turns clockwise, after an optional mirroring from left to right.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub struct Rotation {
    quarter_turns: u8,
    mirrored: bool,
}

impl Rotation {
    /// As it lies.
    pub const NONE: Self = Self { quarter_turns: 0, mirrored: false };

    /// Clockwise, `quarter_turns` times 90 degrees, after mirroring from left to right if `mirrored`.
    #[must_use]
    pub const fn new(quarter_turns: u8, mirrored: bool) -> Self {
        Self { quarter_turns: quarter_turns % 4, mirrored }
    }

    /// This, and then `next`.
    #[must_use]
    pub const fn then(self, next: Self) -> Self {
        // Turning before a mirror is turning the other way behind it.
        let turned = if next.mirrored { 4 - self.quarter_turns } else { self.quarter_turns };
        Self::new(turned + next.quarter_turns, self.mirrored != next.mirrored)
    }

    /// Degrees clockwise: 0, 90, 180 or 270.
    #[must_use]
    pub const fn degrees(self) -> u16 {
        self.quarter_turns as u16 * 90
    }

    /// Mirrored from left to right before it is turned.
    #[must_use]
    pub const fn is_mirrored(self) -> bool {
        self.mirrored
    }

    /// True where width and height change places.
    #[must_use]
    pub const fn swaps_sides(self) -> bool {
        self.quarter_turns % 2 == 1
    }
}

impl VideoFrame {
    /// A picture in host memory.
    ///
    /// # Errors
    /// [`Error::Usage`] if the planes are not as many, or not as large, as the format asks for.
    pub fn new(format: PixelFormat, width: u32, height: u32, planes: Vec<Plane>) -> Result<Self> {
        check_planes(format, width, height, &planes)?;
        Ok(Self {
            format,
            width,
            height,
            memory: FrameMemory::Host(planes),
            color: ColorInfo::default(),
            sample_aspect: Ratio::ONE,
            rotation: Rotation::NONE,
            pts: None,
            duration: None,
            key: false,
        })
    }

    /// A picture in the memory of a device.
    #[must_use]
    pub fn on_device(
        format: PixelFormat,
        width: u32,
        height: u32,
        memory: Arc<dyn DeviceMemory>,
    ) -> Self {
        Self {
            format,
            width,
            height,
            memory: FrameMemory::Device(memory),
            color: ColorInfo::default(),
            sample_aspect: Ratio::ONE,
            rotation: Rotation::NONE,
            pts: None,
            duration: None,
            key: false,
        }
    }

    /// The planes in host memory; `None` for a frame of a device.
    #[must_use]
    pub fn planes(&self) -> Option<&[Plane]> {
        match &self.memory {
            FrameMemory::Host(planes) => Some(planes),
            FrameMemory::Device(_) => None,
        }
    }

    /// The rows of plane `index` without padding, top to bottom; empty where there is no such plane in host memory.
    pub fn rows(&self, index: usize) -> impl Iterator<Item = &[u8]> {
        let plane =
            self.planes().and_then(|planes| planes.get(index)).zip(self.format.planes().get(index));
        plane.into_iter().flat_map(|(plane, layout)| {
            let bytes = layout.row_bytes(self.width);
            (0..layout.height(self.height) as usize).filter_map(move |y| plane.row(y, bytes))
        })
    }
}

fn check_planes(format: PixelFormat, width: u32, height: u32, planes: &[Plane]) -> Result<()> {
    let layouts = format.planes();
    if planes.len() != layouts.len() {
        return Err(Error::usage(format!(
            "{format} has {} planes, not {}",
            layouts.len(),
            planes.len()
        )));
    }
    for (index, (plane, layout)) in planes.iter().zip(layouts).enumerate() {
        let (row, rows) = (layout.row_bytes(width), layout.height(height) as usize);
        let wanted = rows
            .checked_sub(1)
            .map_or(0, |above| above.saturating_mul(plane.stride).saturating_add(row));
        if plane.stride < row || plane.data.len() < wanted {
            return Err(Error::usage(format!(
                "plane {index} of a {width}x{height} {format} picture is too small: {} bytes in rows of {}",
                plane.data.len(),
                plane.stride
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_are_checked() {
        let plane = |bytes: usize, stride: usize| Plane::new(vec![0; bytes], stride);
        let check = |planes: Vec<Plane>, fine: bool| {
            assert_eq!(VideoFrame::new(PixelFormat::Yuv420p, 3, 3, planes).is_ok(), fine);
        };
        check(vec![plane(11, 4), plane(4, 2), plane(4, 2)], true);
        check(vec![plane(10, 4), plane(4, 2), plane(4, 2)], false);
        check(vec![plane(9, 2), plane(4, 2), plane(4, 2)], false);
        check(vec![plane(9, 3), plane(4, 2)], false);
        check(vec![plane(9, usize::MAX), plane(4, 2), plane(4, 2)], false);
    }
    #[test]
    fn rotations_are_joined() {
        // Where a point goes, with the middle of the picture at zero and y pointing down.
        let apply = |rotation: Rotation, (x, y): (i32, i32)| {
            let start = if rotation.is_mirrored() { (-x, y) } else { (x, y) };
            (0..rotation.degrees() / 90).fold(start, |(x, y), _| (-y, x))
        };
        let all = || (0..8).map(|number| Rotation::new(number % 4, number > 3));
        for (first, second) in all().flat_map(|first| all().map(move |second| (first, second))) {
            let expected = apply(second, apply(first, (1, 2)));
            assert_eq!(apply(first.then(second), (1, 2)), expected, "{first:?} {second:?}");
        }
    }
}
