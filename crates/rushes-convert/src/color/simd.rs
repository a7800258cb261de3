//! Luma and chroma to 8-bit RGB, in vectors: bit for bit what [`scalar`](super::scalar) says.
//!
//! Rows that share their chroma are converted together, so that chroma's products are made once.
//!
//! Vector operations stay out of closures, which would have to be inlined through `map` and the like to be compiled for
//! the level at all.

use fearless_simd::Simd;
use fearless_simd::prelude::*;

use super::lanes::Lanes;
use super::scalar::{FRACTION, YuvToRgb};

/// Bytes of the longest vector.
const MAX_BYTES: usize = 64;

/// Rows to read, whose chroma is the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Input<'a, const ROWS: usize> {
    pub(super) luma: [&'a [u8]; ROWS],
    /// Blue and red difference; where they are pairs in one plane, both are that row.
    pub(super) chroma: [&'a [u8]; 2],
    /// Bits that samples of two bytes lack to 16: at the top, or at the bottom in pairs.
    pub(super) shift: u32,
}

/// Rows to write.
pub(super) trait Output {
    /// Bytes of a pixel in each of the rows; zero for those that are not used.
    const PIXEL: [usize; 3];

    /// Writes a vector of pixels, packed red, green and blue, to the starts of three rows.
    fn store<S: Lanes>(simd: S, packed: [S::u8s; 3], rows: [&mut [u8]; 3]);
}

/// One row of interleaved red, green and blue, or the other way round.
#[derive(Debug)]
pub(super) struct Triplets<const SWAPPED: bool>;

/// A row each of red, green and blue.
#[derive(Debug)]
pub(super) struct Planes;

impl<const SWAPPED: bool> Output for Triplets<SWAPPED> {
    const PIXEL: [usize; 3] = [3, 0, 0];

    #[inline(always)]
    fn store<S: Lanes>(simd: S, [red, green, blue]: [S::u8s; 3], [row, ..]: [&mut [u8]; 3]) {
        let packed = if SWAPPED { [blue, green, red] } else { [red, green, blue] };
        let [first, second, third] = simd.triplets(packed);
        let (start, rest) = row[..3 * S::u8s::LEN].split_at_mut(S::u8s::LEN);
        let (middle, end) = rest.split_at_mut(S::u8s::LEN);
        first.store_slice(start);
        second.store_slice(middle);
        third.store_slice(end);
    }
}

impl Output for Planes {
    const PIXEL: [usize; 3] = [1; 3];

    #[inline(always)]
    fn store<S: Lanes>(simd: S, packed: [S::u8s; 3], rows: [&mut [u8]; 3]) {
        let [red, green, blue] = rows;
        simd.in_order(packed[0]).store_slice(&mut red[..S::u8s::LEN]);
        simd.in_order(packed[1]).store_slice(&mut green[..S::u8s::LEN]);
        simd.in_order(packed[2]).store_slice(&mut blue[..S::u8s::LEN]);
    }
}

/// How samples lie in the source. Vectors are of even and of odd pixels, shifted up to 16 bits and centred at zero.
pub(super) trait Samples {
    /// Bytes of luma per pixel.
    const LUMA: usize;
    /// Bytes of a chroma row per two pixels.
    const CHROMA: usize;

    /// Luma of as many pixels as a vector has bytes.
    fn luma<S: Lanes>(simd: S, row: &[u8], shift: u32) -> [S::i16s; 2];

    /// Blue and red difference of the even, and of the odd pixels.
    fn chroma<S: Lanes>(simd: S, rows: [&[u8]; 2], shift: u32) -> [[S::i16s; 2]; 2];
}

/// Samples of one byte, chroma of half the width.
#[derive(Debug)]
pub(super) struct BytesHalf;
/// Samples of one byte, chroma of the full width.
#[derive(Debug)]
pub(super) struct BytesFull;
/// Samples of one byte, chroma in pairs of half the width.
#[derive(Debug)]
pub(super) struct BytesPairs<const SWAPPED: bool>;
/// Samples of two bytes, chroma of half the width.
#[derive(Debug)]
pub(super) struct WordsHalf;
/// Samples of two bytes, chroma of the full width.
#[derive(Debug)]
pub(super) struct WordsFull;
/// Samples of two bytes whose low bits mean nothing, chroma in pairs of half the width.
#[derive(Debug)]
pub(super) struct WordsPairs;

impl Samples for BytesHalf {
    const LUMA: usize = 1;
    const CHROMA: usize = 1;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], _shift: u32) -> [S::i16s; 2] {
        byte_pairs(simd, row)
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [u, v]: [&[u8]; 2], _shift: u32) -> [[S::i16s; 2]; 2] {
        [[centred::<S>(simd.widen(u) << 8), centred::<S>(simd.widen(v) << 8)]; 2]
    }
}

