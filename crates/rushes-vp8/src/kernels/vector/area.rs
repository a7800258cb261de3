//! The pixels of two macroblocks, side by side in vectors.

use fearless_simd::prelude::*;
use fearless_simd::{u8x16, u8x32};

use super::{halves, load, load_two, store, store_half};
use crate::kernels::{Edges, Strength};

/// Those macroblocks of a pair that are chosen. Where there is one only, it stands in for the other one too: both halves of
/// vectors are then the same.
#[inline(always)]
pub(super) fn chosen(pair: &[Edges; 2], is_chosen: fn(&Edges) -> bool) -> Option<[&Edges; 2]> {
    let [a, b] = pair;
    match (is_chosen(a), is_chosen(b)) {
        (true, true) => Some([a, b]),
        (true, false) => Some([a; 2]),
        (false, true) => Some([b; 2]),
        (false, false) => None,
    }
}

/// Places so far behind the first pixels of macroblocks.
#[inline(always)]
pub(super) fn places(pair: [&Edges; 2], shift: isize) -> [usize; 2] {
    pair.map(|edges| edges.at.wrapping_add_signed(shift))
}

/// [`Strength`] of two macroblocks.
#[derive(Clone, Copy)]
pub(super) struct Limits<S: Simd> {
    pub(super) outer: u8x32<S>,
    pub(super) inner: u8x32<S>,
    pub(super) interior: u8x32<S>,
    pub(super) variance: u8x32<S>,
}

impl<S: Simd> Limits<S> {
    #[inline(always)]
    pub(super) fn of(simd: S, pair: [&Edges; 2]) -> Self {
        let of = |part: fn(&Strength) -> u8| {
            let one = |edges: &Edges| u8x16::splat(simd, part(&edges.strength));
            simd.combine_u8x16(one(pair[0]), one(pair[1]))
        };
        Self {
            outer: of(|strength| strength.outer),
            inner: of(|strength| strength.inner),
            interior: of(|strength| strength.interior),
            variance: of(|strength| strength.variance),
        }
    }
}

/// Pixels around an edge, `offset` bytes behind the places of two macroblocks.
pub(super) trait Area {
    /// 16 pixels of a row of either macroblock.
    fn row<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S>;

    /// Replaces them.
    fn set_row<S: Simd>(&mut self, simd: S, offset: usize, row: u8x32<S>);

    /// 8 pixels of two rows of either macroblock.
    fn two_rows<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S>;

    /// Replaces them.
    fn set_two_rows<S: Simd>(&mut self, simd: S, offset: usize, rows: u8x32<S>);
}

/// A plane of luma. Two rows are those 8 apart.
pub(super) struct Luma<'a> {
    pub(super) plane: &'a mut [u8],
    pub(super) stride: usize,
    pub(super) places: [usize; 2],
}

impl Area for Luma<'_> {
    #[inline(always)]
    fn row<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S> {
        let one = |place: usize| load(simd, &self.plane[place + offset..]);
        simd.combine_u8x16(one(self.places[0]), one(self.places[1]))
    }

    #[inline(always)]
    fn set_row<S: Simd>(&mut self, simd: S, offset: usize, row: u8x32<S>) {
        let (a, b) = simd.split_u8x32(row);
        store(a, &mut self.plane[self.places[0] + offset..]);
        store(b, &mut self.plane[self.places[1] + offset..]);
    }

    #[inline(always)]
    fn two_rows<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S> {
        let two = |place: usize| {
            let plane = &self.plane[place + offset..];
            load_two(simd, plane, &plane[8 * self.stride..])
        };
        simd.combine_u8x16(two(self.places[0]), two(self.places[1]))
    }

    #[inline(always)]
    fn set_two_rows<S: Simd>(&mut self, simd: S, offset: usize, rows: u8x32<S>) {
        let (a, b) = simd.split_u8x32(rows);
        for (place, rows) in [(self.places[0], halves(a)), (self.places[1], halves(b))] {
            let plane = &mut self.plane[place + offset..];
            store_half(rows[0], plane);
            store_half(rows[1], &mut plane[8 * self.stride..]);
        }
    }
}

/// Both planes of chroma: a row is 8 pixels of U and 8 of V, and so are two rows.
pub(super) struct Chroma<'a> {
    pub(super) u: &'a mut [u8],
    pub(super) v: &'a mut [u8],
    pub(super) places: [usize; 2],
}

impl Area for Chroma<'_> {
    #[inline(always)]
    fn row<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S> {
        let two =
            |place: usize| load_two(simd, &self.u[place + offset..], &self.v[place + offset..]);
        simd.combine_u8x16(two(self.places[0]), two(self.places[1]))
    }

    #[inline(always)]
    fn set_row<S: Simd>(&mut self, simd: S, offset: usize, row: u8x32<S>) {
        let (a, b) = simd.split_u8x32(row);
        for (place, [u, v]) in [(self.places[0], halves(a)), (self.places[1], halves(b))] {
            store_half(u, &mut self.u[place + offset..]);
            store_half(v, &mut self.v[place + offset..]);
        }
    }

    #[inline(always)]
    fn two_rows<S: Simd>(&self, simd: S, offset: usize) -> u8x32<S> {
        self.row(simd, offset)
    }

    #[inline(always)]
    fn set_two_rows<S: Simd>(&mut self, simd: S, offset: usize, rows: u8x32<S>) {
        self.set_row(simd, offset, rows);
    }
}
