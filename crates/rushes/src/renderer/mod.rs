//! From a decoded picture to the channels of an array: colour, size, turn, and subsampled planes made full.

#[cfg(test)]
mod tests;

use rushes_convert::{Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan};
use rushes_core::{
    ColorInfo, ColorRange, Error, Limits, MatrixCoefficients, PixelFormat, Plane, PlaneMut, Ratio,
    Result, Rotation, VideoFrame,
};

use crate::array::Pixels;

/// Renders pictures of any format into the channels of one format. The first picture decides the size where none is
/// asked for.
#[derive(Debug)]
pub(crate) struct Renderer {
    wanted: Wanted,
    layout: ChannelSource,
    /// Width and height as shown, once known.
    size: Option<(u32, u32)>,
    plan: Option<Planned>,
    /// Planes of the picture before it is spread over the channels, where it is not made there at once.
    scratch: Vec<Vec<u8>>,
}

/// What is asked of the pictures.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) format: PixelFormat,
    pub(crate) width: Option<u32>,
    pub(crate) height: Option<u32>,
    pub(crate) kernel: ScaleKernel,
    pub(crate) raw_orientation: bool,
    pub(crate) raw_aspect: bool,
}

#[derive(Debug)]
struct Planned {
    source: PictureSpec,
    target: PictureSpec,
    plan: VideoPlan,
}

/// Where the channels of an array are found in a picture of `format`.
#[derive(Debug)]
struct ChannelSource {
    /// The format that pictures are converted to before their samples are taken.
    format: PixelFormat,
    channels: Vec<Component>,
}

/// A component of a pixel: where its samples lie.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Component {
    plane: usize,
    /// Number of the sample within a pixel of the plane.
    offset: usize,
}

impl ChannelSource {
    fn of(format: PixelFormat) -> Self {
        let planar = |format: PixelFormat, planes: &[usize]| Self {
            format,
            channels: planes.iter().map(|plane| Component { plane: *plane, offset: 0 }).collect(),
        };
        match format {
            // The same samples as the planar format has, whose planes can be made in the array itself.
            PixelFormat::Rgb24 => planar(PixelFormat::Gbrp, &[2, 0, 1]),
            PixelFormat::Bgr24 => planar(PixelFormat::Gbrp, &[1, 0, 2]),
            PixelFormat::Nv12 | PixelFormat::Nv21 => planar(PixelFormat::Yuv420p, &[0, 1, 2]),
            PixelFormat::P010 => planar(PixelFormat::Yuv420p10, &[0, 1, 2]),
            PixelFormat::Yuyv422 | PixelFormat::Uyvy422 => planar(PixelFormat::Yuv422p, &[0, 1, 2]),
            packed if packed.planes().len() == 1 => Self {
                format: packed,
                channels: (0..packed.channels())
                    .map(|offset| Component { plane: 0, offset })
                    .collect(),
            },
            semi_planar if semi_planar.planes().len() == 2 => Self {
                format: semi_planar,
                channels: [(0, 0), (1, 0), (1, 1)]
                    .map(|(plane, offset)| Component { plane, offset })
                    .to_vec(),
            },
            other => planar(other, &[0, 1, 2, 3][..other.planes().len().min(4)]),
        }
    }

    /// True if the planes are the channels, byte for byte.
    fn is_direct(&self) -> bool {
        self.format.bit_depth() == 8
            && self.format.planes().len() == self.channels.len()
            && self
                .format
                .planes()
                .iter()
                .all(|plane| plane.shift_x == 0 && plane.shift_y == 0 && plane.pixel_bytes == 1)
    }
}

impl Renderer {
    pub(crate) fn new(wanted: Wanted) -> Self {
        let layout = ChannelSource::of(wanted.format);
        Self { wanted, layout, size: None, plan: None, scratch: Vec::new() }
    }

    /// Number of channels of an array.
    pub(crate) const fn channels(&self) -> usize {
        self.layout.channels.len()
    }

