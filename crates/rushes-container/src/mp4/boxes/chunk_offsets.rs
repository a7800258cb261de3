//! ISO/IEC 14496-12, 8.7.5.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Chunk offset box of 32 bits.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stco {
    pub(crate) offsets: Vec<u32>,
}

/// Chunk offset box of 64 bits.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Co64 {
    pub(crate) offsets: Vec<u64>,
}

impl FullBox for Stco {
    const KIND: FourCc = FourCc(*b"stco");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(u32::from_be_bytes).map(|offsets| Self { offsets })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.offsets, |offset| offset.to_be_bytes());
    }
}

impl FullBox for Co64 {
    const KIND: FourCc = FourCc(*b"co64");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(u64::from_be_bytes).map(|offsets| Self { offsets })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.offsets, |offset| offset.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x02\0\0\0\x30\xff\0\0\0";
        check_full_exact(payload, &Stco { offsets: vec![48, 0xff00_0000] });
        check_huge_count::<Stco>(payload, 4);
        let payload = b"\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\x02";
        check_full_exact(payload, &Co64 { offsets: vec![0x1_0000_0002] });
        check_huge_count::<Co64>(payload, 4);
    }
}
