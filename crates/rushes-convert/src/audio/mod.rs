//! Sample formats and channels.

mod mix;
mod rows;
mod sample;

use rushes_core::{AudioFrame, ChannelLayout, Error, Result, SampleFormat};
use rushes_simd::Level;

use self::mix::Matrix;
use self::rows::{BLOCK, Dither, copy_rows, mix_rows};
use self::sample::Scale;

/// Options of an [`AudioPlan`].
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct AudioOptions {
    /// Weights of the source's channels, a row per channel of the target, used as they are. Default: those of the layouts.
    pub matrix: Option<Vec<Vec<f64>>>,
    /// Seed of the noise that is added before samples are rounded to fewer bits. Default: no noise.
    pub dither: Option<u64>,
    /// Vector instructions to use. Default: the best of this machine, as [`Level::detect`] finds it.
    pub level: Option<Level>,
}

impl AudioOptions {
    /// Sets the weights of the source's channels, a row per channel of the target.
    #[must_use]
    pub fn matrix(mut self, matrix: Vec<Vec<f64>>) -> Self {
        self.matrix = Some(matrix);
        self
    }

    /// Adds noise before samples are rounded to fewer bits: triangular, within one step of the target either way, mean 0,
    /// variance 1/6. It depends on the seed, the channel, and how many samples came before, and on nothing else.
    #[must_use]
    pub const fn dither(mut self, seed: u64) -> Self {
        self.dither = Some(seed);
        self
    }

    /// Sets the vector instructions to use.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }
}

/// A sample that can be converted: `u8`, `i16`, `i32`, `i64`, `f32` or `f64`.
#[expect(private_bounds, reason = "nobody else implements it")]
pub trait AudioSample: Scale {}

impl<T: Scale> AudioSample for T {}

/// Samples to read.
#[derive(Clone, Copy, Debug)]
pub enum Samples<'a, T> {
    /// A slice per channel, all of the same length.
    Planar(&'a [&'a [T]]),
    /// One sample of each channel, then the next of each.
    Interleaved(&'a [T]),
}

/// Room for samples.
#[derive(Debug)]
pub enum SamplesMut<'a, 'b, T> {
    /// A slice per channel, all of the same length.
    Planar(&'a mut [&'b mut [T]]),
    /// One sample of each channel, then the next of each.
    Interleaved(&'a mut [T]),
}

/// Conversion of sample format and channels, planned once.
///
/// Values scale as in FFmpeg: full scale of an integer format is 1.0, out of range is clipped, to a nearer integer is
/// rounded (halves to even), from a wider integer is cut off; with [dither](AudioOptions::dither), that is rounded too.
/// What is not a number becomes 0 in every format; infinities are clipped by integer formats, and stay in f32 and f64.
///
/// Channels mix as in FFmpeg's `swresample` by default: centre and surround at -3 dB, the LFE dropped, and the sum held
/// within full scale if the target's format is of integers. Sums are made in f32 if neither format has more bits, else in
/// f64, channel by channel.
#[derive(Debug)]
pub struct AudioPlan {
    source: (SampleFormat, ChannelLayout),
    target: (SampleFormat, ChannelLayout),
    matrix: Option<Matrix>,
    dither: Option<Dither>,
    level: Level,
    /// Room for a block of every channel of the source, and of one of the target.
    single: Vec<f32>,
    double: Vec<f64>,
}

impl AudioPlan {
    /// Plans a conversion.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for layouts without a known mix; [`Error::Usage`] for an unknown level in `RUSHES_CPU`.
    pub fn new(
        source: (SampleFormat, ChannelLayout),
        target: (SampleFormat, ChannelLayout),
    ) -> Result<Self> {
        Self::with_options(source, target, AudioOptions::default())
    }

    /// Plans a conversion.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`Error::Usage`] for a matrix that does not fit the layouts or is not finite.
    pub fn with_options(
        source: (SampleFormat, ChannelLayout),
        target: (SampleFormat, ChannelLayout),
        options: AudioOptions,
    ) -> Result<Self> {
        let matrix = match options.matrix {
            Some(rows) => Matrix::from_rows(rows, source.1, target.1)?,
            None => Matrix::new(source.1, target.1, !target.0.is_float())?,
        };
        let level = options.level.map_or_else(Level::detect, Ok)?;
        let room =
            if matrix.is_some() { (usize::from(source.1.channels()) + 1) * BLOCK } else { 0 };
        let (single, double) = if is_narrow(source.0) && is_narrow(target.0) {
            (vec![0.0; room], Vec::new())
        } else {
            (Vec::new(), vec![0.0; room])
        };
        let dither = options.dither.map(Dither::new);
        Ok(Self { source, target, matrix, dither, level, single, double })
    }

    /// Converts one block; times stay as they are. A block that is as the target already is passed on without a copy.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame does not fit the plan.
    pub fn convert(&mut self, frame: &AudioFrame) -> Result<AudioFrame> {
        if (frame.format(), frame.layout) != self.source {
            return Err(Error::usage(format!(
                "{} {} samples for a plan of {} {}",
                frame.layout,
                frame.format(),
                self.source.1,
                self.source.0
            )));
        }
        if self.source.0 == self.target.0 && self.matrix.is_none() {
            let mut frame = frame.clone();
            frame.layout = self.target.1;
            return Ok(frame);
        }
        match self.source.0 {
            SampleFormat::U8 => self.convert_from::<u8>(frame),
            SampleFormat::S16 => self.convert_from::<i16>(frame),
            SampleFormat::S32 => self.convert_from::<i32>(frame),
            SampleFormat::S64 => self.convert_from::<i64>(frame),
            SampleFormat::F32 => self.convert_from::<f32>(frame),
            SampleFormat::F64 => self.convert_from::<f64>(frame),
            other => Err(Error::unsupported(format!("sample format {other}"), "")),
        }
    }

