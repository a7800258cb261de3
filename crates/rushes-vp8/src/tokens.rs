//! Coefficients: RFC 6386, 13, made ready for the transforms.

use crate::bool_decoder::BoolDecoder;
use crate::dequantization::Quantizers;
use crate::kernels::scalar::inverse_walsh_hadamard;
use crate::macroblock::{Block, Macroblock, Residual};
use crate::tables::coefficients::Coefficients;

/// Probabilities of a block type by the index of the coefficient rather than its band, and one more place, which is read
/// but does not matter, behind the last.
type Places = [[[u8; 11]; 3]; 17];

/// [`Places`] of all block types.
pub(crate) type Expanded = [Places; 4];

/// Band of each coefficient: RFC 6386, 13.3.
const BANDS: [u8; 17] = [0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0];

const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// Block types: RFC 6386, 13.3.
const LUMA_BEHIND_SECOND: usize = 0;
const SECOND: usize = 1;
const CHROMA: usize = 2;
const LUMA: usize = 3;

/// Expands the probabilities of a frame.
pub(crate) fn expand(probabilities: &Coefficients, expanded: &mut Expanded) {
    for (places, bands) in expanded.iter_mut().zip(probabilities) {
        for (place, band) in places.iter_mut().zip(BANDS) {
            *place = bands[usize::from(band)];
        }
    }
}

/// Which blocks above or beside have coefficients.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenContext {
    luma: [u8; 4],
    /// Two of U, two of V.
    chroma: [u8; 4],
    second: u8,
}

impl TokenContext {
    /// Behind a macroblock without coefficients.
    pub(crate) fn skip(&mut self, macroblock: &Macroblock) {
        let second = if macroblock.has_second_order() { 0 } else { self.second };
        *self = Self { second, ..Self::default() };
    }
}

/// Reads the coefficients of a macroblock into the blocks of its row, of which `used` are in use.
pub(crate) fn read(
    data: &mut BoolDecoder<'_>,
    probabilities: &Expanded,
    quantizers: &Quantizers,
    above: &mut TokenContext,
    left: &mut TokenContext,
    macroblock: &mut Macroblock,
    blocks: &mut [Block],
    used: &mut usize,
) {
    let mut found = false;
    let mut firsts = [0; 16];
    let (first, kind) = if macroblock.has_second_order() {
        let mut block = [0; 16];
        let context = above.second + left.second;
        let end =
            read_block(data, &probabilities[SECOND], context, 0, quantizers.second, &mut block);
        above.second = u8::from(end > 0);
        left.second = above.second;
        if end > 0 {
            found = true;
            firsts = inverse_walsh_hadamard(&block);
        }
        (1, LUMA_BEHIND_SECOND)
    } else {
        (0, LUMA)
    };
    let mut residual = Residual { start: *used, any: 0, full: 0 };
    for (index, dc) in firsts.into_iter().enumerate() {
        let (above, left) = (&mut above.luma[index % 4], &mut left.luma[index / 4]);
        let block = &mut blocks[*used];
        let end =
            read_block(data, &probabilities[kind], *above + *left, first, quantizers.luma, block);
        (*above, *left) = (u8::from(end > 0), u8::from(end > 0));
        found |= end > 0;
        if first == 1 {
            block[0] = dc;
        }
        let full = end > 1;
        if full || block[0] != 0 {
            *used += 1;
            residual.any |= 1 << index;
            residual.full |= u16::from(full) << index;
        }
    }
    macroblock.luma_residual = residual;
    let mut residual = Residual { start: *used, any: 0, full: 0 };
    for index in 0..8 {
        let plane = index / 4 * 2;
        let above = &mut above.chroma[plane + index % 2];
        let left = &mut left.chroma[plane + index % 4 / 2];
        let block = &mut blocks[*used];
        let end =
            read_block(data, &probabilities[CHROMA], *above + *left, 0, quantizers.chroma, block);
        (*above, *left) = (u8::from(end > 0), u8::from(end > 0));
        found |= end > 0;
        let full = end > 1;
        if full || block[0] != 0 {
            *used += 1;
            residual.any |= 1 << index;
            residual.full |= u16::from(full) << index;
        }
    }
    macroblock.chroma_residual = residual;
    macroblock.skip = !found;
}

/// Extra bits of tokens: RFC 6386, 13.2.
const CATEGORIES: [(&[u8], i16); 4] = [
    (&[173, 148, 140], 11),
    (&[176, 155, 140, 135], 19),
    (&[180, 157, 141, 134, 130], 35),
    (&[254, 254, 243, 230, 196, 177, 153, 140, 133, 130, 129], 67),
];

/// Reads a block; returns the index behind its last token, 0 where there is none.
#[inline(always)]
fn read_block(
    data: &mut BoolDecoder<'_>,
    places: &Places,
    context: u8,
    first: usize,
    quantizers: [i16; 2],
    block: &mut Block,
) -> usize {
    let chances = &places[first][usize::from(context)];
    if !data.read(chances[0]) {
        return 0;
    }
    read_tokens(data, places, chances, first, quantizers, block)
}

/// Reads a block that has a token.
#[inline(never)]
fn read_tokens<'p>(
    data: &mut BoolDecoder<'_>,
    places: &'p Places,
    mut chances: &'p [u8; 11],
    mut index: usize,
    quantizers: [i16; 2],
    block: &mut Block,
) -> usize {
    loop {
        // Behind a zero, the block cannot end.
        while !data.read(chances[1]) {
            index += 1;
            if index == 16 {
                return 16;
            }
            chances = &places[index][0];
        }
        let value;
        let next = &places[index + 1];
        if !data.read(chances[2]) {
            value = 1;
            chances = &next[1];
        } else {
            value = read_large(data, chances);
            chances = &next[2];
        }
        let value = if data.flag() { -value } else { value };
        block[usize::from(ZIGZAG[index])] = value.wrapping_mul(quantizers[usize::from(index > 0)]);
        index += 1;
        if index == 16 || !data.read(chances[0]) {
            return index;
        }
    }
}

/// A magnitude above 1.
#[inline(always)]
fn read_large(data: &mut BoolDecoder<'_>, chances: &[u8; 11]) -> i16 {
    if !data.read(chances[3]) {
        if !data.read(chances[4]) {
            return 2;
        }
        return 3 + i16::from(data.read(chances[5]));
    }
    if !data.read(chances[6]) {
        if !data.read(chances[7]) {
            return 5 + i16::from(data.read(159));
        }
        let high = i16::from(data.read(165));
        return 7 + 2 * high + i16::from(data.read(145));
    }
    let high = usize::from(data.read(chances[8]));
    let low = usize::from(data.read(chances[9 + high]));
    let (extra, base) = CATEGORIES[2 * high + low];
    base + extra.iter().fold(0, |value, &chance| value << 1 | i16::from(data.read(chance)))
}
