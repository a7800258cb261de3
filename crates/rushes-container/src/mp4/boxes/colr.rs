//! ISO/IEC 14496-12, 12.1.5.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// Colour information box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Colr {
    /// Code points of ITU-T H.273.
    Nclx { primaries: u16, transfer: u16, matrix: u16, full_range: bool },
    /// QuickTime's form, which says nothing of the range.
    Nclc { primaries: u16, transfer: u16, matrix: u16 },
    /// An ICC profile (`prof`, `rICC`), or anything else.
    Other { kind: FourCc, data: Vec<u8> },
}

impl PlainBox for Colr {
    const KIND: FourCc = FourCc(*b"colr");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let kind = r.fourcc()?;
        match &kind.0 {
            b"nclx" | b"nclc" => {
                let (primaries, transfer, matrix) = (r.u16()?, r.u16()?, r.u16()?);
                if kind.0 == *b"nclc" {
                    return Ok(Self::Nclc { primaries, transfer, matrix });
                }
                let full_range = r.u8()? & 0x80 != 0;
                Ok(Self::Nclx { primaries, transfer, matrix, full_range })
            }
            _ => Ok(Self::Other { kind, data: r.rest().to_vec() }),
        }
    }

    fn write(&self, w: &mut BoxWriter) {
        let mut points = |kind, points: [u16; 3]| {
            w.fourcc(FourCc(kind));
            points.iter().for_each(|point| w.u16(*point));
        };
        match self {
            Self::Nclx { primaries, transfer, matrix, full_range } => {
                points(*b"nclx", [*primaries, *transfer, *matrix]);
                w.u8(u8::from(*full_range) << 7);
            }
            Self::Nclc { primaries, transfer, matrix } => {
                points(*b"nclc", [*primaries, *transfer, *matrix]);
            }
            Self::Other { kind, data } => {
                w.fourcc(*kind);
                w.bytes(data);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let (primaries, transfer, matrix) = (9, 16, 9);
        let nclx = Colr::Nclx { primaries, transfer, matrix, full_range: true };
        check_plain(b"nclx\0\x09\0\x10\0\x09\x80", &nclx, 11);
        check_plain(b"nclc\0\x09\0\x10\0\x09", &Colr::Nclc { primaries, transfer, matrix }, 10);
        let other = Colr::Other { kind: FourCc(*b"prof"), data: b"icc".to_vec() };
        check_plain(b"proficc", &other, 4);
    }
}
