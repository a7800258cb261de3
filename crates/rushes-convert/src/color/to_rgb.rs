//! Luma and chroma to RGB, in vectors: bit for bit what [`YuvToRgb`] says for 8 bits, and [`WideToRgb`] for more.
//!
//! Rows that share their chroma are converted together, so that chroma's products are made once. What lies how in memory
//! is told apart once per block of pixels: one kernel serves all formats.
//!
//! Vector operations stay out of closures, which would have to be inlined through `map` and the like to be compiled for
//! the level at all.

use fearless_simd::prelude::*;
use rushes_core::PlaneMut;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{
    Form, MAX_BLOCK, MAX_BYTES, Pixels, order, quad_order, store_bytes, store_vectors, store_words,
};
use super::planes::{Chroma, Planes};
use super::scalar::{FRACTION, WideToRgb, YuvToRgb};
use crate::plane::{Layout, PLANES, Source, Target};

/// A vector kernel for pictures of two layouts.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    level: Level,
    coefficients: Coefficients,
    from: Planes,
    to: Pixels,
    width: usize,
}

/// For results of 8 bits, or of more.
#[derive(Clone, Copy, Debug)]
pub(super) enum Coefficients {
    Narrow(YuvToRgb),
    Wide(WideToRgb),
}

/// Rows to read: luma, and chroma that they share.
type Input<'a> = ([&'a [u8]; 2], [&'a [u8]; 2]);

/// Rows to write, a row of each plane twice.
pub(super) type Output<'a> = [[&'a mut [u8]; PLANES]; 2];

impl Kernel {
    /// The kernel for two layouts, if there is one.
    pub(super) fn new(
        level: Level,
        coefficients: Coefficients,
        (from, to): (&Layout, &Layout),
        width: usize,
    ) -> Option<Self> {
        level.vectors()?;
        let (from, to) = (Planes::of(from)?, Pixels::of(to)?);
        let wide = matches!(coefficients, Coefficients::Wide(_));
        (to.words == wide).then_some(Self { level, coefficients, from, to, width })
    }

    /// Converts `height` rows.
    pub(super) fn run(&self, source: &Source<'_>, target: &mut Target<'_>, height: usize) {
        match &self.coefficients {
            Coefficients::Narrow(narrow) => {
                dispatch!(self.level, simd => {
                    self.picture(simd, &Factors::new(simd, narrow), source, (target, height));
                }, ());
            }
            Coefficients::Wide(wide) => {
                dispatch!(self.level, simd => {
                    self.picture(simd, &WideFactors::new(simd, wide), source, (target, height));
                }, ());
            }
        }
    }

