//! ISO/IEC 14496-12, 8.16.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, version_for};

/// Segment index box: where the fragments behind it are, by the times of one track.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Sidx {
    /// The track that the times are of.
    pub(crate) reference_id: u32,
    /// Ticks per second of the times.
    pub(crate) timescale: u32,
    /// Presentation time of the first picture.
    pub(crate) earliest: u64,
    /// From the end of this box to the first fragment.
    pub(crate) first_offset: u64,
    pub(crate) references: Vec<SidxReference>,
}

/// One part of what the index describes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SidxReference {
    /// Another index is there, in place of media.
    pub(crate) is_index: bool,
    /// Bytes, in 31 bits.
    pub(crate) size: u32,
    pub(crate) duration: u32,
    /// Whether and how decoding can start there, as it is stored.
    pub(crate) access: u32,
}

impl SidxReference {
    /// The part starts with a picture at which decoding can start, and which is shown first (type 1).
    pub(crate) const STARTS_WITH_KEY: u32 = 0x9000_0000;

    fn read([a, b, c, d, e, f, g, h, i, j, k, l]: [u8; 12]) -> Self {
        let word = u32::from_be_bytes([a, b, c, d]);
        Self {
            is_index: word >> 31 == 1,
            size: word & 0x7fff_ffff,
            duration: u32::from_be_bytes([e, f, g, h]),
            access: u32::from_be_bytes([i, j, k, l]),
        }
    }

    fn write(&self) -> [u8; 12] {
        let word = self.size & 0x7fff_ffff | u32::from(self.is_index) << 31;
        let [a, b, c, d] = word.to_be_bytes();
        let [e, f, g, h] = self.duration.to_be_bytes();
        let [i, j, k, l] = self.access.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

impl FullBox for Sidx {
    const KIND: FourCc = FourCc(*b"sidx");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (reference_id, timescale) = (r.u32()?, r.u32()?);
        let (earliest, first_offset) = (r.versioned()?, r.versioned()?);
        r.skip(2)?;
        let count = u32::from(r.u16()?);
        let references = r.entries(count, SidxReference::read)?;
        Ok(Self { reference_id, timescale, earliest, first_offset, references })
    }

    fn write(&self, w: &mut BoxWriter) {
        let version = self.version();
        w.u32(self.reference_id);
        w.u32(self.timescale);
        w.versioned(version, self.earliest);
        w.versioned(version, self.first_offset);
        w.zeros(2);
        w.u16(u16::try_from(self.references.len()).unwrap_or(u16::MAX));
        self.references.iter().for_each(|reference| w.bytes(&reference.write()));
    }

    fn version(&self) -> u8 {
        version_for(&[self.earliest, self.first_offset])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let reference = SidxReference {
            is_index: true,
            size: 9,
            duration: 5,
            access: SidxReference::STARTS_WITH_KEY,
        };
        let sidx = Sidx {
            reference_id: 1,
            timescale: 90_000,
            earliest: 2,
            first_offset: 3,
            references: vec![reference],
        };
        let tail = b"\0\0\0\x01\x80\0\0\x09\0\0\0\x05\x90\0\0\0";
        let head = b"\0\0\0\0\0\0\0\x01\0\x01\x5f\x90\0\0\0\x02\0\0\0\x03";
        check_full_exact(&[&head[..], tail].concat(), &sidx);
        let late = Sidx { earliest: 1 << 32, ..sidx };
        let head = b"\x01\0\0\0\0\0\0\x01\0\x01\x5f\x90\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x03";
        check_full_exact(&[&head[..], tail].concat(), &late);
    }
}
