//! Boolean entropy decoder: RFC 6386, 7.
//!
//! The window is 64 bits wide and filled from the left, so that most reads need no byte. Behind the end of the data come
//! zeros, as many as are asked for: callers look at [`BoolDecoder::is_exhausted`] between macroblocks.

/// Where a decoder stopped within its data.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Position {
    window: u64,
    range: u32,
    bits: i32,
    rest: usize,
    size: usize,
    padding: usize,
}

/// Reads booleans of given probabilities.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BoolDecoder<'a> {
    /// The next bits, the first of them highest.
    window: u64,
    /// 128 to 255 between reads.
    range: u32,
    /// How many bits of the window are of the data, or of the zeros behind them.
    bits: i32,
    rest: &'a [u8],
    size: usize,
    /// Bits of zeros that were put into the window.
    padding: usize,
}

impl<'a> BoolDecoder<'a> {
    /// At the start of the data.
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self { window: 0, range: 255, bits: 0, rest: data, size: data.len(), padding: 0 }
    }

    /// Where another one stopped; `data` are the same as they were there.
    pub(crate) fn resume(data: &'a [u8], at: Position) -> Self {
        let Position { window, range, bits, rest, size, padding } = at;
        let rest = data.get(data.len().saturating_sub(rest)..).unwrap_or_default();
        Self { window, range, bits, rest, size, padding }
    }

    /// For [`resume`](Self::resume).
    pub(crate) fn position(&self) -> Position {
        let Self { window, range, bits, rest, size, padding } = *self;
        Position { window, range, bits, rest: rest.len(), size, padding }
    }

    /// A boolean that is false with a probability of `probability / 256`.
    #[inline(always)]
    pub(crate) fn read(&mut self, probability: u8) -> bool {
        let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
        if self.bits < 8 {
            *self = filled(*self);
        }
        let border = u64::from(split) << 56;
        let bit = self.window >= border;
        self.range = if bit { self.range - split } else { split };
        self.window = if bit { self.window - border } else { self.window };
        // The range is not zero; said so, that needs no look.
        let shift = (self.range << 1 | 1).leading_zeros() - 23;
        self.range <<= shift;
        self.window <<= shift;
        self.bits -= shift.cast_signed();
        bit
    }

    /// A boolean of even chances.
    #[inline(always)]
    pub(crate) fn flag(&mut self) -> bool {
        self.read(128)
    }

    /// A number of so many bits.
    pub(crate) fn literal(&mut self, bits: u32) -> u8 {
        (0..bits).fold(0, |value, _| value << 1 | u8::from(self.flag()))
    }

    /// A magnitude of so many bits and its sign.
    pub(crate) fn signed(&mut self, bits: u32) -> i8 {
        let magnitude = self.literal(bits).cast_signed();
        if self.flag() { -magnitude } else { magnitude }
    }

    /// A flag, and a number behind it where the flag is set.
    pub(crate) fn optional_signed(&mut self, bits: u32) -> Option<i8> {
        self.flag().then(|| self.signed(bits))
    }

    /// Walks a tree: RFC 6386, 8.1. Positive entries lead on, others are leaves.
    #[inline(always)]
    pub(crate) fn tree(&mut self, tree: &[[i8; 2]], probabilities: &[u8]) -> usize {
        let mut node = 0;
        loop {
            let bit = self.read(probabilities[node]);
            let next = tree[node][usize::from(bit)];
            if next <= 0 {
                return usize::from(next.unsigned_abs());
            }
            node = usize::from(next.unsigned_abs());
        }
    }

    /// True if what was read cannot have been in the data: more than FFmpeg too takes as the end, which loads two bytes at
    /// a time.
    pub(crate) fn is_exhausted(&self) -> bool {
        if !self.rest.is_empty() {
            return false;
        }
        let loaded = 24 + (self.size * 8).saturating_sub(24).next_multiple_of(16);
        let held = usize::try_from(self.bits).unwrap_or(0);
        self.size * 8 + self.padding >= held + loaded - 8
    }
}

/// Fills the window of a decoder. By value, so that decoders stay in registers.
#[cold]
#[inline(never)]
fn filled(mut decoder: BoolDecoder<'_>) -> BoolDecoder<'_> {
    if let Some(next) = decoder.rest.first_chunk::<8>() {
        decoder.window |= u64::from_be_bytes(*next) >> decoder.bits;
        // Bits of a byte that does not fit whole are put there again next time.
        let bytes = (64 - decoder.bits.cast_unsigned()) / 8;
        decoder.rest = &decoder.rest[bytes as usize..];
        decoder.bits += (bytes * 8).cast_signed();
        return decoder;
    }
    while decoder.bits <= 56 {
        let byte = match decoder.rest.split_first() {
            Some((&first, rest)) => {
                decoder.rest = rest;
                first
            }
            None => {
                decoder.padding += 8;
                0
            }
        };
        decoder.window |= u64::from(byte) << (56 - decoder.bits);
        decoder.bits += 8;
    }
    decoder
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6386, 7.3.
    struct BoolEncoder {
        out: Vec<u8>,
        range: u32,
        bottom: u32,
        count: u32,
    }

    impl BoolEncoder {
        fn write(&mut self, probability: u8, bit: bool) {
            let split = 1 + (((self.range - 1) * u32::from(probability)) >> 8);
            self.bottom += if bit { split } else { 0 };
            self.range = if bit { self.range - split } else { split };
            while self.range < 128 {
                self.range <<= 1;
                self.shift();
            }
        }

        fn shift(&mut self) {
            if self.bottom >> 31 != 0 {
                self.carry();
            }
            self.bottom <<= 1;
            self.count -= 1;
            if self.count == 0 {
                self.out.push(self.bottom.to_be_bytes()[0]);
                self.bottom &= 0xff_ffff;
                self.count = 8;
            }
        }

        fn carry(&mut self) {
            for byte in self.out.iter_mut().rev() {
                *byte = byte.wrapping_add(1);
                if *byte != 0 {
                    break;
                }
            }
        }
    }

    /// Probabilities and bits that go with them, the same each time.
    fn bits() -> impl Iterator<Item = (u8, bool)> {
        let mut state = 1_u32;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [_, _, probability, value] = state.to_le_bytes();
            (probability.max(1), value >= probability)
        })
    }

    #[test]
    fn what_is_written_is_read() {
        let mut encoder = BoolEncoder { out: Vec::new(), range: 255, bottom: 0, count: 24 };
        bits().take(3000).for_each(|(probability, bit)| encoder.write(probability, bit));
        (0..32).for_each(|_| encoder.shift());
        let data = encoder.out;
        let mut decoder = BoolDecoder::new(&data);
        for (index, (probability, bit)) in bits().take(3000).enumerate() {
            assert_eq!(decoder.read(probability), bit, "bit {index}");
            assert!(!decoder.is_exhausted(), "bit {index}");
            if index % 100 == 0 {
                decoder = BoolDecoder::resume(&data, decoder.position());
            }
        }
    }

    #[test]
    fn zeros_follow_the_data() {
        for size in 0..12 {
            let data = vec![0; size];
            let mut decoder = BoolDecoder::new(&data);
            let found = (0..200).map(|_| decoder.flag()).filter(|bit| *bit).count();
            assert_eq!(found, 0);
            assert!(decoder.is_exhausted(), "{size} bytes");
        }
    }
}
