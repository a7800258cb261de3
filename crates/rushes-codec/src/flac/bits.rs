//! Bits of a frame, the highest of a byte first.

/// Reads bits; beyond the end there is nothing.
#[derive(Clone, Debug)]
pub(super) struct BitReader<'a> {
    rest: &'a [u8],
    /// The next bits, from the highest on; zeros behind them.
    cache: u64,
    /// How many of them there are.
    count: u32,
}

impl<'a> BitReader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, cache: 0, count: 0 }
    }

    /// Makes at least 57 bits ready, or all that are left.
    #[inline]
    fn refill(&mut self) {
        if let Some(next) = self.rest.first_chunk::<8>() {
            self.cache |= u64::from_be_bytes(*next) >> self.count;
            let bytes = (63 - self.count) / 8;
            self.rest = &self.rest[bytes as usize..];
            self.count += bytes * 8;
            // What was taken of the next byte must not be there twice.
            self.cache &= !(u64::MAX >> 1 >> (self.count - 1));
            return;
        }
        while self.count <= 56 {
            let Some((byte, rest)) = self.rest.split_first() else { return };
            self.cache |= u64::from(*byte) << (56 - self.count);
            self.count += 8;
            self.rest = rest;
        }
    }

    /// Up to 32 bits.
    #[inline]
    pub(super) fn bits(&mut self, count: u32) -> Option<u32> {
        if self.count < count {
            self.refill();
            if self.count < count {
                return None;
            }
        }
        // Two steps, because a shift by 64 is none.
        let value = self.cache >> 32 >> (32 - count);
        self.cache <<= count;
        self.count -= count;
        u32::try_from(value).ok()
    }

    pub(super) fn flag(&mut self) -> Option<bool> {
        self.bits(1).map(|bit| bit == 1)
    }

    /// Up to 32 bits, the highest of which is the sign.
    #[inline]
    pub(super) fn signed(&mut self, count: u32) -> Option<i32> {
        if count == 0 {
            return Some(0);
        }
        let value = self.bits(count)?;
        Some((value << (32 - count)).cast_signed() >> (32 - count))
    }

    /// Up to 33 bits, the highest of which is the sign.
    #[inline]
    pub(super) fn signed_wide(&mut self, count: u32) -> Option<i64> {
        if count <= 32 {
            return self.signed(count).map(i64::from);
        }
        let high = i64::from(self.signed(count - 32)?);
        Some(high << 32 | i64::from(self.bits(32)?))
    }

    /// How many zeros are in front of the next one, which is read, too.
    #[inline]
    pub(super) fn unary(&mut self) -> Option<u32> {
        let mut zeros = 0_u32;
        loop {
            if self.cache != 0 {
                let here = self.cache.leading_zeros();
                self.cache = self.cache << here << 1;
                self.count -= here + 1;
                return zeros.checked_add(here);
            }
            zeros = zeros.checked_add(self.count)?;
            self.count = 0;
            self.refill();
            if self.count == 0 {
                return None;
            }
        }
    }

    /// A Rice code with so many low bits, up to 30, folded: 0, -1, 1, -2, …
    #[inline]
    pub(super) fn rice(&mut self, low_bits: u32) -> Option<i32> {
        if self.count < 32 {
            self.refill();
        }
        let zeros = self.cache.leading_zeros();
        let folded = if zeros + 1 + low_bits <= self.count {
            let tail = self.cache << zeros << 1;
            self.cache = tail << low_bits;
            self.count -= zeros + 1 + low_bits;
            u64::from(zeros) << low_bits | (tail >> 1 >> (63 - low_bits))
        } else {
            let high = u64::from(self.unary()?);
            high << low_bits | u64::from(self.bits(low_bits)?)
        };
        let folded = u32::try_from(folded).ok()?;
        Some((folded >> 1).cast_signed() ^ -(folded & 1).cast_signed())
    }

    /// Bytes that no bit was read of.
    pub(super) fn untouched(&self) -> usize {
        self.rest.len() + (self.count / 8) as usize
    }

    /// Skips to the next byte; false where a skipped bit is not zero.
    pub(super) fn align(&mut self) -> bool {
        let count = self.count % 8;
        self.bits(count) == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order_and_end() {
        let bytes: Vec<u8> = (0_u8..40).map(|byte| byte.wrapping_mul(77)).collect();
        let text: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
        for step in 1..=32 {
            let mut reader = BitReader::new(&bytes);
            let mut at = 0;
            while at + step <= text.len() {
                let expected = u32::from_str_radix(&text[at..at + step], 2).expect("bits");
                let step = u32::try_from(step).expect("small");
                assert_eq!(reader.bits(step), Some(expected), "{step} bits at {at}");
                at += step as usize;
            }
            assert_eq!(reader.bits(32), None);
        }
    }

    #[test]
    fn codes_are_read() {
        // 0b0001, then 70 zeros and a one, then -1 of 33 bits.
        let mut text = "0001".to_owned() + &"0".repeat(70) + "1" + &"1".repeat(33);
        text += &"0".repeat(8 - text.len() % 8);
        let bytes: Vec<u8> = (0..text.len() / 8)
            .map(|at| u8::from_str_radix(&text[at * 8..at * 8 + 8], 2).expect("bits"))
            .collect();
        let mut reader = BitReader::new(&bytes);
        assert_eq!(reader.unary(), Some(3));
        assert_eq!(reader.unary(), Some(70));
        assert_eq!(reader.signed_wide(33), Some(-1));
        assert!(reader.align());
        assert_eq!(reader.untouched(), 0);
        assert_eq!(reader.unary(), None);
    }

    #[test]
    fn rice_codes_unfold() {
        for low_bits in 0..8_u32 {
            let folded = |value: i32| ((value << 1) ^ (value >> 31)).cast_unsigned();
            let values = [0, -1, 1, -2, 5, -17, 100, -300, 3];
            let mut text = String::new();
            for value in values {
                let code = folded(value);
                text += &"0".repeat((code >> low_bits) as usize);
                text += "1";
                for bit in (0..low_bits).rev() {
                    text += if code >> bit & 1 == 1 { "1" } else { "0" };
                }
            }
            text += &"1".repeat(8 - text.len() % 8);
            let bytes: Vec<u8> = (0..text.len() / 8)
                .map(|at| u8::from_str_radix(&text[at * 8..at * 8 + 8], 2).expect("bits"))
                .collect();
            let mut reader = BitReader::new(&bytes);
            for value in values {
                assert_eq!(reader.rice(low_bits), Some(value), "{low_bits} bits");
            }
        }
    }
}
