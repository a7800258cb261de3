//! How far a decoded sound is from its original.
//!
//! The signal-to-noise ratio says little about what is heard: a coder for sound hides its noise where it is masked. So there are
//! two more measures, of blocks of 2048 samples. The log-spectral distance compares spectra and is blind to phase. The noise-to-mask
//! ratio compares, in the 24 critical bands, the noise with what the original masks there: it is the "total NMR" of
//! ITU-R BS.1387, simplified (Zwicker's bands without halves, Schroeder's spreading, Terhardt's threshold in quiet, no masking
//! in time, no model of the outer ear). None of them replaces listening: they do not see the stereo image, nor pre-echo
//! shorter than a block, and parametric tools (SBR, intensity stereo, noise substitution) look worse than they sound.

use std::f64::consts::{PI, TAU};

const BLOCK: usize = 2048;
/// Edges of the critical bands in Hz, after Zwicker.
const EDGES: [f64; 25] = [
    0.0, 100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1080.0, 1270.0, 1480.0, 1720.0,
    2000.0, 2320.0, 2700.0, 3150.0, 3700.0, 4400.0, 5300.0, 6400.0, 7700.0, 9500.0, 12_000.0,
    15_500.0,
];
const BANDS: usize = EDGES.len() - 1;
/// Level of a tone at full scale, in dB of sound pressure.
const FULL_SCALE: f64 = 92.0;
/// A block is disturbed where noise rises this far above the mask in any band, in dB.
const AUDIBLE: f64 = 1.5;

/// Measures of the difference of two sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// Energy of the original over that of the difference, in dB; infinite for equal sounds.
    pub signal_to_noise: f64,
    /// Root mean square of the difference of the spectra up to 15.5 kHz, in dB, averaged over blocks.
    pub log_spectral: f64,
    /// Noise over mask, in dB, of the average over blocks and bands: below about -10 little is heard.
    pub noise_to_mask: f64,
    /// Share of the blocks in which the noise is above the mask in some band.
    pub disturbed: f64,
}

/// Compares channel by channel, as far as both go; the sample rate is that of both.
#[must_use]
pub fn distance(original: &[Vec<f32>], other: &[Vec<f32>], sample_rate: u32) -> Distance {
    let bands = Bands::new(sample_rate);
    let mut sums = Sums::default();
    for (original, other) in original.iter().zip(other) {
        let len = original.len().min(other.len());
        let (original, other) = (&original[..len], &other[..len]);
        for (a, b) in original.iter().zip(other) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            sums.signal += a * a;
            sums.noise += (a - b) * (a - b);
        }
        let starts = (0..).step_by(BLOCK / 2).take_while(|start| start + BLOCK <= len);
        for start in starts {
            bands.block(&original[start..][..BLOCK], &other[start..][..BLOCK], &mut sums);
        }
    }
    let blocks = sums.blocks.max(1.0);
    Distance {
        signal_to_noise: 10.0 * (sums.signal / sums.noise).log10(),
        log_spectral: sums.log_spectral / blocks,
        noise_to_mask: decibels(sums.noise_to_mask / blocks),
        disturbed: sums.disturbed / blocks,
    }
}

#[derive(Default)]
struct Sums {
    signal: f64,
    noise: f64,
    blocks: f64,
    log_spectral: f64,
    noise_to_mask: f64,
    disturbed: f64,
}

/// The bins of the bands at a sample rate.
struct Bands {
    /// First bin of each, and the one after its last.
    bins: Vec<(usize, usize)>,
    /// Energy of the threshold in quiet in each.
    quiet: Vec<f64>,
    window: Vec<f64>,
}

impl Bands {
    fn new(sample_rate: u32) -> Self {
        // The first bin at this frequency or above.
        let bin = |frequency: f64| {
            let below =
                |bin: &usize| *bin as f64 * f64::from(sample_rate) < frequency * BLOCK as f64;
            (0..BLOCK / 2).take_while(below).count()
        };
        let bins: Vec<_> = EDGES.windows(2).map(|edges| (bin(edges[0]), bin(edges[1]))).collect();
        let window: Vec<f64> =
            (0..BLOCK).map(|at| 0.5 - 0.5 * (TAU * at as f64 / BLOCK as f64).cos()).collect();
        // A tone at full scale has this energy in its bins, and stands for FULL_SCALE.
        let gain = window.iter().sum::<f64>() / 2.0;
        let tone = gain * gain;
        let quiet = EDGES.windows(2).map(|edges| {
            let kilohertz = f64::midpoint(edges[0], edges[1]) / 1000.0;
            let level = 3.64 * kilohertz.powf(-0.8)
                - 6.5 * (-0.6 * (kilohertz - 3.3).powi(2)).exp()
                + 1e-3 * kilohertz.powi(4);
            tone * 10_f64.powf((level - FULL_SCALE) / 10.0)
        });
        Self { bins, quiet: quiet.collect(), window }
    }

