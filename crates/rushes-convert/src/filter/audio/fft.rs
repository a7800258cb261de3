//! A Fourier transform of powers of two, for the correlation of blocks.

use std::f32::consts::PI;

/// A complex number.
type Complex = [f32; 2];

/// The transform of one length, with its tables.
#[derive(Clone, Debug)]
pub(super) struct Correlator {
    /// Roots of one: half a turn, clockwise.
    roots: Vec<Complex>,
    work: Vec<Complex>,
}

fn times([a, b]: Complex, [c, d]: Complex) -> Complex {
    [a * c - b * d, a * d + b * c]
}

impl Correlator {
    /// For blocks of `len` samples, a power of two.
    pub(super) fn new(len: usize) -> Self {
        let size = 2 * len;
        #[expect(clippy::cast_precision_loss, reason = "lengths are small")]
        let angle = |index: usize| -2.0 * PI * index as f32 / size as f32;
        let roots = (0..len).map(|index| [angle(index).cos(), angle(index).sin()]).collect();
        Self { roots, work: vec![[0.0; 2]; size] }
    }

    /// For each shift from zero on, the sum of the products of `later`, moved to the right by it, and `earlier`.
    pub(super) fn correlate(&mut self, earlier: &[f32], later: &[f32], out: &mut [f32]) {
        self.work.fill([0.0; 2]);
        for (work, (a, b)) in self.work.iter_mut().zip(earlier.iter().zip(later)) {
            *work = [*a, *b];
        }
        self.transform();
        // Both were real: they are told apart by symmetry. The product goes where the inverse transform, which is the
        // same with its index turned around, wants it.
        let size = self.work.len();
        for index in 0..=size / 2 {
            let mirrored = (size - index) % size;
            let ([a, b], [c, d]) = (self.work[index], self.work[mirrored]);
            let first = [(a + c) / 2.0, (b - d) / 2.0];
            let second = [(b + d) / 2.0, (c - a) / 2.0];
            let [re, im] = times(first, [second[0], -second[1]]);
            self.work[mirrored] = [re, im];
            self.work[index] = [re, -im];
        }
        self.transform();
        #[expect(clippy::cast_precision_loss, reason = "lengths are small")]
        let norm = 1.0 / size as f32;
        out.iter_mut().zip(&self.work).for_each(|(out, [re, _])| *out = re * norm);
    }

    /// In place: decimation in time.
    fn transform(&mut self) {
        let size = self.work.len();
        let bits = size.trailing_zeros();
        for index in 0..size {
            let other = index.reverse_bits() >> (usize::BITS - bits);
            if index < other {
                self.work.swap(index, other);
            }
        }
        let mut half = 1;
        while half < size {
            let step = size / 2 / half;
            for block in self.work.chunks_exact_mut(2 * half) {
                let (low, high) = block.split_at_mut(half);
                let roots = self.roots.iter().step_by(step);
                for ((low, high), root) in low.iter_mut().zip(high).zip(roots) {
                    let turned = times(*high, *root);
                    *high = [low[0] - turned[0], low[1] - turned[1]];
                    *low = [low[0] + turned[0], low[1] + turned[1]];
                }
            }
            half *= 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn correlations_are_sums_of_products() {
        for len in [2, 8, 64] {
            let signal = |seed: usize| -> Vec<f32> {
                (0..len).map(|index| ((index * seed * 7919 % 101) as f32 - 50.0) / 50.0).collect()
            };
            let (earlier, later) = (signal(3), signal(5));
            let mut out = vec![0.0; len];
            Correlator::new(len).correlate(&earlier, &later, &mut out);
            for (shift, value) in out.iter().enumerate() {
                let expected: f32 = earlier[shift..].iter().zip(&later).map(|(a, b)| a * b).sum();
                assert!((value - expected).abs() < 1e-4, "{len} {shift}: {value} {expected}");
            }
        }
    }
}
