//! The operations in SSE4.2, AVX2 and AVX-512.

#[cfg(target_arch = "x86")]
use core::arch::x86::*;
#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

use fearless_simd::prelude::*;
use fearless_simd::x86::{Avx2, Avx512, Sse4_2};
use fearless_simd::{i16x8, i16x16, i16x32, kernel, u8x16, u8x32, u8x64, u16x8, u16x16, u16x32};

use super::{Lanes, gather, order, packed_place, scatter, share, spread};

macro_rules! operations {
    ($level:ident, $bytes:ident, $words:ident, $signed:ident, $vector:ident:
        $mulhrs:ident, $packus:ident, $shuffle:ident, $average:ident) => {
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
        fn average(self, a: Self::u16s, b: Self::u16s) -> Self::u16s {
            kernel!(
                #[inline(always)]
                fn average(level: $level, a: $vector, b: $vector) -> $words<$level> {
                    $average(a, b).simd_into(level)
                }
            );
            average(self, a.into(), b.into())
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

kernel!(
    #[inline(always)]
    fn sse_shuffle(level: Sse4_2, packed: __m128i, table: __m128i) -> u8x16<Sse4_2> {
        _mm_shuffle_epi8(packed, table).simd_into(level)
    }
);
kernel!(
    #[inline(always)]
    fn sse_blend(level: Sse4_2, a: __m128i, b: __m128i, mask: __m128i) -> u8x16<Sse4_2> {
        _mm_blendv_epi8(a, b, mask).simd_into(level)
    }
);
kernel!(
    #[inline(always)]
    fn avx2_shuffle(level: Avx2, packed: __m256i, table: __m256i) -> u8x32<Avx2> {
        _mm256_shuffle_epi8(packed, table).simd_into(level)
    }
);
kernel!(
    #[inline(always)]
    fn avx2_blend(level: Avx2, a: __m256i, b: __m256i, mask: __m256i) -> u8x32<Avx2> {
        _mm256_blendv_epi8(a, b, mask).simd_into(level)
    }
);

/// The blocks of 16 bytes in the order of memory: those of the lower halves first.
#[inline(always)]
fn avx2_regroup(level: Avx2, [a, b, c]: [u8x32<Avx2>; 3]) -> [u8x32<Avx2>; 3] {
    kernel!(
        #[inline(always)]
        fn regroup(level: Avx2, a: __m256i, b: __m256i, c: __m256i) -> [u8x32<Avx2>; 3] {
            [
                _mm256_permute2x128_si256::<0x20>(a, b).simd_into(level),
                _mm256_blend_epi32::<0xf0>(c, a).simd_into(level),
                _mm256_permute2x128_si256::<0x31>(b, c).simd_into(level),
            ]
        }
    );
    regroup(level, a.into(), b.into(), c.into())
}

/// The inverse of [`avx2_regroup`].
#[inline(always)]
fn avx2_ungroup(level: Avx2, [a, b, c]: [u8x32<Avx2>; 3]) -> [u8x32<Avx2>; 3] {
    kernel!(
        #[inline(always)]
        fn ungroup(level: Avx2, a: __m256i, b: __m256i, c: __m256i) -> [u8x32<Avx2>; 3] {
            [
                _mm256_blend_epi32::<0xf0>(a, b).simd_into(level),
                _mm256_permute2x128_si256::<0x21>(a, c).simd_into(level),
                _mm256_blend_epi32::<0xf0>(b, c).simd_into(level),
            ]
        }
    );
    ungroup(level, a.into(), b.into(), c.into())
}

/// What makes interleaving within blocks of 16 bytes give vectors in order: pixels 16 k + 4 l + i at byte 4 k + i of block l.
/// Of pixels that are packed: at their places then.
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn fours(packed: bool) -> [u8; 64] {
    let mut table = [0; 64];
    let mut byte = 0;
    while byte < 64 {
        let (block, inside) = (byte / 16, byte % 16);
        let pixel = inside / 4 * 16 + block * 4 + inside % 4;
        table[byte] = if packed { packed_place(pixel) } else { pixel } as u8;
        byte += 1;
    }
    table
}

/// In blocks of 16 bytes the words of 16 pixels of two words: the first of even and of odd pixels, then the second.
#[expect(clippy::cast_possible_truncation, reason = "places are below 64")]
const fn halved_pairs() -> [u8; 64] {
    let mut table = [0; 64];
    let mut byte = 0;
    while byte < 64 {
        let (block, inside) = (byte / 16, byte % 16);
        let pixel = inside / 2 * 2 + block % 2;
        table[byte] = (4 * pixel + block / 2 * 2 + inside % 2) as u8;
        byte += 1;
    }
    table
}

/// Bytes interleaved in blocks of 16, after a permutation each.
#[inline(always)]
fn interleaved_fours(
    simd: Avx512,
    [a, b, c, d]: [u8x64<Avx512>; 4],
    table: [u8; 64],
) -> [u8x64<Avx512>; 4] {
    kernel!(
        #[inline(always)]
        fn interleave(
            level: Avx512,
            a: __m512i,
            b: __m512i,
            c: __m512i,
            d: __m512i,
            table: __m512i,
        ) -> [u8x64<Avx512>; 4] {
            let a = _mm512_permutexvar_epi8(table, a);
            let b = _mm512_permutexvar_epi8(table, b);
            let c = _mm512_permutexvar_epi8(table, c);
            let d = _mm512_permutexvar_epi8(table, d);
            let (front, back) = (_mm512_unpacklo_epi8(a, b), _mm512_unpacklo_epi8(c, d));
            let first = _mm512_unpacklo_epi16(front, back).simd_into(level);
            let second = _mm512_unpackhi_epi16(front, back).simd_into(level);
            let (front, back) = (_mm512_unpackhi_epi8(a, b), _mm512_unpackhi_epi8(c, d));
            let third = _mm512_unpacklo_epi16(front, back).simd_into(level);
            let fourth = _mm512_unpackhi_epi16(front, back).simd_into(level);
            [first, second, third, fourth]
        }
    );
    let table = u8x64::load_array(simd, table);
    interleave(simd, a.into(), b.into(), c.into(), d.into(), table.into())
}

/// Each of three vectors permuted by its table.
#[inline(always)]
fn permuted(
    simd: Avx512,
    [a, b, c]: [u8x64<Avx512>; 3],
    table: [[u8; 64]; 3],
) -> [u8x64<Avx512>; 3] {
    kernel!(
        #[inline(always)]
        fn permute(level: Avx512, packed: __m512i, table: __m512i) -> u8x64<Avx512> {
            _mm512_permutexvar_epi8(table, packed).simd_into(level)
        }
    );
    [
        permute(simd, a.into(), u8x64::load_array(simd, table[0]).into()),
        permute(simd, b.into(), u8x64::load_array(simd, table[1]).into()),
        permute(simd, c.into(), u8x64::load_array(simd, table[2]).into()),
    ]
}

/// Which bytes of the first of three vectors are of the first, second and third component. Masks in vectors stay in
/// registers; masks of bits would be made anew each time.
#[inline(always)]
fn masks<const SIZE: usize>(simd: Avx512) -> [u8x64<Avx512>; 3] {
    let mask = const { [share(0, 0, 64, SIZE), share(0, 1, 64, SIZE), share(0, 2, 64, SIZE)] };
    [
        u8x64::load_array(simd, mask[0]),
        u8x64::load_array(simd, mask[1]),
        u8x64::load_array(simd, mask[2]),
    ]
}

/// Three vectors out of permuted components. 64 bytes are one more than a multiple of three, 32 words one less.
#[inline(always)]
fn shares<const SIZE: usize>(simd: Avx512, [a, b, c]: [u8x64<Avx512>; 3]) -> [u8x64<Avx512>; 3] {
    let [first, second, third] = masks::<SIZE>(simd);
    let one = (a & first) | (b & second) | (c & third);
    let two = (a & third) | (b & first) | (c & second);
    let three = (a & second) | (b & third) | (c & first);
    if SIZE == 1 { [one, two, three] } else { [one, three, two] }
}

impl Lanes for Sse4_2 {
    operations!(Sse4_2, u8x16, u16x8, i16x8, __m128i:
        _mm_mulhrs_epi16, _mm_packus_epi16, _mm_shuffle_epi8, _mm_avg_epu16);

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
    fn store_upper(self, words: Self::u16s, bytes: &mut [u8]) {
        kernel!(
            #[inline(always)]
            fn upper(level: Sse4_2, words: __m128i) -> u8x16<Sse4_2> {
                let words = _mm_srli_epi16::<8>(words);
                _mm_packus_epi16(words, words).simd_into(level)
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

    threes!(u8x16, sse_shuffle, sse_blend, |_, blocks| blocks, |_, blocks| blocks);
}

impl Lanes for Avx2 {
    operations!(Avx2, u8x32, u16x16, i16x16, __m256i:
        _mm256_mulhrs_epi16, _mm256_packus_epi16, _mm256_shuffle_epi8, _mm256_avg_epu16);

    #[inline(always)]
    fn widen(self, bytes: &[u8]) -> Self::u16s {
        kernel!(
            #[inline(always)]
            fn widen(level: Avx2, bytes: __m128i) -> u16x16<Avx2> {
                _mm256_cvtepu8_epi16(bytes).simd_into(level)
            }
        );
        match bytes.first_chunk() {
            Some(block) => widen(self, u8x16::load_array(self, *block).into()),
            None => Self::u16s::splat(self, 0),
        }
    }

    #[inline(always)]
    fn store_upper(self, words: Self::u16s, bytes: &mut [u8]) {
        kernel!(
            #[inline(always)]
            fn upper(level: Avx2, words: __m256i) -> u8x32<Avx2> {
                let words = _mm256_srli_epi16::<8>(words);
                let packed = _mm256_packus_epi16(words, words);
                _mm256_permute4x64_epi64::<0b1000>(packed).simd_into(level)
            }
        );
        let packed = upper(self, words.into()).to_array();
        bytes[..16].copy_from_slice(&packed[..16]);
    }

    #[inline(always)]
    fn interleave_four(self, [a, b, c, d]: [Self::u8s; 4]) -> [Self::u8s; 4] {
        kernel!(
            #[inline(always)]
            fn interleave(
                level: Avx2,
                a: __m256i,
                b: __m256i,
                c: __m256i,
                d: __m256i,
            ) -> [u8x32<Avx2>; 4] {
                let (front, back) = (_mm256_unpacklo_epi8(a, b), _mm256_unpacklo_epi8(c, d));
                let first = _mm256_unpacklo_epi16(front, back);
                let second = _mm256_unpackhi_epi16(front, back);
                let (front, back) = (_mm256_unpackhi_epi8(a, b), _mm256_unpackhi_epi8(c, d));
                let third = _mm256_unpacklo_epi16(front, back);
                let fourth = _mm256_unpackhi_epi16(front, back);
                [
                    _mm256_permute2x128_si256::<0x20>(first, second).simd_into(level),
                    _mm256_permute2x128_si256::<0x20>(third, fourth).simd_into(level),
                    _mm256_permute2x128_si256::<0x31>(first, second).simd_into(level),
                    _mm256_permute2x128_si256::<0x31>(third, fourth).simd_into(level),
                ]
            }
        );
        interleave(self, a.into(), b.into(), c.into(), d.into())
    }

    threes!(u8x32, avx2_shuffle, avx2_blend, avx2_regroup, avx2_ungroup);
}

impl Lanes for Avx512 {
    operations!(Avx512, u8x64, u16x32, i16x32, __m512i:
        _mm512_mulhrs_epi16, _mm512_packus_epi16, _mm512_shuffle_epi8, _mm512_avg_epu16);

    #[inline(always)]
    fn widen(self, bytes: &[u8]) -> Self::u16s {
        kernel!(
            #[inline(always)]
            fn widen(level: Avx512, bytes: __m256i) -> u16x32<Avx512> {
                _mm512_cvtepu8_epi16(bytes).simd_into(level)
            }
        );
        match bytes.first_chunk() {
            Some(block) => widen(self, u8x32::load_array(self, *block).into()),
            None => Self::u16s::splat(self, 0),
        }
    }

    #[inline(always)]
    fn store_upper(self, words: Self::u16s, bytes: &mut [u8]) {
        kernel!(
            #[inline(always)]
            fn upper(level: Avx512, words: __m512i) -> u8x32<Avx512> {
                _mm512_cvtepi16_epi8(_mm512_srli_epi16::<8>(words)).simd_into(level)
            }
        );
        upper(self, words.into()).store_slice(&mut bytes[..32]);
    }

    #[inline(always)]
    fn interleave_four(self, components: [Self::u8s; 4]) -> [Self::u8s; 4] {
        interleaved_fours(self, components, const { fours(false) })
    }

    #[inline(always)]
    fn quads(self, packed: [Self::u8s; 4]) -> [Self::u8s; 4] {
        interleaved_fours(self, packed, const { fours(true) })
    }

    #[inline(always)]
    fn separate_pairs(self, [a, b, c, d]: [Self::u16s; 4]) -> [Self::u16s; 4] {
        kernel!(
            #[inline(always)]
            fn separate(
                level: Avx512,
                a: __m512i,
                b: __m512i,
                c: __m512i,
                d: __m512i,
                table: __m512i,
            ) -> [u16x32<Avx512>; 4] {
                let a = _mm512_permutexvar_epi8(table, a);
                let b = _mm512_permutexvar_epi8(table, b);
                let c = _mm512_permutexvar_epi8(table, c);
                let d = _mm512_permutexvar_epi8(table, d);
                let front_low = _mm512_shuffle_i32x4::<0b01_00_01_00>(a, b);
                let front_high = _mm512_shuffle_i32x4::<0b01_00_01_00>(c, d);
                let back_low = _mm512_shuffle_i32x4::<0b11_10_11_10>(a, b);
                let back_high = _mm512_shuffle_i32x4::<0b11_10_11_10>(c, d);
                [
                    _mm512_shuffle_i32x4::<0b10_00_10_00>(front_low, front_high).simd_into(level),
                    _mm512_shuffle_i32x4::<0b11_01_11_01>(front_low, front_high).simd_into(level),
                    _mm512_shuffle_i32x4::<0b10_00_10_00>(back_low, back_high).simd_into(level),
                    _mm512_shuffle_i32x4::<0b11_01_11_01>(back_low, back_high).simd_into(level),
                ]
            }
        );
        let table = u8x64::load_array(self, const { halved_pairs() });
        separate(self, a.into(), b.into(), c.into(), d.into(), table.into())
    }

    #[inline(always)]
    fn triplets(self, packed: [Self::u8s; 3]) -> [Self::u8s; 3] {
        let table = const { [spread(0, 64), spread(1, 64), spread(2, 64)] };
        shares::<1>(self, permuted(self, packed, table))
    }

    #[inline(always)]
    fn interleave_three<const SIZE: usize>(self, components: [Self::u8s; 3]) -> [Self::u8s; 3] {
        let table = const { [scatter(0, 64, SIZE), scatter(1, 64, SIZE), scatter(2, 64, SIZE)] };
        shares::<SIZE>(self, permuted(self, components, table))
    }

    #[inline(always)]
    fn separate_three<const SIZE: usize>(self, pixels: [Self::u8s; 3]) -> [Self::u8s; 3] {
        // Which bytes of which vector are of a component: `shares` the other way round.
        let [a, b, c] = pixels;
        let [first, second, third] = masks::<SIZE>(self);
        let components = match SIZE {
            1 => [
                (a & first) | (b & third) | (c & second),
                (a & second) | (b & first) | (c & third),
                (a & third) | (b & second) | (c & first),
            ],
            _ => [
                (a & first) | (b & second) | (c & third),
                (a & second) | (b & third) | (c & first),
                (a & third) | (b & first) | (c & second),
            ],
        };
        let table = const { [gather(0, 64, SIZE), gather(1, 64, SIZE), gather(2, 64, SIZE)] };
        permuted(self, components, table)
    }
}
