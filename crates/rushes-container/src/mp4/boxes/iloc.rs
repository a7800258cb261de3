//! ISO/IEC 14496-12, 8.11.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Item location box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Iloc {
    pub(crate) version: u8,
    /// Bytes of offsets, of lengths, of base offsets and of indices: 0, 4 or 8 each.
    pub(crate) widths: [u8; 4],
    pub(crate) items: Vec<ItemLocation>,
}

/// Where the bytes of an item are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ItemLocation {
    pub(crate) id: u32,
    /// What offsets count from: 0 the file, 1 the payload of `idat`, 2 another item.
    pub(crate) construction: u16,
    /// Number of the data reference, from one; zero for this file.
    pub(crate) data_reference: u16,
    pub(crate) base: u64,
    pub(crate) extents: Vec<Extent>,
}

/// A part of an item.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Extent {
    pub(crate) index: u64,
    pub(crate) offset: u64,
    /// Zero for everything up to the end.
    pub(crate) length: u64,
}

impl Iloc {
    fn read_item(&self, r: &mut BoxReader<'_>) -> Result<ItemLocation> {
        let [offset_width, length_width, base_width, index_width] = self.widths;
        let id = if self.version < 2 { u32::from(r.u16()?) } else { r.u32()? };
        let construction = if self.version == 0 { 0 } else { r.u16()? & 15 };
        let (data_reference, base) = (r.u16()?, sized(r, base_width)?);
        let count = r.u16()?;
        if count > 1 && offset_width == 0 && length_width == 0 {
            // No byte of the box stands behind the count, and all would be the same.
            return Err(r.error(format!("{count} parts of an item without places")));
        }
        let mut extents = Vec::new();
        for _ in 0..count {
            extents.push(Extent {
                index: sized(r, index_width)?,
                offset: sized(r, offset_width)?,
                length: sized(r, length_width)?,
            });
        }
        Ok(ItemLocation { id, construction, data_reference, base, extents })
    }
}

/// A number of 0, 4 or 8 bytes.
fn sized(r: &mut BoxReader<'_>, width: u8) -> Result<u64> {
    match width {
        0 => Ok(0),
        4 => r.u32().map(u64::from),
        8 => r.u64(),
        _ => Err(r.error(format!("numbers of {width} bytes; 0, 4 or 8 exist"))),
    }
}

fn write_sized(w: &mut BoxWriter, width: u8, value: u64) {
    match width {
        4 => w.u32(u32::try_from(value).unwrap_or(u32::MAX)),
        8 => w.u64(value),
        _ => {}
    }
}

impl FullBox for Iloc {
    const KIND: FourCc = FourCc(*b"iloc");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let version = r.version();
        let (first, second) = (r.u8()?, r.u8()?);
        let index_width = if version == 0 { 0 } else { second & 15 };
        let widths = [first >> 4, first & 15, second >> 4, index_width];
        let count = if version < 2 { u32::from(r.u16()?) } else { r.u32()? };
        let mut iloc = Self { version, widths, items: Vec::new() };
        for _ in 0..count {
            let item = iloc.read_item(r)?;
            iloc.items.push(item);
        }
        Ok(iloc)
    }

    fn write(&self, w: &mut BoxWriter) {
        let [offset_width, length_width, base_width, index_width] = self.widths;
        w.u8(offset_width << 4 | length_width);
        w.u8(base_width << 4 | index_width);
        let short = |value: usize| u16::try_from(value).unwrap_or(u16::MAX);
        if self.version < 2 {
            w.u16(short(self.items.len()));
        } else {
            w.u32(u32::try_from(self.items.len()).unwrap_or(u32::MAX));
        }
        for item in &self.items {
            if self.version < 2 {
                w.u16(u16::try_from(item.id).unwrap_or(u16::MAX));
            } else {
                w.u32(item.id);
            }
            if self.version > 0 {
                w.u16(item.construction);
            }
            w.u16(item.data_reference);
            write_sized(w, base_width, item.base);
            w.u16(short(item.extents.len()));
            for extent in &item.extents {
                write_sized(w, index_width, extent.index);
                write_sized(w, offset_width, extent.offset);
                write_sized(w, length_width, extent.length);
            }
        }
    }

    fn version(&self) -> u8 {
        self.version
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let extent = |offset, length| Extent { index: 0, offset, length };
        let item = ItemLocation { id: 7, extents: vec![extent(9, 5)], ..ItemLocation::default() };
        let payload = b"\0\0\0\0\x44\0\0\x01\0\x07\0\0\0\x01\0\0\0\x09\0\0\0\x05";
        check_full_exact(payload, &Iloc { version: 0, widths: [4, 4, 0, 0], items: vec![item] });
        let item = ItemLocation {
            id: 65_536,
            construction: 1,
            data_reference: 0,
            base: 1,
            extents: vec![extent(2, 3), extent(4, 5)],
        };
        let payload = b"\x02\0\0\0\x48\x40\0\0\0\x01\0\x01\0\0\0\x01\0\0\0\0\0\x01\0\x02\
            \0\0\0\x02\0\0\0\0\0\0\0\x03\0\0\0\x04\0\0\0\0\0\0\0\x05";
        check_full_exact(payload, &Iloc { version: 2, widths: [4, 8, 4, 0], items: vec![item] });
    }

    #[test]
    fn counts_without_bytes_behind_them_are_refused() {
        let read = |payload: &[u8]| Iloc::parse(BoxReader::new(payload, 0));
        read(b"\0\0\0\0\0\0\0\x01\0\x07\0\0\xff\xff").expect_err("65535 times nothing");
        read(b"\0\0\0\0\x44\0\xff\xff\0\x07\0\0\0\0").expect_err("65535 items");
        read(b"\0\0\0\0\x30\0\0\x01\0\x07\0\0\0\x01\0\0\0").expect_err("three bytes");
    }
}
