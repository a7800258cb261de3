//! Huffman tables: ITU-T T.81, annex C and F.2.2.3.

use rushes_core::{Error, Result};

use super::bits::{Bits, extend};

/// Codes up to this length are found in one step.
const FAST_BITS: u32 = 10;

/// A Huffman table, made to be looked up.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// By the next bits: length and symbol of the code; length 0 for longer ones.
    symbols: Box<[(u8, u8); 1 << FAST_BITS]>,
    /// By the next bits, where code and coefficient fit into them.
    coefficients: Box<[Coefficient; 1 << FAST_BITS]>,
    /// By length: the first code behind those of this length, at the top of 16 bits.
    limits: [u32; 17],
    /// By length: what a code is less than the index of its symbol.
    offsets: [i32; 17],
    values: Vec<u8>,
}

/// A coefficient with the run in front of it, and how many bits tell it; 0 where the bits are no whole coefficient.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Coefficient {
    pub(super) value: i16,
    pub(super) run: u8,
    length: u8,
}

impl Table {
    /// The table of the code lengths' counts (`BITS`) and the symbols (`HUFFVAL`).
    pub(super) fn new(counts: &[u8; 16], values: &[u8]) -> Result<Self> {
        let mut table = Self {
            symbols: Box::new([(0, 0); 1 << FAST_BITS]),
            coefficients: Box::new([Coefficient::default(); 1 << FAST_BITS]),
            limits: [0; 17],
            offsets: [0; 17],
            values: values.to_vec(),
        };
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            let first = index;
            table.offsets[length as usize] = i32::try_from(first).unwrap_or(0) - code.cast_signed();
            for symbol in values.iter().skip(first).take(usize::from(*count)) {
                table.enter(code, length, *symbol);
                code += 1;
                index += 1;
            }
            if code > 1 << length {
                return Err(Error::malformed("a Huffman table with more codes than there are"));
            }
            table.limits[length as usize] = code << (16 - length);
            code <<= 1;
        }
        Ok(table)
    }

    /// Fills in all that starts with a code.
    fn enter(&mut self, code: u32, length: u32, symbol: u8) {
        if length > FAST_BITS || code >> length != 0 {
            return;
        }
        let spare = FAST_BITS - length;
        let size = u32::from(symbol & 15);
        for rest in 0..1_u32 << spare {
            let at = (code << spare | rest) as usize;
            self.symbols[at] = (u8::try_from(length).unwrap_or(0), symbol);
            if size != 0 && size <= spare {
                let value = extend(rest >> (spare - size), size);
                self.coefficients[at] = Coefficient {
                    value: i16::try_from(value).unwrap_or(0),
                    run: symbol >> 4,
                    length: u8::try_from(length + size).unwrap_or(0),
                };
            }
        }
    }

    /// Takes a symbol.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: &mut Bits<'_>) -> Result<u8> {
        if bits.available() < 16 {
            bits.refill();
        }
        let (length, symbol) = self.symbols[bits.peek(FAST_BITS) as usize];
        if length != 0 {
            bits.skip(u32::from(length));
            return Ok(symbol);
        }
        self.long_symbol(bits)
    }

    /// Takes a coefficient with its run, if all of it is in the bits of one look-up; at least 16 bits must be available.
    #[inline(always)]
    pub(super) fn coefficient(&self, bits: &mut Bits<'_>) -> Option<Coefficient> {
        let found = self.coefficients[bits.peek(FAST_BITS) as usize];
        if found.length == 0 {
            return None;
        }
        bits.skip(u32::from(found.length));
        Some(found)
    }

    #[cold]
    fn long_symbol(&self, bits: &mut Bits<'_>) -> Result<u8> {
        let next = bits.peek(16);
        for length in FAST_BITS + 1..=16 {
            if next < self.limits[length as usize] {
                let code = (next >> (16 - length)).cast_signed();
                let index = usize::try_from(code + self.offsets[length as usize]);
                let symbol = index.ok().and_then(|index| self.values.get(index));
                if let Some(symbol) = symbol {
                    bits.skip(length);
                    return Ok(*symbol);
                }
            }
        }
        Err(Error::malformed("bits that are no Huffman code"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tables;
    use super::*;

    /// Counts and symbols of a table with a code of each length.
    fn unary() -> ([u8; 16], Vec<u8>) {
        ([1; 16], (1..=16).collect())
    }

    #[test]
    fn codes_of_every_length_are_found() {
        let (counts, values) = unary();
        let table = Table::new(&counts, &values).expect("fits");
        // The code of length n is n - 1 ones and a zero.
        for length in 1..=16_u32 {
            let code = 0xffff_u16 << (16 - (length - 1)).min(15) << u32::from(length == 1);
            let data: Vec<u8> = code
                .to_be_bytes()
                .iter()
                .flat_map(|byte| match byte {
                    0xff => vec![0xff, 0],
                    byte => vec![*byte],
                })
                .collect();
            let mut bits = Bits::new(&data, 0);
            assert_eq!(u32::from(table.symbol(&mut bits).expect("a code")), length);
        }
        let mut bits = Bits::new(&[0xff, 0, 0xff, 0], 0);
        assert!(table.symbol(&mut bits).is_err());
    }

    #[test]
    fn coefficients_are_what_their_parts_are() {
        let table = tables::standard().ac[0].clone().expect("there");
        for start in 0..=u16::MAX {
            let data = [(start >> 8) as u8, 0, 0, 0, 0, 0, 0, 0].map(|byte| byte & 0xfe);
            let mut whole = Bits::new(&data, 0);
            let mut parts = whole.clone();
            whole.refill();
            if let Some(found) = table.coefficient(&mut whole) {
                let symbol = table.symbol(&mut parts).expect("a code");
                assert_eq!(found.run, symbol >> 4);
                assert_eq!(i32::from(found.value), parts.signed(u32::from(symbol & 15)));
            }
        }
    }

    #[test]
    fn too_many_codes_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(Table::new(&counts, &[1, 2, 3]).is_err());
    }
}
