//! The few vector operations that scaling needs beside those of `fearless_simd`, at each level.
//!
//! Vectors are rows of blocks of 16 bytes. What happens inside of blocks is fast everywhere: pairs are made there, and
//! narrowed again there, so that samples come out in the order in which they went in.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x8};

/// A level that has kernels.
pub(crate) trait Lanes: Simd {
    /// Samples of `a` and `b` in turns: the lower halves of the blocks, then the upper halves.
    fn pairs(self, a: Self::i16s, b: Self::i16s) -> [Self::i16s; 2];

    /// Sums of the lower and of the upper halves of the blocks, saturated.
    fn narrow(self, low: Self::i32s, high: Self::i32s) -> Self::i16s;

    /// Words clipped to bytes, in order.
    fn bytes(self, low: Self::i16s, high: Self::i16s) -> Self::u8s;

    /// A vector of these blocks: one for each that a vector has.
    fn blocks(self, block: impl Fn(usize) -> i16x8<Self>) -> Self::i16s;

    /// In each block the sum of each of the four vectors' blocks.
    fn sum_blocks(self, sums: [Self::i32s; 4]) -> Self::i32s;

    /// Sums of products of neighbours, added to `sums`.
    #[inline(always)]
    fn dot(self, sums: Self::i32s, a: Self::i16s, b: Self::i16s) -> Self::i32s {
        sums + a.pairwise_dot_product(b)
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
mod x86 {
    #[cfg(target_arch = "x86")]
    use core::arch::x86::*;
    #[cfg(target_arch = "x86_64")]
    use core::arch::x86_64::*;

    use fearless_simd::prelude::*;
    use fearless_simd::x86::{Avx2, Avx512, Sse4_2};
    use fearless_simd::{i16x8, i16x16, i16x32, i32x4, i32x8, i32x16, kernel, u8x16, u8x32, u8x64};

    use super::Lanes;

    macro_rules! operations {
        ($level:ident, $signed:ident, $sums:ident, $vector:ident: $low:ident, $high:ident, $packs:ident,
            $low32:ident, $high32:ident, $low64:ident, $high64:ident, $add:ident) => {
            #[inline(always)]
            fn pairs(self, a: Self::i16s, b: Self::i16s) -> [Self::i16s; 2] {
                kernel!(
                    #[inline(always)]
                    fn pairs(level: $level, a: $vector, b: $vector) -> [$signed<$level>; 2] {
                        [$low(a, b).simd_into(level), $high(a, b).simd_into(level)]
                    }
                );
                pairs(self, a.into(), b.into())
            }

            #[inline(always)]
            fn narrow(self, low: Self::i32s, high: Self::i32s) -> Self::i16s {
                kernel!(
                    #[inline(always)]
                    fn narrow(level: $level, low: $vector, high: $vector) -> $signed<$level> {
                        $packs(low, high).simd_into(level)
                    }
                );
                narrow(self, low.into(), high.into())
            }

            #[inline(always)]
            fn sum_blocks(self, sums: [Self::i32s; 4]) -> Self::i32s {
                kernel!(
                    #[inline(always)]
                    fn sum(
                        level: $level,
                        a: $vector,
                        b: $vector,
                        c: $vector,
                        d: $vector,
                    ) -> $sums<$level> {
                        let first = $add($low32(a, b), $high32(a, b));
                        let second = $add($low32(c, d), $high32(c, d));
                        $add($low64(first, second), $high64(first, second)).simd_into(level)
                    }
                );
                let [a, b, c, d] = sums;
                sum(self, a.into(), b.into(), c.into(), d.into())
            }
        };
    }

    impl Lanes for Sse4_2 {
        operations!(Sse4_2, i16x8, i32x4, __m128i:
            _mm_unpacklo_epi16, _mm_unpackhi_epi16, _mm_packs_epi32,
            _mm_unpacklo_epi32, _mm_unpackhi_epi32, _mm_unpacklo_epi64, _mm_unpackhi_epi64,
            _mm_add_epi32);

        #[inline(always)]
        fn bytes(self, low: Self::i16s, high: Self::i16s) -> Self::u8s {
            kernel!(
                #[inline(always)]
                fn bytes(level: Sse4_2, low: __m128i, high: __m128i) -> u8x16<Sse4_2> {
                    _mm_packus_epi16(low, high).simd_into(level)
                }
            );
            bytes(self, low.into(), high.into())
        }

        #[inline(always)]
        fn blocks(self, block: impl Fn(usize) -> i16x8<Self>) -> Self::i16s {
            block(0)
        }
    }

    impl Lanes for Avx2 {
        operations!(Avx2, i16x16, i32x8, __m256i:
            _mm256_unpacklo_epi16, _mm256_unpackhi_epi16, _mm256_packs_epi32,
            _mm256_unpacklo_epi32, _mm256_unpackhi_epi32, _mm256_unpacklo_epi64, _mm256_unpackhi_epi64,
            _mm256_add_epi32);

        #[inline(always)]
        fn bytes(self, low: Self::i16s, high: Self::i16s) -> Self::u8s {
            kernel!(
                #[inline(always)]
                fn bytes(level: Avx2, low: __m256i, high: __m256i) -> u8x32<Avx2> {
                    let packed = _mm256_packus_epi16(low, high);
                    _mm256_permute4x64_epi64::<0b11_01_10_00>(packed).simd_into(level)
                }
            );
            bytes(self, low.into(), high.into())
        }

        #[inline(always)]
        fn blocks(self, block: impl Fn(usize) -> i16x8<Self>) -> Self::i16s {
            block(0).combine(block(1))
        }
    }

    impl Lanes for Avx512 {
        operations!(Avx512, i16x32, i32x16, __m512i:
            _mm512_unpacklo_epi16, _mm512_unpackhi_epi16, _mm512_packs_epi32,
            _mm512_unpacklo_epi32, _mm512_unpackhi_epi32, _mm512_unpacklo_epi64, _mm512_unpackhi_epi64,
            _mm512_add_epi32);

        #[inline(always)]
        fn bytes(self, low: Self::i16s, high: Self::i16s) -> Self::u8s {
            kernel!(
                #[inline(always)]
                fn bytes(level: Avx512, low: __m512i, high: __m512i) -> u8x64<Avx512> {
                    let packed = _mm512_packus_epi16(low, high);
                    let order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
                    _mm512_permutexvar_epi64(order, packed).simd_into(level)
                }
            );
            bytes(self, low.into(), high.into())
        }

        #[inline(always)]
        fn blocks(self, block: impl Fn(usize) -> i16x8<Self>) -> Self::i16s {
            block(0).combine(block(1)).combine(block(2).combine(block(3)))
        }
    }
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use core::arch::aarch64::*;

    use fearless_simd::aarch64::Neon;
    use fearless_simd::prelude::*;
    use fearless_simd::{i16x8, kernel, u8x16};

    use super::Lanes;

    impl Lanes for Neon {
        #[inline(always)]
        fn pairs(self, a: Self::i16s, b: Self::i16s) -> [Self::i16s; 2] {
            [a.zip_low(b), a.zip_high(b)]
        }

        #[inline(always)]
        fn narrow(self, low: Self::i32s, high: Self::i32s) -> Self::i16s {
            kernel!(
                #[inline(always)]
                fn narrow(level: Neon, low: int32x4_t, high: int32x4_t) -> i16x8<Neon> {
                    vqmovn_high_s32(vqmovn_s32(low), high).simd_into(level)
                }
            );
            narrow(self, low.into(), high.into())
        }

        #[inline(always)]
        fn sum_blocks(self, [a, b, c, d]: [Self::i32s; 4]) -> Self::i32s {
            let first = a.unzip_low(b) + a.unzip_high(b);
            let second = c.unzip_low(d) + c.unzip_high(d);
            first.unzip_low(second) + first.unzip_high(second)
        }

        #[inline(always)]
        fn bytes(self, low: Self::i16s, high: Self::i16s) -> Self::u8s {
            kernel!(
                #[inline(always)]
                fn bytes(level: Neon, low: int16x8_t, high: int16x8_t) -> u8x16<Neon> {
                    vqmovun_high_s16(vqmovun_s16(low), high).simd_into(level)
                }
            );
            bytes(self, low.into(), high.into())
        }

        #[inline(always)]
        fn blocks(self, block: impl Fn(usize) -> i16x8<Self>) -> Self::i16s {
            block(0)
        }
    }
}
