//! ISO/IEC 14496-12, 8.3.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, version_for};

/// Track header box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tkhd {
    /// 1 enabled, 2 in the movie, 4 in the preview.
    pub(crate) flags: u32,
    /// Seconds since 1904.
    pub(crate) creation: u64,
    /// Seconds since 1904.
    pub(crate) modification: u64,
    pub(crate) track_id: u32,
    /// Length of the presentation in ticks of the movie header; `u64::MAX` where unknown.
    pub(crate) duration: u64,
    pub(crate) layer: i16,
    pub(crate) alternate_group: i16,
    /// Fixed point 8.8.
    pub(crate) volume: u16,
    pub(crate) matrix: [i32; 9],
    /// Fixed point 16.16.
    pub(crate) width: u32,
    /// Fixed point 16.16.
    pub(crate) height: u32,
}

impl FullBox for Tkhd {
    const KIND: FourCc = FourCc(*b"tkhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (creation, modification, track_id) = (r.versioned()?, r.versioned()?, r.u32()?);
        r.skip(4)?;
        let duration = r.versioned_duration()?;
        r.skip(8)?;
        let (layer, alternate_group, volume) = (r.i16()?, r.i16()?, r.u16()?);
        r.skip(2)?;
        let (matrix, width, height) = (r.matrix()?, r.u32()?, r.u32()?);
        Ok(Self {
            flags: r.flags(),
            creation,
            modification,
            track_id,
            duration,
            layer,
            alternate_group,
            volume,
            matrix,
            width,
            height,
        })
    }

    fn write(&self, w: &mut BoxWriter) {
        let version = self.version();
        w.versioned(version, self.creation);
        w.versioned(version, self.modification);
        w.u32(self.track_id);
        w.zeros(4);
        w.versioned(version, self.duration);
        w.zeros(8);
        w.i16(self.layer);
        w.i16(self.alternate_group);
        w.u16(self.volume);
        w.zeros(2);
        w.matrix(&self.matrix);
        w.u32(self.width);
        w.u32(self.height);
    }

    fn version(&self) -> u8 {
        version_for(&[self.creation, self.modification, self.duration])
    }

    fn flags(&self) -> u32 {
        self.flags
    }
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY_MATRIX;
    use super::super::testing::check_full_exact;
    use super::*;

    const TAIL: &[u8] = b"\0\0\0\0\0\0\0\0\xff\xff\0\x01\x01\0\0\0\
        \0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\
        \x01\x40\0\0\0\xb4\0\0";

    fn tkhd(creation: u64, duration: u64) -> Tkhd {
        Tkhd {
            flags: 3,
            creation,
            modification: 2,
            track_id: 1,
            duration,
            layer: -1,
            alternate_group: 1,
            volume: 0x100,
            matrix: IDENTITY_MATRIX,
            width: 320 << 16,
            height: 180 << 16,
        }
    }

    #[test]
    fn round_trip() {
        let check = |head: &[u8], tkhd: Tkhd| check_full_exact(&[head, TAIL].concat(), &tkhd);
        check(b"\0\0\0\x03\0\0\0\x01\0\0\0\x02\0\0\0\x01\0\0\0\0\0\0\x03\xe8", tkhd(1, 1000));
        let long = b"\x01\0\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\0\0\
            \0\0\0\x02\0\0\0\0";
        check(long, tkhd(1 << 32, 1 << 33));
    }
}
