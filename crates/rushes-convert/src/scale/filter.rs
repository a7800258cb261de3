//! Weights of separable filters.
//!
//! A filter is worked out in `f64` and rounded, to 14 bits with weights that sum to exactly one or to `f32`. Down, it is widened by
//! the step between samples, so that nothing aliases. Beyond the edges the picture's last sample is repeated.

use std::f64::consts::PI;

use crate::video::ScaleKernel;

/// Fraction bits of a weight.
pub(super) const FRACTION: u32 = 14;

/// Samples along one axis: their number, and where they lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// Number of samples of this component.
    pub(super) samples: usize,
    /// Number of pixels of the picture.
    pub(super) pixels: usize,
    /// Pixels from one sample to the next.
    pub(super) step: f64,
    /// Place of the first sample in pixels from the edge; 0.5 for the middle of the first pixel.
    pub(super) first: f64,
}

/// For each sample of the target, which samples of the source it is the weighted sum of.
#[derive(Clone, Debug)]
pub(super) struct Filter<W> {
    /// First sample of the source.
    pub(super) starts: Vec<usize>,
    /// Samples of the source that any weight but zero is for, at the most. A start and this many are inside the source.
    pub(super) used: usize,
    /// Weights per sample of the target, a multiple of what was asked for: the last ones may be zeros beyond the source.
    pub(super) taps: usize,
    /// All weights.
    pub(super) weights: Vec<W>,
}

/// A weight of the arithmetic that a filter is for.
pub(super) trait Weight: Copy + Default {
    /// Rounds weights so that they sum to one.
    fn round(weights: &[f64], out: &mut [Self]);
}

impl<W: Weight> Filter<W> {
    /// The filter from one axis to another, neither of which is empty.
    pub(super) fn new(kernel: ScaleKernel, source: Axis, target: Axis, multiple: usize) -> Self {
        let ratio = count(source.pixels) / count(target.pixels);
        let step = ratio * target.step / source.step;
        let widening = step.max(1.0);
        let radius = radius(kernel) * widening;
        let last = source.samples - 1;
        let mut rows: Vec<(usize, Vec<f64>)> = (0..target.samples)
            .map(|index| {
                let place = target.step.mul_add(count(index), target.first) * ratio;
                let centre = (place - source.first) / source.step;
                if kernel == ScaleKernel::Nearest {
                    return (clamped(centre.round(), last), vec![1.0]);
                }
                let (low, high) = ((centre - radius).ceil(), (centre + radius).floor());
                let start = clamped(low, last);
                let mut weights = vec![0.0; clamped(high, last) - start + 1];
                let mut sample = low;
                while sample <= high {
                    let weight = weight(kernel, sample - centre, widening);
                    weights[clamped(sample, last) - start] += weight;
                    sample += 1.0;
                }
                trimmed(start, &weights)
            })
            .collect();
        // Without zeros a row may start behind the next one: rows of pictures are let go of in the order of starts.
        let mut next = usize::MAX;
        for (start, weights) in rows.iter_mut().rev() {
            let earlier = start.saturating_sub(next);
            weights.splice(0..0, std::iter::repeat_n(0.0, earlier));
            *start -= earlier;
            next = *start;
        }
        let used = rows.iter().map(|(_, weights)| weights.len()).max().unwrap_or(1);
        let taps = used.next_multiple_of(multiple);
        let mut filter = Self { starts: Vec::new(), used, taps, weights: Vec::new() };
        for (start, weights) in rows {
            // All rows have as many taps; those near the end start earlier.
            let moved = start.min(source.samples - used);
            let mut row = vec![W::default(); taps];
            W::round(&weights, &mut row[start - moved..][..weights.len()]);
            filter.starts.push(moved);
            filter.weights.extend(row);
        }
        filter
    }

    /// The weights of a sample of the target.
    pub(super) fn row(&self, index: usize) -> (usize, &[W]) {
        let start = self.starts.get(index).copied().unwrap_or_default();
        (start, self.weights.get(index * self.taps..(index + 1) * self.taps).unwrap_or_default())
    }
}

/// Without the zeros at both ends.
fn trimmed(start: usize, weights: &[f64]) -> (usize, Vec<f64>) {
    // Half of what is lost when weights of 14 bits are rounded.
    let is_zero = |weight: &&f64| weight.abs() < 1e-5;
    let before = weights.iter().take_while(is_zero).count();
    let after = weights.iter().rev().take_while(is_zero).count();
    let inside = weights.get(before..weights.len() - after.min(weights.len() - before));
    (start + before, inside.unwrap_or_default().to_vec())
}

