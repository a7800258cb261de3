//! One video track of a writer: arrays or frames to the encoder's format, with their times.

use ndarray::{ArrayView2, ArrayView4, Axis};
use rushes_codec::{Encoder, EncoderOptions};
use rushes_container::Format;
use rushes_convert::{FrameRateConverter, PictureSpec, VideoOptions, VideoPlan, VideoSpec};
use rushes_core::{
    ColorInfo, ColorRange, Error, Frame, FrameRate, Limits, MatrixCoefficients, MediaKind,
    MediaParameters, PixelFormat, Plane, Ratio, Result, Rounding, Ticks, Time, TimeBase, Timestamp,
    Track, VideoFrame, VideoParameters,
};

use super::Output;
use super::choose;
use super::input::VideoInput;
use crate::VideoElement;
use crate::filter::VideoFiltering;
use crate::renderer::yuv_color;

pub(super) struct VideoLane {
    track: usize,
    input: VideoInput,
    /// How the channels of an array become a picture.
    packing: Packing,
    encoder: Box<dyn Encoder>,
    /// What the encoder takes.
    target: PictureSpec,
    plan: Option<(PictureSpec, VideoPlan)>,
    filter: Option<VideoFiltering>,
    rate: Option<FrameRateConverter>,
    /// Unit of the times of pictures behind `rate`.
    rated_base: TimeBase,
    clock: Clock,
}

/// Times of frames, in ticks.
#[derive(Clone, Copy, Debug)]
struct Clock {
    base: TimeBase,
    frame: TimeBase,
    /// Where counting started: at the first frame, and anew at each one that has a time of its own.
    start: Timestamp,
    /// Frames since.
    count: i64,
    last: Option<Timestamp>,
}

/// A picture format, and the channels of an array that are its planes.
#[derive(Clone, Copy, Debug)]
struct Packing {
    format: PixelFormat,
    planes: &'static [usize],
    /// Channels of the array.
    channels: usize,
}

impl Packing {
    fn of(format: PixelFormat) -> Result<Self> {
        let (to, planes): (_, &'static [usize]) = match format {
            PixelFormat::Rgb24 | PixelFormat::Rgba => (PixelFormat::Gbrp, &[1, 2, 0]),
            PixelFormat::Bgr24 | PixelFormat::Bgra => (PixelFormat::Gbrp, &[1, 0, 2]),
            PixelFormat::Argb => (PixelFormat::Gbrp, &[2, 3, 1]),
            PixelFormat::Rgb48 | PixelFormat::Rgba64 => (PixelFormat::Rgb48, &[0, 1, 2]),
            format if format.is_gray() => (format, &[0]),
            format if format.is_rgb() => (format, &[0, 1, 2]),
            format => match format.bit_depth() {
                8 => (PixelFormat::Yuv444p, &[0, 1, 2]),
                10 => (PixelFormat::Yuv444p10, &[0, 1, 2]),
                12 => (PixelFormat::Yuv444p12, &[0, 1, 2]),
                _ => return Err(Error::unsupported(format!("writing arrays of {format}"), "")),
            },
        };
        Ok(Self { format: to, planes, channels: format.channels() })
    }

    /// The picture that the channels of one frame make.
    fn pack<T: VideoElement>(
        self,
        frame: &ndarray::ArrayView3<'_, T>,
        width: u32,
        height: u32,
    ) -> Result<VideoFrame> {
        let bytes_of = |channel: usize| -> Vec<u8> { bytes(frame.index_axis(Axis(0), channel)) };
        let planes: Vec<Vec<u8>> = self.planes.iter().map(|channel| bytes_of(*channel)).collect();
        let planes = match self.format {
            PixelFormat::Rgb48 => vec![interleave(&planes)],
            _ => planes,
        };
        let strides = self.format.planes().iter().map(|layout| layout.row_bytes(width));
        let planes = planes.into_iter().zip(strides).map(|(data, stride)| Plane::new(data, stride));
        VideoFrame::new(self.format, width, height, planes.collect())
    }
}

