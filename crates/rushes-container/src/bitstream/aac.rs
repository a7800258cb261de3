//! `AudioSpecificConfig`, `GASpecificConfig` and `program_config_element`: ISO/IEC 14496-3, 1.6.2.1, 4.4.1 and 4.4.1.1.

/// Sample rates by index: ISO/IEC 14496-3, table 1.18.
pub(super) const RATES: [u32; 13] = [
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000,
    7350,
];

/// Syntactic element that describes the channels: ISO/IEC 14496-3, table 4.85.
const ID_PCE: u32 = 5;

/// An `AudioSpecificConfig`, as far as ADTS can say the same.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AacConfig {
    /// The object type of what is coded, below spectral band replication.
    pub(crate) object_type: u8,
    /// Index of the core's sample rate.
    pub(crate) rate_index: u8,
    /// Zero where the channels are described by `channels`.
    pub(crate) channel_config: u8,
    pub(crate) channels: Option<ChannelElement>,
    /// Frames of 960 samples.
    pub(crate) is_short: bool,
}

/// A `program_config_element`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ChannelElement {
    /// The element up to its alignment, one bit per item.
    bits: Vec<bool>,
    comment: Vec<u8>,
    /// Number of channels.
    pub(crate) count: u16,
}

impl AacConfig {
    /// Reads the configuration; `None` where it is cut off or of a kind that ADTS has no place for.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let mut r = Bits::new(bytes);
        let mut object_type = read_object_type(&mut r)?;
        let rate_index = read_rate_index(&mut r)?;
        let channel_config = r.byte(4)?;
        if matches!(object_type, 5 | 29) {
            // The rate of what spectral band replication makes of it.
            if r.read(4)? == 15 {
                r.read(24)?;
            }
            object_type = read_object_type(&mut r)?;
        }
        if !(1..=4).contains(&object_type) {
            return None;
        }
        let is_short = r.read(1)? == 1;
        if r.read(1)? == 1 {
            r.read(14)?;
        }
        r.read(1)?;
        let channels = match channel_config {
            0 => Some(ChannelElement::read(&mut r)?),
            _ => None,
        };
        Some(Self { object_type, rate_index, channel_config, channels, is_short })
    }

    /// The configuration as it is stored.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut w = BitWriter::default();
        w.write(5, self.object_type.into());
        w.write(4, self.rate_index.into());
        w.write(4, self.channel_config.into());
        w.write(1, self.is_short.into());
        w.write(2, 0);
        if let Some(channels) = &self.channels {
            channels.write(&mut w);
        }
        w.bytes
    }
}

impl ChannelElement {
    /// The element at the start of a `raw_data_block`, if that starts with one.
    pub(crate) fn of_block(block: &[u8]) -> Option<Self> {
        let mut r = Bits::new(block);
        if r.read(3)? != ID_PCE {
            return None;
        }
        Self::read(&mut r)
    }

    /// The element with its name, as it stands in front of a `raw_data_block`.
    pub(crate) fn block(&self) -> Vec<u8> {
        let mut w = BitWriter::default();
        w.write(3, ID_PCE);
        self.write(&mut w);
        w.bytes
    }

    fn read(r: &mut Bits<'_>) -> Option<Self> {
        let start = r.position;
        // Instance, profile, rate.
        r.read(4 + 2 + 4)?;
        let [front, side, back, low, data, coupling] = [4, 4, 4, 2, 3, 4].map(|bits| r.read(bits));
        let (low, data) = (low?, data?);
        for bits in [4, 4, 3] {
            if r.read(1)? == 1 {
                r.read(bits)?;
            }
        }
        let mut count = low;
        for elements in [front?, side?, back?] {
            for _ in 0..elements {
                // One channel or a pair, and its number.
                count += 1 + r.read(1)?;
                r.read(4)?;
            }
        }
        for _ in 0..low + data {
            r.read(4)?;
        }
        for _ in 0..coupling? {
            r.read(5)?;
        }
        let bits = (start..r.position).map(|at| r.bit(at)).collect::<Option<_>>()?;
        r.align();
        let length = r.read(8)?;
        let comment = (0..length).map(|_| r.byte(8)).collect::<Option<_>>()?;
        Some(Self { bits, comment, count: u16::try_from(count).ok()? })
    }

    fn write(&self, w: &mut BitWriter) {
        for bit in &self.bits {
            w.write(1, (*bit).into());
        }
        w.align();
        // The length was read from eight bits.
        w.bytes.push(u8::try_from(self.comment.len()).unwrap_or(0));
        w.bytes.extend(&self.comment);
    }
}

fn read_object_type(r: &mut Bits<'_>) -> Option<u8> {
    match r.byte(5)? {
        31 => r.byte(6).map(|more| 32 + more),
        object_type => Some(object_type),
    }
}

