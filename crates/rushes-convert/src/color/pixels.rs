//! Blocks of pixels between memory and vectors, whatever lies how: the forms are told apart once per block, so that one
//! kernel serves them all.
//!
//! A block is as many pixels as a vector has bytes. Samples travel shifted up to 16 bits, in a vector of the even and one
//! of the odd pixels.

use fearless_simd::prelude::*;

use super::lanes::Lanes;
use crate::plane::{Layout, Model, PLANES, Source};

/// Bytes of the longest vector.
pub(super) const MAX_BYTES: usize = 64;
/// Bytes of a block in one row: four samples of two bytes per pixel.
pub(super) const MAX_BLOCK: usize = 8 * MAX_BYTES;

/// How three components of full width lie in memory.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Form {
    /// A plane each.
    Planes,
    /// Side by side; the third one first where swapped.
    Triplets { swapped: bool },
    /// Side by side with a fourth; their places.
    Quads { places: [usize; 3] },
}

/// Three components of full width, to read or to write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pixels {
    pub(super) form: Form,
    /// Planes of the components; for packed pixels all the same.
    pub(super) planes: [usize; 3],
    /// Samples of two bytes.
    pub(super) words: bool,
    /// Bits that a sample lacks to all of its bytes.
    pub(super) shift: u32,
}

/// The even and the odd pixels.
pub(super) type Halves<S> = [<S as Simd>::u16s; 2];

impl Pixels {
    /// What a layout says, if it is such.
    pub(super) fn of(layout: &Layout) -> Option<Self> {
        if layout.align > 0 || layout.colors < 3 || layout.chroma_shift() != (0, 0) {
            return None;
        }
        let components = [0, 1, 2].map(|index| layout.color(index));
        let places = components.map(|component| component.offset / layout.bytes);
        let form = match components[0].step / layout.bytes {
            1 => Form::Planes,
            3 => Form::Triplets { swapped: places[0] > places[2] },
            4 if layout.model == Model::Rgb => Form::Quads { places },
            _ => return None,
        };
        let words = layout.bytes == 2;
        let shift = if words { 16 - layout.depth } else { 0 };
        let planes = components.map(|component| component.plane);
        Some(Self { form, planes, words, shift })
    }

    /// Row `y` of each component.
    #[inline(always)]
    pub(super) fn rows<'a>(&self, source: &Source<'a>, y: usize) -> [&'a [u8]; 3] {
        // Not `map`, which the compiler may leave to be called.
        let [first, second, third] = self.planes;
        [source.row(first, y), source.row(second, y), source.row(third, y)]
    }

    /// Bytes of a pixel in each of the rows; zero for those that are not used.
    pub(super) const fn pixel_bytes(&self) -> [usize; 3] {
        let bytes = if self.words { 2 } else { 1 };
        match self.form {
            Form::Planes => [bytes; 3],
            Form::Triplets { .. } => [3 * bytes, 0, 0],
            Form::Quads { .. } => [4 * bytes, 0, 0],
        }
    }

    /// The block that begins with pixel `x`.
    #[inline(always)]
    pub(super) fn load<S: Lanes>(&self, simd: S, rows: [&[u8]; 3], x: usize) -> [Halves<S>; 3] {
        let bytes = self.pixel_bytes();
        let first = &rows[0][x * bytes[0]..];
        match (self.form, self.words) {
            (Form::Planes, false) => [
                halves(simd, vector(simd, first, 0)),
                halves(simd, vector(simd, &rows[1][x..], 0)),
                halves(simd, vector(simd, &rows[2][x..], 0)),
            ],
            (Form::Planes, true) => [
                word_halves(simd, first, self.shift),
                word_halves(simd, &rows[1][2 * x..], self.shift),
                word_halves(simd, &rows[2][2 * x..], self.shift),
            ],
            (Form::Triplets { swapped }, false) => {
                let [a, b, c] = simd.separate_three::<1>([
                    vector(simd, first, 0),
                    vector(simd, first, 1),
                    vector(simd, first, 2),
                ]);
                order(swapped, [halves(simd, a), halves(simd, b), halves(simd, c)])
            }
            (Form::Triplets { swapped }, true) => {
                let low = simd.separate_three::<2>([
                    vector(simd, first, 0),
                    vector(simd, first, 1),
                    vector(simd, first, 2),
                ]);
                let high = simd.separate_three::<2>([
                    vector(simd, first, 3),
                    vector(simd, first, 4),
                    vector(simd, first, 5),
                ]);
                let pixels = [
                    split::<S>(low[0].bitcast(), high[0].bitcast(), self.shift),
                    split::<S>(low[1].bitcast(), high[1].bitcast(), self.shift),
                    split::<S>(low[2].bitcast(), high[2].bitcast(), self.shift),
                ];
                order(swapped, pixels)
            }
            (Form::Quads { .. }, _) => self.load_four(simd, rows, x).0,
        }
    }

    /// The block that begins with pixel `x`, as bytes from left to right, where these are not in fours.
    #[inline(always)]
    pub(super) fn load_bytes<S: Lanes>(
        &self,
        simd: S,
        rows: [&[u8]; 3],
        x: usize,
    ) -> Option<[S::u8s; 3]> {
        match self.form {
            _ if self.words => None,
            Form::Planes => Some([
                vector(simd, &rows[0][x..], 0),
                vector(simd, &rows[1][x..], 0),
                vector(simd, &rows[2][x..], 0),
            ]),
            Form::Triplets { swapped } => {
                let row = &rows[0][3 * x..];
                let pixels = [vector(simd, row, 0), vector(simd, row, 1), vector(simd, row, 2)];
                Some(order(swapped, simd.separate_three::<1>(pixels)))
            }
            Form::Quads { .. } => None,
        }
    }

    /// The block that begins with pixel `x`, and its fourth component, opaque where there is none.
    #[inline(always)]
    pub(super) fn load_four<S: Lanes>(
        &self,
        simd: S,
        rows: [&[u8]; 3],
        x: usize,
    ) -> ([Halves<S>; 3], Halves<S>) {
        let Form::Quads { places } = self.form else {
            return (self.load(simd, rows, x), [S::u16s::splat(simd, u16::MAX); 2]);
        };
        let first = &rows[0][x * self.pixel_bytes()[0]..];
        let [a, b, c, d] =
            if self.words { word_quads(simd, first, self.shift) } else { byte_quads(simd, first) };
        match places {
            [0, ..] => ([a, b, c], d),
            [1, ..] => ([b, c, d], a),
            _ => ([c, b, a], d),
        }
    }
}

