//! The operations in NEON.

use core::arch::aarch64::*;

use fearless_simd::aarch64::Neon;
use fearless_simd::prelude::*;
use fearless_simd::{i16x8, kernel, u8x16, u16x8};

use super::{Lanes, gather, order, scatter, share, spread};

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
    fn average(self, a: Self::u16s, b: Self::u16s) -> Self::u16s {
        kernel!(
            #[inline(always)]
            fn average(level: Neon, a: uint16x8_t, b: uint16x8_t) -> u16x8<Neon> {
                vrhaddq_u16(a, b).simd_into(level)
            }
        );
        average(self, a.into(), b.into())
    }

    #[inline(always)]
    fn store_upper(self, words: Self::u16s, bytes: &mut [u8]) {
        kernel!(
            #[inline(always)]
            fn upper(level: Neon, words: uint16x8_t) -> u8x16<Neon> {
                let upper = vshrn_n_u16::<8>(words);
                vcombine_u8(upper, upper).simd_into(level)
            }
        );
        let packed = upper(self, words.into()).to_array();
        bytes[..8].copy_from_slice(&packed[..8]);
    }

    #[inline(always)]
    fn interleave_four(self, [a, b, c, d]: [Self::u8s; 4]) -> [Self::u8s; 4] {
        let (front_low, front_high) = a.interleave(b);
        let (back_low, back_high) = c.interleave(d);
        let (front, back): (Self::u16s, Self::u16s) = (front_low.bitcast(), back_low.bitcast());
        let (first, second) = front.interleave(back);
        let (front, back): (Self::u16s, Self::u16s) = (front_high.bitcast(), back_high.bitcast());
        let (third, fourth) = front.interleave(back);
        [first.bitcast(), second.bitcast(), third.bitcast(), fourth.bitcast()]
    }

    threes!(u8x16, shuffle, blend, |_, blocks| blocks, |_, blocks| blocks);
}

kernel!(
    #[inline(always)]
    fn shuffle(level: Neon, bytes: uint8x16_t, table: uint8x16_t) -> u8x16<Neon> {
        vqtbl1q_u8(bytes, table).simd_into(level)
    }
);

kernel!(
    #[inline(always)]
    fn blend(level: Neon, a: uint8x16_t, b: uint8x16_t, mask: uint8x16_t) -> u8x16<Neon> {
        vbslq_u8(mask, b, a).simd_into(level)
    }
);
