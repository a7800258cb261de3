//! ISO/IEC 23008-12, 6.6.2.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// What a derived image of type `grid` holds: a picture put together from tiles, row by row. It is the data of an item, no
/// box.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Grid {
    pub(crate) version: u8,
    /// The size takes 32 bits per side.
    pub(crate) wide: bool,
    /// One less than the number of rows, and of columns.
    pub(crate) last_row: u8,
    pub(crate) last_column: u8,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl PlainBox for Grid {
    const KIND: FourCc = FourCc(*b"grid");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (version, flags) = (r.u8()?, r.u8()?);
        let (last_row, last_column) = (r.u8()?, r.u8()?);
        let wide = flags & 1 == 1;
        let mut side = || if wide { r.u32() } else { r.u16().map(u32::from) };
        Ok(Self { version, wide, last_row, last_column, width: side()?, height: side()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        [self.version, u8::from(self.wide), self.last_row, self.last_column]
            .iter()
            .for_each(|value| w.u8(*value));
        for side in [self.width, self.height] {
            if self.wide {
                w.u32(side);
            } else {
                w.u16(u16::try_from(side).unwrap_or(u16::MAX));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let grid =
            |wide, width| Grid { version: 0, wide, last_row: 1, last_column: 2, width, height: 9 };
        check_plain(b"\0\0\x01\x02\x01\0\0\x09", &grid(false, 256), 8);
        check_plain(b"\0\x01\x01\x02\0\x01\0\0\0\0\0\x09", &grid(true, 65_536), 12);
    }
}
