//! `lowpass` and `highpass`: filters of one or two poles, from the "Cookbook formulae for audio EQ biquad filter coefficients" of Robert
//! Bristow-Johnson, in direct form I with a state of `f64`.

use std::f64::consts::{LN_2, PI};

use rushes_core::{AudioFrame, Error, MediaKind, Result, SampleFormat};

use super::super::chain::AudioLink;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use super::{Value, remade, with_value};

const fn options(frequency: &'static str) -> [FilterOption; 5] {
    [
        FilterOption::new(
            &["frequency", "f"],
            Kind::Number { min: 0.0, max: 999_999.0 },
            frequency,
            "Where the power is halved, in hertz",
        ),
        FilterOption::new(
            &["width_type", "t"],
            Kind::Choice(&[("h", 1), ("o", 2), ("q", 3), ("s", 4), ("k", 5)]),
            "q",
            "Unit of the width: hertz, octaves, Q factor, slope, kilohertz",
        ),
        FilterOption::new(
            &["width", "w"],
            Kind::Number { min: 0.0, max: 99_999.0 },
            "0.707",
            "Width of the band, for two poles",
        ),
        FilterOption::new(
            &["poles", "p"],
            Kind::Integer { min: 1, max: 2 },
            "2",
            "Number of poles",
        ),
        FilterOption::new(
            &["mix", "m"],
            Kind::Number { min: 0.0, max: 1.0 },
            "1",
            "Share of the filtered sound",
        ),
    ]
}

const LEFT_OUT: &[&str] = &[
    "channels",
    "c",
    "normalize",
    "n",
    "transform",
    "a",
    "precision",
    "r",
    "blocksize",
    "b",
    "enable",
];

pub(in super::super) const LOWPASS: FilterEntry = FilterEntry {
    name: "lowpass",
    kind: MediaKind::Audio,
    help: "Let low frequencies pass; samples that are not finite count as silence",
    options: &const { options("500") },
    places: 5,
    left_out: LEFT_OUT,
    build: Build::Audio(|arguments, link| build(arguments, link, false)),
};

pub(in super::super) const HIGHPASS: FilterEntry = FilterEntry {
    name: "highpass",
    help: "Let high frequencies pass; samples that are not finite count as silence",
    options: &const { options("3000") },
    build: Build::Audio(|arguments, link| build(arguments, link, true)),
    ..LOWPASS
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>, high: bool) -> Result<()> {
    let frequency = arguments.number("frequency")?;
    let angle = 2.0 * PI * frequency / f64::from(link.spec.sample_rate);
    if !(angle > 0.0 && angle <= PI) {
        return Err(Error::usage(format!(
            "a filter at {frequency} Hz of sound at {} Hz; it must be above 0 and up to half of that",
            link.spec.sample_rate
        )));
    }
    let width = arguments.number("width")?;
    let alpha = match arguments.choice("width_type")? {
        "h" => angle.sin() / (2.0 * frequency / width),
        "k" => angle.sin() / (2.0 * frequency / (width * 1000.0)),
        "o" => angle.sin() * (LN_2 / 2.0 * width * angle / angle.sin()).sinh(),
        "s" => angle.sin() / 2.0 * (2.0 * (1.0 / width - 1.0) + 2.0).sqrt(),
        _ => angle.sin() / (2.0 * width),
    };
    let coefficients = coefficients(angle, alpha, arguments.integer("poles")? == 1, high);
    if !coefficients.iter().all(|value| value.is_finite()) {
        return Err(Error::usage(format!("a filter at {frequency} Hz of width {width} is none")));
    }
    let channels = usize::from(link.spec.layout.channels());
    let filter = Biquad {
        coefficients,
        mix: arguments.number("mix")?,
        states: vec![State::default(); channels],
    };
    link.stages.push(Box::new(Mapped::new(filter)));
    Ok(())
}

/// Of the last three samples that came, and of the last two that went.
fn coefficients(angle: f64, alpha: f64, one_pole: bool, high: bool) -> [f64; 5] {
    if one_pole {
        let back = (-angle).exp();
        let forth = if high { f64::midpoint(1.0, back) } else { 1.0 - back };
        return [forth, if high { -forth } else { 0.0 }, 0.0, back, 0.0];
    }
    let cosine = angle.cos();
    let middle = if high { -(1.0 + cosine) } else { 1.0 - cosine };
    let side = middle.abs() / 2.0;
    let norm = 1.0 + alpha;
    [side / norm, middle / norm, side / norm, 2.0 * cosine / norm, -(1.0 - alpha) / norm]
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    came: [f64; 2],
    went: [f64; 2],
}

#[derive(Debug)]
struct Biquad {
    coefficients: [f64; 5],
    /// Share of the filtered sound.
    mix: f64,
    states: Vec<State>,
}

impl Biquad {
    fn apply<T: Value>(&mut self, frame: &AudioFrame) -> Result<AudioFrame> {
        let [b0, b1, b2, a1, a2] = self.coefficients;
        remade::<T>(frame, |channel, samples, out| {
            let Some(state) = self.states.get_mut(channel) else { return };
            let State { came: [mut i1, mut i2], went: [mut o1, mut o2] } = *state;
            out.extend(samples.iter().map(|sample| {
                let sample = sample.real();
                let sample = if sample.is_finite() { sample } else { 0.0 };
                let filtered = sample * b0 + i1 * b1 + i2 * b2 + o1 * a1 + o2 * a2;
                (i1, i2, o1, o2) = (sample, i1, filtered, o1);
                T::of_real(filtered * self.mix + sample * (1.0 - self.mix))
            }));
            *state = State { came: [i1, i2], went: [o1, o2] };
        })
    }
}

impl Map<AudioFrame> for Biquad {
    fn map(&mut self, frame: AudioFrame) -> Result<Option<AudioFrame>> {
        with_value!(frame.format(), S => self.apply::<S>(&frame)).map(Some)
    }

    fn reset(&mut self) {
        self.states.fill(State::default());
    }
}