/// Samples row by row, little-endian.
fn bytes<T: VideoElement>(channel: ArrayView2<'_, T>) -> Vec<u8> {
    match channel.as_slice() {
        Some(samples) => T::to_bytes(samples),
        None => T::to_bytes(&channel.iter().copied().collect::<Vec<T>>()),
    }
}

/// 16-bit planes to pixels.
fn interleave(planes: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![0; planes.iter().map(Vec::len).sum()];
    for (index, plane) in planes.iter().enumerate() {
        let slots = out.chunks_exact_mut(2).skip(index).step_by(planes.len());
        for (slot, sample) in slots.zip(plane.chunks_exact(2)) {
            slot.copy_from_slice(sample);
        }
    }
    out
}

impl Clock {
    /// The time of the next frame, at `given` if there is one.
    fn next(&mut self, given: Option<Time>) -> Result<Timestamp> {
        let (start, count) = match given {
            Some(given) => (given.to_base(self.base, Rounding::Nearest), 0),
            None => (self.start, self.count),
        };
        let pts = start.saturating_offset(self.frame.rescale(count, self.base, Rounding::Nearest));
        if let Some(last) = self.last.filter(|last| pts <= *last) {
            return Err(Error::usage(format!(
                "time goes backwards: a frame at {} s after one at {} s",
                self.base.time(pts).seconds(),
                self.base.time(last).seconds()
            )));
        }
        if pts < Timestamp::ZERO {
            return Err(Error::usage(format!(
                "a frame at {} s is before the start",
                self.base.time(pts).seconds()
            )));
        }
        // Nothing is noted down before this, so that a time that is refused leaves no trace.
        *self = Self { start, count: count.saturating_add(1), last: Some(pts), ..*self };
        Ok(pts)
    }
}

impl VideoLane {
    pub(super) fn new(track: usize, input: VideoInput, format: &Format) -> Result<Self> {
        let entry = choose::encoder(
            input.common.encoder.as_deref(),
            format.default_video.as_ref(),
            MediaKind::Video,
        )?;
        let packing = Packing::of(input.format)?;
        let given_rate =
            input.frame_rate.ok_or_else(|| Error::usage("a video input needs a frame rate"))?;
        let base = input.time_base.unwrap_or(given_rate.time_base());
        let filtered = filtered(&input, base, given_rate)?;
        let (format, filtered_base) = (filtered.format, filtered.time_base);
        let pixel_format = choose::pixel_format(entry, input.encoder_format, format)?;
        let width = input.encoder_width.unwrap_or(filtered.width);
        let height = input.encoder_height.unwrap_or(filtered.height);
        let filtered_rate = filtered.frame_rate.unwrap_or(given_rate);
        let rate = input.encoder_frame_rate.unwrap_or(filtered_rate);
        // `fps` leaves one tick per frame.
        let constant = input.constant_frame_rate || filtered_base != base;
        let color = target_color(&input, pixel_format, height);

        let mut video = VideoParameters::new(width, height);
        video.pixel_format = Some(pixel_format);
        video.frame_rate = Some(rate);
        video.constant_frame_rate = constant || input.encoder_frame_rate.is_some();
        video.sample_aspect = if input.common.filter.is_some() {
            Some(filtered.sample_aspect)
        } else {
            input.sample_aspect
        };
        video.rotation = input.rotation;
        video.color = color;
        let mut options = EncoderOptions::new(MediaParameters::Video(video));
        // With a constant rate of its own the encoder counts frames.
        options.time_base = input
            .time_base
            .filter(|_| input.encoder_frame_rate.is_none() && filtered_base == base)
            .and_then(|base| TimeBase::per_second(base.denom()));
        options.config = input.common.config.clone();
        options.options.clone_from(&input.common.options);
        let encoder = entry.create(&options)?;

        let filter = input.common.filter.clone();
        Ok(Self {
            track,
            packing,
            target: PictureSpec { format: pixel_format, width, height, color },
            plan: None,
            filter: filter.map(|chain| {
                VideoFiltering::new(chain, base, Some(given_rate), Limits::default(), false)
            }),
            rate: input.encoder_frame_rate.map(|rate| FrameRateConverter::new(filtered_base, rate)),
            rated_base: input.encoder_frame_rate.map_or(filtered_base, FrameRate::time_base),
            clock: Clock {
                base,
                frame: given_rate.time_base(),
                start: Timestamp::ZERO,
                count: 0,
                last: None,
            },
            encoder,
            input,
        })
    }

