//! ISO/IEC 14496-12, 8.6.1.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, Entry, FourCc, FullBox};

/// Composition offset box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ctts {
    pub(crate) entries: Vec<CttsEntry>,
}

/// `count` samples that are presented `offset` ticks after their decoding time.
///
/// Version 0 has unsigned offsets by the standard, but writers put negative ones there: both versions read as signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct CttsEntry {
    pub(crate) count: u32,
    pub(crate) offset: i32,
}

impl FullBox for Ctts {
    const KIND: FourCc = FourCc(*b"ctts");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(CttsEntry::read).map(|entries| Self { entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.entries, CttsEntry::write);
    }

    fn version(&self) -> u8 {
        u8::from(self.entries.iter().any(|entry| entry.offset < 0))
    }
}

impl Entry<8> for CttsEntry {
    fn read([a, b, c, d, e, f, g, h]: [u8; 8]) -> Self {
        Self { count: u32::from_be_bytes([a, b, c, d]), offset: i32::from_be_bytes([e, f, g, h]) }
    }

    fn write(&self) -> [u8; 8] {
        let [a, b, c, d] = self.count.to_be_bytes();
        let [e, f, g, h] = self.offset.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let check = |payload: &[u8], offset| {
            let entries = vec![CttsEntry { count: 3, offset }];
            check_full_exact(payload, &Ctts { entries });
            check_huge_count::<Ctts>(payload, 4);
        };
        check(b"\0\0\0\0\0\0\0\x01\0\0\0\x03\0\0\x04\0", 1024);
        check(b"\x01\0\0\0\0\0\0\x01\0\0\0\x03\xff\xff\xff\xfe", -2);
    }
}
