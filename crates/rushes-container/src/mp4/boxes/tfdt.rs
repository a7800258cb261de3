//! ISO/IEC 14496-12, 8.8.12.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, version_for};

/// Track fragment decode time box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tfdt {
    /// Decoding time of the first sample of the fragment.
    pub(crate) decode_time: u64,
}

impl FullBox for Tfdt {
    const KIND: FourCc = FourCc(*b"tfdt");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.versioned().map(|decode_time| Self { decode_time })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.versioned(self.version(), self.decode_time);
    }

    fn version(&self) -> u8 {
        version_for(&[self.decode_time])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        check_full_exact(b"\0\0\0\0\0\0\0\x09", &Tfdt { decode_time: 9 });
        check_full_exact(b"\x01\0\0\0\0\0\0\x01\0\0\0\0", &Tfdt { decode_time: 1 << 32 });
    }
}
