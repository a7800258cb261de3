//! ISO/IEC 14496-14, 6.7, and the descriptors of ISO/IEC 14496-1, 7.2.6.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

const ES: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;
const SYNC_LAYER: u8 = 6;

/// Elementary stream descriptor box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Esds {
    pub(crate) es_id: u16,
    pub(crate) config: DecoderConfig,
}

/// How to decode an elementary stream.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct DecoderConfig {
    /// What the stream is: 0x40 MPEG-4 audio, 0x20 MPEG-4 video, 0x6b MPEG-1 audio, …
    pub(crate) object_type: u8,
    /// 4 video, 5 audio.
    pub(crate) stream_type: u8,
    /// Bytes of the decoding buffer, 24 bits.
    pub(crate) buffer_size: u32,
    pub(crate) max_bit_rate: u32,
    /// Zero where it varies or is unknown.
    pub(crate) average_bit_rate: u32,
    /// What the decoder needs: `AudioSpecificConfig`, an MPEG-4 video header; may be empty.
    pub(crate) specific: Vec<u8>,
}

impl FullBox for Esds {
    const KIND: FourCc = FourCc(*b"esds");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (tag, mut es) = descriptor(r)?;
        if tag != ES {
            return Err(r.error(format!("descriptor {tag} where an elementary stream is expected")));
        }
        let es_id = es.u16()?;
        let flags = es.u8()?;
        if flags & 0x80 != 0 {
            es.skip(2)?;
        }
        if flags & 0x40 != 0 {
            let length = es.u8()?;
            es.skip(usize::from(length))?;
        }
        if flags & 0x20 != 0 {
            es.skip(2)?;
        }
        let (tag, config) = descriptor(&mut es)?;
        if tag != DECODER_CONFIG {
            return Err(
                es.error(format!("descriptor {tag} where a decoder configuration is expected"))
            );
        }
        Ok(Self { es_id, config: DecoderConfig::read(config)? })
    }

    fn write(&self, w: &mut BoxWriter) {
        descriptor_to(w, ES, |w| {
            w.u16(self.es_id);
            w.u8(0);
            descriptor_to(w, DECODER_CONFIG, |w| self.config.write(w));
            // The sync layer of MP4 files is always "predefined: MP4".
            descriptor_to(w, SYNC_LAYER, |w| w.u8(2));
        });
    }
}

impl DecoderConfig {
    fn read(mut r: BoxReader<'_>) -> Result<Self> {
        let (object_type, stream_type) = (r.u8()?, r.u8()? >> 2);
        let (buffer_size, max_bit_rate, average_bit_rate) = (r.u24()?, r.u32()?, r.u32()?);
        let mut specific = Vec::new();
        while specific.is_empty() && r.remaining() >= 2 {
            let (tag, mut descriptor) = descriptor(&mut r)?;
            if tag == DECODER_SPECIFIC {
                specific = descriptor.rest().to_vec();
            }
        }
        Ok(Self { object_type, stream_type, buffer_size, max_bit_rate, average_bit_rate, specific })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u8(self.object_type);
        w.u8(self.stream_type << 2 | 1);
        w.u24(self.buffer_size);
        w.u32(self.max_bit_rate);
        w.u32(self.average_bit_rate);
        if !self.specific.is_empty() {
            descriptor_to(w, DECODER_SPECIFIC, |w| w.bytes(&self.specific));
        }
    }
}

/// The next descriptor: tag, size in up to four groups of seven bits, payload. A size beyond the end means "to the
/// end": writers that count a byte too many are common.
fn descriptor<'a>(r: &mut BoxReader<'a>) -> Result<(u8, BoxReader<'a>)> {
    let tag = r.u8()?;
    let mut size = 0;
    for _ in 0..4 {
        let byte = r.u8()?;
        size = size << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    let base = r.offset();
    let payload = r.bytes(size.min(r.remaining()))?;
    Ok((tag, BoxReader::new(payload, base)))
}

/// Writes a descriptor with a size of four bytes, the form that all readers take.
fn descriptor_to(w: &mut BoxWriter, tag: u8, payload: impl FnOnce(&mut BoxWriter)) {
    let mut inner = BoxWriter::new();
    payload(&mut inner);
    let inner = inner.into_bytes();
    w.u8(tag);
    let size = u32::try_from(inner.len()).unwrap_or(u32::MAX);
    for shift in [21, 14, 7, 0] {
        let [.., group] = (size >> shift & 0x7f).to_be_bytes();
        w.u8(group | if shift > 0 { 0x80 } else { 0 });
    }
    w.bytes(&inner);
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full;
    use super::*;

    fn esds() -> Esds {
        let config = DecoderConfig {
            object_type: 0x40,
            stream_type: 5,
            buffer_size: 6144,
            max_bit_rate: 128_000,
            average_bit_rate: 96_000,
            specific: vec![0x12, 0x10],
        };
        Esds { es_id: 2, config }
    }

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\x03\x80\x80\x80\x22\0\x02\0\x04\x80\x80\x80\x14\x40\x15\0\x18\0\
            \0\x01\xf4\0\0\x01\x77\0\x05\x80\x80\x80\x02\x12\x10\x06\x80\x80\x80\x01\x02";
        check_full(payload, &esds(), 30);
    }

    #[test]
    fn short_sizes_and_optional_fields() {
        let payload = b"\0\0\0\0\x03\x1c\0\x02\xe0\0\x01\x01x\0\x03\x04\x11\x40\x15\0\x18\0\
            \0\x01\xf4\0\0\x01\x77\0\x05\x02\x12\x10";
        assert_eq!(Esds::parse(BoxReader::new(payload, 0)).expect("whole"), esds());
    }
}
