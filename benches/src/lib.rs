//! Inputs that the benches share, the same ones that the scripts in `peers/` make.
#![forbid(unsafe_code)]

mod audio;
mod response;
mod scale;
mod sound;
mod y4m;

pub use audio::{AudioCase, AudioRun, RATES, SECONDS, audio_cases};
pub use response::{Resample, Response, response};
pub use scale::{ScaleCase, ScaleRun, scale_cases};
pub use sound::{Distance, distance};
pub use y4m::Y4m;

use std::time::{Duration, Instant};

use rushes_convert::{Level, Picture, PictureMut, PictureSpec, Resampler, VideoOptions, VideoPlan};
use rushes_core::{AudioFrame, ChannelLayout, ColorInfo, PixelFormat, Plane, PlaneMut};

/// A conversion of pictures that is measured.
#[derive(Clone, Copy, Debug)]
pub struct VideoCase {
    /// What comes in.
    pub source: (PixelFormat, u32, u32),
    /// What goes out.
    pub target: (PixelFormat, u32, u32),
}

/// Conversions of colour that are measured at every size.
pub const COLOR_PAIRS: [(PixelFormat, PixelFormat); 33] = {
    use PixelFormat as P;
    [
        (P::Yuv420p, P::Rgb24),
        (P::Yuv420p, P::Bgr24),
        (P::Yuv420p, P::Rgba),
        (P::Yuv420p, P::Bgra),
        (P::Yuv420p, P::Gbrp),
        (P::Yuv422p, P::Rgb24),
        (P::Yuv444p, P::Rgb24),
        (P::Nv12, P::Rgb24),
        (P::Yuyv422, P::Rgb24),
        (P::Rgb24, P::Yuv420p),
        (P::Bgr24, P::Yuv420p),
        (P::Rgba, P::Yuv420p),
        (P::Bgra, P::Yuv420p),
        (P::Gbrp, P::Yuv420p),
        (P::Rgb24, P::Nv12),
        (P::Rgb24, P::Yuv444p),
        (P::Yuv420p10, P::Rgb24),
        (P::P010, P::Rgb24),
        (P::Yuv420p10, P::Bgra),
        (P::Yuv420p10, P::Rgb48),
        (P::P010, P::Rgb48),
        (P::Rgb24, P::Yuv420p10),
        (P::Rgb24, P::P010),
        (P::Rgb48, P::Yuv420p10),
        (P::Rgb48, P::P010),
        (P::Yuv420p10, P::Yuv420p),
        (P::Yuv420p, P::Yuv420p10),
        (P::P010, P::Yuv420p10),
        (P::Nv12, P::Yuv420p),
        (P::Yuv420p, P::Nv12),
        (P::Yuyv422, P::Yuv420p),
        (P::Rgb24, P::Bgra),
        (P::Yuv420p, P::Gray8),
    ]
};

/// Widths and heights at which conversions are measured.
pub const SIZES: [(u32, u32); 3] = [(640, 360), (1920, 1080), (3840, 2160)];

/// The conversions of pictures that are measured, and compared with others: colour at every size, then the rest.
pub fn cases() -> impl Iterator<Item = VideoCase> {
    let same_size = |(from, to), (width, height)| VideoCase {
        source: (from, width, height),
        target: (to, width, height),
    };
    let scaled = VideoCase {
        source: (PixelFormat::Yuv420p, 1920, 1080),
        target: (PixelFormat::Yuv420p, 1280, 720),
    };
    let colors = COLOR_PAIRS.into_iter();
    colors.flat_map(move |pair| SIZES.map(|size| same_size(pair, size))).chain([scaled])
}

/// Nanoseconds of the median run, of as many as fit a third of a second, but no fewer than five.
///
/// # Errors
/// The work's.
pub fn median<E>(mut work: impl FnMut() -> rushes_core::Result<(), E>) -> Result<u128, E> {
    const ENOUGH: Duration = Duration::from_millis(300);
    let (mut times, begin) = (Vec::new(), Instant::now());
    while times.len() < 5 || begin.elapsed() < ENOUGH {
        let start = Instant::now();
        work()?;
        times.push(start.elapsed().as_nanos());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

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
    pub fn new(case: VideoCase, level: Option<Level>) -> rushes_core::Result<Self> {
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
                let bytes = stride * layout.height(height) as usize;
                Plane::new(noise(bytes, format.bit_depth(), format.alignment()), stride)
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
    pub fn run(&mut self) -> rushes_core::Result<()> {
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

/// Samples that look random; above 8 bits two bytes each, shifted up by `align` bits.
#[must_use]
pub fn noise(bytes: usize, depth: u32, align: u32) -> Vec<u8> {
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
        (u16::from_be_bytes([high, low]) >> (16 - depth) << align).to_le_bytes()
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
    pub fn new(from: u32, to: u32) -> rushes_core::Result<Self> {
        let bytes = noise((from * Self::SECONDS) as usize * 2, 8, 0);
        let samples: Vec<f32> = bytes.iter().map(|byte| f32::from(*byte) / 128.0 - 1.0).collect();
        let frames = (samples.chunks_exact(2 * FRAME_SAMPLES))
            .map(|frame| AudioFrame::new(frame.to_vec(), ChannelLayout::STEREO, from))
            .collect::<rushes_core::Result<_>>()?;
        Ok(Self { rates: (from, to), frames })
    }

    /// Resamples all of it, and says how many samples of a channel came out.
    ///
    /// # Errors
    /// As for [`Resampler`].
    pub fn run(&self) -> rushes_core::Result<usize> {
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
