//! ISO/IEC 14496-15, 5.3.3.1.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, PlainBox};

/// AVC configuration box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AvcC {
    pub(crate) profile: u8,
    pub(crate) compatibility: u8,
    pub(crate) level: u8,
    /// Bytes of the length in front of each NAL unit: 1, 2 or 4.
    pub(crate) length_size: u8,
    /// Sequence parameter sets.
    pub(crate) sps: Vec<Vec<u8>>,
    /// Picture parameter sets.
    pub(crate) pps: Vec<Vec<u8>>,
    /// Present in profiles 100, 110, 122 and 144 by the standard; writers leave it out.
    pub(crate) extension: Option<AvcExtension>,
}

/// What the configuration of a high profile adds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct AvcExtension {
    pub(crate) chroma_format: u8,
    pub(crate) luma_bits: u8,
    pub(crate) chroma_bits: u8,
    pub(crate) sps_extensions: Vec<Vec<u8>>,
}

impl PlainBox for AvcC {
    const KIND: FourCc = FourCc(*b"avcC");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let version = r.u8()?;
        if version != 1 {
            return Err(r.error(format!("AVC configuration version {version}; 1 exists")));
        }
        let (profile, compatibility, level) = (r.u8()?, r.u8()?, r.u8()?);
        let length_size = (r.u8()? & 3) + 1;
        let sps_count = r.u8()? & 31;
        let sps = read_units(r, sps_count)?;
        let pps_count = r.u8()?;
        let pps = read_units(r, pps_count)?;
        let high = matches!(profile, 100 | 110 | 122 | 144);
        let extension = if high && r.remaining() >= 4 {
            let (chroma_format, luma_bits) = (r.u8()? & 3, (r.u8()? & 7) + 8);
            let (chroma_bits, count) = ((r.u8()? & 7) + 8, r.u8()?);
            let sps_extensions = read_units(r, count)?;
            Some(AvcExtension { chroma_format, luma_bits, chroma_bits, sps_extensions })
        } else {
            None
        };
        Ok(Self { profile, compatibility, level, length_size, sps, pps, extension })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.bytes(&[1, self.profile, self.compatibility, self.level]);
        w.u8(0xfc | self.length_size.wrapping_sub(1) & 3);
        write_units(&self.sps, 0xe0, 31, w);
        write_units(&self.pps, 0, 255, w);
        if let Some(extension) = &self.extension {
            w.u8(0xfc | extension.chroma_format & 3);
            w.u8(0xf8 | extension.luma_bits.wrapping_sub(8) & 7);
            w.u8(0xf8 | extension.chroma_bits.wrapping_sub(8) & 7);
            write_units(&extension.sps_extensions, 0, 255, w);
        }
    }
}

fn read_units(r: &mut BoxReader<'_>, count: u8) -> Result<Vec<Vec<u8>>> {
    (0..count)
        .map(|_| {
            let length = r.u16()?;
            r.bytes(usize::from(length)).map(<[u8]>::to_vec)
        })
        .collect()
}

/// Writes at most `most` units behind their count, whose unused bits are `ones`.
fn write_units(units: &[Vec<u8>], ones: u8, most: u8, w: &mut BoxWriter) {
    let count = u8::try_from(units.len()).unwrap_or(u8::MAX).min(most);
    w.u8(ones | count);
    for unit in units.iter().take(usize::from(count)) {
        let length = u16::try_from(unit.len()).unwrap_or(u16::MAX);
        w.u16(length);
        w.bytes(&unit[..usize::from(length)]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_plain;
    use super::*;

    #[test]
    fn round_trip() {
        let avcc = |profile, extension| AvcC {
            profile,
            compatibility: 0xc0,
            level: 31,
            length_size: 4,
            sps: vec![vec![0x67, 1]],
            pps: vec![vec![0x68]],
            extension,
        };
        let base = b"\x01\x42\xc0\x1f\xff\xe1\0\x02\x67\x01\x01\0\x01\x68";
        check_plain(base, &avcc(66, None), base.len());
        let extension = AvcExtension {
            chroma_format: 1,
            luma_bits: 8,
            chroma_bits: 10,
            sps_extensions: vec![vec![9]],
        };
        let high =
            b"\x01\x64\xc0\x1f\xff\xe1\0\x02\x67\x01\x01\0\x01\x68\xfd\xf8\xfa\x01\0\x01\x09";
        check_plain(high, &avcc(100, Some(extension)), base.len());
        // Old writers end the box before the extension of a high profile.
        AvcC::read(&mut BoxReader::new(&high[..base.len()], 0)).expect("no extension");
        AvcC::read(&mut BoxReader::new(&high[..high.len() - 1], 0)).expect_err("cut extension");
        AvcC::read(&mut BoxReader::new(b"\0\0\0\x01\x67\x42\0\x1f", 0)).expect_err("Annex B");
    }
}
