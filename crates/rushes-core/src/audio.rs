//! Decoded audio: planar samples.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::{ChannelLayout, Error, Result, SampleFormat, Ticks, Timestamp};

/// Block of decoded samples, planar. Cheap to clone and to trim: the samples are shared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AudioFrame {
    samples: AudioSamples,
    stride: usize,
    range: Range<usize>,
    /// The channels.
    pub layout: ChannelLayout,
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// Time of the first sample, in the time base of the packets that went in.
    pub pts: Option<Timestamp>,
    /// Length in the same unit.
    pub duration: Option<Ticks>,
}

/// Samples of one format: all of channel 0, then all of channel 1, and so on.
#[derive(Clone)]
#[non_exhaustive]
#[expect(missing_docs, reason = "one variant per sample format, documented there")]
pub enum AudioSamples {
    U8(Arc<Vec<u8>>),
    S16(Arc<Vec<i16>>),
    S32(Arc<Vec<i32>>),
    S64(Arc<Vec<i64>>),
    F32(Arc<Vec<f32>>),
    F64(Arc<Vec<f64>>),
}

/// Type of a sample in memory; implemented for `u8`, `i16`, `i32`, `i64`, `f32` and `f64`, and for nothing else.
pub trait Sample: sealed::Sealed + Copy + Default + Send + Sync + 'static {
    /// The format that this type holds.
    const FORMAT: SampleFormat;

    /// The samples, if they are of this type.
    fn of(samples: &AudioSamples) -> Option<&[Self]>;

    /// Takes over samples of this type.
    fn into_samples(samples: Vec<Self>) -> AudioSamples;
}

mod sealed {
    pub trait Sealed {}
}

macro_rules! samples {
    ($($type:ty => $variant:ident,)*) => {
        $(
            impl sealed::Sealed for $type {}

            impl Sample for $type {
                const FORMAT: SampleFormat = SampleFormat::$variant;

                fn of(samples: &AudioSamples) -> Option<&[Self]> {
                    match samples {
                        AudioSamples::$variant(samples) => Some(samples),
                        _ => None,
                    }
                }

                fn into_samples(samples: Vec<Self>) -> AudioSamples {
                    AudioSamples::$variant(Arc::new(samples))
                }
            }
        )*

        impl AudioSamples {
            /// The format of the samples.
            #[must_use]
            pub const fn format(&self) -> SampleFormat {
                match self {
                    $(Self::$variant(_) => SampleFormat::$variant,)*
                }
            }

            /// Number of samples of all channels together.
            #[must_use]
            pub fn len(&self) -> usize {
                match self {
                    $(Self::$variant(samples) => samples.len(),)*
                }
            }
        }
    };
}

samples! {
    u8 => U8,
    i16 => S16,
    i32 => S32,
    i64 => S64,
    f32 => F32,
    f64 => F64,
}

impl AudioSamples {
    /// True where there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for AudioSamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AudioSamples({} of {})", self.len(), self.format())
    }
}

impl AudioFrame {
    /// Planar samples: all of channel 0, then all of channel 1, and so on.
    ///
    /// # Errors
    /// [`Error::Usage`] if the samples do not divide into the channels.
    pub fn new<T: Sample>(
        samples: Vec<T>,
        layout: ChannelLayout,
        sample_rate: u32,
    ) -> Result<Self> {
        let channels = usize::from(layout.channels());
        if channels == 0 || !samples.len().is_multiple_of(channels) {
            return Err(Error::usage(format!(
                "{} samples do not divide into {channels} channels",
                samples.len()
            )));
        }
        let stride = samples.len() / channels;
        let samples = T::into_samples(samples);
        Ok(Self {
            samples,
            stride,
            range: 0..stride,
            layout,
            sample_rate,
            pts: None,
            duration: None,
        })
    }

    /// Interleaved samples: one of each channel, then the next of each.
    ///
    /// # Errors
    /// [`Error::Usage`] if the samples do not divide into the channels.
    pub fn from_interleaved<T: Sample>(
        samples: &[T],
        layout: ChannelLayout,
        sample_rate: u32,
    ) -> Result<Self> {
        let channels = usize::from(layout.channels()).max(1);
        let mut planar: Vec<T> = Vec::with_capacity(samples.len());
        for channel in 0..channels {
            planar.extend(samples.iter().copied().skip(channel).step_by(channels));
        }
        Self::new(planar, layout, sample_rate)
    }

    /// The format of the samples.
    #[must_use]
    pub const fn format(&self) -> SampleFormat {
        self.samples.format()
    }

    /// Samples per channel.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// True where there are no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The samples of a channel; `None` if they are of another type, or there is no such channel.
    #[must_use]
    pub fn plane<T: Sample>(&self, channel: usize) -> Option<&[T]> {
        if channel >= usize::from(self.layout.channels()) {
            return None;
        }
        let start = channel * self.stride;
        T::of(&self.samples)?.get(start + self.range.start..start + self.range.end)
    }

    /// Cuts samples from the start and the end, as many as there are. Leaves the times as they are.
    pub fn trim(&mut self, start: usize, end: usize) {
        let start = start.min(self.range.len());
        self.range.start += start;
        self.range.end -= end.min(self.range.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interleaved_becomes_planar_and_is_trimmed() {
        let mut frame =
            AudioFrame::from_interleaved(&[1_i16, -1, 2, -2, 3, -3], ChannelLayout::STEREO, 8000)
                .expect("divides");
        assert_eq!(frame.plane::<i16>(1), Some(&[-1, -2, -3][..]));
        frame.trim(1, 1);
        assert_eq!(frame.plane::<i16>(0), Some(&[2][..]));
        assert_eq!(frame.plane::<i16>(2), None);
        assert_eq!(frame.plane::<f32>(0), None);
        frame.trim(9, 9);
        assert!(frame.is_empty());
        assert!(AudioFrame::new(vec![0_u8; 3], ChannelLayout::STEREO, 8000).is_err());
    }
}
