//! ISO/IEC 14496-12, 8.8.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Movie extends header box: how long a fragmented movie is. Always written with 64 bits, so that it can be filled in
/// when the movie is complete.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Mehd {
    /// Length with all fragments, in ticks of the movie header.
    pub(crate) duration: u64,
}

impl FullBox for Mehd {
    const KIND: FourCc = FourCc(*b"mehd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.versioned().map(|duration| Self { duration })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u64(self.duration);
    }

    fn version(&self) -> u8 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        check_full_exact(b"\x01\0\0\0\0\0\0\0\0\0\0\x07", &Mehd { duration: 7 });
    }
}
