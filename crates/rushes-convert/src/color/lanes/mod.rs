//! The few vector operations that colour needs beside those of `fearless_simd`, at each level.
//!
//! Samples travel as two vectors of 16-bit lanes, those of even and those of odd pixels: what the two bytes of a lane of
//! 8-bit luma are, and what matches one sample of chroma of half the width.
//!
//! Three components are interleaved with one shuffle each. Byte `p` of the `k`th vector of the result is of component
//! `c = (p + k * N) % 3`, and its index `i` in the component solves `3 * i + c = p` modulo `N`. As 3 has an inverse modulo
//! a power of two, `i` does not depend on `k`: shuffled once, a component only has to be blended into each result.

use fearless_simd::prelude::*;

/// A level that has kernels.
pub(super) trait Lanes: Simd {
    /// `(a * b + 2^14) >> 15`.
    fn mul_round(self, a: Self::i16s, b: Self::i16s) -> Self::i16s;

    /// As many bytes as there are 16-bit lanes, one per lane; zeros where there are fewer.
    fn widen(self, bytes: &[u8]) -> Self::u16s;

    /// Even and odd pixels clipped to bytes, in an order that only [`in_order`](Self::in_order) and
    /// [`triplets`](Self::triplets) know.
    fn pack(self, even: Self::i16s, odd: Self::i16s) -> Self::u8s;

    /// Packed pixels from left to right.
    fn in_order(self, packed: Self::u8s) -> Self::u8s;

    /// Three packed components, interleaved from left to right.
    fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3];

    /// Three components of samples of `SIZE` bytes, interleaved from left to right.
    fn interleave_three<const SIZE: usize>(self, components: [Self::u8s; 3]) -> [Self::u8s; 3];

    /// Three components of samples of `SIZE` bytes, out of interleaved ones.
    fn separate_three<const SIZE: usize>(self, pixels: [Self::u8s; 3]) -> [Self::u8s; 3];

    /// Four packed components, interleaved from left to right.
    #[inline(always)]
    fn quads(self, [a, b, c, d]: [Self::u8s; 4]) -> [Self::u8s; 4] {
        let (a, b) = (self.in_order(a), self.in_order(b));
        self.interleave_four([a, b, self.in_order(c), self.in_order(d)])
    }

    /// The words of pixels of two words, in four vectors: the first of even and of odd pixels, then the second of both.
    #[inline(always)]
    fn separate_pairs(self, [a, b, c, d]: [Self::u16s; 4]) -> [Self::u16s; 4] {
        let ((front_low, back_low), (front_high, back_high)) =
            (a.deinterleave(b), c.deinterleave(d));
        // Pixels of the halves of the block follow one another; then even and odd ones are told apart.
        let (even, odd) = front_low.deinterleave(front_high);
        let (even_back, odd_back) = back_low.deinterleave(back_high);
        [even, odd, even_back, odd_back]
    }

    /// Four components of samples of one byte, interleaved from left to right.
    fn interleave_four(self, components: [Self::u8s; 4]) -> [Self::u8s; 4];

    /// `(a + b + 1) >> 1`.
    fn average(self, a: Self::u16s, b: Self::u16s) -> Self::u16s;

    /// The upper bytes of the lanes, from left to right.
    fn store_upper(self, words: Self::u16s, bytes: &mut [u8]);
}

/// Where the byte of a pixel is after packing, in blocks of 16: even pixels first.
const fn packed_place(pixel: usize) -> usize {
    let (block, inside) = (pixel / 16, pixel % 16);
    block * 16 + inside / 2 + inside % 2 * 8
}

/// Places of the pixels of a block, left to right.
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn order<const N: usize>() -> [u8; N] {
    let mut table = [0; N];
    let mut pixel = 0;
    while pixel < N {
        table[pixel] = (packed_place(pixel) % 16) as u8;
        pixel += 1;
    }
    table
}

/// The shuffle of component `component` before the blends, in blocks of `block` bytes.
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn spread<const N: usize>(component: usize, block: usize) -> [u8; N] {
    let mut table = [0; N];
    let mut pixel = 0;
    while pixel < block {
        let place = (3 * pixel + component) % block;
        let mut start = 0;
        while start < N {
            table[start + place] = packed_place(pixel) as u8;
            start += block;
        }
        pixel += 1;
    }
    table
}

/// Where the byte `byte` of component `component` is among interleaved samples of `size` bytes, in a block of `block`.
const fn interleaved_place(byte: usize, component: usize, block: usize, size: usize) -> usize {
    (3 * (byte / size) + component) % (block / size) * size + byte % size
}

