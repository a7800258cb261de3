//! The bits of entropy-coded data: ITU-T T.81, B.1.1.5 and F.2.2.5.

/// Reads bits from the most significant on, up to the next marker. Behind that there are zeros without end, which
/// [`is_overrun`](Self::is_overrun) tells from real ones.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    position: usize,
    /// The next bits, at the top. Below the first `count` there may be bits that come later, which refilling repeats.
    window: u64,
    count: u32,
    /// Zeros of our own, behind all other bits.
    padding: u32,
}

impl<'a> Bits<'a> {
    /// Starts with the byte at `position`.
    pub(super) const fn new(data: &'a [u8], position: usize) -> Self {
        Self { data, position, window: 0, count: 0, padding: 0 }
    }

    /// Makes at least 56 bits available.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        if let Some(bytes) = self.data.get(self.position..).and_then(<[u8]>::first_chunk::<8>) {
            let next = u64::from_be_bytes(*bytes);
            // A byte of ones is a byte of zeros in the complement: the highest bit of one that borrows.
            let zeros = !next;
            let ones = zeros.wrapping_sub(0x0101_0101_0101_0101) & next & 0x8080_8080_8080_8080;
            if ones == 0 {
                self.window |= next >> self.count;
                self.position += ((63 - self.count) >> 3) as usize;
                self.count |= 56;
                return;
            }
        }
        self.refill_bytewise();
    }

    #[cold]
    #[inline(never)]
    fn refill_bytewise(&mut self) {
        while self.count <= 56 {
            let byte = match self.data.get(self.position..) {
                Some([0xff, 0, ..]) => {
                    self.position += 2;
                    0xff
                }
                // A marker, or the end.
                Some([0xff, ..] | []) | None => {
                    self.padding += 8;
                    0
                }
                Some([byte, ..]) => {
                    self.position += 1;
                    *byte
                }
            };
            self.window |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// Bits that can be taken before the next [`refill`](Self::refill).
    #[inline(always)]
    pub(super) const fn available(&self) -> u32 {
        self.count
    }

    /// The next `count` bits, 1 to 16, of which all are available.
    #[expect(clippy::cast_possible_truncation, reason = "count is 16 at most")]
    #[inline(always)]
    pub(super) const fn peek(&self, count: u32) -> u32 {
        (self.window >> (64 - count)) as u32
    }

    /// Passes bits that are available.
    #[inline(always)]
    pub(super) const fn skip(&mut self, count: u32) {
        self.window <<= count;
        self.count -= count;
    }

    /// The next `count` bits, 0 to 16.
    #[inline(always)]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        if self.count < count {
            self.refill();
        }
        let bits = self.peek(count);
        self.skip(count);
        bits
    }

    /// A difference or coefficient of `size` bits, 0 to 16, as `EXTEND` of F.2.2.1 makes it.
    #[inline(always)]
    pub(super) fn signed(&mut self, size: u32) -> i32 {
        extend(self.take(size), size)
    }

    /// True where bits were taken that the data do not have.
    pub(super) const fn is_overrun(&self) -> bool {
        self.padding > self.count
    }

    /// Goes on behind the restart marker that ends this stretch of data; false where another marker or the end comes
    /// first. Whatever is left in front of it is passed.
    pub(super) fn restart(&mut self) -> bool {
        // What is in the window was no marker, so that the search need not go back.
        let found = next_marker(self.data, self.position);
        let Some((position, 0xd0..=0xd7)) = found else { return false };
        *self = Self::new(self.data, position + 2);
        true
    }

    /// Where the marker behind the data starts, or the end of all data.
    pub(super) fn end(&self) -> usize {
        let mut from = self.position;
        while let Some((position, marker)) = next_marker(self.data, from) {
            // Restart markers that nothing announced belong to the data.
            if !matches!(marker, 0xd0..=0xd7) {
                return position;
            }
            from = position + 2;
        }
        self.data.len()
    }
}

/// The marker at or behind `from`: where its last byte of ones is, and its code.
pub(super) fn next_marker(data: &[u8], from: usize) -> Option<(usize, u8)> {
    let mut pairs = data.get(from..)?.windows(2).enumerate();
    pairs.find_map(|(at, pair)| match pair {
        [0xff, code @ 0x01..=0xfe] => Some((from + at, *code)),
        _ => None,
    })
}

/// The value that `size` bits stand for: half of them negative.
#[inline(always)]
pub(super) const fn extend(bits: u32, size: u32) -> i32 {
    let value = bits.cast_signed();
    if size == 0 || bits >> (size - 1) == 1 { value } else { value - (1 << size) + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_goes_and_markers_stop() {
        let data = [0x12, 0xff, 0x00, 0x34, 0xff, 0xd3, 0x56, 0xff, 0xd9];
        let mut bits = Bits::new(&data, 0);
        assert_eq!(bits.take(16), 0x12ff);
        assert_eq!(bits.take(8), 0x34);
        assert!(!bits.is_overrun());
        assert_eq!(bits.take(1), 0);
        assert!(bits.is_overrun());
        assert_eq!(bits.end(), 7);
        assert!(bits.restart());
        assert_eq!(bits.take(8), 0x56);
        assert!(!bits.restart());
        assert_eq!(bits.end(), 7);
    }

    #[test]
    fn both_ways_of_refilling_agree() {
        let mut data: Vec<u8> = (0..200_u8).collect();
        data.extend([0xff, 0x00, 0xff, 0x00, 7, 8, 9, 0xff, 0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        let mut plain = data.clone();
        while let Some(at) = plain.windows(2).position(|pair| pair == [0xff, 0x00]) {
            plain.remove(at + 1);
        }
        let expected: Vec<bool> = plain
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
            .collect();
        for step in 1..=16 {
            let mut bits = Bits::new(&data, 0);
            for chunk in expected.chunks_exact(step) {
                let value = chunk.iter().fold(0, |value, bit| value << 1 | u32::from(*bit));
                assert_eq!(bits.take(u32::try_from(step).expect("small")), value);
            }
            assert!(!bits.is_overrun());
        }
    }

    #[test]
    fn half_of_the_values_are_negative() {
        for (bits, size, expected) in
            [(0, 0, 0), (0, 1, -1), (1, 1, 1), (0, 3, -7), (3, 3, -4), (4, 3, 4), (7, 3, 7)]
        {
            assert_eq!(extend(bits, size), expected);
        }
    }
}
