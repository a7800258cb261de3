//! Header of a frame of MPEG audio: ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; ISO/IEC 13818-3, 2.4.2.3 for half the sample
//! rates. Version 2.5, for a quarter of them, is Fraunhofer's and in no standard.

use crate::{ChannelLayout, CodecId};

/// Header of a frame of MPEG audio, layers 1 to 3. Demuxers cut streams into frames by it, decoders check packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MpegAudioHeader {
    version: Version,
    layer: u8,
    /// Kilobits per second; zero for the free format.
    kilobits: u16,
    sample_rate: u32,
    padding: bool,
    protected: bool,
    mono: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Version {
    One,
    Two,
    TwoAndHalf,
}

/// Kilobits per second by index, which counts from one: version 1 layers 1, 2, 3; other versions layer 1, layers 2 and 3.
const KILOBITS: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

impl MpegAudioHeader {
    /// Bytes of a header.
    pub const SIZE: usize = 4;

    /// Reads the header at the start of `bytes`; `None` where there is none.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let [0xff, second, third, fourth, ..] = *bytes else { return None };
        if second & 0xe0 != 0xe0 {
            return None;
        }
        let version = match second >> 3 & 3 {
            0 => Version::TwoAndHalf,
            2 => Version::Two,
            3 => Version::One,
            _ => return None,
        };
        let layer = match second >> 1 & 3 {
            0 => return None,
            code => 4 - code,
        };
        let rates = match (version, layer) {
            (Version::One, layer) => KILOBITS.get(usize::from(layer - 1))?,
            (_, 1) => &KILOBITS[3],
            _ => &KILOBITS[4],
        };
        let kilobits = match third >> 4 {
            0 => 0,
            index => *rates.get(usize::from(index - 1))?,
        };
        let sample_rate = *[44_100_u32, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
        let sample_rate = match version {
            Version::One => sample_rate,
            Version::Two => sample_rate / 2,
            Version::TwoAndHalf => sample_rate / 4,
        };
        Some(Self {
            version,
            layer,
            kilobits,
            sample_rate,
            padding: third & 2 != 0,
            protected: second & 1 == 0,
            mono: fourth >> 6 == 3,
        })
    }

    /// The codec: one for each layer.
    #[must_use]
    pub const fn codec(&self) -> CodecId {
        match self.layer {
            1 => CodecId::Mp1,
            2 => CodecId::Mp2,
            _ => CodecId::Mp3,
        }
    }

    /// 1, 2 or 3.
    #[must_use]
    pub const fn layer(&self) -> u8 {
        self.layer
    }

    /// Samples per second.
    #[must_use]
    pub const fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    /// Bits per second; `None` in the free format, where only the distance of two frames tells.
    #[must_use]
    pub const fn bit_rate(&self) -> Option<u32> {
        match self.kilobits {
            0 => None,
            kilobits => Some(kilobits as u32 * 1000),
        }
    }

    /// One channel or two.
    #[must_use]
    pub const fn layout(&self) -> ChannelLayout {
        if self.mono { ChannelLayout::MONO } else { ChannelLayout::STEREO }
    }

    /// Samples per channel that the frame decodes to.
    #[must_use]
    pub const fn samples(&self) -> u32 {
        match (self.layer, self.version) {
            (1, _) => 384,
            (2, _) | (_, Version::One) => 1152,
            _ => 576,
        }
    }

    /// Bytes of the frame, header included; `None` in the free format.
    #[must_use]
    pub const fn frame_bytes(&self) -> Option<usize> {
        let Some(bit_rate) = self.bit_rate() else { return None };
        // Frames are counted in slots, which the division must not share out.
        let slots = self.samples() / (8 * self.slot_bytes()) * bit_rate / self.sample_rate;
        Some((slots * self.slot_bytes()) as usize + self.padding_bytes())
    }

    /// Bytes that this frame is longer than others of the same bit rate.
    #[must_use]
    pub const fn padding_bytes(&self) -> usize {
        if self.padding { self.slot_bytes() as usize } else { 0 }
    }

    /// Bytes of side information behind the header and the checksum; layer 3 only.
    #[must_use]
    pub const fn side_bytes(&self) -> usize {
        match (self.version, self.mono) {
            (Version::One, false) => 32,
            (Version::One, true) | (_, false) => 17,
            _ => 9,
        }
    }

    /// True where a checksum of two bytes follows the header.
    #[must_use]
    pub const fn has_checksum(&self) -> bool {
        self.protected
    }

    /// True for frames that may be of one stream: of the same version, layer and sample rate.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        (self.version, self.layer, self.sample_rate)
            == (other.version, other.layer, other.sample_rate)
    }

    const fn slot_bytes(&self) -> u32 {
        if self.layer == 1 { 4 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_read() {
        let check = |bytes: [u8; 4], expected: Option<(u8, u32, u32, u16, u32, usize)>| {
            let found = MpegAudioHeader::read(&bytes).map(|header| {
                (
                    header.layer(),
                    header.sample_rate(),
                    header.bit_rate().unwrap_or(0),
                    header.layout().channels(),
                    header.samples(),
                    header.frame_bytes().unwrap_or(0),
                )
            });
            assert_eq!(found, expected, "{bytes:02x?}");
        };
        check([0xff, 0xfb, 0x90, 0x00], Some((3, 44_100, 128_000, 2, 1152, 417)));
        check([0xff, 0xfb, 0x92, 0xc0], Some((3, 44_100, 128_000, 1, 1152, 418)));
        check([0xff, 0xfb, 0x00, 0x00], Some((3, 44_100, 0, 2, 1152, 0)));
        // Half and a quarter of the sample rates.
        check([0xff, 0xf3, 0x18, 0xc4], Some((3, 16_000, 8000, 1, 576, 36)));
        check([0xff, 0xe3, 0x48, 0x40], Some((3, 8000, 32_000, 2, 576, 288)));
        check([0xff, 0xfd, 0xa8, 0x00], Some((2, 32_000, 192_000, 2, 1152, 864)));
        check([0xff, 0xf5, 0xc4, 0x00], Some((2, 24_000, 128_000, 2, 1152, 768)));
        // Layer 1 counts slots of four bytes.
        check([0xff, 0xff, 0xb0, 0x00], Some((1, 44_100, 352_000, 2, 384, 380)));
        check([0xff, 0xff, 0xb2, 0x00], Some((1, 44_100, 352_000, 2, 384, 384)));
        // Reserved version, layer, bit rate and sample rate; no sync.
        check([0xff, 0xeb, 0x90, 0x00], None);
        check([0xff, 0xf9, 0x90, 0x00], None);
        check([0xff, 0xfb, 0xf0, 0x00], None);
        check([0xff, 0xfb, 0x9c, 0x00], None);
        check([0xff, 0xdb, 0x90, 0x00], None);
        check([0xfe, 0xfb, 0x90, 0x00], None);
        assert_eq!(MpegAudioHeader::read(&[0xff, 0xfb, 0x90]), None);
    }

    #[test]
    fn likeness_leaves_bit_rate_and_channels_free() {
        let read = |bytes: [u8; 4]| MpegAudioHeader::read(&bytes).expect("a header");
        let first = read([0xff, 0xfb, 0x90, 0x00]);
        assert!(first.is_like(&read([0xff, 0xfa, 0xe2, 0xc4])));
        assert!(!first.is_like(&read([0xff, 0xfb, 0x94, 0x00])));
        assert!(!first.is_like(&read([0xff, 0xfd, 0x90, 0x00])));
        assert!(!first.is_like(&read([0xff, 0xf3, 0x90, 0x00])));
    }
}
