//! The few vector operations that scaling needs beside those of `fearless_simd`, at each level.
//!
//! Vectors are rows of blocks of 16 bytes. What happens inside of blocks is fast everywhere: pairs are made there, and
//! narrowed again there, so that samples come out in the order in which they went in.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i16x8};

/// A level that has kernels.
pub(crate) trait Lanes: Simd {
    /// Bytes are permuted across blocks in one step: what follows is there.
    const WIDE: bool = false;

    /// The bytes of `samples` at these places.
    #[inline(always)]
    fn permute(self, samples: Self::i16s, _places: Self::u8s) -> Self::i16s {
        samples
    }

    /// The bytes of two vectors at these places.
    #[inline(always)]
    fn permute_two(self, low: Self::i16s, _high: Self::i16s, _places: Self::u8s) -> Self::i16s {
        low
    }

    /// In the blocks the sums of each vector's blocks.
    #[inline(always)]
    fn sum_vectors(self, sums: [Self::i32s; 4]) -> Self::i32s {
        sums[0]
    }

    /// Two halves of a vector.
    #[inline(always)]
    fn halves(self, low: &[i16], _high: &[i16]) -> Self::i16s {
        Self::i16s::from_slice(self, low)
    }

    /// In the blocks the sums of the blocks of the lower and of the upper half of each vector.
    #[inline(always)]
    fn sum_halves(self, sums: [Self::i32s; 2]) -> Self::i32s {
        sums[0]
    }

    /// Sums, saturated, those of `low` before those of `high`.
    #[inline(always)]
    fn narrow_in_order(self, low: Self::i32s, high: Self::i32s) -> Self::i16s {
        self.narrow(low, high)
    }

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

    /// The bytes of `a` and `b` in turns, as words: four columns of each block at a time.
    fn byte_pairs(self, a: Self::u8s, b: Self::u8s) -> [Self::i16s; 4];

