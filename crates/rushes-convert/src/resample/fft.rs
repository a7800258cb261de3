//! Fourier transforms of complex numbers, by Stockham's method: mixed radix, in order, without a permutation.
//!
//! Vectors hold neighbouring numbers, so that each number meets the same operations in the same order at every level,
//! none of them fused: results are the same to the bit.

use rushes_simd::Level;
use rushes_simd::fearless_simd::Simd;
use rushes_simd::fearless_simd::prelude::*;

use super::real::{Number, Real};

/// Real and imaginary parts, apart from each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Complex<T> {
    pub(super) re: Vec<T>,
    pub(super) im: Vec<T>,
}

/// A forward transform of one length.
#[derive(Clone, Debug)]
pub(super) struct Fft<T> {
    stages: Vec<Stage<T>>,
}

/// One pass over the numbers. With `n` numbers left of the original transform and `stride` of them done,
/// `y[q + stride * (radix * p + i)]` is element `i` of the transform of `x[q + stride * (p + groups * j)]` over `j`, times
/// the root `p * i / n` of unity.
#[derive(Clone, Debug)]
struct Stage<T> {
    radix: usize,
    groups: usize,
    stride: usize,
    /// Of the first stage: the factors of element 1 in all groups, those of element 2, and so on. Of the others: the
    /// factors of all elements in the first group, then in the next. Real parts come before imaginary ones.
    twiddles: Vec<T>,
    /// Cosines and sines of the fractions of a turn with `radix` as the denominator.
    roots: Vec<[T; 2]>,
}

/// Transforms have lengths divisible by this, so that rows of the stages after the second fill vectors.
pub(super) const GRAIN: usize = 16;

/// Radix of the first stage, whose results are interleaved.
const FIRST: usize = 8;

impl<T: Real> Complex<T> {
    pub(super) fn zeros(len: usize) -> Self {
        Self { re: vec![T::ZERO; len], im: vec![T::ZERO; len] }
    }

    /// Multiplied by the imaginary unit and conjugated: what turns a forward transform into an inverse one.
    pub(super) const fn swap_parts(&mut self) {
        std::mem::swap(&mut self.re, &mut self.im);
    }
}

/// The radices of a transform of this length; `None` where it has other factors than 2, 3, 5 and 7, or lacks
/// [`GRAIN`].
pub(super) fn radices(len: usize) -> Option<Vec<usize>> {
    if len == 0 || !len.is_multiple_of(GRAIN) {
        return None;
    }
    let mut radices = vec![FIRST];
    let mut rest = len / FIRST;
    while rest.is_multiple_of(2) {
        // Two fours are better than an eight and a two.
        let radix = match rest.trailing_zeros() {
            1 => 2,
            2 | 4 => 4,
            _ => 8,
        };
        radices.push(radix);
        rest /= radix;
    }
    for radix in [3, 5, 7] {
        while rest.is_multiple_of(radix) {
            radices.push(radix);
            rest /= radix;
        }
    }
    (rest == 1).then_some(radices)
}

impl<T: Real> Fft<T> {
    /// Plans transforms of `len` numbers; `None` for a length without [`radices`].
    pub(super) fn new(len: usize) -> Option<Self> {
        let radices = radices(len)?;
        let mut stages = Vec::with_capacity(radices.len());
        let (mut left, mut stride) = (len, 1);
        let all = Roots::new(len);
        for radix in radices {
            let groups = left / radix;
            let root = |place: usize| all.at(place * stride).map(T::from_f64);
            let mut twiddles = Vec::with_capacity(2 * groups * (radix - 1));
            if stride == 1 {
                for i in 1..radix {
                    twiddles.extend((0..groups).map(|p| root(p * i)[0]));
                    twiddles.extend((0..groups).map(|p| root(p * i)[1]));
                }
            } else {
                for p in 0..groups {
                    twiddles.extend((1..radix).flat_map(|i| root(p * i)));
                }
            }
            let roots = (0..radix).map(|i| T::root(i, radix)).collect();
            stages.push(Stage { radix, groups, stride, twiddles, roots });
            (left, stride) = (groups, stride * radix);
        }
        Some(Self { stages })
    }

    /// Transforms `numbers`, with `space` of the same length to work in.
    pub(super) fn run(&self, level: Level, numbers: &mut Complex<T>, space: &mut Complex<T>) {
        rushes_simd::dispatch!(
            level,
            simd => self.run_vectors(simd, numbers, space),
            self.run_scalar(numbers, space)
        );
    }

    fn run_scalar(&self, numbers: &mut Complex<T>, space: &mut Complex<T>) {
        for stage in &self.stages {
            match stage.radix {
                2 => stage.scalar::<2>(numbers, space),
                3 => stage.scalar::<3>(numbers, space),
                4 => stage.scalar::<4>(numbers, space),
                5 => stage.scalar::<5>(numbers, space),
                7 => stage.scalar::<7>(numbers, space),
                _ => stage.scalar::<8>(numbers, space),
            }
            std::mem::swap(numbers, space);
        }
    }

