//! ISO/IEC 14496-12, 8.5.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Sample description box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stsd {
    /// 1 where audio entries follow ISO/IEC 14496-12, 12.2.3 rather than QuickTime's version 1.
    pub(crate) version: u8,
    pub(crate) entries: Vec<SampleEntry>,
}

/// One description; what `body` holds depends on the handler of the track.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct SampleEntry {
    /// The coding: `avc1`, `mp4a`, …
    pub(crate) kind: FourCc,
    /// Number of the data reference, from one.
    pub(crate) data_reference: u16,
    /// What follows the fields that all entries share.
    pub(crate) body: Vec<u8>,
}

impl FullBox for Stsd {
    const KIND: FourCc = FourCc(*b"stsd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let version = r.version();
        let count = r.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let Some((kind, mut entry)) = r.child()? else {
                return Err(r.error(format!("{} of {count} sample entries", entries.len())));
            };
            entry.skip(6)?;
            let data_reference = entry.u16()?;
            entries.push(SampleEntry { kind, data_reference, body: entry.rest().to_vec() });
        }
        Ok(Self { version, entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        for entry in &self.entries {
            w.boxed(entry.kind, |w| {
                w.zeros(6);
                w.u16(entry.data_reference);
                w.bytes(&entry.body);
            });
        }
    }

    fn version(&self) -> u8 {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x01\0\0\0\x13text\0\0\0\0\0\0\0\x01abc";
        let entry =
            SampleEntry { kind: FourCc(*b"text"), data_reference: 1, body: b"abc".to_vec() };
        check_full_exact(payload, &Stsd { version: 0, entries: vec![entry] });
        check_huge_count::<Stsd>(payload, 4);
    }
}
