//! Bits and Exp-Golomb codes of an RBSP: ITU-T H.264, 7.2 and 9.1.

use crate::{Error, Result};

/// Reads an RBSP from its first bit on. Nothing can be read beyond the end.
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> BitReader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bits that are left, trailing ones included.
    pub const fn remaining(&self) -> usize {
        (self.bytes.len() * 8).saturating_sub(self.position)
    }

    pub fn flag(&mut self) -> Result<bool> {
        let byte = self.bytes.get(self.position / 8).ok_or_else(ends_early)?;
        let bit = byte >> (7 - self.position % 8) & 1;
        self.position += 1;
        Ok(bit == 1)
    }

    /// `u(count)`, at most 32 bits.
    pub fn bits(&mut self, count: u32) -> Result<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.flag()?);
        }
        Ok(value)
    }

    /// `u(8)`.
    pub fn byte(&mut self) -> Result<u8> {
        let mut value = 0;
        for _ in 0..8 {
            value = value << 1 | u8::from(self.flag()?);
        }
        Ok(value)
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        if count > self.remaining() {
            return Err(ends_early());
        }
        self.position += count;
        Ok(())
    }

    /// `ue(v)`.
    pub fn unsigned(&mut self) -> Result<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
            if zeros > 31 {
                return Err(Error::malformed("an Exp-Golomb code is longer than 32 bits"));
            }
        }
        // At most 2^32 - 2: one bit less than the prefix leaves room for.
        let suffix = self.bits(zeros)?;
        Ok((1_u32 << zeros) - 1 + suffix)
    }

    /// `ue(v)` of at most `max`, where `name` is the syntax element.
    pub fn unsigned_up_to(&mut self, max: u32, name: &str) -> Result<u32> {
        let value = self.unsigned()?;
        if value > max {
            return Err(Error::malformed(format!("{name} is {value}, at most {max} is allowed")));
        }
        Ok(value)
    }

    /// `ue(v)` of at most `max`, which fits a byte.
    pub fn small(&mut self, max: u8, name: &str) -> Result<u8> {
        let value = self.unsigned_up_to(u32::from(max), name)?;
        // The check above leaves nothing that does not fit.
        Ok(u8::try_from(value).unwrap_or(max))
    }

    /// `se(v)`.
    pub fn signed(&mut self) -> Result<i32> {
        let code = i64::from(self.unsigned()?);
        let value = if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) };
        i32::try_from(value).map_err(|_| Error::malformed("a signed Exp-Golomb code is too large"))
    }
}

fn ends_early() -> Error {
    Error::malformed("the NAL unit ends early")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_the_standard_lists_them() {
        // 1, 010, 011, 00100, 00101, then the stop bit.
        let bytes = [0b1010_0110, 0b0100_0010, 0b1100_0000];
        let mut reader = BitReader::new(&bytes);
        for expected in 0..5 {
            assert_eq!(reader.unsigned().ok(), Some(expected));
        }

        let mut reader = BitReader::new(&bytes);
        let signed: Vec<_> = (0..5).filter_map(|_| reader.signed().ok()).collect();
        assert_eq!(signed, [0, 1, -1, 2, -2]);
    }

    #[test]
    fn the_end_and_endless_codes_are_errors() {
        assert!(BitReader::new(&[]).flag().is_err());
        assert!(BitReader::new(&[0; 3]).unsigned().is_err());
        assert!(BitReader::new(&[0; 9]).unsigned().is_err());
        assert!(BitReader::new(&[0xff]).bits(9).is_err());
    }

    #[test]
    fn the_largest_codes_fit() {
        let bytes = [0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(BitReader::new(&bytes).unsigned().ok(), Some(u32::MAX - 1));
        assert_eq!(BitReader::new(&bytes).signed().ok(), Some(-i32::MAX));
    }
}