    #[inline(always)]
    fn run_vectors<S: Simd>(&self, simd: S, numbers: &mut Complex<T>, space: &mut Complex<T>) {
        for stage in &self.stages {
            if stage.stride == 1 {
                stage.first(simd, numbers, space);
            } else if stage.stride.is_multiple_of(T::Wide::<S>::LEN) {
                stage.wide::<S, T::Wide<S>>(simd, numbers, space);
            } else {
                stage.wide::<S, T::Eight<S>>(simd, numbers, space);
            }
            std::mem::swap(numbers, space);
        }
    }
}

impl<T: Real> Stage<T> {
    /// The reference: one number at a time.
    fn scalar<const R: usize>(&self, x: &Complex<T>, y: &mut Complex<T>) {
        for p in 0..self.groups {
            self.scalar_group::<R>(p, x, y);
        }
    }

    #[inline(always)]
    fn scalar_group<const R: usize>(&self, p: usize, x: &Complex<T>, y: &mut Complex<T>) {
        let (groups, stride) = (self.groups, self.stride);
        for q in 0..stride {
            let mut numbers = [[T::ZERO; 2]; R];
            for (j, number) in numbers.iter_mut().enumerate() {
                let place = q + stride * (p + groups * j);
                *number = [x.re[place], x.im[place]];
            }
            let numbers = butterfly::<T, T, R>(numbers, &self.roots);
            for (i, number) in numbers.into_iter().enumerate() {
                let [re, im] = if i == 0 { number } else { times(number, self.twiddle(p, i)) };
                let place = q + stride * (R * p + i);
                (y.re[place], y.im[place]) = (re, im);
            }
        }
    }

    fn twiddle(&self, p: usize, i: usize) -> [T; 2] {
        let at = if self.stride == 1 {
            [2 * (i - 1) * self.groups + p, (2 * i - 1) * self.groups + p]
        } else {
            let start = 2 * (p * (self.radix - 1) + i - 1);
            [start, start + 1]
        };
        at.map(|at| self.twiddles[at])
    }

    /// The first stage: neighbours are of neighbouring groups, and the elements of their results are interleaved.
    #[inline(always)]
    fn first<S: Simd>(&self, simd: S, x: &Complex<T>, y: &mut Complex<T>) {
        let (groups, len) = (self.groups, T::Wide::<S>::LEN);
        let mut p = 0;
        while p + len <= groups {
            let mut numbers = [[T::Wide::<S>::splat(simd, T::ZERO); 2]; FIRST];
            for (j, number) in numbers.iter_mut().enumerate() {
                let place = p + groups * j;
                number[0] = T::Wide::<S>::from_slice(simd, &x.re[place..][..len]);
                number[1] = T::Wide::<S>::from_slice(simd, &x.im[place..][..len]);
            }
            let mut numbers = butterfly::<T, T::Wide<S>, FIRST>(numbers, &self.roots);
            for (i, number) in numbers.iter_mut().enumerate().skip(1) {
                let place = 2 * (i - 1) * groups + p;
                let re = T::Wide::<S>::from_slice(simd, &self.twiddles[place..][..len]);
                let im = T::Wide::<S>::from_slice(simd, &self.twiddles[place + groups..][..len]);
                *number = times(*number, [re, im]);
            }
            let [mut re, mut im] = [[numbers[0][0]; FIRST]; 2];
            for (i, number) in numbers.into_iter().enumerate() {
                (re[i], im[i]) = (number[0], number[1]);
            }
            let out = FIRST * p..FIRST * (p + len);
            store_interleaved(re, &mut y.re[out.clone()]);
            store_interleaved(im, &mut y.im[out]);
            p += len;
        }
        for p in p..groups {
            self.scalar_group::<FIRST>(p, x, y);
        }
    }

    /// Any other stage: neighbours are of one group, and vectors divide the stride.
    #[inline(always)]
    fn wide<S: Simd, V: SimdFloat<S, Element = T> + Number<T>>(
        &self,
        simd: S,
        x: &Complex<T>,
        y: &mut Complex<T>,
    ) {
        match self.radix {
            2 => self.wide_radix::<S, V, 2>(simd, x, y),
            3 => self.wide_radix::<S, V, 3>(simd, x, y),
            4 => self.wide_radix::<S, V, 4>(simd, x, y),
            5 => self.wide_radix::<S, V, 5>(simd, x, y),
            7 => self.wide_radix::<S, V, 7>(simd, x, y),
            _ => self.wide_radix::<S, V, 8>(simd, x, y),
        }
    }

