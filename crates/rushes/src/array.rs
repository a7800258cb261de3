//! Chunks of frames as arrays: the one place that knows `ndarray`.

use std::fmt;
use std::ops::Range;

use ndarray::{Array2, Array4, ArrayView2, ArrayView4, ShapeError};
use rushes_core::{
    AudioFrame, ChannelLayout, ColorInfo, Error, PixelFormat, Result, Sample, SampleFormat, Time,
};

/// Frames of a video output: an array of shape (time, channel, height, width).
#[derive(Clone, Debug)]
pub struct VideoChunk {
    pub(crate) pixels: Pixels,
    pub(crate) times: Vec<Time>,
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) format: PixelFormat,
    pub(crate) color: ColorInfo,
}

/// Pixels frame after frame, channel after channel; longer than the frames while a chunk is being filled.
#[derive(Clone)]
pub(crate) enum Pixels {
    U8(Vec<u8>),
    U16(Vec<u16>),
}

/// Type of a channel of a pixel in an array: `u8` for formats of 8 bits, `u16` for those of more.
pub trait VideoElement: sealed::Sealed + Copy + Default + fmt::Debug + 'static {
    #[doc(hidden)]
    const NAME: &'static str;
    #[doc(hidden)]
    fn slice(chunk: &VideoChunk) -> Option<&[Self]>;
    #[doc(hidden)]
    fn take(chunk: VideoChunk) -> Option<Vec<Self>>;
    #[doc(hidden)]
    fn to_bytes(values: &[Self]) -> Vec<u8>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for u8 {}
    impl Sealed for u16 {}
}

/// Frames of an audio output: an array of shape (frame, channel).
#[derive(Clone, Debug)]
pub struct AudioChunk {
    pub(crate) samples: Samples,
    pub(crate) pts: Time,
    pub(crate) layout: ChannelLayout,
    pub(crate) sample_rate: u32,
}

/// Interleaved samples.
#[derive(Clone)]
pub(crate) enum Samples {
    U8(Vec<u8>),
    S16(Vec<i16>),
    S32(Vec<i32>),
    S64(Vec<i64>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Type of a sample in an array: `u8`, `i16`, `i32`, `i64`, `f32` or `f64`, for the [`SampleFormat`] of that size.
pub trait AudioElement: Sample {
    #[doc(hidden)]
    fn slice(chunk: &AudioChunk) -> Option<&[Self]>;
    #[doc(hidden)]
    fn take(chunk: AudioChunk) -> Option<Vec<Self>>;
}

impl VideoChunk {
    /// Number of frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.times.len()
    }

    /// Length of the array's axes: time, channel, height, width.
    #[must_use]
    pub fn shape(&self) -> [usize; 4] {
        [self.frames(), self.channels, self.height, self.width]
    }

    /// Presentation time of the first frame.
    #[must_use]
    pub fn pts(&self) -> Time {
        self.times.first().copied().unwrap_or(Time::ZERO)
    }

    /// Presentation times of all frames.
    #[must_use]
    pub fn times(&self) -> &[Time] {
        &self.times
    }

    /// The format whose channels these are; subsampled ones are brought to full planes.
    #[must_use]
    pub const fn format(&self) -> PixelFormat {
        self.format
    }

    /// What the values mean.
    #[must_use]
    pub const fn color(&self) -> ColorInfo {
        self.color
    }

    /// The frames as (time, channel, height, width), borrowed.
    ///
    /// # Errors
    /// [`Error::Usage`] if the values are of the other type: `u8` is for formats of 8 bits, `u16` for those of more.
    pub fn array<T: VideoElement>(&self) -> Result<ArrayView4<'_, T>> {
        let pixels = T::slice(self).ok_or_else(|| self.other_type::<T>())?;
        ArrayView4::from_shape(self.shape(), pixels).map_err(|error| broken_shape(&error))
    }

    /// The frames as (time, channel, height, width), without a copy.
    ///
    /// # Errors
    /// As for [`array`](Self::array).
    pub fn into_array<T: VideoElement>(self) -> Result<Array4<T>> {
        let (shape, other_type) = (self.shape(), self.other_type::<T>());
        let pixels = T::take(self).ok_or(other_type)?;
        Array4::from_shape_vec(shape, pixels).map_err(|error| broken_shape(&error))
    }

    fn other_type<T: VideoElement>(&self) -> Error {
        let is = match self.pixels {
            Pixels::U8(_) => "u8",
            Pixels::U16(_) => "u16",
        };
        Error::usage(format!("this chunk is {} in {is}, not {}", self.format, T::NAME))
    }
}

macro_rules! video_element {
    ($($type:ident => $variant:ident,)*) => {
        $(impl VideoElement for $type {
            const NAME: &'static str = stringify!($type);

            fn slice(chunk: &VideoChunk) -> Option<&[Self]> {
                match &chunk.pixels {
                    Pixels::$variant(pixels) => Some(pixels),
                    _ => None,
                }
            }

            fn take(chunk: VideoChunk) -> Option<Vec<Self>> {
                match chunk.pixels {
                    Pixels::$variant(pixels) => Some(pixels),
                    _ => None,
                }
            }

            fn to_bytes(values: &[Self]) -> Vec<u8> {
                values.iter().flat_map(|value| value.to_le_bytes()).collect()
            }
        })*
    };
}

