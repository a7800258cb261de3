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
