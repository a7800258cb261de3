//! What a resampler does to sines: how flat its band is, and what it leaves of images and aliases.

use std::f64::consts::TAU;

/// A resampler from one rate to another: takes all samples, and gives all.
pub type Resample<'a> = dyn Fn(&[f32], [u32; 2]) -> Result<Vec<f32>, String> + 'a;

/// Figures in dB of a full-scale sine, of frequencies as parts of the lower Nyquist frequency.
#[derive(Clone, Copy, Debug)]
pub struct Response {
    /// Largest deviation of the gain from 0 to 0.95.
    pub ripple: f64,
    /// Where the gain has first fallen by 0.1 dB, in Hz.
    pub edge: f64,
    /// The strongest image or alias at or above 1.0 that is not of the signal, of sines of any frequency.
    pub stop: f64,
    /// The same of sines whose images or aliases are at or above 1.15, if there are any.
    pub far_stop: Option<f64>,
    /// All but the signal, root mean square, of a sine at 0.05.
    pub noise: f64,
}

/// Samples that are analysed.
const LEN: usize = 1 << 14;
/// Sines that images or aliases are looked for with.
const STEPS: u32 = 40;
/// Bins beside the peak of a sine that its window leaks into.
const LEAK: usize = 16;

/// Measures a resampler.
///
/// # Errors
/// What the resampler complains of.
pub fn response(resample: &Resample<'_>, rates: [u32; 2]) -> Result<Response, String> {
    let [from, to] = rates.map(f64::from);
    let nyquist = from.min(to) / 2.0;
    // Sines lie on bins of the output, where the window takes nothing from their amplitudes.
    let on_bin = |frequency: f64| float(bin(frequency / to)) / float(LEN) * to;
    let spectrum = |frequency: f64| -> Result<Vec<f64>, String> {
        let out = resample(&sine(frequency, from, samples(rates)), rates)?;
        let start = out.len().saturating_sub(LEN) / 2;
        let middle = out.get(start..start + LEN).ok_or("too few samples")?;
        Ok(amplitudes(middle))
    };
    let gain = |frequency: f64| -> Result<f64, String> {
        let frequency = on_bin(frequency);
        Ok(decibels(peak(&spectrum(frequency)?, Some(frequency / to), true)))
    };
    let mut ripple = 0.0_f64;
    for part in [0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95] {
        ripple = ripple.max(gain(part * nyquist)?.abs());
    }
    let (mut low, mut high) = (0.5, 1.0);
    for _ in 0..10 {
        let middle = (low + high) / 2.0;
        (low, high) = if gain(middle * nyquist)? > -0.1 { (middle, high) } else { (low, middle) };
    }
    let (mut stop, mut far_stop) = (f64::MIN, None::<f64>);
    let top = if from < to { 1.95 } else { 0.99 * from / to };
    for step in 0_u32..STEPS {
        // The frequency of the image, or of the sine that becomes an alias; closer to each other near the signal.
        let part =
            1.002 + (f64::from(step) / f64::from(STEPS - 1)).powi(2) * (top - 1.002).max(0.0);
        let (frequency, kept) = if from < to {
            let frequency = on_bin((2.0 - part) * nyquist);
            (frequency, Some(frequency / to))
        } else {
            (part * nyquist, None)
        };
        let level = decibels(peak(&spectrum(frequency)?, kept, false));
        stop = stop.max(level);
        if part >= 1.15 {
            far_stop = Some(far_stop.map_or(level, |most| most.max(level)));
        }
    }
    let frequency = on_bin(0.05 * nyquist);
    let beside = |(bin_of, _): &(usize, f64)| bin_of.abs_diff(bin(frequency / to)) > LEAK;
    let rest = spectrum(frequency)?.into_iter().enumerate().filter(beside);
    let power: f64 = rest.map(|(_, amplitude)| amplitude * amplitude).sum();
    let noise = decibels((2.0 * power / window_noise()).sqrt());
    Ok(Response { ripple, edge: low * nyquist, stop, far_stop, noise })
}

/// Samples to put in: enough for the ends not to reach the middle.
fn samples(rates: [u32; 2]) -> usize {
    let [from, to] = rates.map(|rate| rate as usize);
    (LEN * 2 * from).div_ceil(to).max(LEN * 2)
}

#[expect(clippy::cast_possible_truncation, reason = "a test signal")]
fn sine(frequency: f64, rate: f64, len: usize) -> Vec<f32> {
    (0..len).map(|i| (TAU * (frequency / rate * float(i)).fract()).sin() as f32).collect()
}

/// The largest amplitude near a frequency (a part of the rate), or away from it; of all for no frequency.
fn peak(amplitudes: &[f64], frequency: Option<f64>, near: bool) -> f64 {
    let place = frequency.map(bin);
    let wanted = |bin: usize| place.is_none_or(|place| (bin.abs_diff(place) <= LEAK) == near);
    let found = amplitudes.iter().enumerate().filter(|(bin, _)| wanted(*bin));
    found.map(|(_, amplitude)| *amplitude).fold(0.0, f64::max)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small number")]
fn bin(frequency: f64) -> usize {
    (frequency * float(LEN)).round() as usize
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
const fn float(count: usize) -> f64 {
    count as f64
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-12).log10()
}

/// Kaiser's window, with side lobes below -200 dB.
fn window() -> Vec<f64> {
    let place = |i: usize| float(2 * i + 1) / float(LEN) - 1.0;
    (0..LEN).map(|i| bessel(25.0 * (1.0 - place(i) * place(i)).sqrt())).collect()
}

/// Power of noise in the amplitudes, over its own.
fn window_noise() -> f64 {
    let window = window();
    let sum: f64 = window.iter().sum();
    let squares: f64 = window.iter().map(|value| value * value).sum();
    // Half of the bins, of which each has twice the amplitude.
    2.0 * squares * float(LEN) / (sum * sum)
}

fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 0.0);
    while term > sum * 1e-18 {
        k += 1.0;
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    sum
}

/// Amplitudes of the frequencies from zero to the Nyquist frequency.
fn amplitudes(samples: &[f32]) -> Vec<f64> {
    let window = window();
    let sum: f64 = window.iter().sum();
    let mut re: Vec<f64> =
        samples.iter().zip(&window).map(|(sample, window)| f64::from(*sample) * window).collect();
    let mut im = vec![0.0; re.len()];
    transform(&mut re, &mut im);
    re.iter().zip(&im).take(LEN / 2).map(|(re, im)| 2.0 * re.hypot(*im) / sum).collect()
}

/// Fourier's transform of a power of two of numbers, in place.
fn transform(re: &mut [f64], im: &mut [f64]) {
    let len = re.len();
    let bits = len.ilog2();
    for i in 0..len {
        let other = i.reverse_bits() >> (usize::BITS - bits);
        if i < other {
            re.swap(i, other);
            im.swap(i, other);
        }
    }
    let mut half = 1;
    while half < len {
        for start in (0..len).step_by(2 * half) {
            for k in 0..half {
                let (sin, cos) = (-TAU * float(k) / float(2 * half)).sin_cos();
                let (a, b) = (start + k, start + k + half);
                let product = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - product.0, im[a] - product.1);
                (re[a], im[a]) = (re[a] + product.0, im[a] + product.1);
            }
        }
        half *= 2;
    }
}
