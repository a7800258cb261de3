//! The rate of a stream changed block by block, through Fourier transforms.
//!
//! Two signals that are real are one that is complex; as the filter has no phase, it acts on both and keeps them apart.
//! These are two channels, or two successive blocks where the channels are odd in number.

use rushes_simd::Level;

use super::fft::{Complex, Fft};
use super::interpolate::Interpolator;
use super::plan::Plan;
use super::real::Real;

/// A change of rate of all channels.
#[derive(Debug)]
pub(super) struct Blocks<T> {
    level: Level,
    forward: Fft<T>,
    inverse: Fft<T>,
    /// What the transform is multiplied by, from zero to the lower Nyquist frequency.
    response: Vec<T>,
    /// Samples of a block at both ends that only the filter uses; on either side.
    margin: [usize; 2],
    /// Samples from one block to the next, on either side.
    step: [usize; 2],
    /// Blocks that are transformed at a time, one or two.
    together: usize,
    /// The samples of each channel from the start of the next block on, and how many there are.
    history: Vec<Vec<T>>,
    filled: usize,
    /// Space for transforms, two of either side.
    input: [Complex<T>; 2],
    output: [Complex<T>; 2],
    interpolator: Option<Interpolator<T>>,
}

/// One of the signals that are transformed together.
#[derive(Clone, Copy)]
struct Signal {
    channel: usize,
    block: usize,
}

impl<T: Real> Blocks<T> {
    /// `None` where the lengths cannot be transformed.
    pub(super) fn new(plan: &Plan, channels: usize, level: Level) -> Option<Self> {
        let Plan { blocking, step } = plan;
        let [len_in, len_out] = blocking.len;
        let margin = blocking.margin;
        let steps = [len_in - 2 * margin[0], len_out - 2 * margin[1]];
        let together = if channels.is_multiple_of(2) { 1 } else { 2 };
        Some(Self {
            level,
            forward: Fft::new(len_in)?,
            inverse: Fft::new(len_out)?,
            response: blocking.response.iter().map(|factor| T::from_f64(*factor)).collect(),
            margin,
            step: steps,
            together,
            history: vec![vec![T::ZERO; len_in + (together - 1) * steps[0]]; channels],
            filled: margin[0],
            input: [Complex::zeros(len_in), Complex::zeros(len_in)],
            output: [Complex::zeros(len_out), Complex::zeros(len_out)],
            interpolator: step.map(|step| Interpolator::new(step, channels)),
        })
    }

    /// Samples of a channel that are taken at a time.
    pub(super) const fn block(&self) -> usize {
        self.step[0] * self.together
    }

    /// Takes samples and appends those that are ready.
    pub(super) fn push(&mut self, planes: &[&[T]], ready: &mut [Vec<T>]) {
        let len = planes.iter().map(|plane| plane.len()).min().unwrap_or_default();
        let mut start = 0;
        while start < len {
            let room = self.room().min(len - start);
            for (history, plane) in self.history.iter_mut().zip(planes) {
                let (to, from) = (&mut history[self.filled..][..room], &plane[start..][..room]);
                self.level.vectorize(
                    #[inline(always)]
                    || copy_finite(from, to),
                );
            }
            start += room;
            self.filled += room;
            self.run(ready);
        }
    }

    /// Takes silence to the end of a block, and appends what is ready.
    pub(super) fn push_silence(&mut self, ready: &mut [Vec<T>]) {
        for history in &mut self.history {
            history[self.filled..].fill(T::ZERO);
        }
        self.filled += self.room();
        self.run(ready);
    }

    /// Forgets all samples.
    pub(super) fn reset(&mut self) {
        for history in &mut self.history {
            history[..self.margin[0]].fill(T::ZERO);
        }
        self.filled = self.margin[0];
        if let Some(interpolator) = &mut self.interpolator {
            interpolator.reset();
        }
    }

    fn room(&self) -> usize {
        self.history.first().map_or(0, |history| history.len() - self.filled)
    }

    /// Transforms the blocks if they are full.
    fn run(&mut self, ready: &mut [Vec<T>]) {
        if self.room() > 0 {
            return;
        }
        let mut interpolator = self.interpolator.take();
        let out = interpolator.as_mut().map_or(&mut *ready, Interpolator::input);
        for first in (0..self.history.len()).step_by(3 - self.together) {
            let signals = [
                Signal { channel: first, block: 0 },
                if self.together == 2 {
                    Signal { channel: first, block: 1 }
                } else {
                    Signal { channel: first + 1, block: 0 }
                },
            ];
            self.run_pair(signals, out);
        }
        if let Some(interpolator) = &mut interpolator {
            interpolator.run(self.level, ready);
        }
        self.interpolator = interpolator;
        let used = self.step[0] * self.together;
        for history in &mut self.history {
            history.copy_within(used.., 0);
        }
        self.filled -= used;
    }

    fn run_pair(&mut self, signals: [Signal; 2], out: &mut [Vec<T>]) {
        let [numbers, space] = &mut self.input;
        let len = numbers.re.len();
        let mut silent = [true; 2];
        let parts = [&mut numbers.re, &mut numbers.im];
        for ((signal, part), silent) in signals.iter().zip(parts).zip(&mut silent) {
            let samples = &self.history[signal.channel][signal.block * self.step[0]..][..len];
            *silent = samples.iter().all(|sample| *sample == T::ZERO);
            part.copy_from_slice(samples);
        }
        let [result, result_space] = &mut self.output;
        if silent != [true; 2] {
            self.forward.run(self.level, numbers, space);
            self.level.vectorize(
                #[inline(always)]
                || filter(numbers, result, &self.response),
            );
            result.swap_parts();
            self.inverse.run(self.level, result, result_space);
            result.swap_parts();
        }
        let parts = [&result.re, &result.im];
        for ((signal, part), silent) in signals.iter().zip(parts).zip(silent) {
            let out = &mut out[signal.channel];
            // Transforms round: what one signal has must not be heard where the other is silent.
            if silent {
                out.resize(out.len() + self.step[1], T::ZERO);
            } else {
                out.extend_from_slice(&part[self.margin[1]..][..self.step[1]]);
            }
        }
    }
}

/// Copies samples, and silence for those that are not finite.
#[inline(always)]
fn copy_finite<T: Real>(from: &[T], to: &mut [T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = if from.is_finite() { *from } else { T::ZERO };
    }
}

/// Multiplies a spectrum by the response, and cuts or fills it to another length.
#[inline(always)]
fn filter<T: Real>(from: &Complex<T>, to: &mut Complex<T>, response: &[T]) {
    let count = response.len();
    for (from, to) in [(&from.re, &mut to.re), (&from.im, &mut to.im)] {
        for ((to, from), factor) in to.iter_mut().zip(from).zip(response) {
            *to = *from * *factor;
        }
        // Frequencies below zero lie at the end, the highest first.
        let (start, end) = (to.len() - count, from.len() - count);
        to[count..=start].fill(T::ZERO);
        let factors = response.iter().skip(1).rev();
        for ((to, from), factor) in to[start + 1..].iter_mut().zip(&from[end + 1..]).zip(factors) {
            *to = *from * *factor;
        }
    }
}
