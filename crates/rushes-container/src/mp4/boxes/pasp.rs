//! ISO/IEC 14496-12, 12.1.4.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// Pixel aspect ratio box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pasp {
    pub(crate) horizontal: u32,
    pub(crate) vertical: u32,
}

impl PlainBox for Pasp {
    const KIND: FourCc = FourCc(*b"pasp");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self { horizontal: r.u32()?, vertical: r.u32()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.horizontal);
        w.u32(self.vertical);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        check_plain(b"\0\0\0\x04\0\0\0\x03", &Pasp { horizontal: 4, vertical: 3 }, 8);
    }
}