/// The index of a rate, which some writers spell out.
fn read_rate_index(r: &mut Bits<'_>) -> Option<u8> {
    match r.byte(4)? {
        15 => {
            let rate = r.read(24)?;
            let index = RATES.iter().position(|known| *known == rate)?;
            u8::try_from(index).ok()
        }
        index => (usize::from(index) < RATES.len()).then_some(index),
    }
}

/// Reads bits from the most significant on.
struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    fn bit(&self, at: usize) -> Option<bool> {
        self.bytes.get(at / 8).map(|byte| byte >> (7 - at % 8) & 1 == 1)
    }

    fn read(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            value = value << 1 | u32::from(self.bit(self.position)?);
            self.position += 1;
        }
        Some(value)
    }

    /// At most eight bits.
    fn byte(&mut self, count: u32) -> Option<u8> {
        self.read(count).and_then(|value| u8::try_from(value).ok())
    }

    const fn align(&mut self) {
        self.position = self.position.next_multiple_of(8);
    }
}

/// Writes bits from the most significant on.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that the last byte has room for.
    room: u32,
}

impl BitWriter {
    fn write(&mut self, count: u32, value: u32) {
        for at in (0..count).rev() {
            if self.room == 0 {
                self.bytes.push(0);
                self.room = 8;
            }
            self.room -= 1;
            if value >> at & 1 == 1
                && let Some(last) = self.bytes.last_mut()
            {
                *last |= 1 << self.room;
            }
        }
    }

    const fn align(&mut self) {
        self.room = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitstream::adts::{AdtsWriter, header_of};

    /// Front: one and a pair; back: a pair; one for low frequencies; a mixdown; a comment.
    fn five_one() -> Vec<u8> {
        let mut w = BitWriter::default();
        for (count, value) in [
            (4, 0),
            (2, 1),
            (4, 3),
            (4, 2),
            (4, 0),
            (4, 1),
            (2, 1),
            (3, 0),
            (4, 0),
            (1, 0),
            (1, 0),
            (1, 1),
            (3, 5),
            (1, 0),
            (4, 0),
            (1, 1),
            (4, 0),
            (1, 1),
            (4, 1),
            (4, 0),
        ] {
            w.write(count, value);
        }
        w.align();
        w.write(8, 1);
        w.write(8, b'x'.into());
        w.bytes
    }

    #[test]
    fn configurations_round_trip() {
        let check = |bytes: &[u8], expected: Option<(u8, u8, u8)>| {
            let config = AacConfig::read(bytes);
            let found = config.as_ref().map(|c| (c.object_type, c.rate_index, c.channel_config));
            assert_eq!(found, expected, "{bytes:02x?}");
            if let Some(config) = config {
                assert_eq!(AacConfig::read(&config.write()), Some(config));
            }
        };
        check(&[0x12, 0x10], Some((2, 4, 2)));
        check(&[0x12, 0x10, 0x56, 0xe5, 0x00], Some((2, 4, 2)));
        check(&[0x0a, 0x08], Some((1, 4, 1)));
        // 44100 spelled out; spectral band replication up front; 960 samples.
        check(&[0x17, 0x80, 0x56, 0x22, 0x10], Some((2, 4, 2)));
        check(&[0x2b, 0x92, 0x08, 0x00], Some((2, 7, 2)));
        check(&[0x12, 0x14], Some((2, 4, 2)));
        assert!(AacConfig::read(&[0x12, 0x14]).is_some_and(|config| config.is_short));
        // Low delay, a reserved rate, a rate without index, cut off.
        check(&[0xb9, 0x90], None);
        check(&[0x16, 0x90], None);
        check(&[0x17, 0x80, 0x00, 0x02, 0x10], None);
        check(&[0x12], None);
        check(&[], None);
    }

    #[test]
    fn channel_elements_move_between_alignments() {
        let element = ChannelElement::read(&mut Bits::new(&five_one())).expect("whole");
        assert_eq!(element.count, 6);
        let config = AacConfig {
            object_type: 2,
            rate_index: 3,
            channel_config: 0,
            channels: Some(element.clone()),
            is_short: false,
        };
        let bytes = config.write();
        assert_eq!(AacConfig::read(&bytes).as_ref(), Some(&config));
        let writer = AdtsWriter::new(&bytes).expect("fits");
        let frame = [writer.front(3).expect("fits"), vec![0x21, 0x10, 0x05]].concat();
        assert_eq!(header_of(&frame).and_then(|header| header.config(&frame)), Some(config));
        for length in 0..bytes.len() {
            assert_eq!(AacConfig::read(&bytes[..length]), None, "{length}");
        }
        let block = element.block();
        assert_eq!(ChannelElement::of_block(&block), Some(element));
        assert_eq!(ChannelElement::of_block(&block[..block.len() - 1]), None);
        assert_eq!(ChannelElement::of_block(&[0x21, 0x10]), None);
    }
}
