//! The few vector operations that the kernels need beside those of `fearless_simd`, at each level.

use fearless_simd::{Simd, i8x16, i8x32, i16x8, u8x16, u8x32};

/// A level that has kernels.
pub(crate) trait Operations: Simd {
    /// `a * b >> 16`.
    fn multiply_high(self, a: i16x8<Self>, b: i16x8<Self>) -> i16x8<Self>;

    /// Clips to bytes.
    fn pack(self, a: i16x8<Self>, b: i16x8<Self>) -> u8x16<Self>;

    /// `a * taps[0] + b * taps[1]`, of the lower and of the upper 8 lanes. The sum must fit into 16 bits.
    fn mix(self, a: u8x16<Self>, b: u8x16<Self>, taps: [i8; 2]) -> [i16x8<Self>; 2];

    /// Lanes of the lower 8 of each half, in turns.
    #[inline(always)]
    fn zip_lows(self, a: u8x32<Self>, b: u8x32<Self>) -> u8x32<Self> {
        let ((a, c), (b, d)) = (self.split_u8x32(a), self.split_u8x32(b));
        self.combine_u8x16(self.zip_low_u8x16(a, b), self.zip_low_u8x16(c, d))
    }

    /// Lanes of the upper 8 of each half, in turns.
    #[inline(always)]
    fn zip_highs(self, a: u8x32<Self>, b: u8x32<Self>) -> u8x32<Self> {
        let ((a, c), (b, d)) = (self.split_u8x32(a), self.split_u8x32(b));
        self.combine_u8x16(self.zip_high_u8x16(a, b), self.zip_high_u8x16(c, d))
    }

    /// `(a * weight + 63) >> 7`.
    #[inline(always)]
    fn weigh(self, a: i8x32<Self>, weight: i8) -> i8x32<Self> {
        let one = |a: i8x16<Self>| {
            let (low, high) = self.widen_i8x16(a);
            let weighed = |a: i16x8<Self>| self.shr_i16x8(a * i16::from(weight) + 63, 7);
            self.saturating_narrow_i16x8(weighed(low), weighed(high))
        };
        let (low, high) = self.split_i8x32(a);
        self.combine_i8x16(one(low), one(high))
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
    use fearless_simd::{i8x32, i16x8, kernel, u8x16, u8x32};

    use super::Operations;

    /// No instructions on 32 bytes.
    macro_rules! narrow {
        ($level:ident) => {};
    }

    /// Instructions on 32 bytes.
    macro_rules! wide {
        ($level:ident) => {
            #[inline(always)]
            fn zip_lows(self, a: u8x32<Self>, b: u8x32<Self>) -> u8x32<Self> {
                kernel!(
                    #[inline(always)]
                    fn zip(level: $level, a: __m256i, b: __m256i) -> u8x32<$level> {
                        _mm256_unpacklo_epi8(a, b).simd_into(level)
                    }
                );
                zip(self, a.into(), b.into())
            }

            #[inline(always)]
            fn zip_highs(self, a: u8x32<Self>, b: u8x32<Self>) -> u8x32<Self> {
                kernel!(
                    #[inline(always)]
                    fn zip(level: $level, a: __m256i, b: __m256i) -> u8x32<$level> {
                        _mm256_unpackhi_epi8(a, b).simd_into(level)
                    }
                );
                zip(self, a.into(), b.into())
            }

            #[inline(always)]
            fn weigh(self, a: i8x32<Self>, weight: i8) -> i8x32<Self> {
                kernel!(
                    #[inline(always)]
                    fn weigh(level: $level, a: __m256i, weight: i16) -> i8x32<$level> {
                        // Each value beside a one.
                        let one = _mm256_set1_epi8(1);
                        let weights = _mm256_set1_epi16(weight);
                        let low = _mm256_maddubs_epi16(weights, _mm256_unpacklo_epi8(a, one));
                        let high = _mm256_maddubs_epi16(weights, _mm256_unpackhi_epi8(a, one));
                        let low = _mm256_srai_epi16::<7>(low);
                        _mm256_packs_epi16(low, _mm256_srai_epi16::<7>(high)).simd_into(level)
                    }
                );
                weigh(self, a.into(), i16::from_le_bytes([weight.cast_unsigned(), 63]))
            }
        };
    }

    macro_rules! operations {
        ($($level:ident: $width:ident)*) => {
            $(
                impl Operations for $level {
                    $width!($level);

                    #[inline(always)]
                    fn multiply_high(self, a: i16x8<Self>, b: i16x8<Self>) -> i16x8<Self> {
                        kernel!(
                            #[inline(always)]
                            fn multiply_high(level: $level, a: __m128i, b: __m128i) -> i16x8<$level> {
                                _mm_mulhi_epi16(a, b).simd_into(level)
                            }
                        );
                        multiply_high(self, a.into(), b.into())
                    }

                    #[inline(always)]
                    fn pack(self, a: i16x8<Self>, b: i16x8<Self>) -> u8x16<Self> {
                        kernel!(
                            #[inline(always)]
                            fn pack(level: $level, a: __m128i, b: __m128i) -> u8x16<$level> {
                                _mm_packus_epi16(a, b).simd_into(level)
                            }
                        );
                        pack(self, a.into(), b.into())
                    }

                    #[inline(always)]
                    fn mix(self, a: u8x16<Self>, b: u8x16<Self>, taps: [i8; 2]) -> [i16x8<Self>; 2] {
                        kernel!(
                            #[inline(always)]
                            fn mix(level: $level, a: __m128i, b: __m128i, taps: i16) -> [i16x8<$level>; 2] {
                                let taps = _mm_set1_epi16(taps);
                                [
                                    _mm_maddubs_epi16(_mm_unpacklo_epi8(a, b), taps).simd_into(level),
                                    _mm_maddubs_epi16(_mm_unpackhi_epi8(a, b), taps).simd_into(level),
                                ]
                            }
                        );
                        let taps = i16::from_le_bytes(taps.map(i8::cast_unsigned));
                        mix(self, a.into(), b.into(), taps)
                    }
                }
            )*
        };
    }

    operations!(Sse4_2: narrow Avx2: wide Avx512: wide);
}

#[cfg(target_arch = "aarch64")]
mod neon {
    use core::arch::aarch64::*;

