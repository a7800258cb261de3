//! `afade`: in from silence, or out to it.

use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};

use rushes_core::{AudioFrame, Error, MediaKind, Result, SampleFormat, TimeBase};

use super::super::chain::AudioLink;
use super::super::number::{from_microseconds, real};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use super::{Value, pts, remade, with_value};

const CURVES: &[(&str, i64)] = &[
    ("nofade", -1),
    ("tri", 0),
    ("qsin", 1),
    ("esin", 2),
    ("hsin", 3),
    ("log", 4),
    ("ipar", 5),
    ("qua", 6),
    ("cub", 7),
    ("squ", 8),
    ("cbr", 9),
    ("par", 10),
    ("exp", 11),
    ("iqsin", 12),
    ("ihsin", 13),
    ("dese", 14),
    ("desi", 15),
    ("losi", 16),
    ("sinc", 17),
    ("isinc", 18),
];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "afade",
    kind: MediaKind::Audio,
    help: "Fade sound in or out",
    options: &[
        FilterOption::new(
            &["type", "t"],
            Kind::Choice(&[("in", 0), ("out", 1)]),
            "in",
            "Which way",
        ),
        FilterOption::new(
            &["start_sample", "ss"],
            Kind::Integer { min: 0, max: i64::MAX },
            "0",
            "Where to start, in samples",
        ),
        FilterOption::new(
            &["nb_samples", "ns"],
            Kind::Integer { min: 1, max: i64::MAX },
            "44100",
            "How long, in samples",
        ),
        FilterOption::new(
            &["start_time", "st"],
            Kind::Duration,
            "0",
            "Where to start, instead of start_sample",
        ),
        FilterOption::new(
            &["duration", "d"],
            Kind::Duration,
            "0",
            "How long, instead of nb_samples",
        ),
        FilterOption::new(&["curve", "c"], Kind::Choice(CURVES), "tri", "How the volume goes"),
    ],
    places: 6,
    left_out: &["enable"],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let base = TimeBase::per_second(link.spec.sample_rate).unwrap_or(TimeBase::nanoseconds());
    let samples = |time: &str, count: &str| {
        let given = arguments.duration(time)?.filter(|time| *time != 0);
        match given.map(|time| from_microseconds(time, base)) {
            Some(count) => Ok(count),
            None => arguments.integer(count),
        }
    };
    let fade = Fade {
        out: arguments.choice("type")? == "out",
        start: samples("start_time", "start_sample")?,
        length: samples("duration", "nb_samples")?.max(1),
        curve: arguments.choice("curve")?,
    };
    link.stages.push(Box::new(Mapped::new(fade)));
    Ok(())
}

#[derive(Debug)]
struct Fade {
    out: bool,
    /// In samples.
    start: i64,
    length: i64,
    curve: &'static str,
}

impl Fade {
    /// What the sample at a time is multiplied by.
    fn gain(&self, time: i64) -> f64 {
        let since = time.saturating_sub(self.start);
        let index = if self.out { self.length.saturating_sub(since) } else { since };
        if index < 0 && self.curve != "nofade" {
            return 0.0;
        }
        shaped(self.curve, (real(index) / real(self.length)).clamp(0.0, 1.0))
    }

    fn apply<T: Value>(&self, frame: &AudioFrame) -> Result<AudioFrame> {
        let start = pts(frame);
        remade::<T>(frame, |_, samples, out| {
            let times = (0..).map(|index| start.saturating_add(index));
            out.extend(
                samples
                    .iter()
                    .zip(times)
                    .map(|(sample, time)| T::of_real(sample.real() * self.gain(time))),
            );
        })
    }
}

impl Map<AudioFrame> for Fade {
    fn map(&mut self, frame: AudioFrame) -> Result<Option<AudioFrame>> {
        let (start, end) = (pts(&frame), self.start.saturating_add(self.length));
        let len = super::len(&frame);
        let untouched =
            if self.out { start.saturating_add(len) <= self.start } else { start >= end };
        if untouched || self.curve == "nofade" {
            return Ok(Some(frame));
        }
        with_value!(frame.format(), S => self.apply::<S>(&frame)).map(Some)
    }
}

/// A part of the way from silence to full volume as a factor, for a curve; the formulas are those of FFmpeg's `afade`.
fn shaped(curve: &str, part: f64) -> f64 {
    let cube = |value: f64| value * value * value;
    match curve {
        "qsin" => (part * FRAC_PI_2).sin(),
        "iqsin" => part.asin() / FRAC_PI_2,
        "esin" => 1.0 - (FRAC_PI_4 * (cube(2.0 * part - 1.0) + 1.0)).cos(),
        "hsin" => (1.0 - (part * PI).cos()) / 2.0,
        "ihsin" => (1.0 - 2.0 * part).acos() / PI,
        "exp" => (-11.512_925_464_970_227 * (1.0 - part)).exp(),
        "log" => (1.0 + 0.2 * part.log10()).clamp(0.0, 1.0),
        "par" => 1.0 - (1.0 - part).sqrt(),
        "ipar" => 1.0 - (1.0 - part) * (1.0 - part),
        "qua" => part * part,
        "cub" => cube(part),
        "squ" => part.sqrt(),
        "cbr" => part.cbrt(),
        "dese" if part <= 0.5 => (2.0 * part).cbrt() / 2.0,
        "dese" => 1.0 - (2.0 * (1.0 - part)).cbrt() / 2.0,
        "desi" if part <= 0.5 => cube(2.0 * part) / 2.0,
        "desi" => 1.0 - cube(2.0 * (1.0 - part)) / 2.0,
        "losi" => {
            let slope = 1.0 / (1.0 - 0.787) - 1.0;
            let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
            let (low, high) = (logistic(-slope), logistic(slope));
            (logistic((part - 0.5) * slope * 2.0) - low) / (high - low)
        }
        "sinc" if part >= 1.0 => 1.0,
        "sinc" => (PI * (1.0 - part)).sin() / (PI * (1.0 - part)),
        "isinc" if part <= 0.0 => 0.0,
        "isinc" => 1.0 - (PI * part).sin() / (PI * part),
        _ => part,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_go_from_silence_to_full_volume() {
        for (curve, _) in &CURVES[1..] {
            let values: Vec<f64> =
                (0..=100).map(|part| shaped(curve, f64::from(part) / 100.0)).collect();
            assert!(values[0].abs() < 2e-5, "{curve} {}", values[0]);
            assert!((values[100] - 1.0).abs() < 1e-12, "{curve}");
            assert!(values.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12), "{curve}");
        }
    }
}