    /// Converts samples into the caller's buffers; allocates nothing.
    ///
    /// # Errors
    /// [`Error::Usage`] if the samples do not fit the plan, or the target is not as long as the source.
    pub fn run<A: AudioSample, B: AudioSample>(
        &mut self,
        source: Samples<'_, A>,
        mut target: SamplesMut<'_, '_, B>,
    ) -> Result<()> {
        if (A::FORMAT, B::FORMAT) != (self.source.0, self.target.0) {
            return Err(Error::usage(format!(
                "{} to {} for a plan of {} to {}",
                A::FORMAT,
                B::FORMAT,
                self.source.0,
                self.target.0
            )));
        }
        let channels = [self.source.1, self.target.1].map(|layout| usize::from(layout.channels()));
        let len = match (source.len(channels[0]), target.len(channels[1])) {
            (Some(len), Some(room)) if len == room => len,
            _ => {
                return Err(Error::usage(format!(
                    "samples to convert are not {} and {} channels of the same length",
                    channels[0], channels[1]
                )));
            }
        };
        match &self.matrix {
            None => copy_rows(self.level, source, &mut target, channels[0], self.dither.as_ref()),
            Some(matrix) => {
                let (level, dither) = (self.level, self.dither.as_ref());
                let rows = matrix.rows();
                // f32 holds 24 bits: enough where both sides have no more.
                if is_narrow(A::FORMAT) && is_narrow(B::FORMAT) {
                    mix_rows(level, rows, source, &mut target, &mut self.single, dither);
                } else {
                    mix_rows(level, rows, source, &mut target, &mut self.double, dither);
                }
            }
        }
        if let Some(dither) = &mut self.dither {
            dither.advance(len);
        }
        Ok(())
    }

    /// Starts the noise of the dither anew.
    pub const fn reset(&mut self) {
        if let Some(dither) = &mut self.dither {
            dither.reset();
        }
    }

    fn convert_from<A: Scale>(&mut self, frame: &AudioFrame) -> Result<AudioFrame> {
        match self.target.0 {
            SampleFormat::U8 => self.convert_between::<A, u8>(frame),
            SampleFormat::S16 => self.convert_between::<A, i16>(frame),
            SampleFormat::S32 => self.convert_between::<A, i32>(frame),
            SampleFormat::S64 => self.convert_between::<A, i64>(frame),
            SampleFormat::F32 => self.convert_between::<A, f32>(frame),
            SampleFormat::F64 => self.convert_between::<A, f64>(frame),
            other => Err(Error::unsupported(format!("sample format {other}"), "")),
        }
    }

    fn convert_between<A: Scale, B: Scale>(&mut self, frame: &AudioFrame) -> Result<AudioFrame> {
        let channels = usize::from(self.source.1.channels());
        let planes: Vec<&[A]> = (0..channels).filter_map(|channel| frame.plane(channel)).collect();
        let len = frame.len();
        let mut samples = vec![B::default(); len * usize::from(self.target.1.channels())];
        if len > 0 {
            let mut rows: Vec<&mut [B]> = samples.chunks_exact_mut(len).collect();
            self.run(Samples::Planar(&planes), SamplesMut::Planar(&mut rows))?;
        }
        let mut converted = AudioFrame::new(samples, self.target.1, frame.sample_rate)?;
        converted.pts = frame.pts;
        converted.duration = frame.duration;
        Ok(converted)
    }
}

impl<T> Samples<'_, T> {
    /// Samples of each of so many channels; `None` if they are not that many, or differ.
    fn len(&self, channels: usize) -> Option<usize> {
        match self {
            Samples::Planar(planes) => common(planes.iter().map(|plane| plane.len()), channels),
            Samples::Interleaved(samples) => divided(samples.len(), channels),
        }
    }
}

impl<T> SamplesMut<'_, '_, T> {
    /// As for [`Samples`].
    fn len(&self, channels: usize) -> Option<usize> {
        match self {
            SamplesMut::Planar(planes) => common(planes.iter().map(|plane| plane.len()), channels),
            SamplesMut::Interleaved(samples) => divided(samples.len(), channels),
        }
    }
}

fn common(mut lengths: impl ExactSizeIterator<Item = usize>, channels: usize) -> Option<usize> {
    if lengths.len() != channels {
        return None;
    }
    let first = lengths.next()?;
    lengths.all(|len| len == first).then_some(first)
}

fn divided(len: usize, channels: usize) -> Option<usize> {
    (channels > 0 && len.is_multiple_of(channels)).then(|| len / channels)
}

const fn is_narrow(format: SampleFormat) -> bool {
    matches!(format, SampleFormat::U8 | SampleFormat::S16 | SampleFormat::F32)
}

#[cfg(test)]
mod tests;
