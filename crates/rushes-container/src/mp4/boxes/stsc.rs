//! ISO/IEC 14496-12, 8.7.4.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, Entry, FourCc, FullBox};

/// Sample-to-chunk box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stsc {
    pub(crate) entries: Vec<StscEntry>,
}

/// Chunks from `first_chunk` (numbered from one) to the next entry hold `samples` samples each, all of which use the
/// sample entry `description` (numbered from one).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StscEntry {
    pub(crate) first_chunk: u32,
    pub(crate) samples: u32,
    pub(crate) description: u32,
}

impl FullBox for Stsc {
    const KIND: FourCc = FourCc(*b"stsc");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(StscEntry::read).map(|entries| Self { entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.entries, StscEntry::write);
    }
}

impl Entry<12> for StscEntry {
    fn read([a, b, c, d, e, f, g, h, i, j, k, l]: [u8; 12]) -> Self {
        Self {
            first_chunk: u32::from_be_bytes([a, b, c, d]),
            samples: u32::from_be_bytes([e, f, g, h]),
            description: u32::from_be_bytes([i, j, k, l]),
        }
    }

    fn write(&self) -> [u8; 12] {
        let [a, b, c, d] = self.first_chunk.to_be_bytes();
        let [e, f, g, h] = self.samples.to_be_bytes();
        let [i, j, k, l] = self.description.to_be_bytes();
        [a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x20\0\0\0\x02";
        let entries = vec![StscEntry { first_chunk: 1, samples: 32, description: 2 }];
        check_full_exact(payload, &Stsc { entries });
        check_huge_count::<Stsc>(payload, 4);
    }
}
