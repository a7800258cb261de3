//! Headers of ADTS frames: ISO/IEC 13818-7, 6.2, and ISO/IEC 14496-3, 1.A.3.2.

use rushes_core::{Buffer, Error, Result};

use super::aac::{AacConfig, ChannelElement, RATES};

/// Samples of one `raw_data_block`.
const BLOCK_SAMPLES: u32 = 1024;
/// Bytes of the longest frame that a header can state.
const MOST_BYTES: usize = (1 << 13) - 1;

/// Header of an ADTS frame.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct AdtsHeader {
    /// MPEG-2 rather than MPEG-4.
    is_mpeg2: bool,
    has_checksum: bool,
    /// Of the audio object type, 1 to 4.
    object_type: u8,
    rate_index: u8,
    channel_config: u8,
    frame_bytes: usize,
    /// `raw_data_block`s of the frame, 1 to 4.
    blocks: u8,
}

impl AdtsHeader {
    /// Bytes of a header, without the checksum.
    pub(crate) const SIZE: usize = 7;

    /// Reads the header at the start of `bytes`; `None` where there is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [a, b, c, d, e, f, g] = *bytes.first_chunk::<7>()?;
        if a != 0xff || b & 0xf6 != 0xf0 {
            return None;
        }
        let header = Self {
            is_mpeg2: b & 8 != 0,
            has_checksum: b & 1 == 0,
            object_type: (c >> 6) + 1,
            rate_index: c >> 2 & 15,
            channel_config: (c & 1) << 2 | d >> 6,
            frame_bytes: usize::from(d & 3) << 11 | usize::from(e) << 3 | usize::from(f >> 5),
            blocks: (g & 3) + 1,
        };
        let known = usize::from(header.rate_index) < RATES.len();
        (known && header.frame_bytes >= header.header_bytes()).then_some(header)
    }

    /// True where both are of one stream.
    pub(crate) const fn is_like(&self, other: &Self) -> bool {
        self.is_mpeg2 == other.is_mpeg2
            && self.object_type == other.object_type
            && self.rate_index == other.rate_index
            && self.channel_config == other.channel_config
    }

    /// Bytes of the frame with its header.
    pub(crate) const fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Bytes in front of the first `raw_data_block`: where there are several, the offsets of all but the first belong to the checksum.
    pub(crate) const fn header_bytes(&self) -> usize {
        if self.has_checksum { Self::SIZE + self.blocks as usize * 2 } else { Self::SIZE }
    }

    /// Samples per channel and second of the core.
    pub(crate) fn sample_rate(&self) -> u32 {
        RATES.get(usize::from(self.rate_index)).copied().unwrap_or(RATES[0])
    }

    /// Samples per channel of the core.
    pub(crate) fn samples(&self) -> u32 {
        u32::from(self.blocks) * BLOCK_SAMPLES
    }

    /// Number of channels that the header tells; `None` where the frame describes them.
    pub(crate) const fn channels(&self) -> Option<u16> {
        match self.channel_config {
            0 => None,
            7 => Some(8),
            count => Some(count as u16),
        }
    }

    /// The configuration that decoders want; `None` where neither the header nor the frame describes the channels.
    pub(crate) fn config(&self, frame: &[u8]) -> Option<AacConfig> {
        let channels = match self.channel_config {
            0 => Some(ChannelElement::of_block(frame.get(self.header_bytes()..)?)?),
            _ => None,
        };
        Some(AacConfig {
            object_type: self.object_type,
            rate_index: self.rate_index,
            channel_config: self.channel_config,
            channels,
            is_short: false,
        })
    }
}

/// The header in front of a packet; `None` where the packet has none.
pub(crate) fn header_of(packet: &[u8]) -> Option<AdtsHeader> {
    // Without a header, a packet that starts so would be an end without anything in front.
    AdtsHeader::read(packet).filter(|header| header.frame_bytes == packet.len())
}

/// The packet without its ADTS header, if it has one.
pub(crate) fn without_header(packet: &Buffer) -> Result<Buffer> {
    let Some(header) = header_of(packet) else { return Ok(packet.clone()) };
    if header.blocks > 1 {
        let what = format!("an ADTS frame of {} blocks without its header", header.blocks);
        return Err(Error::unsupported(what, "frames of one block"));
    }
    Ok(Buffer::from(packet.get(header.header_bytes()..).unwrap_or_default()))
}

/// Puts headers in front of packets.
#[derive(Clone, Debug)]
pub(crate) struct AdtsWriter {
    header: [u8; 7],
    /// What each packet starts with where the header cannot describe the channels.
    element: Vec<u8>,
}

