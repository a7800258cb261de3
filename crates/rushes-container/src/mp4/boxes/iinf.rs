//! ISO/IEC 14496-12, 8.11.6.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Item information box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Iinf {
    /// 1 where the number of items takes 32 bits.
    pub(crate) version: u8,
    pub(crate) items: Vec<Infe>,
}

/// Item information entry, from version 2 on; older ones have no type, and are left out.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Infe {
    /// 3 where the number of the item takes 32 bits.
    pub(crate) version: u8,
    pub(crate) flags: u32,
    pub(crate) id: u32,
    /// Number of the protection, from one; zero for none.
    pub(crate) protection: u16,
    /// What the item is: `av01`, `hvc1`, `grid`, …
    pub(crate) kind: FourCc,
    /// Its name, and what depends on its type.
    pub(crate) rest: Vec<u8>,
}

impl FullBox for Iinf {
    const KIND: FourCc = FourCc(*b"iinf");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let version = r.version();
        let count = if version == 0 { u32::from(r.u16()?) } else { r.u32()? };
        let mut items = Vec::new();
        for found in 0..count {
            let Some((kind, mut child)) = r.child()? else {
                return Err(r.error(format!("{found} of {count} items")));
            };
            if kind != Infe::KIND {
                continue;
            }
            child.read_version()?;
            if child.version() >= 2 {
                items.push(Infe::read(&mut child)?);
            }
        }
        Ok(Self { version, items })
    }

    fn write(&self, w: &mut BoxWriter) {
        let count = self.items.len();
        if self.version == 0 {
            w.u16(u16::try_from(count).unwrap_or(u16::MAX));
        } else {
            w.u32(u32::try_from(count).unwrap_or(u32::MAX));
        }
        self.items.iter().for_each(|item| w.full(item));
    }

    fn version(&self) -> u8 {
        self.version
    }
}

impl FullBox for Infe {
    const KIND: FourCc = FourCc(*b"infe");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (version, flags) = (r.version(), r.flags());
        let id = if version == 2 { u32::from(r.u16()?) } else { r.u32()? };
        let (protection, kind) = (r.u16()?, r.fourcc()?);
        Ok(Self { version, flags, id, protection, kind, rest: r.rest().to_vec() })
    }

    fn write(&self, w: &mut BoxWriter) {
        if self.version == 2 {
            w.u16(u16::try_from(self.id).unwrap_or(u16::MAX));
        } else {
            w.u32(self.id);
        }
        w.u16(self.protection);
        w.fourcc(self.kind);
        w.bytes(&self.rest);
    }

    fn version(&self) -> u8 {
        self.version
    }

    fn flags(&self) -> u32 {
        self.flags
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let item = |version, id| Infe {
            version,
            flags: 1,
            id,
            protection: 0,
            kind: FourCc(*b"av01"),
            rest: Vec::new(),
        };
        let short = b"\0\0\0\0\0\x01\0\0\0\x14infe\x02\0\0\x01\0\x07\0\0av01";
        check_full_exact(short, &Iinf { version: 0, items: vec![item(2, 7)] });
        let long = b"\x01\0\0\0\0\0\0\x01\0\0\0\x16infe\x03\0\0\x01\0\x01\0\0\0\0av01";
        check_full_exact(long, &Iinf { version: 1, items: vec![item(3, 65_536)] });
    }

    #[test]
    fn entries_without_a_type_are_left_out() {
        let payload = b"\0\0\0\0\0\x01\0\0\0\x10infe\0\0\0\0\0\x07\0\0";
        let iinf = Iinf::parse(BoxReader::new(payload, 0)).expect("whole");
        assert!(iinf.items.is_empty());
    }
}
