//! Filters and lengths of transforms.

use rushes_simd::Level;

use super::fft::{Complex, Fft, GRAIN, radices};
use super::real::Real;

/// The part of the lower Nyquist frequency that is kept as it is.
const PASS: f64 = 0.953;

/// Input samples of a block are at least this many times the length of the filter, so that blocks overlap little.
const FILTERS_PER_BLOCK: usize = 13;
/// A block may be as long as this in any case.
const SHORT_BLOCK: usize = 8192;
/// The longest transform.
const LONGEST: usize = 1 << 21;
/// The longest transform that is preferred to changing the rate in two steps.
const LONG: usize = 1 << 17;

/// How blocks become blocks of another rate.
#[derive(Debug)]
pub(super) struct Blocking {
    /// Length of a transform on either side.
    pub(super) len: [usize; 2],
    /// Samples at both ends of a block that are not used, as the filter meets the block's other end there.
    pub(super) margin: [usize; 2],
    /// The spectrum of the filter from zero to the lower Nyquist frequency.
    pub(super) response: Vec<f64>,
}

/// A change of rate.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) blocking: Blocking,
    /// Samples of the blocks per output sample, as a fraction, where they are not of the output's rate.
    pub(super) step: Option<[u64; 2]>,
}

impl Plan {
    /// A plan for two different rates; `None` where a transform would be too long.
    pub(super) fn new<T: Real>(from: u32, to: u32, level: Level) -> Option<Self> {
        let (from, to) = (u64::from(from), u64::from(to));
        let common = gcd(from, to);
        let steps = [from / common, to / common];
        let direct = Blocking::new::<T>(steps, [from, to], LONG, level);
        if let Some(blocking) = direct {
            return Some(Self { blocking, step: None });
        }
        // Twice the lower rate or a little more leaves the second filter much room between signal and images.
        let enough = |steps: &[u64; 2]| steps[1] * from >= 2 * from.min(to) * steps[0];
        let ratios = (0..16).flat_map(|power| [[1 << power, 2], [2 << power, 3]]);
        let steps = ratios.take_while(enough).last().map(reduced)?;
        let blocking = Blocking::new::<T>(steps, [from, to], LONGEST, level)?;
        let step = reduced([from * steps[1], to * steps[0]]);
        Some(Self { blocking, step: Some(step) })
    }
}

impl Blocking {
    /// Blocks of `steps` on either side, as many as cost the least, for a signal that is to fit both rates.
    fn new<T: Real>(
        steps: [u64; 2],
        rates: [u64; 2],
        longest: usize,
        level: Level,
    ) -> Option<Self> {
        let steps = [usize::try_from(steps[0]).ok()?, usize::try_from(steps[1]).ok()?];
        let filter = Filter::new(T::ATTENUATION, rates);
        // On both sides, the first sample in use is one that both rates have.
        let margin = filter.half.checked_next_multiple_of(steps[0])?;
        let enough = FILTERS_PER_BLOCK.checked_mul(2 * filter.half)?.max(SHORT_BLOCK);
        let most = longest / steps[0].max(steps[1]);
        let mut best: Option<(f64, [usize; 2])> = None;
        for count in (GRAIN..=most).step_by(GRAIN) {
            let len = steps.map(|step| step * count);
            if best.is_some() && len[0] > enough {
                break;
            }
            let (Some(forward), Some(inverse)) = (radices(len[0]), radices(len[1])) else {
                continue;
            };
            let useful = len[0].saturating_sub(2 * margin);
            let cost = (cost(len[0], &forward) + cost(len[1], &inverse)) / float(useful);
            if useful > 0 && best.is_none_or(|(least, _)| cost < least) {
                best = Some((cost, len));
            }
        }
        let (_, len) = best?;
        Some(Self {
            len,
            margin: [margin, margin / steps[0] * steps[1]],
            response: filter.response(len[0], len[0].min(len[1]) / 2, level)?,
        })
    }
}

/// The work of a transform.
fn cost(len: usize, radices: &[usize]) -> f64 {
    let passes = radices.iter().map(|radix| match radix {
        2 | 4 => 1.0,
        3 => 1.1,
        8 => 1.4,
        5 => 1.5,
        _ => 2.0,
    });
    float(len) * passes.sum::<f64>()
}

/// A sinc in the window of Kaiser, which removes most for its length.
#[derive(Debug)]
struct Filter {
    /// Samples from the middle to the ends.
    half: usize,
    /// Where it halves the amplitude, in cycles per sample.
    cutoff: f64,
    beta: f64,
}

impl Filter {
    /// J. F. Kaiser, "Nonrecursive digital filter design using the I0-sinh window function", 1974.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a length above zero"
    )]
    fn new(attenuation: f64, [from, to]: [u64; 2]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "rates have 32 bits")]
        let nyquist = 0.5 * (from.min(to) as f64 / from as f64);
        let half = kaiser_taps(attenuation, nyquist * (1.0 - PASS)) / 2.0;
        Self {
            half: half.ceil() as usize,
            cutoff: nyquist * (1.0 + PASS) / 2.0,
            beta: kaiser_beta(attenuation),
        }
    }

    /// The factors of the first `count` numbers of a transform of `len` samples, which also undo its gain.
    fn response(&self, len: usize, count: usize, level: Level) -> Option<Vec<f64>> {
        let fft = Fft::new(len)?;
        let mut taps = Complex::zeros(len);
        for n in 0..=self.half {
            let window = kaiser(float(n) / float(self.half + 1), self.beta);
            let tap = window * 2.0 * self.cutoff * sinc(2.0 * self.cutoff * float(n));
            taps.re[n] = tap;
            taps.re[(len - n) % len] = tap;
        }
        let gain = taps.re.iter().sum::<f64>() * float(len);
        fft.run(level, &mut taps, &mut Complex::zeros(len));
        taps.re.truncate(count);
        taps.re.iter_mut().for_each(|factor| *factor /= gain);
        Some(taps.re)
    }
}

/// Taps of a filter whose transition is this wide, in cycles per sample.
fn kaiser_taps(attenuation: f64, transition: f64) -> f64 {
    (attenuation - 7.95) / (14.36 * transition)
}

pub(super) fn kaiser_beta(attenuation: f64) -> f64 {
    0.1102 * (attenuation - 8.7)
}

/// The window at `place`: 1 in the middle, at 0; nothing from 1 on.
pub(super) fn kaiser(place: f64, beta: f64) -> f64 {
    if place.abs() >= 1.0 {
        return 0.0;
    }
    bessel(beta * (1.0 - place * place).sqrt()) / bessel(beta)
}

/// The modified Bessel function of the first kind, of order 0.
fn bessel(x: f64) -> f64 {
    let (mut sum, mut term, mut k) = (1.0, 1.0, 0.0);
    while term > sum * f64::EPSILON / 16.0 {
        k += 1.0;
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    sum
}

pub(super) fn sinc(x: f64) -> f64 {
    let angle = std::f64::consts::PI * x;
    if x == 0.0 { 1.0 } else { angle.sin() / angle }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
const fn float(count: usize) -> f64 {
    count as f64
}

fn reduced([a, b]: [u64; 2]) -> [u64; 2] {
    let common = gcd(a, b);
    [a / common, b / common]
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
