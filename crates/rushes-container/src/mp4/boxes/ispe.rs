//! ISO/IEC 23008-12, 6.5.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Image spatial extents property: the size of a picture before it is turned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Ispe {
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl FullBox for Ispe {
    const KIND: FourCc = FourCc(*b"ispe");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self { width: r.u32()?, height: r.u32()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.width);
        w.u32(self.height);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        check_full_exact(b"\0\0\0\0\0\0\x01\0\0\0\0\x02", &Ispe { width: 256, height: 2 });
    }
}
