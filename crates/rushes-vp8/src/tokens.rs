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

/// Which blocks above or beside have coefficients: four of luma, two of U, two of V, and that of the second order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TokenContext([u8; 9]);

/// Place of the second order.
const SECOND_PLACE: usize = 8;

impl TokenContext {
    /// Behind a macroblock without coefficients.
    pub(crate) fn skip(&mut self, macroblock: &Macroblock) {
        let second = if macroblock.has_second_order() { 0 } else { self.0[SECOND_PLACE] };
        *self = Self([0, 0, 0, 0, 0, 0, 0, 0, second]);
    }
}

/// Places of the blocks of luma, U and V in the contexts above and to the left.
const PLACES: [(u8, u8); 24] = {
    let mut places = [(0, 0); 24];
    let mut index = 0;
    while index < 16 {
        places[index as usize] = (index % 4, index / 4);
        index += 1;
    }
    while index < 24 {
        let plane = 4 + (index - 16) / 4 * 2;
        places[index as usize] = (plane + index % 2, plane + index % 4 / 2);
        index += 1;
    }
    places
};

/// Reads the coefficients of a macroblock into the blocks of its row, of which `used` are in use.
#[expect(clippy::too_many_arguments, reason = "all that coefficients depend on")]
#[inline(always)]
pub(crate) fn read(
    data: &mut BoolDecoder<'_>,
    probabilities: &Expanded,
    quantizers: &Quantizers,
    TokenContext(above): &mut TokenContext,
    TokenContext(left): &mut TokenContext,
    macroblock: &mut Macroblock,
    blocks: &mut [Block],
    used: &mut usize,
) {
    let mut local = *data;
    let mut found = false;
    let mut firsts = [0; 16];
    let mut first = 0;
    let mut kind = LUMA;
    if macroblock.has_second_order() {
        (first, kind) = (1, LUMA_BEHIND_SECOND);
        let mut block = [0; 16];
        let context = above[SECOND_PLACE] + left[SECOND_PLACE];
        let places = &probabilities[SECOND];
        let end = read_block(&mut local, places, context, 0, quantizers.second, &mut block);
        found = end > 0;
        above[SECOND_PLACE] = u8::from(found);
        left[SECOND_PLACE] = u8::from(found);
        if found {
            firsts = inverse_walsh_hadamard(&block);
        }
    }
    let mut residuals = [Residual::default(); 2];
    let parts = [(0..16, kind, first, quantizers.luma), (16..24, CHROMA, 0, quantizers.chroma)];
    for (residual, (indices, kind, first, quantizers)) in residuals.iter_mut().zip(parts) {
        let start = *used;
        let places = &probabilities[kind];
        // In registers: what is put together from parts in memory is slow to read at once.
        let (mut any, mut full) = (0_u16, 0_u16);
        let mut bit = 1;
        for index in indices {
            let (over, beside) = PLACES[index];
            let (above, left) = (&mut above[usize::from(over)], &mut left[usize::from(beside)]);
            let block = &mut blocks[*used];
            let end = read_block(&mut local, places, *above + *left, first, quantizers, block);
            (*above, *left) = (u8::from(end > 0), u8::from(end > 0));
            found |= end > 0;
            if first == 1 {
                block[0] = firsts[index];
            }
            if end > 1 || block[0] != 0 {
                *used += 1;
                any |= bit;
                full |= if end > 1 { bit } else { 0 };
            }
            bit <<= 1;
        }
        *residual = Residual { start, any, full };
    }
    [macroblock.luma_residual, macroblock.chroma_residual] = residuals;
    macroblock.skip = !found;
    *data = local;
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
#[inline(always)]
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