/// The shuffle of a component from left to right before the blends.
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn scatter<const N: usize>(component: usize, block: usize, size: usize) -> [u8; N] {
    let mut table = [0; N];
    let mut byte = 0;
    while byte < N {
        let place = interleaved_place(byte % block, component, block, size);
        table[byte / block * block + place] = (byte % block) as u8;
        byte += 1;
    }
    table
}

/// The shuffle of a component after the blends: the inverse of [`scatter`].
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn gather<const N: usize>(component: usize, block: usize, size: usize) -> [u8; N] {
    let mut table = [0; N];
    let mut byte = 0;
    while byte < N {
        table[byte] = interleaved_place(byte % block, component, block, size) as u8;
        byte += 1;
    }
    table
}

/// Which bytes of the `k`th of three vectors are of component `component`, in blocks of `block` bytes.
const fn share<const N: usize>(k: usize, component: usize, block: usize, size: usize) -> [u8; N] {
    let mut table = [0; N];
    let mut byte = 0;
    while byte < N {
        if (byte % block + k * block) / size % 3 == component {
            table[byte] = 0xff;
        }
        byte += 1;
    }
    table
}

/// Blends of shuffled components into three vectors, in blocks of 16 bytes.
macro_rules! blend_three {
    ($simd:ident, $bytes:ident, $blend:ident, $size:expr, $shuffled:expr) => {{
        let [a, b, c] = $shuffled;
        let mut out = [a; 3];
        for (k, out) in out.iter_mut().enumerate() {
            let second =
                const { [share(0, 1, 16, $size), share(1, 1, 16, $size), share(2, 1, 16, $size)] };
            let third =
                const { [share(0, 2, 16, $size), share(1, 2, 16, $size), share(2, 2, 16, $size)] };
            let mask = $bytes::load_array($simd, second[k]).into();
            let two = $blend($simd, a.into(), b.into(), mask);
            *out = $blend($simd, two.into(), c.into(), $bytes::load_array($simd, third[k]).into());
        }
        out
    }};
}

/// Each of three components shuffled by its table, in blocks of 16 bytes.
macro_rules! shuffle_three {
    ($simd:ident, $bytes:ident, $shuffle:ident, $components:ident, $tables:expr) => {{
        let table = const { $tables };
        [
            $shuffle($simd, $components[0].into(), $bytes::load_array($simd, table[0]).into()),
            $shuffle($simd, $components[1].into(), $bytes::load_array($simd, table[1]).into()),
            $shuffle($simd, $components[2].into(), $bytes::load_array($simd, table[2]).into()),
        ]
    }};
}

/// The operations on three components, in blocks of 16 bytes: `regroup` gives blocks their places in memory, `ungroup`
/// takes them from there.
macro_rules! threes {
    ($bytes:ident, $shuffle:ident, $blend:ident, $regroup:expr, $ungroup:expr) => {
        #[inline(always)]
        fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
            let tables = shuffle_three!(
                self,
                $bytes,
                $shuffle,
                packed,
                [spread(0, 16), spread(1, 16), spread(2, 16)]
            );
            $regroup(self, blend_three!(self, $bytes, $blend, 1, tables))
        }

        #[inline(always)]
        fn interleave_three<const SIZE: usize>(self, components: [Self::u8s; 3]) -> [Self::u8s; 3] {
            let tables = shuffle_three!(
                self,
                $bytes,
                $shuffle,
                components,
                [scatter(0, 16, SIZE), scatter(1, 16, SIZE), scatter(2, 16, SIZE)]
            );
            $regroup(self, blend_three!(self, $bytes, $blend, SIZE, tables))
        }

        #[inline(always)]
        fn separate_three<const SIZE: usize>(self, pixels: [Self::u8s; 3]) -> [Self::u8s; 3] {
            let [a, b, c] = $ungroup(self, pixels);
            let mut out = [a; 3];
            for (component, out) in out.iter_mut().enumerate() {
                let second =
                    const { [share(1, 0, 16, SIZE), share(1, 1, 16, SIZE), share(1, 2, 16, SIZE)] };
                let third =
                    const { [share(2, 0, 16, SIZE), share(2, 1, 16, SIZE), share(2, 2, 16, SIZE)] };
                let table =
                    const { [gather(0, 16, SIZE), gather(1, 16, SIZE), gather(2, 16, SIZE)] };
                let mask = $bytes::load_array(self, second[component]).into();
                let two = $blend(self, a.into(), b.into(), mask);
                let mask = $bytes::load_array(self, third[component]).into();
                let three = $blend(self, two.into(), c.into(), mask);
                let table = $bytes::load_array(self, table[component]);
                *out = $shuffle(self, three.into(), table.into());
            }
            out
        }
    };
}

#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86;