    #[inline(always)]
    fn wide_radix<S: Simd, V: SimdFloat<S, Element = T> + Number<T>, const R: usize>(
        &self,
        simd: S,
        x: &Complex<T>,
        y: &mut Complex<T>,
    ) {
        let (groups, stride) = (self.groups, self.stride);
        let rows = y.re.chunks_exact_mut(R * stride).zip(y.im.chunks_exact_mut(R * stride));
        for (p, (row_re, row_im)) in rows.enumerate() {
            let twiddles = &self.twiddles[2 * p * (R - 1)..][..2 * (R - 1)];
            let mut inputs: [[&[T]; 2]; R] = [[&[]; 2]; R];
            for (j, input) in inputs.iter_mut().enumerate() {
                let place = stride * (p + groups * j);
                *input = [&x.re[place..][..stride], &x.im[place..][..stride]];
            }
            let mut q = 0;
            while q + V::LEN <= stride {
                let mut numbers = [[V::splat(simd, T::ZERO); 2]; R];
                for (number, input) in numbers.iter_mut().zip(&inputs) {
                    number[0] = V::from_slice(simd, &input[0][q..][..V::LEN]);
                    number[1] = V::from_slice(simd, &input[1][q..][..V::LEN]);
                }
                let mut numbers = butterfly::<T, V, R>(numbers, &self.roots);
                for (i, number) in numbers.iter_mut().enumerate() {
                    if i > 0 {
                        *number = times(*number, [twiddles[2 * i - 2], twiddles[2 * i - 1]]);
                    }
                    number[0].store_slice(&mut row_re[i * stride + q..][..V::LEN]);
                    number[1].store_slice(&mut row_im[i * stride + q..][..V::LEN]);
                }
                q += V::LEN;
            }
        }
    }
}

/// The roots of unity: cosines and sines of fractions of a turn back.
struct Roots {
    /// Of `FINE` times the fraction, and of the fraction.
    coarse: Vec<[f64; 2]>,
    fine: Vec<[f64; 2]>,
}

impl Roots {
    /// Roots that are computed themselves are this far apart; those between are products.
    const FINE: usize = 64;

    fn new(len: usize) -> Self {
        Self {
            coarse: (0..len.div_ceil(Self::FINE)).map(|i| f64::root(i * Self::FINE, len)).collect(),
            fine: (0..Self::FINE).map(|i| f64::root(i, len)).collect(),
        }
    }

    fn at(&self, place: usize) -> [f64; 2] {
        times(self.coarse[place / Self::FINE], self.fine[place % Self::FINE])
    }
}

/// The first lanes of all vectors, then the second ones, and so on.
#[inline(always)]
fn store_interleaved<S: Simd, V: SimdBase<S>>(vectors: [V; FIRST], out: &mut [V::Element]) {
    let mut vectors = vectors;
    // Each pass interleaves vectors that are half of all apart.
    for _ in 0..FIRST.ilog2() {
        let from = vectors;
        for i in 0..FIRST / 2 {
            (vectors[2 * i], vectors[2 * i + 1]) = from[i].interleave(from[i + FIRST / 2]);
        }
    }
    for (i, vector) in vectors.iter().enumerate() {
        vector.store_slice(&mut out[i * V::LEN..][..V::LEN]);
    }
}

/// The product of complex numbers.
#[inline(always)]
fn times<F, N: Number<F>>([re, im]: [N; 2], [cos, sin]: [F; 2]) -> [N; 2]
where
    F: Copy,
{
    [re * cos - im * sin, re * sin + im * cos]
}