    /// What the muxer must know.
    pub(super) fn describe(&self) -> Track {
        let id = self.track as u64 + 1;
        let mut track = Track::new(id, self.encoder.parameters().clone(), self.encoder.time_base());
        track.metadata = self.input.common.metadata.clone();
        track.disposition = self.input.common.disposition;
        track
    }

    /// Writes the frames of an array.
    pub(super) fn write<T: VideoElement>(
        &mut self,
        frames: ArrayView4<'_, T>,
        pts: Option<Time>,
        output: &mut Output,
    ) -> Result<()> {
        self.check_array(&frames)?;
        let mut given = pts;
        for frame in frames.outer_iter() {
            let pts = self.clock.next(given.take())?;
            let mut picture = self.packing.pack(&frame, self.input.width, self.input.height)?;
            picture.color =
                if picture.format.is_rgb() { ColorInfo::default() } else { self.input.color };
            picture.pts = Some(pts);
            let one = Ticks::new(1);
            picture.duration =
                Some(self.clock.frame.convert_ticks(one, self.clock.base, Rounding::Nearest));
            self.push(picture, output)?;
        }
        Ok(())
    }

    /// Writes a picture in its own format.
    pub(super) fn write_frame(
        &mut self,
        frame: &VideoFrame,
        time_base: TimeBase,
        output: &mut Output,
    ) -> Result<()> {
        let pts = self.clock.next(frame.pts.map(|pts| time_base.time(pts)))?;
        let mut picture = frame.clone();
        picture.pts = Some(pts);
        picture.duration = frame
            .duration
            .map(|length| time_base.convert_ticks(length, self.clock.base, Rounding::Nearest));
        self.push(picture, output)
    }

    pub(super) fn finish(&mut self, output: &mut Output) -> Result<()> {
        if let Some(filter) = &mut self.filter {
            filter.finish();
        }
        let filtered = self.push_filtered(output);
        if let Some(rate) = &mut self.rate {
            rate.finish();
        }
        let result = filtered.and_then(|()| self.encode_certain(output));
        result.and(output.end(&mut *self.encoder, self.track, Timestamp::ZERO))
    }

    fn push(&mut self, picture: VideoFrame, output: &mut Output) -> Result<()> {
        match &mut self.filter {
            Some(filter) => filter.push(&picture)?,
            None => return self.rate(picture, output),
        }
        self.push_filtered(output)
    }

    fn push_filtered(&mut self, output: &mut Output) -> Result<()> {
        while let Some(filter) = &mut self.filter
            && let Some((picture, _)) = filter.next()?
        {
            self.rate(picture, output)?;
        }
        Ok(())
    }

    fn rate(&mut self, picture: VideoFrame, output: &mut Output) -> Result<()> {
        match &mut self.rate {
            Some(rate) => rate.push(picture)?,
            None => return self.encode(&picture, output),
        }
        self.encode_certain(output)
    }

    fn encode_certain(&mut self, output: &mut Output) -> Result<()> {
        while let Some(picture) = self.rate.as_mut().and_then(FrameRateConverter::next_frame) {
            self.encode(&picture, output)?;
        }
        Ok(())
    }

