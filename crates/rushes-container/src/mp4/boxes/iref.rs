//! ISO/IEC 14496-12, 8.11.12.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Item reference box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Iref {
    /// 1 where the numbers of items take 32 bits.
    pub(crate) version: u8,
    pub(crate) references: Vec<ItemReference>,
}

/// What an item has to do with others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ItemReference {
    /// `dimg` made of, `auxl` auxiliary to, `thmb` thumbnail of, `cdsc` described by, …
    pub(crate) kind: FourCc,
    pub(crate) from: u32,
    pub(crate) to: Vec<u32>,
}

impl FullBox for Iref {
    const KIND: FourCc = FourCc(*b"iref");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let version = r.version();
        let mut references = Vec::new();
        while let Some((kind, mut child)) = r.child()? {
            let (from, to) = if version == 0 {
                let (from, count) = (child.u16()?, child.u16()?);
                let to = child.entries(u32::from(count), |id| u32::from(u16::from_be_bytes(id)))?;
                (u32::from(from), to)
            } else {
                let (from, count) = (child.u32()?, child.u16()?);
                (from, child.entries(u32::from(count), u32::from_be_bytes)?)
            };
            references.push(ItemReference { kind, from, to });
        }
        Ok(Self { version, references })
    }

    fn write(&self, w: &mut BoxWriter) {
        for reference in &self.references {
            w.boxed(reference.kind, |w| {
                let count = u16::try_from(reference.to.len()).unwrap_or(u16::MAX);
                let id = |w: &mut BoxWriter, id: u32| match self.version {
                    0 => w.u16(u16::try_from(id).unwrap_or(u16::MAX)),
                    _ => w.u32(id),
                };
                id(w, reference.from);
                w.u16(count);
                reference.to.iter().for_each(|to| id(w, *to));
            });
        }
    }

    fn version(&self) -> u8 {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full;
    use super::*;

    #[test]
    fn round_trip() {
        let check = |payload: &[u8], version, from, to: &[u32]| {
            let reference = ItemReference { kind: FourCc(*b"dimg"), from, to: to.to_vec() };
            check_full(payload, &Iref { version, references: vec![reference] }, 4);
        };
        check(b"\0\0\0\0\0\0\0\x10dimg\0\x01\0\x02\0\x02\0\x03", 0, 1, &[2, 3]);
        check(b"\x01\0\0\0\0\0\0\x12dimg\0\x01\0\0\0\x01\0\0\0\x02", 1, 65_536, &[2]);
    }

    #[test]
    fn counts_are_checked() {
        let payload = b"\0\0\0\0\0\0\0\x0edimg\0\x01\xff\xff\0\x02";
        Iref::parse(BoxReader::new(payload, 0)).expect_err("too many");
    }
}
