//! What a frame says of itself: RFC 9639, 9.1; and the stream information, 8.2.

use super::crc::crc8;

/// The header of a frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct FrameHeader {
    /// Samples of each channel.
    pub(super) block_size: u16,
    /// `None` where the stream information says it.
    pub(super) sample_rate: Option<u32>,
    pub(super) channels: Channels,
    /// Bits of a sample; `None` where the stream information says it.
    pub(super) bits: Option<u32>,
    /// Bytes of the header.
    pub(super) length: usize,
}

/// How channels are coded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Channels {
    Independent(u16),
    LeftSide,
    SideRight,
    MidSide,
}

impl Channels {
    pub(super) const fn count(self) -> u16 {
        match self {
            Self::Independent(count) => count,
            _ => 2,
        }
    }

    /// True for the channel that holds a difference, and needs a bit more.
    pub(super) const fn is_side(self, channel: usize) -> bool {
        match self {
            Self::Independent(_) => false,
            Self::LeftSide | Self::MidSide => channel == 1,
            Self::SideRight => channel == 0,
        }
    }
}

impl FrameHeader {
    /// Reads the header at the start of a frame; `None` where there is none, or its checksum is wrong.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, 0xf8 | 0xf9, sizes, format, rest @ ..] = bytes else { return None };
        // The number of the frame, coded like a character of UTF-8: packets have times.
        let (first, rest) = rest.split_first()?;
        let more = match first.leading_ones() {
            0 => 0,
            1 | 8 => return None,
            ones => ones as usize - 1,
        };
        let mut rest = rest.get(more..)?;
        let mut word = |bytes: usize| {
            let (word, behind) = rest.split_at_checked(bytes)?;
            rest = behind;
            Some(word.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)))
        };
        let block_size = match sizes >> 4 {
            0 => return None,
            1 => 192,
            code @ 2..=5 => 144 << code,
            6 => word(1)? + 1,
            7 => word(2)? + 1,
            code => 1 << code,
        };
        let sample_rate = match sizes & 0x0f {
            0 => None,
            code @ 1..=11 => Some(RATES[usize::from(code) - 1]),
            12 => Some(word(1)? * 1000),
            13 => Some(word(2)?),
            14 => Some(word(2)? * 10),
            _ => return None,
        };
        let channels = match format >> 4 {
            code @ 0..=7 => Channels::Independent(u16::from(code) + 1),
            8 => Channels::LeftSide,
            9 => Channels::SideRight,
            10 => Channels::MidSide,
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
        word(1)?;
        let length = bytes.len() - rest.len();
        let is_valid = format & 1 == 0 && sample_rate != Some(0) && crc8(&bytes[..length]) == 0;
        let block_size = u16::try_from(block_size).ok()?;
        is_valid.then_some(Self { block_size, sample_rate, channels, bits, length })
    }
}

const RATES: [u32; 11] =
    [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];

/// What the stream information says of all frames.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct StreamInfo {
    pub(super) sample_rate: u32,
    pub(super) bits: u32,
}

impl StreamInfo {
    /// Finds the block in private data, which is the marker and metadata blocks.
    pub(super) fn of_private(private: &[u8]) -> Option<Self> {
        let mut rest = private.strip_prefix(b"fLaC")?;
        loop {
            let ([kind, length @ ..], behind) = rest.split_first_chunk::<4>()?;
            let [high, middle, low] = *length;
            let length = u32::from_be_bytes([0, high, middle, low]) as usize;
            let (body, behind) = behind.split_at_checked(length)?;
            if kind & 0x7f != 0 {
                rest = behind;
                continue;
            }
            let packed = body.get(10..14)?.first_chunk::<4>()?;
            // 20 bits of rate, 3 of channels, 5 of bits.
            let packed = u32::from_be_bytes(*packed);
            return Some(Self { sample_rate: packed >> 12, bits: (packed >> 4 & 0x1f) + 1 });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.push(crc8(&bytes));
        bytes
    }

    #[test]
    fn headers_are_read() {
        let check = |bytes: &[u8], expected: Option<(u16, Option<u32>, Channels, Option<u32>)>| {
            let bytes = sealed(bytes.to_vec());
            let header = FrameHeader::read(&bytes);
            let found = header.map(|h| (h.block_size, h.sample_rate, h.channels, h.bits));
            assert_eq!(found, expected, "{bytes:02x?}");
            if let Some(header) = header {
                assert_eq!(header.length, bytes.len());
                for cut in 0..bytes.len() {
                    assert_eq!(FrameHeader::read(&bytes[..cut]), None);
                }
            }
        };
        let stereo = Channels::MidSide;
        check(&[0xff, 0xf8, 0xc9, 0xa8, 0], Some((4096, Some(44_100), stereo, Some(16))));
        check(
            &[0xff, 0xf9, 0x10, 0x70, 0xc2, 0x80],
            Some((192, None, Channels::Independent(8), None)),
        );
        check(
            &[0xff, 0xf8, 0x6c, 0x8c, 0, 99, 39],
            Some((100, Some(39_000), Channels::LeftSide, Some(24))),
        );
        check(
            &[0xff, 0xf8, 0x7e, 0x9e, 0, 0xff, 0xfe, 0x01, 0x00],
            Some((65_535, Some(2560), Channels::SideRight, Some(32))),
        );
        // Reserved codes, a block of 65,536 samples, a rate of nothing.
        check(&[0xff, 0xf8, 0x09, 0xa8, 0], None);
        check(&[0xff, 0xf8, 0xcf, 0xa8, 0], None);
        check(&[0xff, 0xf8, 0xc9, 0xb8, 0], None);
        check(&[0xff, 0xf8, 0xc9, 0xa6, 0], None);
        check(&[0xff, 0xf8, 0x79, 0xa8, 0, 0xff, 0xff], None);
        check(&[0xff, 0xf8, 0xcd, 0xa8, 0, 0, 0], None);
        assert_eq!(FrameHeader::read(&[0xff, 0xf8, 0xc9, 0xa8, 0, 1]), None);
    }

    #[test]
    fn stream_information_is_found_behind_other_blocks() {
        let mut private = b"fLaC\x01\0\0\x02ab\x80\0\0\x22".to_vec();
        private.extend([0; 10]);
        private.extend([0x0a, 0xc4, 0x42, 0xf0]);
        private.extend([0; 20]);
        let expected = StreamInfo { sample_rate: 44_100, bits: 16 };
        assert_eq!(StreamInfo::of_private(&private), Some(expected));
        for cut in 0..private.len() {
            assert_eq!(StreamInfo::of_private(&private[..cut]), None);
        }
    }
}
