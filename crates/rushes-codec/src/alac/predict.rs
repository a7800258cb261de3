//! The predictor, whose coefficients follow the sign of what it missed.

/// Samples that a prediction is made of.
pub(super) const ORDER: usize = 8;
/// Bits behind the point of a coefficient.
pub(super) const PRECISION: u32 = 9;

/// Coefficients, the one for the latest sample first. They go on from packet to packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Predictor([i32; ORDER]);

impl Default for Predictor {
    /// What Apple's encoder starts with.
    fn default() -> Self {
        Self([1216, -928, -64, 0, 0, 0, 0, 0])
    }
}

impl Predictor {
    /// Coefficients as a packet has them; where they have grown too large for it, they start anew.
    pub(super) fn coefficients(&mut self) -> [i32; ORDER] {
        if self.0.iter().any(|coefficient| i16::try_from(*coefficient).is_err()) {
            *self = Self::default();
        }
        self.0
    }

    /// What the predictor misses of samples of so many bits.
    pub(super) fn residuals(&mut self, samples: &[i32], bits: u32, out: &mut Vec<i32>) {
        out.clear();
        let cut = |value: i32| value << (32 - bits) >> (32 - bits);
        for (at, sample) in samples.iter().enumerate() {
            let residual = match at {
                0 => *sample,
                1..=ORDER => cut(sample.wrapping_sub(samples[at - 1])),
                _ => {
                    let (base, history) = (samples[at - ORDER - 1], &samples[at - ORDER..at]);
                    let residual =
                        cut(sample.wrapping_sub(base).wrapping_sub(self.predict(base, history)));
                    self.follow(residual, base, history);
                    residual
                }
            };
            out.push(residual);
        }
    }

    /// How far the next sample is from `base`; the history has the latest sample last.
    fn predict(&self, base: i32, history: &[i32]) -> i32 {
        let terms = self.0.iter().rev().zip(history);
        let sum = terms.fold(0_i32, |sum, (coefficient, sample)| {
            sum.wrapping_add(coefficient.wrapping_mul(sample.wrapping_sub(base)))
        });
        sum.wrapping_add(1 << (PRECISION - 1)) >> PRECISION
    }

    fn follow(&mut self, residual: i32, base: i32, history: &[i32]) {
        let direction = residual.signum();
        let mut rest = residual;
        for (index, (coefficient, sample)) in (1..).zip(self.0.iter_mut().rev().zip(history)) {
            if rest * direction <= 0 {
                break;
            }
            let distance = base.wrapping_sub(*sample);
            let sign = distance.signum();
            *coefficient -= direction * sign;
            rest = rest.wrapping_sub(((direction * sign * distance) >> PRECISION) * index);
        }
    }
}
