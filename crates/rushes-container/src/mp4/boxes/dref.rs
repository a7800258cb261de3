//! ISO/IEC 14496-12, 8.7.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Data reference box: where the samples are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Dref {
    pub(crate) entries: Vec<DataEntry>,
}

/// One place where samples are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DataEntry {
    /// `url `, `urn `, or QuickTime's `alis`.
    pub(crate) kind: FourCc,
    /// 1 where the samples are in the same file.
    pub(crate) flags: u32,
    pub(crate) location: Vec<u8>,
}

impl Dref {
    /// All samples are in this file.
    pub(crate) fn self_contained() -> Self {
        Self { entries: vec![DataEntry { kind: FourCc(*b"url "), flags: 1, location: Vec::new() }] }
    }
}

impl FullBox for Dref {
    const KIND: FourCc = FourCc(*b"dref");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let count = r.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let Some((kind, mut entry)) = r.child()? else {
                return Err(r.error(format!("{} of {count} data references", entries.len())));
            };
            entry.read_version()?;
            entries.push(DataEntry { kind, flags: entry.flags(), location: entry.rest().to_vec() });
        }
        Ok(Self { entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        for entry in &self.entries {
            w.full_boxed(entry.kind, 0, entry.flags, |w| w.bytes(&entry.location));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x01\0\0\0\x0curl \0\0\0\x01";
        check_full_exact(payload, &Dref::self_contained());
        check_huge_count::<Dref>(payload, 4);
    }
}
