//! ISO/IEC 14496-12, 8.4.5 and 12.1.2, 12.2.2: media information headers.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Video media header box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Vmhd {
    pub(crate) graphics_mode: u16,
    pub(crate) op_color: [u16; 3],
}

/// Sound media header box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Smhd {
    /// Fixed point 8.8, negative for left.
    pub(crate) balance: i16,
}

/// Null media header box, for tracks that need no other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Nmhd;

impl FullBox for Vmhd {
    const KIND: FourCc = FourCc(*b"vmhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self { graphics_mode: r.u16()?, op_color: [r.u16()?, r.u16()?, r.u16()?] })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u16(self.graphics_mode);
        self.op_color.iter().for_each(|value| w.u16(*value));
    }

    /// Always 1, by the standard.
    fn flags(&self) -> u32 {
        1
    }
}

impl FullBox for Smhd {
    const KIND: FourCc = FourCc(*b"smhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let balance = r.i16()?;
        r.skip(2)?;
        Ok(Self { balance })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.i16(self.balance);
        w.zeros(2);
    }
}

impl FullBox for Nmhd {
    const KIND: FourCc = FourCc(*b"nmhd");

    fn read(_: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self)
    }

    fn write(&self, _: &mut BoxWriter) {}
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let vmhd = Vmhd { graphics_mode: 0x40, op_color: [1, 2, 3] };
        check_full_exact(b"\0\0\0\x01\0\x40\0\x01\0\x02\0\x03", &vmhd);
        check_full_exact(b"\0\0\0\0\xff\0\0\0", &Smhd { balance: -256 });
        check_full_exact(b"\0\0\0\0", &Nmhd);
    }
}