    fn block(&self, original: &[f32], other: &[f32], sums: &mut Sums) {
        let original: Vec<f64> = original.iter().copied().map(f64::from).collect();
        let other: Vec<f64> = other.iter().copied().map(f64::from).collect();
        let difference: Vec<f64> = original.iter().zip(&other).map(|(a, b)| a - b).collect();
        let [original, other, noise] =
            [original, other, difference].map(|samples| self.energies(&samples));
        let top = self.bins.last().map_or(1, |(_, end)| *end).max(1);
        let floor = self.quiet.iter().copied().fold(f64::INFINITY, f64::min);
        let level = |energy: f64| decibels(energy.max(floor));
        let squares = original.iter().zip(&other).take(top);
        let squares = squares.map(|(a, b)| (level(*a) - level(*b)).powi(2));
        sums.log_spectral += (squares.sum::<f64>() / top as f64).sqrt();

        let band = |spectrum: &[f64], at: usize| -> f64 {
            let (start, end) = self.bins[at];
            spectrum[start..end].iter().sum()
        };
        let energies: Vec<f64> = (0..BANDS).map(|at| band(&original, at)).collect();
        let used = (0..BANDS).filter(|at| self.bins[*at].0 < self.bins[*at].1);
        let ratios: Vec<f64> = used.map(|at| band(&noise, at) / self.mask(&energies, at)).collect();
        sums.noise_to_mask += ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
        if ratios.iter().any(|ratio| decibels(*ratio) > AUDIBLE) {
            sums.disturbed += 1.0;
        }
        sums.blocks += 1.0;
    }

    /// What the energies of all bands mask in one.
    fn mask(&self, energies: &[f64], at: usize) -> f64 {
        let spread: f64 = energies
            .iter()
            .enumerate()
            .map(|(from, energy)| {
                let distance = at as f64 - from as f64 + 0.474;
                let decibels = 15.81 + 7.5 * distance - 17.5 * (1.0 + distance * distance).sqrt();
                energy * 10_f64.powf(decibels / 10.0)
            })
            .sum();
        let offset = if at < 12 { 3.0 } else { 0.25 * at as f64 };
        spread * 10_f64.powf(-offset / 10.0) + self.quiet[at]
    }

    /// Energy of each bin.
    fn energies(&self, samples: &[f64]) -> Vec<f64> {
        let mut values: Vec<(f64, f64)> =
            samples.iter().zip(&self.window).map(|(sample, gain)| (sample * gain, 0.0)).collect();
        transform(&mut values);
        values.iter().take(BLOCK / 2).map(|(re, im)| re * re + im * im).collect()
    }
}

fn decibels(ratio: f64) -> f64 {
    10.0 * ratio.log10()
}

/// Fourier transform in place, by halves; the length is a power of two.
fn transform(values: &mut [(f64, f64)]) {
    let len = values.len();
    if len < 2 {
        return;
    }
    let mut even: Vec<_> = values.iter().copied().step_by(2).collect();
    let mut odd: Vec<_> = values.iter().copied().skip(1).step_by(2).collect();
    transform(&mut even);
    transform(&mut odd);
    for at in 0..len / 2 {
        let (sin, cos) = (-2.0 * PI * at as f64 / len as f64).sin_cos();
        let (re, im) = odd[at];
        let turned = (re * cos - im * sin, re * sin + im * cos);
        values[at] = (even[at].0 + turned.0, even[at].1 + turned.1);
        values[at + len / 2] = (even[at].0 - turned.0, even[at].1 - turned.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise;

    const RATE: u32 = 48_000;

    #[expect(clippy::cast_possible_truncation, reason = "the nearest f32 is what is wanted")]
    fn tone(frequency: f64, gain: f64) -> Vec<f32> {
        let sample = |at: i32| gain * (TAU * frequency * f64::from(at) / f64::from(RATE)).sin();
        (0..48_000).map(|at| sample(at) as f32).collect()
    }

    fn sum(a: &[f32], b: &[f32]) -> Vec<f32> {
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    }

    #[test]
    fn equal_sounds_are_at_no_distance() {
        let sound = [tone(440.0, 0.5)];
        let distance = distance(&sound, &sound, RATE);
        assert_eq!(distance.signal_to_noise, f64::INFINITY);
        assert_eq!((distance.log_spectral, distance.disturbed), (0.0, 0.0));
    }

    #[test]
    fn noise_counts_as_it_is_strong() {
        let original = tone(440.0, 0.5);
        let noise: Vec<f32> =
            noise(48_000, 8, 0).into_iter().map(|byte| f32::from(byte) / 128.0 - 1.0).collect();
        let mut last = f64::INFINITY;
        for gain in [0.1, 0.01, 0.001] {
            let noise: Vec<f32> = noise.iter().map(|sample| sample * gain).collect();
            let found = distance(std::slice::from_ref(&original), &[sum(&original, &noise)], RATE);
            // Uniform noise has a third of its peak's energy, the tone a half of it.
            let expected = 10.0 * (0.125_f64 / (f64::from(gain).powi(2) / 3.0)).log10();
            assert!((found.signal_to_noise - expected).abs() < 0.1, "{found:?}");
            assert!((found.noise_to_mask + 20.0 - last).abs() < 3.0 || last.is_infinite());
            last = found.noise_to_mask;
        }
    }

    #[test]
    fn noise_near_a_tone_is_masked_and_noise_far_away_is_not() {
        let original = tone(1000.0, 0.5);
        let with = |frequency: f64| {
            let other = sum(&original, &tone(frequency, 0.01));
            distance(std::slice::from_ref(&original), &[other], RATE)
        };
        let (near, far) = (with(1030.0), with(6000.0));
        assert!((near.signal_to_noise - far.signal_to_noise).abs() < 0.1);
        assert!(near.noise_to_mask < -20.0 && near.disturbed == 0.0, "{near:?}");
        assert!(far.noise_to_mask > 0.0 && far.disturbed == 1.0, "{far:?}");
    }
}
