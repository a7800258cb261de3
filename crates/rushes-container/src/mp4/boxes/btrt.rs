//! ISO/IEC 14496-12, 8.5.2.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// Bit rate box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Btrt {
    /// Bytes of the decoding buffer.
    pub(crate) buffer_size: u32,
    /// Bits per second, over any second.
    pub(crate) max_bit_rate: u32,
    /// Bits per second, over the whole.
    pub(crate) average_bit_rate: u32,
}

impl PlainBox for Btrt {
    const KIND: FourCc = FourCc(*b"btrt");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self { buffer_size: r.u32()?, max_bit_rate: r.u32()?, average_bit_rate: r.u32()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.buffer_size);
        w.u32(self.max_bit_rate);
        w.u32(self.average_bit_rate);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let btrt = Btrt { buffer_size: 1, max_bit_rate: 2, average_bit_rate: 3 };
        check_plain(b"\0\0\0\x01\0\0\0\x02\0\0\0\x03", &btrt, 12);
    }
}
