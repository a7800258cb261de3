//! Frame headers (RFC 9639, 9.1).

use crate::checksum;

/// What the header of a frame says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct FrameHeader {
    /// The number counts samples, else frames.
    pub(super) counts_samples: bool,
    /// Samples of the frame in each channel.
    pub(crate) block_size: u32,
    /// `None` where the stream information says it.
    pub(super) sample_rate: Option<u32>,
    pub(super) channels: u8,
    /// Bits of a sample; `None` where the stream information says it.
    pub(super) bits: Option<u8>,
    pub(super) number: u64,
    /// Bytes of the header, checksum included.
    pub(super) length: usize,
}

impl FrameHeader {
    /// Bytes of the longest header.
    pub(super) const SIZE: usize = 16;

    /// Reads the header at the start of `bytes`; `None` where there is none, or its checksum is wrong.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, blocking @ (0xf8 | 0xf9), sizes, format, rest @ ..] = bytes else { return None };
        // The last bit is reserved, in a way that keeps the code from looking like a header.
        if format & 1 != 0 {
            return None;
        }
        let counts_samples = *blocking == 0xf9;
        let (number, rest) = coded_number(rest)?;
        if !counts_samples && number > u64::from(u32::MAX >> 1) {
            return None;
        }
        let (block_size, rest) = match sizes >> 4 {
            0 => return None,
            1 => (192, rest),
            code @ 2..=5 => (144 << code, rest),
            6 => (u32::from(*rest.first()?) + 1, rest.get(1..)?),
            7 => {
                let (size, rest) = rest.split_first_chunk()?;
                (u32::from(u16::from_be_bytes(*size)) + 1, rest)
            }
            code => (1 << code, rest),
        };
        let (sample_rate, rest) = sample_rate(sizes & 0x0f, rest)?;
        let channels = match format >> 4 {
            code @ 0..=7 => code + 1,
            8..=10 => 2,
            _ => return None,
        };
        let bits = match format >> 1 & 7 {
            0 => None,
            1 => Some(8),
            2 => Some(12),
            4 => Some(16),
            5 => Some(20),
            6 => Some(24),
            7 => Some(32),
            _ => return None,
        };
        rest.first()?;
        let length = bytes.len() - rest.len() + 1;
        let fits = block_size <= 65_535 && checksum::crc8(&bytes[..length]) == 0;
        let header =
            Self { counts_samples, block_size, sample_rate, channels, bits, number, length };
        fits.then_some(header)
    }

    /// True for the header of a frame of the same format.
    pub(super) const fn is_like(&self, other: &Self) -> bool {
        self.counts_samples == other.counts_samples
            && self.channels == other.channels
            && same(self.sample_rate, other.sample_rate)
            && match (self.bits, other.bits) {
                (Some(bits), Some(other)) => bits == other,
                (None, None) => true,
                _ => false,
            }
    }

    /// The number that the next frame has.
    pub(super) fn next_number(&self) -> u64 {
        self.number + if self.counts_samples { u64::from(self.block_size) } else { 1 }
    }
}

const fn same(rate: Option<u32>, other: Option<u32>) -> bool {
    match (rate, other) {
        (Some(rate), Some(other)) => rate == other,
        (None, None) => true,
        _ => false,
    }
}

/// A number coded like a character of UTF-8, of up to 36 bits.
fn coded_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let ones = usize::try_from(first.leading_ones()).ok()?;
    if ones == 0 {
        return Some((u64::from(*first), rest));
    }
    if ones == 1 || ones == 8 {
        return None;
    }
    let (more, rest) = rest.split_at_checked(ones - 1)?;
    let mut number = u64::from(first & 0x7f_u8.checked_shr(first.leading_ones()).unwrap_or(0));
    for byte in more {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        number = number << 6 | u64::from(byte & 0x3f);
    }
    Some((number, rest))
}

fn sample_rate(code: u8, rest: &[u8]) -> Option<(Option<u32>, &[u8])> {
    const RATES: [u32; 11] =
        [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
    let pair = || {
        let (rate, rest) = rest.split_first_chunk()?;
        Some((u32::from(u16::from_be_bytes(*rate)), rest))
    };
    let (rate, rest) = match code {
        0 => return Some((None, rest)),
        1..=11 => (RATES[usize::from(code) - 1], rest),
        12 => (u32::from(*rest.first()?) * 1000, rest.get(1..)?),
        13 => pair()?,
        14 => pair().map(|(rate, rest)| (rate * 10, rest))?,
        _ => return None,
    };
    (rate > 0).then_some((Some(rate), rest))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// A header with its checksum.
    pub(crate) fn header(number: u32, block_size: u16) -> Vec<u8> {
        let mut bytes = vec![0xff, 0xf8, 0x79, 0x08];
        bytes.extend(char::from_u32(number).expect("a character").to_string().as_bytes());
        bytes.extend((block_size - 1).to_be_bytes());
        bytes.push(checksum::crc8(&bytes));
        bytes
    }

    /// A frame with its checksums, whose body repeats a byte.
    pub(crate) fn frame(number: u32, block_size: u16, body: usize) -> Vec<u8> {
        let mut bytes = header(number, block_size);
        bytes.resize(bytes.len() + body, number.to_le_bytes()[0] | 0x40);
        bytes.extend(checksum::crc16(0, &bytes).to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_whole_or_not_at_all() {
        let bytes = testing::header(300, 4608);
        let header = FrameHeader::read(&bytes).expect("valid");
        assert_eq!((header.number, header.block_size, header.channels), (300, 4608, 1));
        assert_eq!((header.sample_rate, header.bits), (Some(44_100), Some(16)));
        assert_eq!(header.length, bytes.len());
        for cut in 0..bytes.len() {
            assert_eq!(FrameHeader::read(&bytes[..cut]), None, "{cut}");
        }
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(FrameHeader::read(&damaged), None, "{at}");
        }
    }

    #[test]
    fn numbers_have_up_to_36_bits() {
        let check = |bytes: &[u8], expected: Option<u64>| {
            assert_eq!(coded_number(bytes).map(|(number, _)| number), expected, "{bytes:02x?}");
        };
        check(&[0x7f], Some(0x7f));
        check(&[0xc2, 0x80], Some(0x80));
        check(&[0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf], Some((1 << 36) - 1));
        check(&[0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf], Some((1 << 31) - 1));
        check(&[0x80], None);
        check(&[0xff; 8], None);
        check(&[0xc2, 0x40], None);
        check(&[0xc2], None);
        check(&[], None);
    }
}