impl Samples for BytesFull {
    const LUMA: usize = 1;
    const CHROMA: usize = 2;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], _shift: u32) -> [S::i16s; 2] {
        byte_pairs(simd, row)
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [u, v]: [&[u8]; 2], _shift: u32) -> [[S::i16s; 2]; 2] {
        let (u, v) = (byte_pairs(simd, u), byte_pairs(simd, v));
        [[u[0], v[0]], [u[1], v[1]]]
    }
}

impl<const SWAPPED: bool> Samples for BytesPairs<SWAPPED> {
    const LUMA: usize = 1;
    const CHROMA: usize = 2;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], _shift: u32) -> [S::i16s; 2] {
        byte_pairs(simd, row)
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [row, _]: [&[u8]; 2], _shift: u32) -> [[S::i16s; 2]; 2] {
        let [first, second] = byte_pairs(simd, row);
        [if SWAPPED { [second, first] } else { [first, second] }; 2]
    }
}

impl Samples for WordsHalf {
    const LUMA: usize = 2;
    const CHROMA: usize = 2;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], shift: u32) -> [S::i16s; 2] {
        let [even, odd] = word_pairs(simd, row);
        [centred::<S>(even << shift), centred::<S>(odd << shift)]
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [u, v]: [&[u8]; 2], shift: u32) -> [[S::i16s; 2]; 2] {
        let (u, v) = (words(simd, u) << shift, words(simd, v) << shift);
        [[centred::<S>(u), centred::<S>(v)]; 2]
    }
}

impl Samples for WordsFull {
    const LUMA: usize = 2;
    const CHROMA: usize = 4;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], shift: u32) -> [S::i16s; 2] {
        WordsHalf::luma(simd, row, shift)
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [u, v]: [&[u8]; 2], shift: u32) -> [[S::i16s; 2]; 2] {
        let (u, v) = (WordsHalf::luma(simd, u, shift), WordsHalf::luma(simd, v, shift));
        [[u[0], v[0]], [u[1], v[1]]]
    }
}

impl Samples for WordsPairs {
    const LUMA: usize = 2;
    const CHROMA: usize = 4;

    #[inline(always)]
    fn luma<S: Lanes>(simd: S, row: &[u8], shift: u32) -> [S::i16s; 2] {
        let [even, odd] = word_pairs(simd, row);
        [centred::<S>(even >> shift << shift), centred::<S>(odd >> shift << shift)]
    }

    #[inline(always)]
    fn chroma<S: Lanes>(simd: S, [row, _]: [&[u8]; 2], shift: u32) -> [[S::i16s; 2]; 2] {
        [Self::luma(simd, row, shift); 2]
    }
}

/// A vector of words; on a big-endian machine there are no kernels.
#[inline(always)]
fn words<S: Lanes>(simd: S, row: &[u8]) -> S::u16s {
    S::u8s::from_slice(simd, &row[..S::u8s::LEN]).bitcast()
}

/// The even and the odd bytes, shifted up and centred.
#[inline(always)]
fn byte_pairs<S: Lanes>(simd: S, row: &[u8]) -> [S::i16s; 2] {
    let pairs = words(simd, row) ^ 0x8080;
    [(pairs << 8).bitcast(), (pairs & 0xff00).bitcast()]
}

/// The even and the odd words.
#[inline(always)]
fn word_pairs<S: Lanes>(simd: S, row: &[u8]) -> [S::u16s; 2] {
    let (even, odd) = words(simd, row).deinterleave(words(simd, &row[S::u8s::LEN..]));
    [even, odd]
}

/// Centred at zero.
#[inline(always)]
fn centred<S: Lanes>(lanes: S::u16s) -> S::i16s {
    (lanes ^ 0x8000).bitcast()
}

/// The coefficients in vectors.
struct Factors<S: Simd> {
    luma: S::i16s,
    red_v: S::i16s,
    green_u: S::i16s,
    green_v: S::i16s,
    blue_u: S::i16s,
    offset: S::i16s,
}

impl<S: Lanes> Factors<S> {
    #[inline(always)]
    fn new(simd: S, coefficients: &YuvToRgb) -> Self {
        Self {
            luma: S::i16s::splat(simd, coefficients.luma),
            red_v: S::i16s::splat(simd, coefficients.red_v),
            green_u: S::i16s::splat(simd, coefficients.green_u),
            green_v: S::i16s::splat(simd, coefficients.green_v),
            blue_u: S::i16s::splat(simd, coefficients.blue_u),
            offset: S::i16s::splat(simd, coefficients.offset),
        }
    }

    /// What chroma adds to red, green and blue.
    #[inline(always)]
    fn terms(&self, simd: S, [u, v]: [S::i16s; 2]) -> [S::i16s; 3] {
        let green = simd.mul_round(u, self.green_u) + simd.mul_round(v, self.green_v);
        let (red, blue) = (simd.mul_round(v, self.red_v), simd.mul_round(u, self.blue_u));
        [red + self.offset, green + self.offset, blue + self.offset]
    }
}