/// Stores the block of samples of one byte, from left to right, that begins with pixel `x`; the fourth component where
/// there is a place for it.
#[inline(always)]
pub(super) fn store_bytes<S: Lanes>(
    simd: S,
    pixels: &Pixels,
    ([red, green, blue], fourth): ([S::u8s; 3], S::u8s),
    output: &mut [&mut [u8]; PLANES],
    x: usize,
) {
    let [first, second, third] = pixels.planes;
    match pixels.form {
        Form::Planes => {
            store_vectors::<S, 1>([red], &mut output[first][x..]);
            store_vectors::<S, 1>([green], &mut output[second][x..]);
            store_vectors::<S, 1>([blue], &mut output[third][x..]);
        }
        Form::Triplets { swapped } => {
            let vectors = simd.interleave_three::<1>(order(swapped, [red, green, blue]));
            store_vectors::<S, 3>(vectors, &mut output[first][3 * x..]);
        }
        Form::Quads { places } => {
            let vectors = simd.interleave_four(quad_order(places, [red, green, blue], fourth));
            store_vectors::<S, 4>(vectors, &mut output[first][4 * x..]);
        }
    }
}

/// Stores the block of samples of two bytes, in two vectors from left to right, that begins with pixel `x`.
#[inline(always)]
pub(super) fn store_words<S: Lanes>(
    simd: S,
    pixels: &Pixels,
    (components, fourth): ([[S::u8s; 2]; 3], [S::u8s; 2]),
    output: &mut [&mut [u8]; PLANES],
    x: usize,
) {
    let [first, second, third] = pixels.planes;
    for half in 0..2 {
        let [red, green, blue] = [components[0][half], components[1][half], components[2][half]];
        // Pixels are of twice as many bytes, and half as many.
        let place = 2 * x + half * S::u8s::LEN;
        match pixels.form {
            Form::Planes => {
                store_vectors::<S, 1>([red], &mut output[first][place..]);
                store_vectors::<S, 1>([green], &mut output[second][place..]);
                store_vectors::<S, 1>([blue], &mut output[third][place..]);
            }
            Form::Triplets { swapped } => {
                let vectors = simd.interleave_three::<2>(order(swapped, [red, green, blue]));
                store_vectors::<S, 3>(vectors, &mut output[first][3 * place..]);
            }
            Form::Quads { places } => {
                let quad = quad_order(places, [red, green, blue], fourth[half]);
                store_vectors::<S, 4>(word_quad::<S>(quad), &mut output[first][4 * place..]);
            }
        }
    }
}

/// Stores vectors one after another.
#[inline(always)]
pub(super) fn store_vectors<S: Lanes, const N: usize>(vectors: [S::u8s; N], row: &mut [u8]) {
    let row = &mut row[..N * S::u8s::LEN];
    for (index, vector) in vectors.iter().enumerate() {
        vector.store_slice(&mut row[index * S::u8s::LEN..][..S::u8s::LEN]);
    }
}

