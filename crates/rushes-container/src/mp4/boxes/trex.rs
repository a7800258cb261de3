//! ISO/IEC 14496-12, 8.8.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Track extends box: what holds for the samples of a track's fragments unless they say otherwise.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Trex {
    pub(crate) track_id: u32,
    pub(crate) description: u32,
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

impl FullBox for Trex {
    const KIND: FourCc = FourCc(*b"trex");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        Ok(Self {
            track_id: r.u32()?,
            description: r.u32()?,
            duration: r.u32()?,
            size: r.u32()?,
            flags: r.u32()?,
        })
    }

    fn write(&self, w: &mut BoxWriter) {
        [self.track_id, self.description, self.duration, self.size, self.flags]
            .iter()
            .for_each(|value| w.u32(*value));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let trex = Trex { track_id: 1, description: 2, duration: 3, size: 4, flags: 5 };
        let payload = b"\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05";
        check_full_exact(payload, &trex);
    }
}
