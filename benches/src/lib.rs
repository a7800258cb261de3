//! Inputs that the benches share, the same ones that the scripts in `peers/` make.
#![forbid(unsafe_code)]

mod audio;
mod response;
mod sound;
mod y4m;

pub use audio::{AudioCase, AudioRun, RATES, SECONDS, audio_cases};
pub use response::{Resample, Response, response};
pub use sound::{Distance, distance};
pub use y4m::Y4m;

use rushes_convert::{Level, Picture, PictureMut, PictureSpec, Resampler, VideoOptions, VideoPlan};
use rushes_core::{AudioFrame, ChannelLayout, ColorInfo, PixelFormat, Plane, PlaneMut, Result};

/// A conversion of pictures that is measured.
#[derive(Clone, Copy, Debug)]
pub struct VideoCase {
    /// What comes in.
    pub source: (PixelFormat, u32, u32),
    /// What goes out.
    pub target: (PixelFormat, u32, u32),
}

/// The conversions of pictures that are measured, and compared with others.
pub const VIDEO_CASES: [VideoCase; 13] = {
    use PixelFormat as P;
    const fn same_size(source: P, target: P) -> VideoCase {
        VideoCase { source: (source, 1920, 1080), target: (target, 1920, 1080) }
    }
    [
        same_size(P::Yuv420p, P::Rgb24),
        same_size(P::Yuv420p, P::Bgr24),
        same_size(P::Yuv420p, P::Gbrp),
        same_size(P::Yuv420p, P::Rgba),
        same_size(P::Yuv422p, P::Rgb24),
        same_size(P::Yuv444p, P::Rgb24),
        same_size(P::Nv12, P::Rgb24),
        same_size(P::Yuv420p10, P::Rgb24),
        same_size(P::Yuv420p, P::Gray8),
        same_size(P::Yuv420p, P::Yuv444p),
        same_size(P::Rgb24, P::Yuv420p),
        VideoCase { source: (P::Yuv420p, 640, 360), target: (P::Rgb24, 640, 360) },
        VideoCase { source: (P::Yuv420p, 1920, 1080), target: (P::Yuv420p, 1280, 720) },
    ]
};

impl std::fmt::Display for VideoCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ((from, from_width, from_height), (to, to_width, to_height)) =
            (self.source, self.target);
        write!(f, "{from} {from_width}x{from_height} to {to} {to_width}x{to_height}")
    }
}

/// Buffers and plan of a conversion of pictures.
#[derive(Debug)]
pub struct VideoRun {
    plan: VideoPlan,
    source: Vec<Plane>,
    target: Vec<Vec<u8>>,
    strides: Vec<usize>,
}

impl VideoRun {
    /// Makes the buffers and the plan; the level is the machine's best where none is given.
    ///
    /// # Errors
    /// As for [`VideoPlan::new`].
    pub fn new(case: VideoCase, level: Option<Level>) -> Result<Self> {
        let spec = |(format, width, height)| PictureSpec {
            format,
            width,
            height,
            color: ColorInfo::default(),
        };
        let options =
            level.map_or_else(VideoOptions::default, |level| VideoOptions::default().level(level));
        let plan = VideoPlan::new(spec(case.source), spec(case.target), options)?;
        let (format, width, height) = case.source;
        let source = (format.planes().iter())
            .map(|layout| {
                let stride = layout.row_bytes(width);
                Plane::new(
                    noise(stride * layout.height(height) as usize, format.bit_depth()),
                    stride,
                )
            })
            .collect();
        let (format, width, height) = case.target;
        let strides: Vec<_> =
            format.planes().iter().map(|layout| layout.row_bytes(width)).collect();
        let target = (format.planes().iter().zip(&strides))
            .map(|(layout, stride)| vec![0; stride * layout.height(height) as usize])
            .collect();
        Ok(Self { plan, source, target, strides })
    }

    /// Converts the picture once.
    ///
    /// # Errors
    /// As for [`VideoPlan::run`].
    pub fn run(&mut self) -> Result<()> {
        let mut planes: Vec<_> = (self.target.iter_mut().zip(&self.strides))
            .map(|(data, stride)| PlaneMut { data, stride: *stride })
            .collect();
        self.plan.run(Picture { planes: &self.source }, PictureMut { planes: &mut planes })
    }

    /// What came out.
    #[must_use]
    pub fn output(&self) -> &[Vec<u8>] {
        &self.target
    }

    /// Bytes read and written.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.source.iter().map(|plane| plane.data().len()).sum::<usize>()
            + self.target.iter().map(Vec::len).sum::<usize>()
    }
}

/// Samples that look random; two bytes each above 8 bits.
#[must_use]
pub fn noise(bytes: usize, depth: u32) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()
    };
    if depth == 8 {
        return std::iter::repeat_with(|| next()[0]).take(bytes).collect();
    }
    let samples = std::iter::repeat_with(|| {
        let [high, low, ..] = next();
        (u16::from_be_bytes([high, low]) >> (16 - depth)).to_le_bytes()
    });
    samples.take(bytes / 2).flatten().collect()
}

/// Samples of a channel in the frames that audio is pushed in, as decoders give them.
const FRAME_SAMPLES: usize = 1024;

/// A stereo change of sample rate that is measured.
#[derive(Debug)]
pub struct ResampleRun {
    rates: (u32, u32),
    frames: Vec<AudioFrame>,
}

impl ResampleRun {
    /// Seconds of sound.
    pub const SECONDS: u32 = 10;

    /// Makes the samples.
    ///
    /// # Errors
    /// None for rates above zero.
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let bytes = noise((from * Self::SECONDS) as usize * 2, 8);
        let samples: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 128.0 - 1.0).collect();
        let frames = (samples.chunks_exact(2 * FRAME_SAMPLES))
            .map(|frame| AudioFrame::new(frame.to_vec(), ChannelLayout::STEREO, from))
            .collect::<Result<_>>()?;
        Ok(Self { rates: (from, to), frames })
    }

    /// Resamples all of it, and says how many samples of a channel came out.
    ///
    /// # Errors
    /// As for [`Resampler`].
    pub fn run(&self) -> Result<usize> {
        let mut resampler = Resampler::new(self.rates.0, self.rates.1, ChannelLayout::STEREO)?;
        let mut count = 0;
        for frame in &self.frames {
            count += resampler.push(frame)?.map_or(0, |frame| frame.len());
        }
        Ok(count + resampler.finish()?.map_or(0, |frame| frame.len()))
    }

    /// Samples of a channel that go in.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.frames.iter().map(AudioFrame::len).sum()
    }

    /// Bytes read and written.
    #[must_use]
    pub const fn bytes(&self) -> usize {
        8 * (self.rates.0 as usize + self.rates.1 as usize) * Self::SECONDS as usize
    }
}

impl std::fmt::Display for ResampleRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (from, to) = self.rates;
        write!(f, "resample stereo f32 {from} to {to} Hz, {} s", Self::SECONDS)
    }
}