    #[inline(always)]
    fn picture<S: Lanes>(
        &self,
        simd: S,
        factors: &impl Convert<S>,
        source: &Source<'_>,
        (target, height): (&mut Target<'_>, usize),
    ) {
        // Two rows at a time are more streams than memory likes; only short vectors have work to save.
        let pairs = S::u8s::LEN == 16 && self.from.shift_y == 1;
        let group = if pairs { 2 } else { 1 };
        for y in (0..height).step_by(group) {
            let rows = group.min(height - y);
            let luma = [source.row(0, y), source.row(0, y + rows - 1)];
            let chroma = self.from.chroma_rows(source, y);
            let mut output = rows_of(target, y, rows);
            if S::u8s::LEN == 16 && rows == 2 {
                self.rows::<_, _, 2>(simd, factors, (luma, chroma), &mut output);
            } else {
                self.rows::<_, _, 1>(simd, factors, (luma, chroma), &mut output);
            }
        }
    }

    /// Converts one row, or two that share their chroma.
    #[inline(always)]
    fn rows<S: Lanes, C: Convert<S>, const ROWS: usize>(
        &self,
        simd: S,
        factors: &C,
        (luma, chroma): Input<'_>,
        output: &mut Output<'_>,
    ) {
        let step = S::u8s::LEN;
        let whole = self.width / step * step;
        for x in (0..whole).step_by(step) {
            factors.block::<ROWS>(simd, self, ((luma, chroma), x), (output, x));
        }
        if whole == self.width {
            return;
        }
        // The rest in a copy that is long enough.
        let mut copies = [[0; 2 * MAX_BYTES]; 4];
        let [first, second] =
            luma.map(|row| &row[self.from.luma_bytes(whole)..self.from.luma_bytes(self.width)]);
        let chroma_bytes = self.from.chroma_bytes(whole)..self.from.chroma_bytes(self.width);
        let [u, v] = chroma.map(|row| row.get(chroma_bytes.clone()).unwrap_or_default());
        for (copy, row) in copies.iter_mut().zip([first, second, u, v]) {
            copy[..row.len()].copy_from_slice(row);
        }
        let [first, second, u, v] = copies.each_ref().map(|copy| copy.as_slice());
        let mut pixels = [[[0; MAX_BLOCK]; PLANES]; 2];
        let mut padded =
            pixels.each_mut().map(|rows| rows.each_mut().map(|row| row.as_mut_slice()));
        factors.block::<ROWS>(simd, self, (([first, second], [u, v]), 0), (&mut padded, 0));
        let bytes = self.to.pixel_bytes()[0];
        for (rows, copies) in output.iter_mut().zip(&pixels).take(ROWS) {
            for plane in self.to.planes {
                let out = &mut rows[plane][whole * bytes..self.width * bytes];
                out.copy_from_slice(&copies[plane][..out.len()]);
            }
        }
    }

    /// Stores a block of packed pixels.
    #[inline(always)]
    fn store<S: Lanes>(
        &self,
        simd: S,
        packed: [S::u8s; 3],
        output: &mut [&mut [u8]; PLANES],
        x: usize,
    ) {
        if let Form::Triplets { swapped } = self.to.form {
            let vectors = simd.triplets(order(swapped, packed));
            return store_vectors::<S, 3>(vectors, &mut output[self.to.planes[0]][3 * x..]);
        }
        if let Form::Quads { places } = self.to.form {
            let vectors = simd.quads(quad_order(places, packed, S::u8s::splat(simd, u8::MAX)));
            return store_vectors::<S, 4>(vectors, &mut output[self.to.planes[0]][4 * x..]);
        }
        let components =
            [simd.in_order(packed[0]), simd.in_order(packed[1]), simd.in_order(packed[2])];
        let opaque = S::u8s::splat(simd, u8::MAX);
        store_bytes(simd, &self.to, (components, opaque), output, x);
    }
}

/// Coefficients in vectors.
trait Convert<S: Lanes> {
    /// Converts the block that begins with pixel `x` of the input, to pixel `to_x` of the output.
    fn block<const ROWS: usize>(
        &self,
        simd: S,
        kernel: &Kernel,
        input: (Input<'_>, usize),
        output: (&mut Output<'_>, usize),
    );
}

/// Those of [`YuvToRgb`].
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
    fn terms(&self, simd: S, [u, v]: [S::u16s; 2]) -> [S::i16s; 3] {
        let (u, v) = (centred::<S>(u), centred::<S>(v));
        let green = simd.mul_round(u, self.green_u) + simd.mul_round(v, self.green_v);
        let (red, blue) = (simd.mul_round(v, self.red_v), simd.mul_round(u, self.blue_u));
        [red + self.offset, green + self.offset, blue + self.offset]
    }
}

impl<S: Lanes> Convert<S> for Factors<S> {
    #[inline(always)]
    fn block<const ROWS: usize>(
        &self,
        simd: S,
        kernel: &Kernel,
        ((luma, chroma), x): (Input<'_>, usize),
        (output, to_x): (&mut Output<'_>, usize),
    ) {
        let [u, v] = kernel.from.load_chroma(simd, (luma[0], chroma), x);
        let even = self.terms(simd, [u[0], v[0]]);
        let odd = match kernel.from.chroma {
            Chroma::Full => self.terms(simd, [u[1], v[1]]),
            _ => even,
        };
        for row in 0..ROWS {
            let [left, right] = kernel.from.load_luma(simd, luma[row], x);
            let left = simd.mul_round(centred::<S>(left), self.luma);
            let right = simd.mul_round(centred::<S>(right), self.luma);
            let packed = [
                component(simd, [left, right], [even[0], odd[0]]),
                component(simd, [left, right], [even[1], odd[1]]),
                component(simd, [left, right], [even[2], odd[2]]),
            ];
            kernel.store(simd, packed, &mut output[row], to_x);
        }
    }
}

/// Those of [`WideToRgb`].
struct WideFactors<S: Simd> {
    luma: S::f32s,
    red_v: S::f32s,
    green_u: S::f32s,
    green_v: S::f32s,
    blue_u: S::f32s,
    offset: [S::f32s; 3],
    max: S::f32s,
}

/// Samples of the even and of the odd lanes.
type Floats<S> = [<S as Simd>::f32s; 2];

impl<S: Lanes> WideFactors<S> {
    #[inline(always)]
    fn new(simd: S, coefficients: &WideToRgb) -> Self {
        Self {
            luma: S::f32s::splat(simd, coefficients.luma),
            red_v: S::f32s::splat(simd, coefficients.red_v),
            green_u: S::f32s::splat(simd, coefficients.green_u),
            green_v: S::f32s::splat(simd, coefficients.green_v),
            blue_u: S::f32s::splat(simd, coefficients.blue_u),
            offset: coefficients.offset.map(|offset| S::f32s::splat(simd, offset)),
            max: S::f32s::splat(simd, coefficients.max),
        }
    }

    /// What chroma adds to red, green and blue.
    #[inline(always)]
    fn terms(&self, u: S::u16s, v: S::u16s) -> [Floats<S>; 3] {
        let (u, v) = (floats::<S>(u), floats::<S>(v));
        let [red, green, blue] = self.offset;
        [
            [v[0] * self.red_v + red, v[1] * self.red_v + red],
            [
                u[0] * self.green_u + v[0] * self.green_v + green,
                u[1] * self.green_u + v[1] * self.green_v + green,
            ],
            [u[0] * self.blue_u + blue, u[1] * self.blue_u + blue],
        ]
    }

    /// The three components of even, or of odd pixels.
    #[inline(always)]
    fn pixels(&self, luma: S::u16s, terms: [Floats<S>; 3]) -> [S::u16s; 3] {
        let luma = floats::<S>(luma);
        let luma = [luma[0] * self.luma, luma[1] * self.luma];
        [self.clipped(luma, terms[0]), self.clipped(luma, terms[1]), self.clipped(luma, terms[2])]
    }

    #[inline(always)]
    fn clipped(&self, luma: Floats<S>, term: Floats<S>) -> S::u16s {
        let low: S::i32s = (luma[0] + term[0]).max(0.0).min(self.max).to_int();
        let high: S::i32s = (luma[1] + term[1]).max(0.0).min(self.max).to_int();
        (low | (high << 16)).bitcast()
    }
}

impl<S: Lanes> Convert<S> for WideFactors<S> {
    #[inline(always)]
    fn block<const ROWS: usize>(
        &self,
        simd: S,
        kernel: &Kernel,
        ((luma, chroma), x): (Input<'_>, usize),
        (output, to_x): (&mut Output<'_>, usize),
    ) {
        let [u, v] = kernel.from.load_chroma(simd, (luma[0], chroma), x);
        let even = self.terms(u[0], v[0]);
        let odd = match kernel.from.chroma {
            Chroma::Full => self.terms(u[1], v[1]),
            _ => even,
        };
        for row in 0..ROWS {
            let [left, right] = kernel.from.load_luma(simd, luma[row], x);
            let (left, right) = (self.pixels(left, even), self.pixels(right, odd));
            let components = [
                interleaved::<S>(left[0], right[0]),
                interleaved::<S>(left[1], right[1]),
                interleaved::<S>(left[2], right[2]),
            ];
            let opaque = [S::u8s::splat(simd, u8::MAX); 2];
            store_words(simd, &kernel.to, (components, opaque), &mut output[row], to_x);
        }
    }
}

/// The lower and the upper samples of each lane of 32 bits.
#[inline(always)]
fn floats<S: Lanes>(samples: S::u16s) -> Floats<S> {
    let low: S::u32s = samples.bitcast();
    let (low, high): (S::i32s, S::i32s) = ((low & 0xffff).bitcast(), (low >> 16).bitcast());
    [low.to_float(), high.to_float()]
}

/// Even and odd samples from left to right.
#[inline(always)]
fn interleaved<S: Lanes>(even: S::u16s, odd: S::u16s) -> [S::u8s; 2] {
    let (low, high) = even.interleave(odd);
    [low.bitcast(), high.bitcast()]
}

/// Centred at zero.
#[inline(always)]
pub(super) fn centred<S: Lanes>(lanes: S::u16s) -> S::i16s {
    (lanes ^ 0x8000).bitcast()
}

/// One component of even and odd pixels, packed.
#[inline(always)]
fn component<S: Lanes>(simd: S, luma: [S::i16s; 2], terms: [S::i16s; 2]) -> S::u8s {
    let even = luma[0].saturating_add(terms[0]) >> FRACTION;
    let odd = luma[1].saturating_add(terms[1]) >> FRACTION;
    simd.pack(even, odd)
}

/// Row `y` of all planes, and the next one where there are two.
pub(super) fn rows_of<'a>(target: &'a mut Target<'_>, y: usize, rows: usize) -> Output<'a> {
    let mut output = Output::default();
    for (plane, target) in target.iter_mut().enumerate() {
        [output[0][plane], output[1][plane]] = two_rows(target, y, rows);
    }
    output
}

/// Row `y` of a plane, and the next one where there are two.
pub(super) fn two_rows<'a>(
    plane: &'a mut PlaneMut<'_>,
    y: usize,
    rows: usize,
) -> [&'a mut [u8]; 2] {
    let here = plane.data.get_mut(y.saturating_mul(plane.stride)..).unwrap_or_default();
    let end = if rows < 2 { here.len() } else { plane.stride.min(here.len()) };
    here.split_at_mut(end).into()
}