/// The transform of `R` numbers.
#[inline(always)]
fn butterfly<T: Real, N: Number<T>, const R: usize>(
    x: [[N; 2]; R],
    roots: &[[T; 2]],
) -> [[N; 2]; R] {
    let mut y = x;
    match R {
        2 => {
            y[0] = add(x[0], x[1]);
            y[1] = sub(x[0], x[1]);
        }
        4 => {
            let four = four([x[0], x[1], x[2], x[3]]);
            y[..4].copy_from_slice(&four);
        }
        8 => {
            let even = four([x[0], x[2], x[4], x[6]]);
            let odd = four([x[1], x[3], x[5], x[7]]);
            let half = roots[1][0];
            // Eighths of a turn back: (1 - i) / sqrt(2), -i, (-1 - i) / sqrt(2).
            let one = [(odd[1][0] + odd[1][1]) * half, (odd[1][1] - odd[1][0]) * half];
            let two = [odd[2][1], odd[2][0]];
            let three = [(odd[3][1] - odd[3][0]) * half, (odd[3][0] + odd[3][1]) * half];
            (y[0], y[4]) = (add(even[0], odd[0]), sub(even[0], odd[0]));
            (y[1], y[5]) = (add(even[1], one), sub(even[1], one));
            y[2] = [even[2][0] + two[0], even[2][1] - two[1]];
            y[6] = [even[2][0] - two[0], even[2][1] + two[1]];
            y[3] = [even[3][0] + three[0], even[3][1] - three[1]];
            y[7] = [even[3][0] - three[0], even[3][1] + three[1]];
        }
        _ => {
            // An odd prime: numbers that are as far from both ends have conjugate factors.
            let (mut sums, mut differences) = (x, x);
            for k in 1..=R / 2 {
                sums[k] = add(x[k], x[R - k]);
                differences[k] = sub(x[k], x[R - k]);
            }
            for sum in &sums[1..=R / 2] {
                y[0] = add(y[0], *sum);
            }
            for j in 1..=R / 2 {
                let [cos, sin] = roots[j];
                let mut real = add(x[0], scale(sums[1], cos));
                let mut imaginary = scale(differences[1], sin);
                for k in 2..=R / 2 {
                    let [cos, sin] = roots[j * k % R];
                    real = add(real, scale(sums[k], cos));
                    imaginary = add(imaginary, scale(differences[k], sin));
                }
                y[j] = [real[0] - imaginary[1], real[1] + imaginary[0]];
                y[R - j] = [real[0] + imaginary[1], real[1] - imaginary[0]];
            }
        }
    }
    y
}

#[inline(always)]
fn four<T, N: Number<T>>(x: [[N; 2]; 4]) -> [[N; 2]; 4] {
    let (a, b) = (add(x[0], x[2]), sub(x[0], x[2]));
    let (c, d) = (add(x[1], x[3]), sub(x[1], x[3]));
    [add(a, c), [b[0] + d[1], b[1] - d[0]], sub(a, c), [b[0] - d[1], b[1] + d[0]]]
}

#[inline(always)]
fn add<T, N: Number<T>>(a: [N; 2], b: [N; 2]) -> [N; 2] {
    [a[0] + b[0], a[1] + b[1]]
}

#[inline(always)]
fn sub<T, N: Number<T>>(a: [N; 2], b: [N; 2]) -> [N; 2] {
    [a[0] - b[0], a[1] - b[1]]
}

#[inline(always)]
fn scale<T: Copy, N: Number<T>>(a: [N; 2], factor: T) -> [N; 2] {
    [a[0] * factor, a[1] * factor]
}

#[cfg(test)]
mod tests {
    use rushes_simd::each_level;

    use super::*;

    fn noise(len: usize) -> Complex<f64> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1_u32 << 23) - 1.0
        };
        Complex { re: (0..len).map(|_| next()).collect(), im: (0..len).map(|_| next()).collect() }
    }

    fn narrowed(numbers: &Complex<f64>) -> Complex<f32> {
        let narrow = |part: &[f64]| part.iter().map(|value| f32::from_f64(*value)).collect();
        Complex { re: narrow(&numbers.re), im: narrow(&numbers.im) }
    }

    const LENGTHS: [usize; 9] = [16, 48, 80, 112, 128, 240, 1024, 2352, 5120];

    #[test]
    fn transforms_are_those_of_the_definition() {
        for len in LENGTHS {
            let input = noise(len);
            let mut out = input.clone();
            let fft = Fft::new(len).expect("has radices");
            fft.run(Level::SCALAR, &mut out, &mut Complex::zeros(len));
            for k in (0..len).step_by(len.div_ceil(37)) {
                let (mut re, mut im) = (0.0, 0.0);
                for n in 0..len {
                    let [cos, sin] = f64::root(k * n % len, len);
                    re += input.re[n] * cos - input.im[n] * sin;
                    im += input.re[n] * sin + input.im[n] * cos;
                }
                assert!(
                    (re - out.re[k]).abs() < 1e-9 && (im - out.im[k]).abs() < 1e-9,
                    "{len}, {k}"
                );
            }
        }
    }

    fn every_length(level: Level) {
        fn check<T: Real>(len: usize, input: &Complex<T>, level: Level) {
            let fft = Fft::new(len).expect("has radices");
            let (mut scalar, mut vectors) = (input.clone(), input.clone());
            fft.run(Level::SCALAR, &mut scalar, &mut Complex::zeros(len));
            fft.run(level, &mut vectors, &mut Complex::zeros(len));
            assert!(scalar.re == vectors.re && scalar.im == vectors.im, "{len}");
        }
        for len in LENGTHS {
            let input = noise(len);
            check(len, &input, level);
            check(len, &narrowed(&input), level);
        }
    }

    each_level!(every_length);

    #[test]
    fn other_lengths_are_refused() {
        for len in [0, 8, 24, 176, 17] {
            assert!(Fft::<f32>::new(len).is_none(), "{len}");
        }
    }
}
