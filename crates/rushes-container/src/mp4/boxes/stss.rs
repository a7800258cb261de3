//! ISO/IEC 14496-12, 8.6.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Sync sample box: the samples at which decoding can start, numbered from one. Without the box all samples are.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Stss {
    pub(crate) samples: Vec<u32>,
}

impl FullBox for Stss {
    const KIND: FourCc = FourCc(*b"stss");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        r.table(u32::from_be_bytes).map(|samples| Self { samples })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.table(&self.samples, |sample| sample.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\x01\0";
        check_full_exact(payload, &Stss { samples: vec![1, 256] });
        check_huge_count::<Stss>(payload, 4);
    }
}
