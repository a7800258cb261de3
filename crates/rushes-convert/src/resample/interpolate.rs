//! Samples between samples, for a signal that fills half of its band at the most.

use rushes_simd::Level;
use rushes_simd::fearless_simd::Simd;
use rushes_simd::fearless_simd::prelude::*;

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
        let (place, part) = rushes_simd::dispatch!(
            level,
            simd => self.run_with(ready, Vectors(simd)),
            self.run_with(ready, Scalar)
        );
        let used = (place - BEFORE).min(self.input.first().map_or(0, Vec::len));
        for input in &mut self.input {
            input.copy_within(used.., 0);
            input.truncate(input.len() - used);
        }
        (self.place, self.part) = (place - used, part);
    }

    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "a place to within 2^-50")]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below PHASES")]
    fn run_with<K: Kernel<T>>(&self, ready: &mut [Vec<T>], kernel: K) -> (usize, u64) {
        let [numerator, denominator] = self.step;
        let (whole, rest) = (numerator / denominator, numerator % denominator);
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let scale = PHASES as f64 / denominator as f64;
        let len = self.input.first().map_or(0, Vec::len);
        let (mut place, mut part) = (self.place, self.part);
        while place - BEFORE + TAPS <= len {
            let phase = part as f64 * scale;
            let index = (phase as usize).min(PHASES - 1);
            let inside = T::from_f64(phase - index as f64);
            let factors = kernel.factors(&self.phases[index], inside);
            for (input, ready) in self.input.iter().zip(&mut *ready) {
                if let Some(samples) = input[place - BEFORE..].first_chunk() {
                    ready.push(kernel.sample(samples, &factors));
                }
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

/// How a sample is made.
trait Kernel<T>: Copy {
    /// The taps at a place.
    type Factors;

    /// The taps at a place inside a phase.
    fn factors(self, phase: &Phase<T>, inside: T) -> Self::Factors;

    /// The sum of the samples times the taps, by lanes that are added in pairs.
    fn sample(self, samples: &[T; TAPS], factors: &Self::Factors) -> T;
}

/// The reference.
#[derive(Clone, Copy)]
struct Scalar;

/// Vectors of a level.
#[derive(Clone, Copy)]
struct Vectors<S>(S);

impl<T: Real> Kernel<T> for Scalar {
    type Factors = [T; TAPS];

    fn factors(self, phase: &Phase<T>, inside: T) -> [T; TAPS] {
        std::array::from_fn(|tap| {
            let factor = phase[3][tap] * inside + phase[2][tap];
            (factor * inside + phase[1][tap]) * inside + phase[0][tap]
        })
    }

    fn sample(self, samples: &[T; TAPS], factors: &[T; TAPS]) -> T {
        let mut sums = [T::ZERO; LANES];
        for (tap, (sample, factor)) in samples.iter().zip(factors).enumerate() {
            sums[tap % LANES] += *sample * *factor;
        }
        sum(sums)
    }
}

impl<T: Real, S: Simd> Kernel<T> for Vectors<S> {
    type Factors = [T::Eight<S>; TAPS / LANES];

    #[inline(always)]
    fn factors(self, phase: &Phase<T>, inside: T) -> Self::Factors {
        let simd = self.0;
        let mut factors = [T::Eight::<S>::splat(simd, T::ZERO); TAPS / LANES];
        let [constant, linear, square, cube] = phase;
        for (group, factors) in factors.iter_mut().enumerate() {
            let taps = group * LANES..(group + 1) * LANES;
            let factor = T::Eight::<S>::from_slice(simd, &cube[taps.clone()]) * inside;
            let factor = factor + T::Eight::<S>::from_slice(simd, &square[taps.clone()]);
            let factor = factor * inside + T::Eight::<S>::from_slice(simd, &linear[taps.clone()]);
            *factors = factor * inside + T::Eight::<S>::from_slice(simd, &constant[taps]);
        }
        factors
    }

    #[inline(always)]
    fn sample(self, samples: &[T; TAPS], factors: &Self::Factors) -> T {
        let mut sums = T::Eight::<S>::splat(self.0, T::ZERO);
        for (group, factors) in factors.iter().enumerate() {
            let samples = &samples[group * LANES..(group + 1) * LANES];
            sums += T::Eight::<S>::from_slice(self.0, samples) * *factors;
        }
        let mut lanes = [T::ZERO; LANES];
        sums.store_slice(&mut lanes);
        sum(lanes)
    }
}

#[inline(always)]
fn sum<T: Real>(lanes: [T; LANES]) -> T {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
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
        let coefficients =
            [b, c - a / 3.0 - b / 2.0 - d / 6.0, (a + c) / 2.0 - b, (b - c) / 2.0 + (d - a) / 6.0];
        for (row, coefficient) in phase.iter_mut().zip(coefficients) {
            row[tap] = T::from_f64(coefficient);
        }
    }
    phase
}
