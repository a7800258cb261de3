//! Samples between samples, for a signal that fills half of its band at the most.

use rushes_simd::Level;

use super::plan::{kaiser, kaiser_beta, sinc};
use super::real::Real;

/// Samples that a sample is made of. With the signal below a quarter of the rate, and images above three quarters, these
/// remove images by 180 dB.
const TAPS: usize = 24;
/// Attenuation for that many taps.
const ATTENUATION: f64 = 180.0;
/// Samples before the one at or before the place.
const BEFORE: usize = TAPS / 2 - 1;
/// Intervals between two samples in which taps are cubic polynomials of the place: to -185 dB.
const PHASES: usize = 256;
/// Sums are made in lanes, and the lanes added in pairs, the same way at every level.
const LANES: usize = 8;

/// Coefficients of the polynomials, from the constant one on, of all taps.
type Phase<T> = [[T; TAPS]; 4];

/// Resampling at a fixed step.
#[derive(Debug)]
pub(super) struct Interpolator<T> {
    phases: Vec<Phase<T>>,
    /// Input samples per output sample: a fraction.
    step: [u64; 2],
    /// Input samples of each channel; those before the first are silence.
    input: Vec<Vec<T>>,
    /// Place of the next output sample: a sample of the input, and the numerator of the part behind it.
    place: usize,
    part: u64,
}

impl<T: Real> Interpolator<T> {
    pub(super) fn new(step: [u64; 2], channels: usize) -> Self {
        let mut interpolator = Self {
            phases: (0..PHASES).map(phase).collect(),
            step,
            input: vec![Vec::new(); channels],
            place: 0,
            part: 0,
        };
        interpolator.reset();
        interpolator
    }

    pub(super) fn reset(&mut self) {
        for input in &mut self.input {
            input.clear();
            input.resize(BEFORE, T::ZERO);
        }
        (self.place, self.part) = (BEFORE, 0);
    }

    /// Where input is appended, channel by channel.
    pub(super) fn input(&mut self) -> &mut [Vec<T>] {
        &mut self.input
    }

    /// Appends all samples for which there is input.
    pub(super) fn run(&mut self, level: Level, ready: &mut [Vec<T>]) {
        let mut end = (self.place, self.part);
        for (input, ready) in self.input.iter().zip(ready) {
            end = level.vectorize(
                #[inline(always)]
                || self.run_channel(input, ready),
            );
        }
        (self.place, self.part) = end;
        let used = (self.place - BEFORE).min(self.input.first().map_or(0, Vec::len));
        for input in &mut self.input {
            input.copy_within(used.., 0);
            input.truncate(input.len() - used);
        }
        self.place -= used;
    }

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "a place to within 2^-53")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below PHASES")]
    fn run_channel(&self, input: &[T], ready: &mut Vec<T>) -> (usize, u64) {
        let [numerator, denominator] = self.step;
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let (mut place, mut part) = (self.place, self.part);
        while let Some(samples) = input.get(place - BEFORE..).and_then(<[T]>::first_chunk) {
            let phase = part as f64 / denominator as f64 * PHASES as f64;
            let index = phase as usize;
            let inside = T::from_f64(phase - index as f64);
            if let Some(phase) = self.phases.get(index) {
                ready.push(sample(samples, phase, inside));
            }
            place = place.saturating_add(whole);
            part += rest;
            if part >= denominator {
                (place, part) = (place + 1, part - denominator);
            }
        }
        (place, part)
    }
}

#[inline(always)]
fn sample<T: Real>(samples: &[T; TAPS], phase: &Phase<T>, inside: T) -> T {
    let mut sums = [T::ZERO; LANES];
    for group in 0..TAPS / LANES {
        for lane in 0..LANES {
            let tap = group * LANES + lane;
            let factor = phase[3][tap] * inside + phase[2][tap];
            let factor = (factor * inside + phase[1][tap]) * inside + phase[0][tap];
            sums[lane] = sums[lane] + samples[tap] * factor;
        }
    }
    let four: [T; 4] = std::array::from_fn(|lane| sums[lane] + sums[lane + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The polynomials through the filter at the ends of the interval and at the ends of its neighbours.
#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn phase<T: Real>(index: usize) -> Phase<T> {
    let beta = kaiser_beta(ATTENUATION);
    let mut phase = [[T::ZERO; TAPS]; 4];
    for tap in 0..TAPS {
        let value = |offset: f64| {
            let place = (index as f64 + offset) / PHASES as f64;
            let distance = tap as f64 - BEFORE as f64 - place;
            sinc(distance) * kaiser(distance / (TAPS / 2) as f64, beta)
        };
        let [a, b, c, d] = [-1.0, 0.0, 1.0, 2.0].map(value);
        let coefficients = [
            b,
            c - a / 3.0 - b / 2.0 - d / 6.0,
            (a + c) / 2.0 - b,
            (b - c) / 2.0 + (d - a) / 6.0,
        ];
        for (row, coefficient) in phase.iter_mut().zip(coefficients) {
            row[tap] = T::from_f64(coefficient);
        }
    }
    phase
}