    use fearless_simd::aarch64::Neon;
    use fearless_simd::prelude::*;
    use fearless_simd::{i16x8, kernel, u8x16};

    use super::Operations;

    impl Operations for Neon {
        #[inline(always)]
        fn multiply_high(self, a: i16x8<Self>, b: i16x8<Self>) -> i16x8<Self> {
            kernel!(
                #[inline(always)]
                fn multiply_high(level: Neon, a: int16x8_t, b: int16x8_t) -> i16x8<Neon> {
                    // Twice the product, of which the lowest bit is lost again.
                    vshrq_n_s16::<1>(vqdmulhq_s16(a, b)).simd_into(level)
                }
            );
            multiply_high(self, a.into(), b.into())
        }

        #[inline(always)]
        fn pack(self, a: i16x8<Self>, b: i16x8<Self>) -> u8x16<Self> {
            kernel!(
                #[inline(always)]
                fn pack(level: Neon, a: int16x8_t, b: int16x8_t) -> u8x16<Neon> {
                    vqmovun_high_s16(vqmovun_s16(a), b).simd_into(level)
                }
            );
            pack(self, a.into(), b.into())
        }

        #[inline(always)]
        fn mix(self, a: u8x16<Self>, b: u8x16<Self>, taps: [i8; 2]) -> [i16x8<Self>; 2] {
            kernel!(
                #[inline(always)]
                fn mix(
                    level: Neon,
                    a: uint8x16_t,
                    b: uint8x16_t,
                    s: i16,
                    t: i16,
                ) -> [i16x8<Neon>; 2] {
                    let low = |v| vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(v)));
                    let high = |v| vreinterpretq_s16_u16(vmovl_high_u8(v));
                    [
                        vmlaq_n_s16(vmulq_n_s16(low(a), s), low(b), t).simd_into(level),
                        vmlaq_n_s16(vmulq_n_s16(high(a), s), high(b), t).simd_into(level),
                    ]
                }
            );
            mix(self, a.into(), b.into(), taps[0].into(), taps[1].into())
        }
    }
}