    /// The blocks of `low` and `high` in turns.
    fn weave(self, low: Self::i16s, high: Self::i16s) -> [Self::i16s; 2];

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
            $low32:ident, $high32:ident, $low64:ident, $high64:ident, $add:ident,
            $low8:ident, $high8:ident, $zero:ident) => {
            #[inline(always)]
            fn byte_pairs(self, a: Self::u8s, b: Self::u8s) -> [Self::i16s; 4] {
                kernel!(
                    #[inline(always)]
                    fn pairs(level: $level, a: $vector, b: $vector) -> [$signed<$level>; 4] {
                        let (low, high, zero) = ($low8(a, b), $high8(a, b), $zero());
                        [
                            $low8(low, zero).simd_into(level),
                            $high8(low, zero).simd_into(level),
                            $low8(high, zero).simd_into(level),
                            $high8(high, zero).simd_into(level),
                        ]
                    }
                );
                pairs(self, a.into(), b.into())
            }

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
            _mm_add_epi32,
            _mm_unpacklo_epi8, _mm_unpackhi_epi8, _mm_setzero_si128);

        #[inline(always)]
        fn weave(self, low: Self::i16s, high: Self::i16s) -> [Self::i16s; 2] {
            [low, high]
        }

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
            _mm256_add_epi32,
            _mm256_unpacklo_epi8, _mm256_unpackhi_epi8, _mm256_setzero_si256);

        #[inline(always)]
        fn weave(self, low: Self::i16s, high: Self::i16s) -> [Self::i16s; 2] {
            kernel!(
                #[inline(always)]
                fn weave(level: Avx2, low: __m256i, high: __m256i) -> [i16x16<Avx2>; 2] {
                    [
                        _mm256_permute2x128_si256::<0x20>(low, high).simd_into(level),
                        _mm256_permute2x128_si256::<0x31>(low, high).simd_into(level),
                    ]
                }
            );
            weave(self, low.into(), high.into())
        }

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
            _mm512_add_epi32,
            _mm512_unpacklo_epi8, _mm512_unpackhi_epi8, _mm512_setzero_si512);

        const WIDE: bool = true;

        #[inline(always)]
        fn permute(self, samples: Self::i16s, places: Self::u8s) -> Self::i16s {
            kernel!(
                #[inline(always)]
                fn permute(level: Avx512, samples: __m512i, places: __m512i) -> i16x32<Avx512> {
                    _mm512_permutexvar_epi8(places, samples).simd_into(level)
                }
            );
            permute(self, samples.into(), places.into())
        }

        #[inline(always)]
        fn permute_two(self, low: Self::i16s, high: Self::i16s, places: Self::u8s) -> Self::i16s {
            kernel!(
                #[inline(always)]
                fn permute(
                    level: Avx512,
                    low: __m512i,
                    high: __m512i,
                    places: __m512i,
                ) -> i16x32<Avx512> {
                    _mm512_permutex2var_epi8(low, places, high).simd_into(level)
                }
            );
            permute(self, low.into(), high.into(), places.into())
        }

        #[inline(always)]
        fn sum_vectors(self, [a, b, c, d]: [Self::i32s; 4]) -> Self::i32s {
            self.sum_halves([self.sum_halves([a, b]), self.sum_halves([c, d])])
        }

        #[inline(always)]
        fn halves(self, low: &[i16], high: &[i16]) -> Self::i16s {
            i16x16::from_slice(self, low).combine(i16x16::from_slice(self, high))
        }

        #[inline(always)]
        fn sum_halves(self, [a, b]: [Self::i32s; 2]) -> Self::i32s {
            kernel!(
                #[inline(always)]
                fn pair(level: Avx512, a: __m512i, b: __m512i) -> i32x16<Avx512> {
                    let even = _mm512_shuffle_i32x4::<0b10_00_10_00>(a, b);
                    let odd = _mm512_shuffle_i32x4::<0b11_01_11_01>(a, b);
                    _mm512_add_epi32(even, odd).simd_into(level)
                }
            );
            pair(self, a.into(), b.into())
        }

        #[inline(always)]
        fn narrow_in_order(self, low: Self::i32s, high: Self::i32s) -> Self::i16s {
            kernel!(
                #[inline(always)]
                fn narrow(level: Avx512, low: __m512i, high: __m512i) -> i16x32<Avx512> {
                    let packed = _mm512_packs_epi32(low, high);
                    let order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0);
                    _mm512_permutexvar_epi64(order, packed).simd_into(level)
                }
            );
            narrow(self, low.into(), high.into())
        }

        #[inline(always)]
        fn weave(self, low: Self::i16s, high: Self::i16s) -> [Self::i16s; 2] {
            kernel!(
                #[inline(always)]
                fn weave(level: Avx512, low: __m512i, high: __m512i) -> [i16x32<Avx512>; 2] {
                    let first = _mm512_set_epi64(11, 10, 3, 2, 9, 8, 1, 0);
                    let second = _mm512_set_epi64(15, 14, 7, 6, 13, 12, 5, 4);
                    [
                        _mm512_permutex2var_epi64(low, first, high).simd_into(level),
                        _mm512_permutex2var_epi64(low, second, high).simd_into(level),
                    ]
                }
            );
            weave(self, low.into(), high.into())
        }

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
        fn byte_pairs(self, a: Self::u8s, b: Self::u8s) -> [Self::i16s; 4] {
            let (low, high, zero) = (a.zip_low(b), a.zip_high(b), u8x16::splat(self, 0));
            [
                low.zip_low(zero).bitcast(),
                low.zip_high(zero).bitcast(),
                high.zip_low(zero).bitcast(),
                high.zip_high(zero).bitcast(),
            ]
        }

        #[inline(always)]
        fn weave(self, low: Self::i16s, high: Self::i16s) -> [Self::i16s; 2] {
            [low, high]
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
