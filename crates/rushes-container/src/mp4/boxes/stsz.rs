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

/// Compact sample size box: sizes of 4, 8 or 16 bits.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Stz2 {
    pub(crate) field_bits: u8,
    pub(crate) sizes: Vec<u32>,
}

impl FullBox for Stz2 {
    const KIND: FourCc = FourCc(*b"stz2");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let field_bits = r.u32()?.to_be_bytes()[3];
        let sizes = match field_bits {
            16 => r.table(|size| u32::from(u16::from_be_bytes(size)))?,
            8 => r.table(|[size]: [u8; 1]| u32::from(size))?,
            4 => {
                let count = r.u32()?;
                let pairs = r.entries(count.div_ceil(2), |[pair]: [u8; 1]| {
                    [u32::from(pair >> 4), u32::from(pair & 15)]
                })?;
                let mut sizes = pairs.into_flattened();
                sizes.truncate(usize::try_from(count).unwrap_or(usize::MAX));
                sizes
            }
            bits => return Err(r.error(format!("sample sizes of {bits} bits; 4, 8 or 16 exist"))),
        };
        Ok(Self { field_bits, sizes })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(u32::from(self.field_bits));
        let low = |size: &u32| size.to_be_bytes();
        match self.field_bits {
            16 => w.table(&self.sizes, |size| [low(size)[2], low(size)[3]]),
            8 => w.table(&self.sizes, |size| [low(size)[3]]),
            _ => {
                w.u32(u32::try_from(self.sizes.len()).unwrap_or(u32::MAX));
                for pair in self.sizes.chunks(2) {
                    let second = pair.get(1).map_or(0, |size| low(size)[3] & 15);
                    w.u8(low(&pair[0])[3] << 4 | second);
                }
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

    #[test]
    fn compact_round_trip() {
        let check = |payload: &[u8], field_bits, sizes: &[u32]| {
            check_full_exact(payload, &Stz2 { field_bits, sizes: sizes.to_vec() });
            check_huge_count::<Stz2>(payload, 8);
        };
        check(b"\0\0\0\0\0\0\0\x10\0\0\0\x02\0\x01\x01\0", 16, &[1, 256]);
        check(b"\0\0\0\0\0\0\0\x08\0\0\0\x02\x01\xff", 8, &[1, 255]);
        check(b"\0\0\0\0\0\0\0\x04\0\0\0\x03\x1f\x20", 4, &[1, 15, 2]);
        Stz2::parse(BoxReader::new(b"\0\0\0\0\0\0\0\x05\0\0\0\0", 0)).expect_err("5 bits");
    }
}
