//! The filters of sound. Times are in samples throughout: one tick each.

pub(super) mod afade;
pub(super) mod aformat;
pub(super) mod aresample;
pub(super) mod areverse;
pub(super) mod asetnsamples;
pub(super) mod asetpts;
pub(super) mod atempo;
pub(super) mod atrim;
pub(super) mod biquad;
pub(super) mod convert;
mod fft;
pub(super) mod volume;

use rushes_core::{AudioFrame, MediaKind, Result, Sample, Timestamp};

use super::registry::{Build, FilterEntry};

/// Does nothing.
pub(super) const ANULL: FilterEntry = FilterEntry {
    name: "anull",
    kind: MediaKind::Audio,
    help: "Pass sound on as it is",
    options: &[],
    places: 0,
    left_out: &[],
    build: Build::Audio(|_, _| Ok(())),
};

/// Does something with the type of samples of one of the formats that are listed; another one is an error.
macro_rules! with_one_of {
    ($format:expr, $sample:ident => $work:expr; $($variant:ident $type:ident),*; $other:ident => $error:expr) => {
        match $format {
            $(SampleFormat::$variant => {
                type $sample = $type;
                $work
            })*
            $other => Err($error),
        }
    };
}
use with_one_of;

/// Does something with the type of the samples of a frame.
macro_rules! with_type {
    ($format:expr, $sample:ident => $work:expr) => {
        $crate::filter::audio::with_one_of!(
            $format, $sample => $work;
            U8 u8, S16 i16, S32 i32, S64 i64, F32 f32, F64 f64;
            other => Error::unsupported(format!("sample format {other}"), "")
        )
    };
}
use with_type;

/// Types that filters compute with in `f64`.
trait Value: Sample {
    fn real(self) -> f64;

    /// Clipped and cut off at the point for integers, as FFmpeg does.
    fn of_real(value: f64) -> Self;
}

macro_rules! value {
    ($($type:ty: $of_real:expr,)*) => {
        $(impl Value for $type {
            #[inline(always)]
            fn real(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "integers saturate; f32 is what was asked for")]
            fn of_real(value: f64) -> Self {
                $of_real(value)
            }
        })*
    };
}

value! {
    i16: |value| value as i16,
    i32: |value| value as i32,
    f32: |value| value as f32,
    f64: |value| value,
}

/// Does something with the type of samples that are a [`Value`].
macro_rules! with_value {
    ($format:expr, $sample:ident => $work:expr) => {
        $crate::filter::audio::with_one_of!(
            $format, $sample => $work;
            S16 i16, S32 i32, F32 f32, F64 f64;
            other => Error::unsupported(format!("filtering {other} samples"), "s16, s32, f32, f64")
        )
    };
}
use with_value;

/// A frame like another, of samples that `work` appends for each channel.
fn remade<T: Sample>(
    frame: &AudioFrame,
    mut work: impl FnMut(usize, &[T], &mut Vec<T>),
) -> Result<AudioFrame> {
    let channels = usize::from(frame.layout.channels());
    let mut samples = Vec::with_capacity(frame.len() * channels);
    for channel in 0..channels {
        work(channel, frame.plane(channel).unwrap_or_default(), &mut samples);
    }
    let mut made = AudioFrame::new(samples, frame.layout, frame.sample_rate)?;
    (made.pts, made.duration) = (frame.pts, frame.duration);
    Ok(made)
}

/// The time of a frame; filters only get frames that have one.
fn pts(frame: &AudioFrame) -> i64 {
    frame.pts.map_or(0, Timestamp::ticks)
}

fn len(frame: &AudioFrame) -> i64 {
    i64::try_from(frame.len()).unwrap_or(i64::MAX)
}

/// Sets the time, and the length in samples.
fn set_time(frame: &mut AudioFrame, pts: i64) {
    frame.pts = Some(Timestamp::new(pts));
    frame.duration = Some(rushes_core::Ticks::new(frame.len() as u64));
}
