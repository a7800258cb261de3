//! ISO/IEC 14496-12, 8.4.2.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox, version_for};

/// Media header box.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mdhd {
    /// Seconds since 1904.
    pub(crate) creation: u64,
    /// Seconds since 1904.
    pub(crate) modification: u64,
    /// Ticks per second of the track's times.
    pub(crate) timescale: u32,
    /// Length of the media; `u64::MAX` where unknown.
    pub(crate) duration: u64,
    /// Packed ISO 639-2 code, or a number of QuickTime below 0x400.
    pub(crate) language: u16,
}

/// Languages of QuickTime's numbers, as far as they are in use (QuickTime File Format, "Language Code Values").
const QUICKTIME_LANGUAGES: [&str; 24] = [
    "eng", "fra", "ger", "ita", "dut", "sve", "spa", "dan", "por", "nor", "heb", "jpn", "ara",
    "fin", "gre", "ice", "mlt", "tur", "hrv", "chi", "urd", "hin", "tha", "kor",
];

impl Mdhd {
    /// Three letters of ISO 639-2; `None` for none, undetermined included.
    pub(crate) fn language_name(&self) -> Option<String> {
        if self.language < 0x400 {
            let known = QUICKTIME_LANGUAGES.get(usize::from(self.language));
            return known.map(|name| (*name).to_owned());
        }
        let letter = |shift: u16| {
            let [_, low] = (self.language >> shift & 31).to_be_bytes();
            char::from(low + 0x60)
        };
        let name: String = [10, 5, 0].map(letter).iter().collect();
        let known = name.chars().all(|letter| letter.is_ascii_lowercase());
        known.then_some(name)
    }
}

/// The packed form of three letters of ISO 639-2; `und` for anything else.
pub(crate) fn pack_language(name: &str) -> u16 {
    let letters: &[u8] = match name.as_bytes() {
        [a, b, c] if [a, b, c].iter().all(|letter| letter.is_ascii_lowercase()) => name.as_bytes(),
        _ => b"und",
    };
    letters.iter().fold(0, |packed, letter| packed << 5 | u16::from(letter - 0x60))
}

impl FullBox for Mdhd {
    const KIND: FourCc = FourCc(*b"mdhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let (creation, modification) = (r.versioned()?, r.versioned()?);
        let (timescale, duration) = (r.u32()?, r.versioned_duration()?);
        let language = r.u16()?;
        r.skip(2)?;
        Ok(Self { creation, modification, timescale, duration, language })
    }

    fn write(&self, w: &mut BoxWriter) {
        let version = self.version();
        w.versioned(version, self.creation);
        w.versioned(version, self.modification);
        w.u32(self.timescale);
        w.versioned(version, self.duration);
        w.u16(self.language);
        w.zeros(2);
    }

    fn version(&self) -> u8 {
        version_for(&[self.creation, self.modification, self.duration])
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    fn mdhd(creation: u64, duration: u64) -> Mdhd {
        Mdhd { creation, modification: 2, timescale: 48_000, duration, language: 0x15c7 }
    }

    #[test]
    fn round_trip() {
        let check = |payload: &[u8], mdhd: Mdhd| {
            check_full_exact(payload, &mdhd);
            assert_eq!(mdhd.language_name().as_deref(), Some("eng"));
        };
        check(b"\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\xbb\x80\0\0\x03\xe8\x15\xc7\0\0", mdhd(1, 1000));
        let long = b"\x01\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02\0\0\xbb\x80\
            \0\0\0\x02\0\0\0\0\x15\xc7\0\0";
        check(long, mdhd(1 << 32, 1 << 33));
    }

    #[test]
    fn languages() {
        let check = |language, expected: Option<&str>| {
            let mdhd = Mdhd { language, ..mdhd(0, 0) };
            assert_eq!(mdhd.language_name().as_deref(), expected, "{language}");
        };
        check(pack_language("deu"), Some("deu"));
        check(pack_language("English"), Some("und"));
        check(2, Some("ger"));
        check(0x3ff, None);
        check(0x7fff, None);
        check(0x400, None);
    }
}
