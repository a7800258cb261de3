//! The few vector operations that colour needs beside those of `fearless_simd`, at each level.
//!
//! Samples travel as two vectors of 16-bit lanes, those of even and those of odd pixels: what the two bytes of a lane of
//! 8-bit luma are, and what matches one sample of chroma of half the width.
//!
//! Three components are interleaved with one shuffle each. Byte `p` of the `k`th vector of the result is of component
//! `c = (p + k * N) % 3`, and its index `i` in the component solves `3 * i + c = p` modulo `N`. As 3 has an inverse modulo
//! a power of two, `i` does not depend on `k`: shuffled once, a component only has to be blended into each result.

use fearless_simd::Simd;

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

/// Which bytes of the `k`th result are of component `component`, in blocks of `block` bytes.
const fn share<const N: usize>(k: usize, component: usize, block: usize) -> [u8; N] {
    let mut table = [0; N];
    let mut byte = 0;
    while byte < N {
        if (byte % block + k * block) % 3 == component {
            table[byte] = 0xff;
        }
        byte += 1;
    }
    table
}

/// [`Lanes::triplets`] in blocks of 16 bytes.
macro_rules! triplets {
    ($simd:ident, $packed:ident, $bytes:ident, $shuffle:ident, $blend:ident) => {{
        let table = const { [spread(0, 16), spread(1, 16), spread(2, 16)] };
        let a = $shuffle($simd, $packed[0].into(), $bytes::load_array($simd, table[0]).into());
        let b = $shuffle($simd, $packed[1].into(), $bytes::load_array($simd, table[1]).into());
        let c = $shuffle($simd, $packed[2].into(), $bytes::load_array($simd, table[2]).into());
        let mut out = [a; 3];
        for (k, out) in out.iter_mut().enumerate() {
            let second = const { [share(0, 1, 16), share(1, 1, 16), share(2, 1, 16)] };
            let third = const { [share(0, 2, 16), share(1, 2, 16), share(2, 2, 16)] };
            let mask = $bytes::load_array($simd, second[k]).into();
            let two = $blend($simd, a.into(), b.into(), mask);
            *out = $blend($simd, two.into(), c.into(), $bytes::load_array($simd, third[k]).into());
        }
        out
    }};
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::*;
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::*;

    use fearless_simd::prelude::*;
    use fearless_simd::x86::{Avx2, Avx512, Sse4_2};
    use fearless_simd::{
        i16x8, i16x16, i16x32, kernel, u8x16, u8x32, u8x64, u16x8, u16x16, u16x32,
    };

    use super::{Lanes, order, share, spread};

    macro_rules! operations {
        ($level:ident, $bytes:ident, $words:ident, $signed:ident, $vector:ident:
            $mulhrs:ident, $packus:ident, $shuffle:ident) => {
            #[inline(always)]
            fn mul_round(self, a: Self::i16s, b: Self::i16s) -> Self::i16s {
                kernel!(
                    #[inline(always)]
                    fn mul_round(level: $level, a: $vector, b: $vector) -> $signed<$level> {
                        $mulhrs(a, b).simd_into(level)
                    }
                );
                mul_round(self, a.into(), b.into())
            }

            #[inline(always)]
            fn pack(self, even: Self::i16s, odd: Self::i16s) -> Self::u8s {
                kernel!(
                    #[inline(always)]
                    fn pack(level: $level, even: $vector, odd: $vector) -> $bytes<$level> {
                        $packus(even, odd).simd_into(level)
                    }
                );
                pack(self, even.into(), odd.into())
            }

            #[inline(always)]
            fn in_order(self, packed: Self::u8s) -> Self::u8s {
                kernel!(
                    #[inline(always)]
                    fn in_order(level: $level, packed: $vector, order: $vector) -> $bytes<$level> {
                        $shuffle(packed, order).simd_into(level)
                    }
                );
                let order = $bytes::load_array(self, const { order() });
                in_order(self, packed.into(), order.into())
            }
        };
    }

    impl Lanes for Sse4_2 {
        operations!(Sse4_2, u8x16, u16x8, i16x8, __m128i:
            _mm_mulhrs_epi16, _mm_packus_epi16, _mm_shuffle_epi8);

        #[inline(always)]
        fn widen(self, bytes: &[u8]) -> Self::u16s {
            kernel!(
                #[inline(always)]
                fn widen(level: Sse4_2, bytes: __m128i) -> u16x8<Sse4_2> {
                    _mm_cvtepu8_epi16(bytes).simd_into(level)
                }
            );
            let mut block = [0; 16];
            if let Some(bytes) = bytes.first_chunk::<8>() {
                block[..8].copy_from_slice(bytes);
            }
            widen(self, u8x16::load_array(self, block).into())
        }

        #[inline(always)]
        fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
            kernel!(
                #[inline(always)]
                fn spread_by(level: Sse4_2, packed: __m128i, table: __m128i) -> u8x16<Sse4_2> {
                    _mm_shuffle_epi8(packed, table).simd_into(level)
                }
            );
            kernel!(
                #[inline(always)]
                fn blend(level: Sse4_2, a: __m128i, b: __m128i, mask: __m128i) -> u8x16<Sse4_2> {
                    _mm_blendv_epi8(a, b, mask).simd_into(level)
                }
            );
            triplets!(self, packed, u8x16, spread_by, blend)
        }
    }

    impl Lanes for Avx2 {
        operations!(Avx2, u8x32, u16x16, i16x16, __m256i:
            _mm256_mulhrs_epi16, _mm256_packus_epi16, _mm256_shuffle_epi8);

        #[inline(always)]
        fn widen(self, bytes: &[u8]) -> Self::u16s {
            kernel!(
                #[inline(always)]
                fn widen(level: Avx2, bytes: __m128i) -> u16x16<Avx2> {
                    _mm256_cvtepu8_epi16(bytes).simd_into(level)
                }
            );
            let block = bytes.first_chunk::<16>().copied().unwrap_or_default();
            widen(self, u8x16::load_array(self, block).into())
        }

        #[inline(always)]
        fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
            kernel!(
                #[inline(always)]
                fn spread_by(level: Avx2, packed: __m256i, table: __m256i) -> u8x32<Avx2> {
                    _mm256_shuffle_epi8(packed, table).simd_into(level)
                }
            );
            kernel!(
                #[inline(always)]
                fn blend(level: Avx2, a: __m256i, b: __m256i, mask: __m256i) -> u8x32<Avx2> {
                    _mm256_blendv_epi8(a, b, mask).simd_into(level)
                }
            );
            kernel!(
                /// The blocks of 16 bytes, those of the lower halves first.
                #[inline(always)]
                fn regroup(level: Avx2, a: __m256i, b: __m256i, c: __m256i) -> [u8x32<Avx2>; 3] {
                    [
                        _mm256_permute2x128_si256::<0x20>(a, b).simd_into(level),
                        _mm256_blend_epi32::<0xf0>(c, a).simd_into(level),
                        _mm256_permute2x128_si256::<0x31>(b, c).simd_into(level),
                    ]
                }
            );
            let [a, b, c] = triplets!(self, packed, u8x32, spread_by, blend);
            regroup(self, a.into(), b.into(), c.into())
        }
    }

    impl Lanes for Avx512 {
        operations!(Avx512, u8x64, u16x32, i16x32, __m512i:
            _mm512_mulhrs_epi16, _mm512_packus_epi16, _mm512_shuffle_epi8);

        #[inline(always)]
        fn widen(self, bytes: &[u8]) -> Self::u16s {
            kernel!(
                #[inline(always)]
                fn widen(level: Avx512, bytes: __m256i) -> u16x32<Avx512> {
                    _mm512_cvtepu8_epi16(bytes).simd_into(level)
                }
            );
            let block = bytes.first_chunk::<32>().copied().unwrap_or_default();
            widen(self, u8x32::load_array(self, block).into())
        }

        #[inline(always)]
        fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
            kernel!(
                #[inline(always)]
                fn spread_by(level: Avx512, packed: __m512i, table: __m512i) -> u8x64<Avx512> {
                    _mm512_permutexvar_epi8(table, packed).simd_into(level)
                }
            );
            let table = const { [spread(0, 64), spread(1, 64), spread(2, 64)] };
            let a = spread_by(self, packed[0].into(), u8x64::load_array(self, table[0]).into());
            let b = spread_by(self, packed[1].into(), u8x64::load_array(self, table[1]).into());
            let c = spread_by(self, packed[2].into(), u8x64::load_array(self, table[2]).into());
            // Masks in vectors stay in registers; masks of bits would be made anew each time.
            let mask = const { [share(0, 0, 64), share(0, 1, 64), share(0, 2, 64)] };
            let first = u8x64::load_array(self, mask[0]);
            let second = u8x64::load_array(self, mask[1]);
            let third = u8x64::load_array(self, mask[2]);
            [
                (a & first) | (b & second) | (c & third),
                (a & third) | (b & first) | (c & second),
                (a & second) | (b & third) | (c & first),
            ]
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use core::arch::aarch64::*;

    use fearless_simd::aarch64::Neon;
    use fearless_simd::prelude::*;
    use fearless_simd::{i16x8, kernel, u8x16, u16x8};

    use super::{Lanes, order, share, spread};

    impl Lanes for Neon {
        #[inline(always)]
        fn mul_round(self, a: Self::i16s, b: Self::i16s) -> Self::i16s {
            kernel!(
                #[inline(always)]
                fn mul_round(level: Neon, a: int16x8_t, b: int16x8_t) -> i16x8<Neon> {
                    vqrdmulhq_s16(a, b).simd_into(level)
                }
            );
            mul_round(self, a.into(), b.into())
        }

        #[inline(always)]
        fn widen(self, bytes: &[u8]) -> Self::u16s {
            kernel!(
                #[inline(always)]
                fn widen(level: Neon, bytes: uint8x16_t) -> u16x8<Neon> {
                    vmovl_u8(vget_low_u8(bytes)).simd_into(level)
                }
            );
            let mut block = [0; 16];
            if let Some(bytes) = bytes.first_chunk::<8>() {
                block[..8].copy_from_slice(bytes);
            }
            widen(self, u8x16::load_array(self, block).into())
        }

        #[inline(always)]
        fn pack(self, even: Self::i16s, odd: Self::i16s) -> Self::u8s {
            kernel!(
                #[inline(always)]
                fn pack(level: Neon, even: int16x8_t, odd: int16x8_t) -> u8x16<Neon> {
                    vqmovun_high_s16(vqmovun_s16(even), odd).simd_into(level)
                }
            );
            pack(self, even.into(), odd.into())
        }

        #[inline(always)]
        fn in_order(self, packed: Self::u8s) -> Self::u8s {
            shuffle(self, packed.into(), u8x16::load_array(self, const { order() }).into())
        }

        #[inline(always)]
        fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
            kernel!(
                #[inline(always)]
                fn blend(
                    level: Neon,
                    a: uint8x16_t,
                    b: uint8x16_t,
                    mask: uint8x16_t,
                ) -> u8x16<Neon> {
                    vbslq_u8(mask, b, a).simd_into(level)
                }
            );
            triplets!(self, packed, u8x16, shuffle, blend)
        }
    }

    kernel!(
        #[inline(always)]
        fn shuffle(level: Neon, bytes: uint8x16_t, table: uint8x16_t) -> u8x16<Neon> {
            vqtbl1q_u8(bytes, table).simd_into(level)
        }
    );
}