    /// Width and height as shown; `None` before the first picture unless both are asked for.
    pub(crate) const fn size(&self) -> Option<(u32, u32)> {
        match (self.size, self.wanted.width, self.wanted.height) {
            (None, Some(width), Some(height)) => Some((width, height)),
            (size, ..) => size,
        }
    }

    /// What the values of the arrays mean, for pictures of this colour.
    pub(crate) fn color(&self, frame: &VideoFrame) -> ColorInfo {
        target_color(frame, self.layout.format)
    }

    /// Width and height as shown, settled by the first picture.
    pub(crate) fn settle(&mut self, frame: &VideoFrame, limits: &Limits) -> Result<(u32, u32)> {
        if let Some(size) = self.size {
            return Ok(size);
        }
        let (width, height) = self.shown_size(frame);
        let size = (self.wanted.width.unwrap_or(width), self.wanted.height.unwrap_or(height));
        limits.check_picture(size.0, size.1)?;
        self.size = Some(size);
        Ok(size)
    }

    /// Size of a picture as it would be shown, with square pixels and upright.
    fn shown_size(&self, frame: &VideoFrame) -> (u32, u32) {
        let sized = self.wanted.width.is_some() || self.wanted.height.is_some();
        let width = if self.wanted.raw_aspect || sized {
            frame.width
        } else {
            stretched(frame.width, frame.sample_aspect)
        };
        if self.turn(frame).swaps_sides() { (frame.height, width) } else { (width, frame.height) }
    }

    const fn turn(&self, frame: &VideoFrame) -> Rotation {
        if self.wanted.raw_orientation { Rotation::NONE } else { frame.rotation }
    }

    /// Converts a picture into frame number `index` of `pixels`, which has room for it.
    pub(crate) fn render(
        &mut self,
        frame: &VideoFrame,
        pixels: &mut Pixels,
        index: usize,
    ) -> Result<()> {
        let (width, height) =
            self.size.ok_or_else(|| Error::usage("a picture was rendered before its size"))?;
        let downloaded = match &frame.memory {
            rushes_core::FrameMemory::Host(_) => None,
            rushes_core::FrameMemory::Device(memory) => Some(memory.download()?),
            _ => return Err(Error::unsupported("this kind of frame memory", "host memory")),
        };
        let source = downloaded
            .as_deref()
            .or_else(|| frame.planes())
            .ok_or_else(|| Error::usage("a frame in host memory has no planes"))?;

        let turn = self.turn(frame);
        let (inner_width, inner_height) =
            if turn.swaps_sides() { (height, width) } else { (width, height) };
        let target = PictureSpec {
            format: self.layout.format,
            width: inner_width,
            height: inner_height,
            color: self.color(frame),
        };
        let from = PictureSpec {
            format: frame.format,
            width: frame.width,
            height: frame.height,
            color: frame.color,
        };
        let channel = width as usize * height as usize;
        let start = index * channel * self.channels();
        let range = start..start + channel * self.channels();
        let area = Area { width: width as usize, height: height as usize, turn };

        if from == target {
            // Nothing to convert: the samples are taken from the decoder's planes.
            let planes: Vec<(&[u8], usize)> =
                source.iter().map(|plane| (plane.data(), plane.stride())).collect();
            return spread(&self.layout, &planes, area, pixels, range);
        }
        let plan = plan_for(&mut self.plan, from, target, self.wanted.kernel)?;
        if let Pixels::U8(bytes) = pixels
            && turn == Rotation::NONE
            && self.layout.is_direct()
        {
            let bytes = bytes.get_mut(range).ok_or_else(no_room)?;
            return run_into_channels(plan, &self.layout, source, bytes, area);
        }
        let strides = run_into_scratch(plan, &mut self.scratch, source, target)?;
        let planes: Vec<(&[u8], usize)> =
            self.scratch.iter().map(Vec::as_slice).zip(strides).collect();
        spread(&self.layout, &planes, area, pixels, range)
    }
}

