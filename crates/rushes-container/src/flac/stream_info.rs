//! The stream information block (RFC 9639, 8.2), and the private data that holds it.

use rushes_core::{AudioParameters, ChannelLayout, SampleFormat};

use super::header::FrameHeader;

/// What stands in front of the metadata blocks.
pub(crate) const MARKER: &[u8; 4] = b"fLaC";

/// Type and length of a stream information block that is the last.
const ALONE: [u8; 4] = [0x80, 0, 0, 34];

/// What is true of the whole stream; zero stands for "unknown" in sizes of frames and in the number of samples.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct StreamInfo {
    pub(super) min_block: u16,
    pub(super) max_block: u16,
    pub(super) min_frame: u32,
    pub(super) max_frame: u32,
    pub(crate) sample_rate: u32,
    pub(crate) channels: u8,
    pub(crate) bits: u8,
    pub(super) samples: u64,
    pub(super) md5: [u8; 16],
}

impl StreamInfo {
    /// Bytes of the block behind its header.
    pub(crate) const SIZE: usize = 34;

    /// Reads the block; `None` where it is cut off, or says that there are no samples in a second.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<{ Self::SIZE }>()?;
        let [
            a0,
            a1,
            b0,
            b1,
            c0,
            c1,
            c2,
            d0,
            d1,
            d2,
            packed @ ..,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] = *bytes;
        // 20 bits of rate, 3 of channels, 5 of bits, 36 of samples.
        let packed = u64::from_be_bytes(packed);
        let (_, md5) = bytes.split_last_chunk()?;
        let field = |shift: u32, bits: u32| {
            u32::try_from(packed >> shift & ((1 << bits) - 1)).unwrap_or_default()
        };
        let info = Self {
            min_block: u16::from_be_bytes([a0, a1]),
            max_block: u16::from_be_bytes([b0, b1]),
            min_frame: u32::from_be_bytes([0, c0, c1, c2]),
            max_frame: u32::from_be_bytes([0, d0, d1, d2]),
            sample_rate: field(44, 20),
            channels: field(41, 3).to_le_bytes()[0] + 1,
            bits: field(36, 5).to_le_bytes()[0] + 1,
            samples: packed & ((1 << 36) - 1),
            md5: *md5,
        };
        (info.sample_rate > 0).then_some(info)
    }

    /// The block in private data, which is the marker and metadata blocks.
    pub(crate) fn of_private(private: &[u8]) -> Option<Self> {
        let mut rest = private.strip_prefix(MARKER)?;
        loop {
            let ([kind, length @ ..], behind) = rest.split_first_chunk::<4>()?;
            let [high, middle, low] = *length;
            let length = usize::try_from(u32::from_be_bytes([0, high, middle, low])).ok()?;
            let (body, behind) = behind.split_at_checked(length)?;
            if kind & 0x7f == 0 {
                return Self::read(body);
            }
            rest = behind;
        }
    }

    /// What a frame says of the stream, where nobody else does.
    pub(super) fn of_frame(header: &FrameHeader) -> Option<Self> {
        let block = u16::try_from(header.block_size).ok()?;
        Some(Self {
            min_block: if header.counts_samples { 16 } else { block },
            max_block: if header.counts_samples { u16::MAX } else { block },
            sample_rate: header.sample_rate?,
            channels: header.channels,
            bits: header.bits?,
            ..Self::default()
        })
    }

    /// The body of the block.
    pub(crate) fn write(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[..2].copy_from_slice(&self.min_block.to_be_bytes());
        bytes[2..4].copy_from_slice(&self.max_block.to_be_bytes());
        bytes[4..7].copy_from_slice(&self.min_frame.to_be_bytes()[1..]);
        bytes[7..10].copy_from_slice(&self.max_frame.to_be_bytes()[1..]);
        let packed = u64::from(self.sample_rate) << 44
            | u64::from(self.channels.wrapping_sub(1) & 7) << 41
            | u64::from(self.bits.wrapping_sub(1) & 31) << 36
            | self.samples & ((1 << 36) - 1);
        bytes[10..18].copy_from_slice(&packed.to_be_bytes());
        bytes[18..].copy_from_slice(&self.md5);
        bytes
    }

    /// The private data of a track: the marker and this block.
    pub(crate) fn private(&self) -> Vec<u8> {
        [&MARKER[..], &ALONE, &self.write()].concat()
    }

    /// The speakers of a layout, where they are others than a reader would take.
    pub(crate) fn mask_to_say(&self, layout: ChannelLayout) -> Option<u32> {
        let usual = layout == default_layout(u16::from(self.channels));
        Some(layout.mask()).filter(|mask| *mask != 0 && !usual)
    }

    /// The parameters of a track, whose channels may be elsewhere than usual.
    pub(crate) fn parameters(&self, mask: Option<u32>) -> AudioParameters {
        let channels = u16::from(self.channels);
        let mask = mask.filter(|mask| mask.count_ones() == u32::from(channels));
        let layout = mask.map_or_else(
            || default_layout(channels),
            |mask| ChannelLayout::from_mask(channels, mask),
        );
        let mut audio = AudioParameters::new(self.sample_rate, layout);
        audio.bits_per_sample = u16::from(self.bits);
        audio.sample_format =
            Some(if self.bits > 16 { SampleFormat::S32 } else { SampleFormat::S16 });
        let constant = self.min_block == self.max_block && self.max_block > 0;
        audio.frame_samples = constant.then_some(u32::from(self.max_block));
        audio
    }
}

/// The places of channels where nobody says so (RFC 9639, 9.1.3).
const fn default_layout(channels: u16) -> ChannelLayout {
    match channels {
        4 => ChannelLayout::from_mask(4, 0x33),
        5 => ChannelLayout::from_mask(5, 0x607),
        6 => ChannelLayout::SURROUND_5_1_SIDE,
        _ => ChannelLayout::default_for(channels),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info() -> StreamInfo {
        StreamInfo {
            min_block: 4096,
            max_block: 4096,
            min_frame: 14,
            max_frame: 0x01_0203,
            sample_rate: 655_350,
            channels: 8,
            bits: 32,
            samples: (1 << 36) - 1,
            md5: [7; 16],
        }
    }

    #[test]
    fn blocks_round_trip() {
        let bytes = info().write();
        assert_eq!(StreamInfo::read(&bytes), Some(info()));
        assert_eq!(StreamInfo::of_private(&info().private()), Some(info()));
        for cut in 0..bytes.len() {
            assert_eq!(StreamInfo::read(&bytes[..cut]), None);
        }
        assert_eq!(StreamInfo::read(&[0; 34]), None);
        let mut behind = b"fLaC\x04\0\0\x01x".to_vec();
        behind.extend(&info().private()[4..]);
        assert_eq!(StreamInfo::of_private(&behind), Some(info()));
        for cut in 0..behind.len() {
            assert_eq!(StreamInfo::of_private(&behind[..cut]), None);
        }
    }

    #[test]
    fn channels_may_be_elsewhere() {
        let layout = |mask| info().parameters(mask).layout.mask();
        assert_eq!(layout(None), 0x63f);
        assert_eq!(layout(Some(0xff)), 0xff);
        assert_eq!(layout(Some(3)), 0x63f);
    }
}