    fn encode(&mut self, picture: &VideoFrame, output: &mut Output) -> Result<()> {
        let mut picture = self.convert(picture)?;
        let from = self.rated_base;
        let to = self.encoder.time_base();
        picture.pts = picture.pts.map(|pts| from.convert(pts, to, Rounding::Nearest));
        picture.duration =
            picture.duration.map(|length| from.convert_ticks(length, to, Rounding::Nearest));
        output.encode(&mut *self.encoder, self.track, &Frame::Video(picture), Timestamp::ZERO)
    }

    /// The picture as the encoder takes it.
    fn convert(&mut self, picture: &VideoFrame) -> Result<VideoFrame> {
        let source = PictureSpec {
            format: picture.format,
            width: picture.width,
            height: picture.height,
            color: match (picture.format.is_rgb(), self.target.format.is_rgb()) {
                (true, true) => picture.color.or(self.target.color),
                (true, false) => picture.color,
                (false, _) => picture.color.or(self.input.color),
            },
        };
        if source == self.target && picture.planes().is_some() {
            return Ok(picture.clone());
        }
        let downloaded = match &picture.memory {
            rushes_core::FrameMemory::Device(memory) => {
                let mut host = VideoFrame::new(
                    picture.format,
                    picture.width,
                    picture.height,
                    memory.download()?,
                )?;
                host.pts = picture.pts;
                host.duration = picture.duration;
                Some(host)
            }
            _ => None,
        };
        let plan = match &mut self.plan {
            Some((known, plan)) if *known == source => plan,
            plan => {
                let mut options = VideoOptions::default();
                options.kernel = self.input.kernel;
                &mut plan.insert((source, VideoPlan::new(source, self.target, options)?)).1
            }
        };
        plan.convert(downloaded.as_ref().unwrap_or(picture))
    }

    fn check_array<T: VideoElement>(&self, frames: &ArrayView4<'_, T>) -> Result<()> {
        let wide = self.input.format.bit_depth() > 8;
        let wanted = if wide { u16::NAME } else { u8::NAME };
        if T::NAME != wanted {
            return Err(Error::usage(format!(
                "{} pictures are {wanted}, not {}",
                self.input.format,
                T::NAME
            )));
        }
        let (_, channels, height, width) = frames.dim();
        let expected =
            (self.packing.channels, self.input.height as usize, self.input.width as usize);
        if (channels, height, width) != expected {
            return Err(Error::usage(format!(
                "pictures of shape ({channels}, {height}, {width}) were given; this input takes (channel, height, width) = {expected:?}"
            )));
        }
        Ok(())
    }
}

/// What the filters make of the pictures that are given.
fn filtered(input: &VideoInput, base: TimeBase, rate: FrameRate) -> Result<VideoSpec> {
    let VideoInput { format, width, height, .. } = *input;
    let mut spec = VideoSpec::new(format, width, height, base).frame_rate(Some(rate));
    spec.color = if format.is_rgb() { ColorInfo::default() } else { input.color };
    spec.sample_aspect = input.sample_aspect.unwrap_or(Ratio::ONE);
    match &input.common.filter {
        Some(chain) => Ok(chain.start_video(spec, &Limits::default())?.output()),
        None => Ok(spec),
    }
}

/// What the values mean that the encoder gets: RGB is full range, and so is gray that is made from colours, as FFmpeg has them.
/// Luma and chroma that are given as such are passed on with the tags they have, or have not.
fn target_color(input: &VideoInput, format: PixelFormat, height: u32) -> ColorInfo {
    let mut color = input.color;
    if format.is_rgb() {
        color.matrix = MatrixCoefficients::Identity;
        color.range = ColorRange::Full;
    } else if format.is_gray() && !input.format.is_gray() {
        color.range = ColorRange::Full;
    } else if input.format.is_rgb() {
        color = color.or(yuv_color(height));
    }
    color
}

impl std::fmt::Debug for VideoLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VideoLane")
            .field("track", &self.track)
            .field("target", &self.target)
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