/// The plan from one kind of picture to another, the last one if it fits.
fn plan_for(
    planned: &mut Option<Planned>,
    source: PictureSpec,
    target: PictureSpec,
    kernel: ScaleKernel,
) -> Result<&mut VideoPlan> {
    let fits = planned.as_ref().is_some_and(|last| last.source == source && last.target == target);
    if !fits {
        let mut options = VideoOptions::default();
        options.kernel = kernel;
        *planned = Some(Planned { source, target, plan: VideoPlan::new(source, target, options)? });
    }
    planned.as_mut().map(|planned| &mut planned.plan).ok_or_else(no_room)
}

/// Converts straight into the channels of an array.
fn run_into_channels(
    plan: &mut VideoPlan,
    layout: &ChannelSource,
    source: &[Plane],
    bytes: &mut [u8],
    area: Area,
) -> Result<()> {
    let mut channels: Vec<(usize, &mut [u8])> = layout
        .channels
        .iter()
        .map(|component| component.plane)
        .zip(bytes.chunks_exact_mut((area.width * area.height).max(1)))
        .collect();
    channels.sort_by_key(|(plane, _)| *plane);
    let mut planes: Vec<PlaneMut<'_>> =
        channels.into_iter().map(|(_, data)| PlaneMut { data, stride: area.width }).collect();
    plan.run(Picture { planes: source }, PictureMut { planes: &mut planes })
}

/// Converts into planes of our own, without padding, and gives their strides.
fn run_into_scratch(
    plan: &mut VideoPlan,
    scratch: &mut Vec<Vec<u8>>,
    source: &[Plane],
    target: PictureSpec,
) -> Result<Vec<usize>> {
    let layouts = target.format.planes();
    scratch.resize_with(layouts.len(), Vec::new);
    let mut strides = Vec::with_capacity(layouts.len());
    for (plane, layout) in scratch.iter_mut().zip(layouts) {
        let stride = layout.row_bytes(target.width);
        plane.resize(stride * layout.height(target.height) as usize, 0);
        strides.push(stride);
    }
    let mut planes: Vec<PlaneMut<'_>> = scratch
        .iter_mut()
        .zip(&strides)
        .map(|(data, stride)| PlaneMut { data, stride: *stride })
        .collect();
    plan.run(Picture { planes: source }, PictureMut { planes: &mut planes })?;
    Ok(strides)
}

/// What the values mean after a conversion of `frame` to `format`: RGB and gray are full range, as FFmpeg has them; luma and
/// chroma stay as they are, or follow the picture's size where they are made from RGB.
fn target_color(frame: &VideoFrame, format: PixelFormat) -> ColorInfo {
    let mut color = frame.color;
    if format.is_rgb() {
        color.matrix = MatrixCoefficients::Identity;
        color.range = ColorRange::Full;
    } else if format.is_gray() {
        color.range = ColorRange::Full;
    } else if frame.format.is_rgb() {
        color = yuv_color(frame.height);
    }
    color
}

/// Colour of luma and chroma that are made from RGB: BT.709 for HD, BT.601 below, limited range.
pub(crate) fn yuv_color(height: u32) -> ColorInfo {
    let matrix =
        if height >= 720 { MatrixCoefficients::Bt709 } else { MatrixCoefficients::Smpte170M };
    ColorInfo::new(matrix, ColorRange::Limited)
}

/// Width in square pixels.
fn stretched(width: u32, aspect: Ratio) -> u32 {
    if aspect.numer() == 0 {
        return width;
    }
    let (numer, denom) = (u64::from(aspect.numer()), u64::from(aspect.denom()));
    let stretched = (u64::from(width) * numer + denom / 2) / denom;
    u32::try_from(stretched).unwrap_or(u32::MAX).max(1)
}

/// Size of the arrays, and how pictures are turned to fill it.
#[derive(Clone, Copy)]
struct Area {
    width: usize,
    height: usize,
    turn: Rotation,
}