/// Converts `width` pixels of each row.
#[inline(always)]
pub(super) fn convert<S: Lanes, I: Samples, O: Output, const ROWS: usize>(
    simd: S,
    coefficients: &YuvToRgb,
    input: Input<'_, ROWS>,
    mut output: [[&mut [u8]; 3]; ROWS],
    width: usize,
) {
    let factors = Factors::<S>::new(simd, coefficients);
    let step = S::u8s::LEN;
    let whole = width / step * step;
    for x in (0..whole).step_by(step) {
        block::<S, I, O, ROWS>(simd, &factors, input.from::<I>(x), from::<O, ROWS>(&mut output, x));
    }
    if whole < width {
        let input = input.from::<I>(whole);
        let output = from::<O, ROWS>(&mut output, whole);
        rest::<S, I, O, ROWS>(simd, &factors, input, output, width - whole);
    }
}

impl<'a, const ROWS: usize> Input<'a, ROWS> {
    /// From pixel `x` on, which is even.
    #[inline(always)]
    fn from<I: Samples>(self, x: usize) -> Self {
        Self {
            luma: self.luma.map(|row| &row[x * I::LUMA..]),
            chroma: self.chroma.map(|row| &row[x / 2 * I::CHROMA..]),
            ..self
        }
    }
}

/// The rows from pixel `x` on.
#[inline(always)]
fn from<'a, O: Output, const ROWS: usize>(
    output: &'a mut [[&mut [u8]; 3]; ROWS],
    x: usize,
) -> [[&'a mut [u8]; 3]; ROWS] {
    output.each_mut().map(|rows| {
        let [a, b, c] = rows;
        let [of_a, of_b, of_c] = O::PIXEL;
        [&mut a[x * of_a..], &mut b[x * of_b..], &mut c[x * of_c..]]
    })
}

/// Converts a vector of pixels of each row.
#[inline(always)]
fn block<S: Lanes, I: Samples, O: Output, const ROWS: usize>(
    simd: S,
    factors: &Factors<S>,
    input: Input<'_, ROWS>,
    output: [[&mut [u8]; 3]; ROWS],
) {
    let [even, odd] = I::chroma(simd, input.chroma, input.shift);
    let terms = [factors.terms(simd, even), factors.terms(simd, odd)];
    for (luma, output) in input.luma.into_iter().zip(output) {
        let [even, odd] = I::luma(simd, luma, input.shift);
        let luma = [simd.mul_round(even, factors.luma), simd.mul_round(odd, factors.luma)];
        let packed = [
            component(simd, luma, [terms[0][0], terms[1][0]]),
            component(simd, luma, [terms[0][1], terms[1][1]]),
            component(simd, luma, [terms[0][2], terms[1][2]]),
        ];
        O::store(simd, packed, output);
    }
}

/// One component of even and odd pixels, packed.
#[inline(always)]
fn component<S: Lanes>(simd: S, luma: [S::i16s; 2], terms: [S::i16s; 2]) -> S::u8s {
    let even = luma[0].saturating_add(terms[0]) >> FRACTION;
    let odd = luma[1].saturating_add(terms[1]) >> FRACTION;
    simd.pack(even, odd)
}

/// Converts fewer pixels than a vector has, in a copy that is long enough.
#[inline(always)]
fn rest<S: Lanes, I: Samples, O: Output, const ROWS: usize>(
    simd: S,
    factors: &Factors<S>,
    input: Input<'_, ROWS>,
    output: [[&mut [u8]; 3]; ROWS],
    width: usize,
) {
    let mut luma = [[0; 2 * MAX_BYTES]; ROWS];
    let mut chroma = [[0; 2 * MAX_BYTES]; 2];
    let mut pixels = [[[0; 3 * MAX_BYTES]; 3]; ROWS];
    for (copy, row) in luma.iter_mut().zip(input.luma) {
        let bytes = width * I::LUMA;
        copy[..bytes].copy_from_slice(&row[..bytes]);
    }
    for (copy, row) in chroma.iter_mut().zip(input.chroma) {
        let bytes = width.div_ceil(2) * I::CHROMA;
        // Chroma of the full width has no second sample beside the last one of an odd width.
        let bytes = bytes.min(row.len());
        copy[..bytes].copy_from_slice(&row[..bytes]);
    }
    let padded = Input {
        luma: luma.each_ref().map(|row| &row[..]),
        chroma: chroma.each_ref().map(|row| &row[..]),
        shift: input.shift,
    };
    let rows = pixels.each_mut().map(|rows| rows.each_mut().map(|row| &mut row[..]));
    block::<S, I, O, ROWS>(simd, factors, padded, rows);
    for (pixels, output) in pixels.iter().zip(output) {
        for ((pixels, row), size) in pixels.iter().zip(output).zip(O::PIXEL) {
            row[..width * size].copy_from_slice(&pixels[..width * size]);
        }
    }
}