/// Four components in the order of memory.
#[inline(always)]
pub(super) fn quad_order<T: Copy>(
    places: [usize; 3],
    [red, green, blue]: [T; 3],
    fourth: T,
) -> [T; 4] {
    match places {
        [0, ..] => [red, green, blue, fourth],
        [1, ..] => [fourth, red, green, blue],
        _ => [blue, green, red, fourth],
    }
}

/// Four components of samples of two bytes, interleaved.
#[inline(always)]
fn word_quad<S: Lanes>([a, b, c, d]: [S::u8s; 4]) -> [S::u8s; 4] {
    let [a, b, c, d]: [S::u16s; 4] = [a.bitcast(), b.bitcast(), c.bitcast(), d.bitcast()];
    let (front_low, front_high) = a.interleave(b);
    let (back_low, back_high) = c.interleave(d);
    let (front, back): (S::u32s, S::u32s) = (front_low.bitcast(), back_low.bitcast());
    let (first, second) = front.interleave(back);
    let (front, back): (S::u32s, S::u32s) = (front_high.bitcast(), back_high.bitcast());
    let (third, fourth) = front.interleave(back);
    [first.bitcast(), second.bitcast(), third.bitcast(), fourth.bitcast()]
}

/// Three components, the other way round where swapped.
#[inline(always)]
pub(super) fn order<T>(swapped: bool, [a, b, c]: [T; 3]) -> [T; 3] {
    if swapped { [c, b, a] } else { [a, b, c] }
}

/// The `index`th vector of a row.
#[inline(always)]
pub(super) fn vector<S: Lanes>(simd: S, row: &[u8], index: usize) -> S::u8s {
    S::u8s::from_slice(simd, &row[index * S::u8s::LEN..][..S::u8s::LEN])
}

/// The even and the odd bytes, shifted up.
#[inline(always)]
pub(super) fn halves<S: Lanes>(_: S, bytes: S::u8s) -> Halves<S> {
    let pairs: S::u16s = bytes.bitcast();
    [pairs << 8, pairs & 0xff00]
}

/// The even and the odd words of two vectors, shifted up.
#[inline(always)]
pub(super) fn split<S: Lanes>(low: S::u16s, high: S::u16s, shift: u32) -> Halves<S> {
    let (even, odd) = low.deinterleave(high);
    [even << shift, odd << shift]
}

#[inline(always)]
pub(super) fn word_halves<S: Lanes>(simd: S, row: &[u8], shift: u32) -> Halves<S> {
    split::<S>(vector(simd, row, 0).bitcast(), vector(simd, row, 1).bitcast(), shift)
}

/// The four samples of pixels of four bytes.
#[inline(always)]
fn byte_quads<S: Lanes>(simd: S, row: &[u8]) -> [Halves<S>; 4] {
    // Pairs of bytes: first and second, third and fourth.
    let [even, odd, even_back, odd_back] = simd.separate_pairs([
        vector(simd, row, 0).bitcast(),
        vector(simd, row, 1).bitcast(),
        vector(simd, row, 2).bitcast(),
        vector(simd, row, 3).bitcast(),
    ]);
    [
        [even << 8, odd << 8],
        [even & 0xff00, odd & 0xff00],
        [even_back << 8, odd_back << 8],
        [even_back & 0xff00, odd_back & 0xff00],
    ]
}

/// The front and the back words of the pairs in two vectors.
#[inline(always)]
fn pair_words<S: Lanes>(a: S::u16s, b: S::u16s) -> [S::u16s; 2] {
    let (front, back) = a.deinterleave(b);
    [front, back]
}

/// The four samples of pixels of four words.
#[inline(always)]
fn word_quads<S: Lanes>(simd: S, row: &[u8], shift: u32) -> [Halves<S>; 4] {
    let low = quarter_words(simd, row);
    let high = quarter_words(simd, &row[4 * S::u8s::LEN..]);
    [
        split::<S>(low[0], high[0], shift),
        split::<S>(low[1], high[1], shift),
        split::<S>(low[2], high[2], shift),
        split::<S>(low[3], high[3], shift),
    ]
}

/// The four samples of the pixels in four vectors.
#[inline(always)]
fn quarter_words<S: Lanes>(simd: S, row: &[u8]) -> [S::u16s; 4] {
    let low = pair_words::<S>(vector(simd, row, 0).bitcast(), vector(simd, row, 1).bitcast());
    let high = pair_words::<S>(vector(simd, row, 2).bitcast(), vector(simd, row, 3).bitcast());
    let (first, third) = low[0].deinterleave(high[0]);
    let (second, fourth) = low[1].deinterleave(high[1]);
    [first, second, third, fourth]
}
