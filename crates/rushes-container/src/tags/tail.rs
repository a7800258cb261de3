//! Tags behind the sound: `ID3v1`, APE (versions 1 and 2), `Lyrics3` version 2. The last is the last of the file, and each says
//! where it starts.

use rushes_core::Result;

use super::ape;
use crate::id3::{self, Tags};
use crate::input::Input;

/// Bytes of the header and of the footer of an APE tag.
const APE_BYTES: u64 = 32;
/// Bytes of the length and the name that end `Lyrics3`.
const LYRICS_END: u64 = 15;

/// True where `bytes` start with a tag that belongs behind sound or in front of it.
pub(crate) fn is_tag(bytes: &[u8]) -> bool {
    length(bytes).is_some()
}

/// Bytes of the tag at the start of `bytes`, of which 32 are enough; `None` where there is none.
pub(crate) fn length(bytes: &[u8]) -> Option<u64> {
    if let Some(header) = id3::Header::read(bytes) {
        return Some(id3::Header::SIZE as u64 + header.size);
    }
    if bytes.starts_with(b"TAG") {
        return Some(id3::V1_SIZE as u64);
    }
    if bytes.starts_with(b"APETAGEX") {
        let ape = Ape::read(bytes)?;
        // A footer in front of which no header was seen ends its tag.
        return Some(if ape.is_header { APE_BYTES + ape.size } else { APE_BYTES });
    }
    None
}

/// Goes over the tags at the end of an input that seeks, takes in what they say, and returns where they start.
pub(crate) fn read(input: &mut Input, start: u64, tags: &mut Tags) -> Result<u64> {
    let Some(mut end) = input.length().filter(|_| input.is_seekable()) else {
        return Ok(u64::MAX);
    };
    let mut cut_off = Tags::default();
    if let Some(at) = before(end, id3::V1_SIZE as u64, start) {
        input.seek(at)?;
        if id3::read_v1(&input.read_array()?, &mut cut_off) {
            end = at;
        }
    }
    let end = read_others(input, start, end, tags)?;
    // The other tags have all that version 1 has, and whole.
    if tags.metadata.is_empty() {
        tags.metadata = cut_off.metadata;
    }
    Ok(end)
}

/// Goes over the tags in front of `end`.
fn read_others(input: &mut Input, start: u64, mut end: u64, tags: &mut Tags) -> Result<u64> {
    loop {
        if let Some(at) = before(end, APE_BYTES, start) {
            input.seek(at)?;
            // A footer counts itself: one that does not would be found again and again.
            let footer = |ape: &Ape| !ape.is_header && ape.size >= APE_BYTES;
            if let Some(ape) = Ape::read(input.peek(32)?).filter(footer) {
                let header = if ape.has_header { APE_BYTES } else { 0 };
                if let Some(at) = before(end, ape.size.saturating_add(header), start) {
                    input.seek(at.saturating_add(header))?;
                    let items = ape.size.saturating_sub(APE_BYTES);
                    if items <= input.limits().metadata_bytes {
                        ape::read(&input.read_payload(items)?, tags);
                    }
                    end = at;
                    continue;
                }
            }
        }
        match lyrics(input, end, start)? {
            Some(at) => end = at,
            None => return Ok(end),
        }
    }
}

/// Where `Lyrics3` that ends at `end` starts.
fn lyrics(input: &mut Input, end: u64, start: u64) -> Result<Option<u64>> {
    let Some(at) = before(end, LYRICS_END, start) else { return Ok(None) };
    input.seek(at)?;
    let bytes: [u8; 15] = input.read_array()?;
    let Some(digits) = bytes.strip_suffix(b"LYRICS200") else { return Ok(None) };
    let size = str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    Ok(size.and_then(|size| before(at, size, start)))
}

/// The offset `size` bytes before `end`, if that is not before the sound.
fn before(end: u64, size: u64, start: u64) -> Option<u64> {
    end.checked_sub(size).filter(|at| *at >= start)
}

/// Header or footer of an APE tag.
struct Ape {
    /// Bytes of the items and the footer.
    size: u64,
    has_header: bool,
    is_header: bool,
}

impl Ape {
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_prefix(b"APETAGEX")?;
        let number = |at: usize| {
            let bytes = bytes.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map(|bytes| u32::from_le_bytes(*bytes))
        };
        let (version, size, flags) = (number(0)?, number(4)?, number(12)?);
        // Version 1 has no flags.
        let flags = if version >= 2000 { flags } else { 0 };
        Some(Self {
            size: u64::from(size),
            has_header: flags & 1 << 31 != 0,
            is_header: flags & 1 << 29 != 0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemuxOptions, Source};

    fn ape(version: u32, size: u32, flags: u32) -> Vec<u8> {
        let mut bytes = b"APETAGEX".to_vec();
        for number in [version, size, 1, flags, 0, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes
    }

    fn v1() -> Vec<u8> {
        let mut bytes = b"TAGtitle".to_vec();
        bytes.resize(128, 0);
        bytes
    }

    #[test]
    fn tags_at_the_end_are_found() {
        let check = |parts: &[&[u8]], expected: u64| {
            let bytes = parts.concat();
            let mut input = Input::new(Source::bytes(bytes), &DemuxOptions::default());
            let input = input.as_mut().expect("opens");
            let found = read(input, 0, &mut Tags::default()).expect("reads");
            assert_eq!(found, expected);
        };
        let sound: &[u8] = &[0x55; 100];
        check(&[sound, &ape(2000, 0, 0)], 132);
        check(&[sound, &ape(2000, 31, 0)], 132);
        check(&[sound, &ape(2000, 32, 0)], 100);
        let items: &[u8] = &[1; 20];
        let whole = [&ape(2000, 52, 0xa000_0000), items, &ape(2000, 52, 0x8000_0000)].concat();
        let old = [items, &ape(1000, 52, 0xffff_ffff)].concat();
        let lyrics: &[u8] = b"LYRICSBEGININD0000210000021LYRICS200";
        check(&[sound], 100);
        check(&[sound, &v1()], 100);
        check(&[sound, &whole], 100);
        check(&[sound, &whole, &v1()], 100);
        check(&[sound, &old, &v1()], 100);
        check(&[sound, lyrics, &v1()], 100);
        check(&[sound, b"LYRICSBEGIN999999LYRICS200", &v1()], 126);
        check(&[sound, &old, &whole], 100);
        // Tags that claim more than there is are none.
        check(&[sound, &ape(2000, 152, 0x8000_0000)], 132);
        check(&[], 0);
        check(&[&v1()], 0);
    }

    #[test]
    fn lengths_of_tags() {
        assert_eq!(length(&v1()), Some(128));
        assert_eq!(length(&ape(2000, 52, 0xa000_0000)), Some(84));
        assert_eq!(length(&ape(2000, 52, 0x8000_0000)), Some(32));
        assert_eq!(length(b"ID3\x03\0\0\0\0\x02\x01"), Some(267));
        assert_eq!(length(b"APETAGEX"), None);
        assert_eq!(length(b"LAME"), None);
    }
}
