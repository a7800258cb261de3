//! ISO/IEC 14496-12, 8.2.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, version_for};

/// Movie header box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mvhd {
    /// Seconds since 1904.
    pub(crate) creation: u64,
    /// Seconds since 1904.
    pub(crate) modification: u64,
    /// Ticks per second of the durations in the movie, track and edit headers.
    pub(crate) timescale: u32,
    /// Length of the longest track; `u64::MAX` where unknown.
    pub(crate) duration: u64,
    /// Fixed point 16.16.
    pub(crate) rate: u32,
    /// Fixed point 8.8.
    pub(crate) volume: u16,
    pub(crate) matrix: [i32; 9],
    pub(crate) next_track_id: u32,
}

impl FullBox for Mvhd {
    const KIND: FourCc = FourCc(*b"mvhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (creation, modification) = (r.versioned()?, r.versioned()?);
        let (timescale, duration) = (r.u32()?, r.versioned_duration()?);
        let (rate, volume) = (r.u32()?, r.u16()?);
        r.skip(10)?;
        let matrix = r.matrix()?;
        r.skip(24)?;
        let next_track_id = r.u32()?;
        Ok(Self {
            creation,
            modification,
            timescale,
            duration,
            rate,
            volume,
            matrix,
            next_track_id,
        })
    }

    fn write(&self, w: &mut BoxWriter) {
        let version = self.version();
        w.versioned(version, self.creation);
        w.versioned(version, self.modification);
        w.u32(self.timescale);
        w.versioned(version, self.duration);
        w.u32(self.rate);
        w.u16(self.volume);
        w.zeros(10);
        w.matrix(&self.matrix);
        w.zeros(24);
        w.u32(self.next_track_id);
    }

    fn version(&self) -> u8 {
        version_for(&[self.creation, self.modification, self.duration])
    }
}

#[cfg(test)]
mod tests {
    use super::super::IDENTITY_MATRIX;
    use super::super::testing::check_full_exact;
    use super::*;

    const TAIL: &[u8] = b"\0\x01\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\
        \0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x40\0\0\0\
        \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x03";

    fn mvhd(creation: u64, duration: u64) -> Mvhd {
        Mvhd {
            creation,
            modification: 2,
            timescale: 600,
            duration,
            rate: 0x1_0000,
            volume: 0x100,
            matrix: IDENTITY_MATRIX,
            next_track_id: 3,
        }
    }

    #[test]
    fn round_trip() {
        let check = |head: &[u8], mvhd: Mvhd| check_full_exact(&[head, TAIL].concat(), &mvhd);
        check(b"\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\x02\x58\0\0\x03\xe8", mvhd(1, 1000));
        check(b"\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\x02\x58\xff\xff\xff\xff", mvhd(1, u64::MAX));
        let long = b"\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\x02\x58\0\0\0\x02\0\0\0\0";
        check(long, mvhd(1 << 32, 1 << 33));
    }
}
