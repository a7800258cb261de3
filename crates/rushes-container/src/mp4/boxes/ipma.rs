//! ISO/IEC 14496-12, 8.11.14 (ISO/IEC 23008-12, 9.3 in older editions).

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Set where the numbers of properties take 15 bits.
const WIDE: u32 = 1;

/// Item property association box: which properties an item has.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Ipma {
    /// 1 where the numbers of items take 32 bits.
    pub(crate) version: u8,
    pub(crate) flags: u32,
    pub(crate) items: Vec<ItemProperties>,
}

/// The properties of one item, in the order in which they apply.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct ItemProperties {
    pub(crate) id: u32,
    pub(crate) properties: Vec<PropertyNumber>,
}

/// A property by its place in `ipco`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PropertyNumber {
    /// From one; zero for none.
    pub(crate) number: u16,
    /// A reader that does not know it must not show the item.
    pub(crate) essential: bool,
}

impl FullBox for Ipma {
    const KIND: FourCc = FourCc(*b"ipma");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (version, flags) = (r.version(), r.flags());
        let count = r.u32()?;
        let mut items = Vec::new();
        for _ in 0..count {
            let id = if version == 0 { u32::from(r.u16()?) } else { r.u32()? };
            let mut properties = Vec::new();
            for _ in 0..r.u8()? {
                let (bits, top) =
                    if flags & WIDE == 0 { (u16::from(r.u8()?), 7) } else { (r.u16()?, 15) };
                let number = bits & ((1 << top) - 1);
                properties.push(PropertyNumber { number, essential: bits >> top == 1 });
            }
            items.push(ItemProperties { id, properties });
        }
        Ok(Self { version, flags, items })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
        for item in &self.items {
            if self.version == 0 {
                w.u16(u16::try_from(item.id).unwrap_or(u16::MAX));
            } else {
                w.u32(item.id);
            }
            w.u8(u8::try_from(item.properties.len()).unwrap_or(u8::MAX));
            for property in &item.properties {
                let essential = u16::from(property.essential);
                if self.flags & WIDE == 0 {
                    w.u8(u8::try_from(essential << 7 | property.number & 0x7f).unwrap_or(0));
                } else {
                    w.u16(essential << 15 | property.number & 0x7fff);
                }
            }
        }
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
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let number = |number, essential| PropertyNumber { number, essential };
        let check = |payload: &[u8], version, flags, id, properties| {
            let items = vec![ItemProperties { id, properties }];
            check_full_exact(payload, &Ipma { version, flags, items });
            check_huge_count::<Ipma>(payload, 4);
        };
        let properties = vec![number(1, false), number(2, true)];
        check(b"\0\0\0\0\0\0\0\x01\0\x07\x02\x01\x82", 0, 0, 7, properties);
        let properties = vec![number(0x1234, true)];
        check(b"\x01\0\0\x01\0\0\0\x01\0\x01\0\0\x01\x92\x34", 1, 1, 65_536, properties);
    }
}
