//! `volume`: louder or quieter.

use rushes_core::{AudioFrame, Error, MediaKind, Result, SampleFormat};

use super::super::chain::AudioLink;
use super::super::number::nearest;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use super::remade;

/// What there is to compute with before the first sample.
const VARIABLES: &[&str] = &["nb_channels", "sample_rate", "tb"];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "volume",
    kind: MediaKind::Audio,
    help: "Make sound louder or quieter",
    options: &[
        FilterOption::new(
            &["volume"],
            Kind::Expression(VARIABLES),
            "1.0",
            "The factor, or decibels: -6dB",
        ),
        FilterOption::new(
            &["precision"],
            Kind::Choice(&[("fixed", 0), ("float", 1), ("double", 2)]),
            "float",
            "In integers with a factor of 8 bits of fraction, in f32 or in f64",
        ),
    ],
    places: 2,
    left_out: &["eval", "replaygain", "replaygain_preamp", "replaygain_noclip", "enable"],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let rate = f64::from(link.spec.sample_rate);
    let expression = arguments.expression("volume")?;
    let factor = expression.value(&[f64::from(link.spec.layout.channels()), rate, 1.0 / rate]);
    let wrong = || {
        Error::usage(format!("option 'volume' of filter 'volume' is {factor}, which is no factor"))
    };
    if !factor.is_finite() {
        return Err(wrong());
    }
    let volume = if arguments.choice("precision")? == "fixed" {
        // Down, and half up: what FFmpeg's cast does.
        let fixed =
            nearest(factor.mul_add(256.0, 0.5).trunc()).and_then(|fixed| i32::try_from(fixed).ok());
        Volume::Fixed(fixed.ok_or_else(wrong)?.into())
    } else {
        Volume::Real(factor)
    };
    link.stages.push(Box::new(Mapped::new(volume)));
    Ok(())
}

#[derive(Debug)]
enum Volume {
    Real(f64),
    /// In units of 1/256.
    Fixed(i64),
}

impl Map<AudioFrame> for Volume {
    fn map(&mut self, frame: AudioFrame) -> Result<Option<AudioFrame>> {
        let made = match (&*self, frame.format()) {
            (Self::Real(1.0) | Self::Fixed(256), _) => Ok(frame),
            (Self::Real(factor), SampleFormat::F64) => remade::<f64>(&frame, |_, samples, out| {
                out.extend(samples.iter().map(|sample| sample * factor));
            }),
            (Self::Real(factor), _) => {
                #[expect(clippy::cast_possible_truncation, reason = "precision=float says so")]
                let factor = *factor as f32;
                remade::<f32>(&frame, |_, samples, out| {
                    out.extend(samples.iter().map(|sample| sample * factor));
                })
            }
            (Self::Fixed(factor), SampleFormat::U8) => remade::<u8>(&frame, |_, samples, out| {
                let scaled =
                    samples.iter().map(|sample| scaled(i64::from(*sample) - 128, *factor) + 128);
                out.extend(
                    scaled.map(|value| u8::try_from(value.clamp(0, 255)).unwrap_or_default()),
                );
            }),
            (Self::Fixed(factor), SampleFormat::S16) => {
                remade::<i16>(&frame, |_, samples, out| {
                    let scaled = samples.iter().map(|sample| scaled((*sample).into(), *factor));
                    let range = (i16::MIN.into(), i16::MAX.into());
                    out.extend(scaled.map(|value| {
                        i16::try_from(value.clamp(range.0, range.1)).unwrap_or_default()
                    }));
                })
            }
            (Self::Fixed(factor), _) => {
                remade::<i32>(&frame, |_, samples, out| {
                    let scaled = samples.iter().map(|sample| scaled((*sample).into(), *factor));
                    let range = (i32::MIN.into(), i32::MAX.into());
                    out.extend(scaled.map(|value| {
                        i32::try_from(value.clamp(range.0, range.1)).unwrap_or_default()
                    }));
                })
            }
        };
        made.map(Some)
    }
}

/// Both factors are of 32 bits at the most.
const fn scaled(sample: i64, factor: i64) -> i64 {
    (sample * factor + 128) >> 8
}
