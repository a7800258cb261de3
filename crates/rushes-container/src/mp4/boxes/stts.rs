//! ISO/IEC 14496-12, 8.6.1.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, Entry, FourCc, FullBox};

/// Time-to-sample box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stts {
    pub(crate) entries: Vec<SttsEntry>,
}

/// `count` samples that last `delta` ticks each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct SttsEntry {
    pub(crate) count: u32,
    pub(crate) delta: u32,
}

impl FullBox for Stts {
    const KIND: FourCc = FourCc(*b"stts");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(SttsEntry::read).map(|entries| Self { entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.entries, SttsEntry::write);
    }
}

impl Entry<8> for SttsEntry {
    fn read([a, b, c, d, e, f, g, h]: [u8; 8]) -> Self {
        Self { count: u32::from_be_bytes([a, b, c, d]), delta: u32::from_be_bytes([e, f, g, h]) }
    }

    fn write(&self) -> [u8; 8] {
        (u64::from(self.count) << 32 | u64::from(self.delta)).to_be_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x02\0\0\0\x05\0\0\x02\0\xff\xff\xff\xff\0\0\0\x01";
        let entries =
            vec![SttsEntry { count: 5, delta: 512 }, SttsEntry { count: u32::MAX, delta: 1 }];
        check_full_exact(payload, &Stts { entries });
        check_huge_count::<Stts>(payload, 4);
    }
}