impl AdtsWriter {
    /// For packets of this configuration.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for configurations that ADTS cannot express.
    pub(crate) fn new(config: &[u8]) -> Result<Self> {
        let read = AacConfig::read(config).filter(|config| !config.is_short);
        let fits = read.filter(|config| config.channel_config < 8);
        let Some(config) = fits else {
            let what = format!("AAC of the configuration {config:02x?} in ADTS");
            let supported = "Main, LC, SSR and LTP in frames of 1024 samples, channels 1 to 7";
            return Err(Error::unsupported(what, supported));
        };
        let c = (config.object_type - 1) << 6 | config.rate_index << 2 | config.channel_config >> 2;
        let d = (config.channel_config & 3) << 6;
        Ok(Self {
            // No checksum; the fullness that means a variable rate; one block.
            header: [0xff, 0xf1, c, d, 0, 0x1f, 0xfc],
            element: config.channels.map(|channels| channels.block()).unwrap_or_default(),
        })
    }

    /// What goes in front of a packet of so many bytes.
    pub(crate) fn front(&self, packet: usize) -> Result<Vec<u8>> {
        let mut front = self.header.to_vec();
        front.extend(&self.element);
        let length = front.len().saturating_add(packet);
        let stored = u16::try_from(length).ok().filter(|_| length <= MOST_BYTES);
        let Some(stored) = stored else {
            let message = format!("{packet} bytes do not fit into one ADTS frame");
            return Err(Error::usage(message));
        };
        let [high, low] = (stored << 5).to_be_bytes();
        let [top, ..] = (stored >> 11).to_le_bytes();
        front[3] |= top & 3;
        front[4] = high;
        front[5] |= low;
        Ok(front)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(config: &[u8], payload: &[u8]) -> Vec<u8> {
        let writer = AdtsWriter::new(config).expect("fits");
        [&*writer.front(payload.len()).expect("fits"), payload].concat()
    }

    #[test]
    fn headers_round_trip() {
        let check = |config: &[u8], payload: usize| {
            let bytes = frame(config, &vec![0x21; payload]);
            let header = header_of(&bytes).expect("a header");
            assert_eq!(header.frame_bytes(), bytes.len());
            let read = header.config(&bytes).expect("described");
            assert_eq!(read.write(), config);
            let stored = without_header(&Buffer::from(bytes)).expect("one block");
            assert!(stored.ends_with(&vec![0x21; payload]));
        };
        for payload in [0, 1, 13, 249, 1000, 5000, 8184] {
            check(&[0x12, 0x10], payload);
            check(&[0x0a, 0x38], payload);
        }
        assert!(AdtsWriter::new(&[0x12, 0x10]).expect("fits").front(8185).is_err());
        for config in [&[0x12, 0x14][..], &[0xb9, 0x90], &[0x12, 0x78], &[]] {
            assert!(AdtsWriter::new(config).is_err(), "{config:02x?}");
        }
    }

    #[test]
    fn headers_read() {
        let check = |bytes: &[u8], expected: Option<(usize, usize, u32, Option<u16>)>| {
            let found = AdtsHeader::read(bytes);
            let found =
                found.map(|h| (h.frame_bytes(), h.header_bytes(), h.samples(), h.channels()));
            assert_eq!(found, expected, "{bytes:02x?}");
        };
        check(&[0xff, 0xf1, 0x50, 0x80, 0x03, 0xdf, 0xfc], Some((30, 7, 1024, Some(2))));
        check(&[0xff, 0xf9, 0x51, 0xc0, 0x03, 0xdf, 0xfc], Some((30, 7, 1024, Some(8))));
        check(&[0xff, 0xf0, 0x50, 0x80, 0x03, 0xdf, 0xfe], Some((30, 13, 3072, Some(2))));
        check(&[0xff, 0xf0, 0x50, 0x00, 0x03, 0xdf, 0xfc], Some((30, 9, 1024, None)));
        // Shorter than its header, a reserved rate, another layer, no room.
        check(&[0xff, 0xf1, 0x50, 0x80, 0x00, 0xdf, 0xfc], None);
        check(&[0xff, 0xf1, 0x74, 0x80, 0x03, 0xdf, 0xfc], None);
        check(&[0xff, 0xfb, 0x50, 0x80, 0x03, 0xdf, 0xfc], None);
        check(&[0xff, 0xf1, 0x50, 0x80, 0x03, 0xdf], None);
    }

    #[test]
    fn packets_lose_their_header_only_if_they_have_one() {
        let packet = |bytes: &[u8]| without_header(&Buffer::from(bytes));
        let with = frame(&[0x12, 0x10], &[0x21, 0x10, 0x05]);
        assert_eq!(packet(&with).expect("one block")[..], [0x21, 0x10, 0x05]);
        assert_eq!(packet(&[0x21, 0x10]).expect("none")[..], [0x21, 0x10]);
        // Part of a frame is no frame.
        assert_eq!(packet(&with[..9]).expect("none")[..], with[..9]);
        let mut several = with;
        several[6] |= 1;
        assert!(packet(&several).is_err());
    }
}