/// Takes the samples of each channel from the planes of a picture.
fn spread(
    layout: &ChannelSource,
    planes: &[(&[u8], usize)],
    area: Area,
    pixels: &mut Pixels,
    range: std::ops::Range<usize>,
) -> Result<()> {
    let channel = (area.width * area.height).max(1);
    match pixels {
        Pixels::U8(pixels) => {
            let pixels = pixels.get_mut(range).ok_or_else(no_room)?;
            for (component, out) in layout.channels.iter().zip(pixels.chunks_exact_mut(channel)) {
                take(layout.format, *component, planes, area, out, |[byte]: [u8; 1]| byte)?;
            }
        }
        Pixels::U16(pixels) => {
            let pixels = pixels.get_mut(range).ok_or_else(no_room)?;
            for (component, out) in layout.channels.iter().zip(pixels.chunks_exact_mut(channel)) {
                take(layout.format, *component, planes, area, out, u16::from_le_bytes)?;
            }
        }
    }
    Ok(())
}

/// Fills one channel: each pixel from the sample that covers it.
fn take<T, const BYTES: usize>(
    format: PixelFormat,
    component: Component,
    planes: &[(&[u8], usize)],
    area: Area,
    out: &mut [T],
    value: impl Fn([u8; BYTES]) -> T + Copy,
) -> Result<()> {
    let (Some(layout), Some((data, stride))) =
        (format.planes().get(component.plane), planes.get(component.plane))
    else {
        return Err(no_room());
    };
    let offset = component.offset * BYTES;
    let (inner_width, inner_height) =
        if area.turn.swaps_sides() { (area.height, area.width) } else { (area.width, area.height) };
    let samples = inner_width.div_ceil(1 << layout.shift_x);
    let row_at = |y: usize| {
        let start = (y >> layout.shift_y) * stride;
        data.get(start..start + samples * layout.pixel_bytes).ok_or_else(no_room)
    };
    let sample = |row: &[u8], x: usize| {
        let start = (x >> layout.shift_x) * layout.pixel_bytes + offset;
        row.get(start..start + BYTES).and_then(|bytes| bytes.try_into().ok()).map(value)
    };
    let rows = out.chunks_exact_mut(area.width.max(1)).enumerate();
    if area.turn == Rotation::NONE {
        for (y, out) in rows {
            fill_row(row_at(y)?, layout.shift_x, layout.pixel_bytes, offset, out, value);
        }
        return Ok(());
    }
    for (y, out) in rows {
        for (x, slot) in out.iter_mut().enumerate() {
            let (from_x, from_y) = unturned(x, y, inner_width, inner_height, area.turn);
            *slot = sample(row_at(from_y)?, from_x).ok_or_else(no_room)?;
        }
    }
    Ok(())
}

/// One row that is not turned: samples in a line, each repeated where the plane is subsampled.
fn fill_row<T, const BYTES: usize>(
    row: &[u8],
    shift_x: u32,
    pixel_bytes: usize,
    offset: usize,
    out: &mut [T],
    value: impl Fn([u8; BYTES]) -> T,
) {
    let pixels = row.chunks_exact(pixel_bytes.max(1));
    for (out, pixel) in out.chunks_mut(1 << shift_x).zip(pixels) {
        let Some(bytes) = pixel.get(offset..offset + BYTES).and_then(|bytes| bytes.try_into().ok())
        else {
            continue;
        };
        for slot in out {
            *slot = value(bytes);
        }
    }
}

/// Where the pixel that is shown at (x, y) lies in the stored picture of this size.
const fn unturned(
    x: usize,
    y: usize,
    width: usize,
    height: usize,
    turn: Rotation,
) -> (usize, usize) {
    let (x, y) = match turn.degrees() {
        90 => (y, height - 1 - x),
        180 => (width - 1 - x, height - 1 - y),
        270 => (width - 1 - y, x),
        _ => (x, y),
    };
    (if turn.is_mirrored() { width - 1 - x } else { x }, y)
}

fn no_room() -> Error {
    Error::usage("a picture does not fit its chunk")
}