video_element! {
    u8 => U8,
    u16 => U16,
}

impl Pixels {
    /// No pixels, of the type that `format` needs.
    pub(crate) const fn of(format: PixelFormat) -> Self {
        if format.bit_depth() > 8 { Self::U16(Vec::new()) } else { Self::U8(Vec::new()) }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::U8(pixels) => pixels.len(),
            Self::U16(pixels) => pixels.len(),
        }
    }

    pub(crate) fn resize(&mut self, len: usize) {
        match self {
            Self::U8(pixels) => pixels.resize(len, 0),
            Self::U16(pixels) => pixels.resize(len, 0),
        }
    }
}

impl fmt::Debug for Pixels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pixels({})", self.len())
    }
}

impl AudioChunk {
    /// Number of frames: of samples per channel.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels().max(1)
    }

    /// Number of channels.
    #[must_use]
    pub fn channels(&self) -> usize {
        usize::from(self.layout.channels())
    }

    /// Length of the array's axes: frame, channel.
    #[must_use]
    pub fn shape(&self) -> [usize; 2] {
        [self.frames(), self.channels()]
    }

    /// Presentation time of the first frame.
    #[must_use]
    pub const fn pts(&self) -> Time {
        self.pts
    }

    /// The channels.
    #[must_use]
    pub const fn layout(&self) -> ChannelLayout {
        self.layout
    }

    /// Frames per second.
    #[must_use]
    pub const fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Type of the samples.
    #[must_use]
    pub const fn format(&self) -> SampleFormat {
        self.samples.format()
    }

    /// The samples as (frame, channel), borrowed.
    ///
    /// # Errors
    /// [`Error::Usage`] if the samples are of another type: [`format`](Self::format) says which.
    pub fn array<T: AudioElement>(&self) -> Result<ArrayView2<'_, T>> {
        let samples = T::slice(self).ok_or_else(|| self.other_type::<T>())?;
        ArrayView2::from_shape(self.shape(), samples).map_err(|error| broken_shape(&error))
    }

    /// The samples as (frame, channel), without a copy.
    ///
    /// # Errors
    /// As for [`array`](Self::array).
    pub fn into_array<T: AudioElement>(self) -> Result<Array2<T>> {
        let (shape, other_type) = (self.shape(), self.other_type::<T>());
        let samples = T::take(self).ok_or(other_type)?;
        Array2::from_shape_vec(shape, samples).map_err(|error| broken_shape(&error))
    }

    fn other_type<T: Sample>(&self) -> Error {
        Error::usage(format!("this chunk holds {} samples, not {}", self.format(), T::FORMAT))
    }
}

macro_rules! audio_element {
    ($($type:ident => $variant:ident,)*) => {
        $(impl AudioElement for $type {
            fn slice(chunk: &AudioChunk) -> Option<&[Self]> {
                match &chunk.samples {
                    Samples::$variant(samples) => Some(samples),
                    _ => None,
                }
            }

            fn take(chunk: AudioChunk) -> Option<Vec<Self>> {
                match chunk.samples {
                    Samples::$variant(samples) => Some(samples),
                    _ => None,
                }
            }
        })*

        impl Samples {
            /// No samples of this type.
            pub(crate) fn of(format: SampleFormat) -> Result<Self> {
                match format {
                    $(SampleFormat::$variant => Ok(Self::$variant(Vec::new())),)*
                    other => Err(Error::unsupported(format!("sample format {other}"), "")),
                }
            }

            /// Number of samples of all channels together.
            pub(crate) const fn len(&self) -> usize {
                match self {
                    $(Self::$variant(samples) => samples.len(),)*
                }
            }

            /// The type of the samples.
            pub(crate) const fn format(&self) -> SampleFormat {
                match self {
                    $(Self::$variant(_) => SampleFormat::$variant,)*
                }
            }

            /// Appends frames `range` of a planar frame; false if it holds another type or fewer frames.
            pub(crate) fn append(&mut self, frame: &AudioFrame, range: Range<usize>) -> bool {
                match self {
                    $(Self::$variant(samples) => interleave(samples, frame, range),)*
                }
            }
        }
    };
}

audio_element! {
    u8 => U8,
    i16 => S16,
    i32 => S32,
    i64 => S64,
    f32 => F32,
    f64 => F64,
}

fn interleave<T: Sample>(samples: &mut Vec<T>, frame: &AudioFrame, range: Range<usize>) -> bool {
    let channels = usize::from(frame.layout.channels());
    let start = samples.len();
    samples.resize(start + range.len() * channels, T::default());
    for channel in 0..channels {
        let Some(plane) = frame.plane::<T>(channel).and_then(|plane| plane.get(range.clone()))
        else {
            samples.truncate(start);
            return false;
        };
        for (slot, sample) in samples[start + channel..].iter_mut().step_by(channels).zip(plane) {
            *slot = *sample;
        }
    }
    true
}

impl fmt::Debug for Samples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Samples({} of {})", self.len(), self.format())
    }
}

/// A chunk whose memory does not fit its shape: a mistake of this crate, told rather than panicked about.
fn broken_shape(error: &ShapeError) -> Error {
    Error::usage(format!("a chunk lost its shape: {error}"))
}
