//! ISO/IEC 14496-12, 12.1.6 and 12.1.5.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// Mastering display colour volume box (SMPTE ST 2086).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mdcv {
    /// Chromaticity x, y of green, blue and red, in this order, in units of 0.00002.
    pub(crate) primaries: [(u16, u16); 3],
    pub(crate) white_point: (u16, u16),
    /// In 0.0001 cd/m2.
    pub(crate) max_luminance: u32,
    /// In 0.0001 cd/m2.
    pub(crate) min_luminance: u32,
}

/// Content light level box (CTA-861.3), in cd/m2.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Clli {
    pub(crate) max_content: u16,
    pub(crate) max_frame_average: u16,
}

impl PlainBox for Mdcv {
    const KIND: FourCc = FourCc(*b"mdcv");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let mut point = || -> Result<_> { Ok((r.u16()?, r.u16()?)) };
        let primaries = [point()?, point()?, point()?];
        let white_point = point()?;
        Ok(Self { primaries, white_point, max_luminance: r.u32()?, min_luminance: r.u32()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        for (x, y) in self.primaries.iter().chain([&self.white_point]) {
            w.u16(*x);
            w.u16(*y);
        }
        w.u32(self.max_luminance);
        w.u32(self.min_luminance);
    }
}

impl PlainBox for Clli {
    const KIND: FourCc = FourCc(*b"clli");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self { max_content: r.u16()?, max_frame_average: r.u16()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u16(self.max_content);
        w.u16(self.max_frame_average);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0\x07\0\x08\0\0\0\x09\0\0\0\x0a";
        let value = Mdcv {
            primaries: [(1, 2), (3, 4), (5, 6)],
            white_point: (7, 8),
            max_luminance: 9,
            min_luminance: 10,
        };
        check_plain(payload, &value, 24);
        check_plain(b"\x03\xe8\x01\x90", &Clli { max_content: 1000, max_frame_average: 400 }, 4);
    }
}
