//! ISO/IEC 14496-12, 8.9 and 10.1: sample groups, as far as audio needs them.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

const ROLL: FourCc = FourCc(*b"roll");

/// Sample group description box with one roll recovery entry: how many samples must be decoded (a negative distance)
/// in front of the first whose sound is right.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RollDescription {
    pub(crate) distance: i16,
}

/// Sample-to-group box that puts the first `count` samples into the first roll recovery group.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct RollSamples {
    pub(crate) count: u32,
}

impl FullBox for RollDescription {
    const KIND: FourCc = FourCc(*b"sgpd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (kind, length, count) = (r.fourcc()?, r.u32()?, r.u32()?);
        if kind != ROLL || length != 2 || count != 1 || r.version() != 1 {
            return Err(
                r.error(format!("{count} groups of '{kind}' where 1 of 'roll' is expected"))
            );
        }
        Ok(Self { distance: r.i16()? })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.fourcc(ROLL);
        w.u32(2);
        w.u32(1);
        w.i16(self.distance);
    }

    fn version(&self) -> u8 {
        1
    }
}

impl FullBox for RollSamples {
    const KIND: FourCc = FourCc(*b"sbgp");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (kind, runs, count, group) = (r.fourcc()?, r.u32()?, r.u32()?, r.u32()?);
        if kind != ROLL || runs != 1 || group != 1 {
            return Err(r.error(format!("{runs} runs of '{kind}' where 1 of 'roll' is expected")));
        }
        Ok(Self { count })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.fourcc(ROLL);
        w.u32(1);
        w.u32(self.count);
        w.u32(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let description = b"\x01\0\0\0roll\0\0\0\x02\0\0\0\x01\xff\xff";
        check_full_exact(description, &RollDescription { distance: -1 });
        let samples = b"\0\0\0\0roll\0\0\0\x01\0\0\x01\0\0\0\0\x01";
        check_full_exact(samples, &RollSamples { count: 256 });
    }
}
