//! ISO/IEC 14496-12, 4.3.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// File type box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Ftyp {
    pub(crate) major: FourCc,
    pub(crate) minor: u32,
    pub(crate) compatible: Vec<FourCc>,
}

impl Ftyp {
    /// True where the file follows QuickTime rather than ISO rules: the brand is `qt  `.
    pub(crate) fn is_quicktime(&self) -> bool {
        self.major.0 == *b"qt  "
    }

    /// The format of pictures, still or in sequences, that the brands name (ISO/IEC 23008-12, 10; AVIF, 6).
    pub(crate) fn picture_format(&self) -> Option<&'static str> {
        let format_of = |brand: &FourCc| match &brand.0 {
            b"avif" | b"avis" => Some("avif"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"hevm" | b"hevs" => {
                Some("heic")
            }
            _ => None,
        };
        // The brands of HEIF itself do not say the codec; others that merely list a picture are movies.
        match &self.major.0 {
            b"mif1" | b"msf1" => self.compatible.iter().find_map(format_of),
            _ => format_of(&self.major),
        }
    }
}

impl PlainBox for Ftyp {
    const KIND: FourCc = FourCc(*b"ftyp");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (major, minor) = (r.fourcc()?, r.u32()?);
        let (brands, _) = r.rest().as_chunks();
        Ok(Self { major, minor, compatible: brands.iter().copied().map(FourCc).collect() })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.fourcc(self.major);
        w.u32(self.minor);
        self.compatible.iter().for_each(|brand| w.fourcc(*brand));
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let compatible = vec![FourCc(*b"isom"), FourCc(*b"avc1")];
        let ftyp = Ftyp { major: FourCc(*b"isom"), minor: 512, compatible };
        check_plain(b"isom\0\0\x02\0isomavc1", &ftyp, 8);
        assert!(!ftyp.is_quicktime());
    }
}
