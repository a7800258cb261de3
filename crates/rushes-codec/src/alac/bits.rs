//! Bits of a packet, the highest of a byte first, and the codes of residuals.

/// Where the mean of the magnitudes starts, how fast it follows, and the most low bits: what Apple's encoder says.
pub(super) const MEAN: u8 = 10;
pub(super) const FOLLOWS: u8 = 40;
pub(super) const MOST_LOW_BITS: u8 = 14;

/// Writes bits.
#[derive(Debug, Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    cache: u64,
    count: u32,
}

impl BitWriter {
    /// The lowest `count` bits of a value, up to 32.
    pub(super) fn put(&mut self, value: u32, count: u32) {
        let value = u64::from(value) & ((1 << count) - 1);
        self.cache = self.cache << count | value;
        self.count += count;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.cache >> self.count).to_le_bytes()[0]);
        }
    }

    /// The lowest `count` bits of a number with a sign.
    pub(super) fn put_signed(&mut self, value: i32, count: u32) {
        self.put(value.cast_unsigned(), count);
    }

    pub(super) const fn len(&self) -> usize {
        self.bytes.len() * 8 + self.count as usize
    }

    /// All bytes, the last filled up with zeros.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        self.bytes
    }

    /// Bits of another writer.
    pub(super) fn append(&mut self, other: &Self) {
        other.bytes.iter().for_each(|byte| self.put(u32::from(*byte), 8));
        let rest = other.cache & ((1 << other.count) - 1);
        self.put(u32::try_from(rest).unwrap_or(0), other.count);
    }

    /// Residuals of `bits` bits, in Golomb codes that follow their mean; zeros in runs.
    pub(super) fn put_residuals(&mut self, residuals: &[i32], bits: u32) {
        let follows = u32::from(FOLLOWS);
        let most = u32::from(MOST_LOW_BITS);
        let (mut mean, mut behind_zeros) = (u32::from(MEAN), 0);
        let mut rest = residuals;
        while let Some((residual, after)) = rest.split_first() {
            rest = after;
            // 0, -1, 1, -2, …; behind zeros there is no other zero.
            let folded = ((residual << 1) ^ (residual >> 31)).cast_unsigned();
            let low_bits = 31 - ((mean >> 9) + 3).leading_zeros();
            self.put_code(folded.wrapping_sub(behind_zeros), low_bits.min(most), bits);
            behind_zeros = 0;
            mean = if folded > 0xffff {
                0xffff
            } else {
                mean + follows * folded - ((follows * mean) >> 9)
            };
            if mean < 128 && !rest.is_empty() {
                let zeros = rest.iter().take(0xffff).take_while(|residual| **residual == 0).count();
                rest = &rest[zeros..];
                let low_bits = mean.leading_zeros() - 24 + ((mean + 16) >> 6);
                let zeros = u32::try_from(zeros).unwrap_or(0xffff);
                self.put_code(zeros, low_bits.min(most), 16);
                behind_zeros = u32::from(zeros < 0xffff);
                mean = 0;
            }
        }
    }

    /// A value in units of one less than a power of two, or as it is if it has many of them.
    fn put_code(&mut self, value: u32, low_bits: u32, bits: u32) {
        let unit = (1 << low_bits) - 1;
        let (high, low) = (value / unit, value % unit);
        if high > 8 {
            self.put(0x1ff, 9);
            self.put(value, bits);
            return;
        }
        // As many ones, and a zero.
        self.put((1 << (high + 1)) - 2, high + 1);
        match low {
            0 => self.put(0, low_bits - 1),
            low => self.put(low + 1, low_bits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_packed() {
        let mut first = BitWriter::default();
        first.put(0b101, 3);
        let mut second = BitWriter::default();
        second.put_signed(-1, 4);
        second.put(0x1_2345, 17);
        first.append(&second);
        assert_eq!(first.len(), 24);
        assert_eq!(first.finish(), [0b1011_1111, 0x23, 0x45]);
    }
}