impl Weight for i16 {
    /// In units of 2^-14; the largest takes what is left.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "weights are within -2 to 2, and sum to one"
    )]
    fn round(weights: &[f64], out: &mut [Self]) {
        let sum: f64 = weights.iter().sum();
        let one = 1_i32 << FRACTION;
        for (weight, out) in weights.iter().zip(out.iter_mut()) {
            *out = (weight / sum * f64::from(one)).round() as Self;
        }
        let missing = one - out.iter().map(|weight| i32::from(*weight)).sum::<i32>();
        if let Some(largest) = out.iter_mut().max() {
            *largest = (i32::from(*largest) + missing) as Self;
        }
    }
}

impl Weight for f32 {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
    fn round(weights: &[f64], out: &mut [Self]) {
        let sum: f64 = weights.iter().sum();
        for (weight, out) in weights.iter().zip(out.iter_mut()) {
            *out = (weight / sum) as Self;
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
#[expect(clippy::cast_precision_loss, reason = "samples are below 2^17")]
fn clamped(sample: f64, last: usize) -> usize {
    sample.clamp(0.0, last as f64) as usize
}

#[expect(clippy::cast_precision_loss, reason = "samples are below 2^17")]
const fn count(samples: usize) -> f64 {
    samples as f64
}

/// How far a filter reaches, in samples.
const fn radius(kernel: ScaleKernel) -> f64 {
    match kernel {
        // Half the share and half a sample: one at the most, widened.
        ScaleKernel::Nearest | ScaleKernel::Bilinear | ScaleKernel::Area => 1.0,
        ScaleKernel::Bicubic => 2.0,
        ScaleKernel::Lanczos3 => 3.0,
    }
}

/// Weight of a sample at a distance in samples; not normalized.
fn weight(kernel: ScaleKernel, distance: f64, widening: f64) -> f64 {
    let x = distance.abs() / widening;
    match kernel {
        ScaleKernel::Nearest => 1.0,
        ScaleKernel::Bilinear => (1.0 - x).max(0.0),
        // What the sample, one wide, has in common with the target's share.
        ScaleKernel::Area => (widening.midpoint(1.0) - distance.abs()).clamp(0.0, 1.0),
        // Catmull-Rom: a = -0.5.
        ScaleKernel::Bicubic if x < 1.0 => 1.5_f64.mul_add(x, -2.5).mul_add(x * x, 1.0),
        ScaleKernel::Bicubic if x < 2.0 => {
            (-0.5_f64).mul_add(x, 2.5).mul_add(x, -4.0).mul_add(x, 2.0)
        }
        ScaleKernel::Lanczos3 if x == 0.0 => 1.0,
        ScaleKernel::Lanczos3 if x < 3.0 => {
            let angle = PI * x;
            3.0 * angle.sin() * (angle / 3.0).sin() / (angle * angle)
        }
        ScaleKernel::Bicubic | ScaleKernel::Lanczos3 => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KERNELS: [ScaleKernel; 5] = [
        ScaleKernel::Nearest,
        ScaleKernel::Bilinear,
        ScaleKernel::Bicubic,
        ScaleKernel::Area,
        ScaleKernel::Lanczos3,
    ];

    const fn axis(samples: usize) -> Axis {
        Axis { samples, pixels: samples, step: 1.0, first: 0.5 }
    }

    #[test]
    fn weights_sum_to_one_and_stay_inside() {
        for kernel in KERNELS {
            for (from, to) in [(1, 1), (1, 9), (9, 1), (7, 7), (100, 33), (33, 99), (5, 4), (2, 3)]
            {
                let filter = Filter::<i16>::new(kernel, axis(from), axis(to), 1);
                assert_eq!(filter.starts.len(), to);
                for index in 0..to {
                    let (start, weights) = filter.row(index);
                    assert!(start + weights.len() <= from, "{kernel:?} {from} to {to}");
                    let next = filter.starts.get(index + 1).copied().unwrap_or(start);
                    assert!(start <= next, "{kernel:?} {from} to {to}");
                    let sum: i32 = weights.iter().map(|weight| i32::from(*weight)).sum();
                    assert_eq!(sum, 1 << FRACTION, "{kernel:?} {from} to {to}");
                }
            }
        }
    }

    #[test]
    fn the_same_size_changes_nothing() {
        for kernel in KERNELS {
            let filter = Filter::<i16>::new(kernel, axis(20), axis(20), 8);
            for index in 0..20 {
                let (start, weights) = filter.row(index);
                assert_eq!(weights.get(index - start), Some(&(1 << FRACTION)), "{kernel:?}");
            }
        }
    }

    #[test]
    fn halves_are_averages() {
        let half = 1 << (FRACTION - 1);
        let filter = Filter::<i16>::new(ScaleKernel::Area, axis(8), axis(4), 1);
        for index in 0..4 {
            let (start, weights) = filter.row(index);
            let used: Vec<_> = (start..).zip(weights).filter(|(_, weight)| **weight != 0).collect();
            assert_eq!(used, [(2 * index, &half), (2 * index + 1, &half)]);
        }
    }
}
