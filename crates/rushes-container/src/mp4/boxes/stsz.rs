//! ISO/IEC 14496-12, 8.7.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Sample size box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Stsz {
    /// `count` samples of `size` bytes: no byte of the box stands behind the count.
    Fixed { size: u32, count: u32 },
    /// One size per sample.
    Each(Vec<u32>),
}

impl FullBox for Stsz {
    const KIND: FourCc = FourCc(*b"stsz");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        match r.u32()? {
            0 => r.table(u32::from_be_bytes).map(Self::Each),
            size => r.u32().map(|count| Self::Fixed { size, count }),
        }
    }

    fn write(&self, w: &mut BoxWriter) {
        match self {
            Self::Fixed { size, count } => {
                w.u32(*size);
                w.u32(*count);
            }
            Self::Each(sizes) => {
                w.u32(0);
                w.table(sizes, |size| size.to_be_bytes());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let payload = b"\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\0\x01\0\0\x01\0";
        check_full_exact(payload, &Stsz::Each(vec![1, 256]));
        check_huge_count::<Stsz>(payload, 8);
        let payload = b"\0\0\0\0\0\0\0\x04\xff\xff\xff\xff";
        check_full_exact(payload, &Stsz::Fixed { size: 4, count: u32::MAX });
    }
}
