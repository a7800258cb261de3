//! The structure of `ID3v2`: header, extended header, frames; `ID3v2` version 2.4.0, structure, 3, and versions 2.3.0 and 2.2.0.

use std::borrow::Cow;

use super::Tags;
use super::frames::{self, Frame};

/// Header of a tag.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Header {
    version: u8,
    flags: u8,
    /// Bytes of the tag behind the header.
    pub(crate) size: u64,
}

const UNSYNCHRONISED: u8 = 0x80;
/// In version 2.2: compressed in a way that was never defined.
const EXTENDED: u8 = 0x40;
const FOOTER: u8 = 0x10;

impl Header {
    /// Bytes of a header.
    pub(crate) const SIZE: usize = 10;

    /// Reads the header at the start of `bytes`; `None` where there is none.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let [b'I', b'D', b'3', version, revision, flags, size @ ..] = bytes.first_chunk::<10>()?
        else {
            return None;
        };
        if *version == 0xff || *revision == 0xff {
            return None;
        }
        let size = u64::from(synchsafe(*size)?);
        let footer = if *version == 4 && flags & FOOTER != 0 { 10 } else { 0 };
        Some(Self { version: *version, flags: *flags, size: size + footer })
    }
}

/// Reads the bytes behind the header of a tag.
pub(crate) fn read(header: Header, bytes: &[u8], tags: &mut Tags) {
    let Header { version, flags, .. } = header;
    let bytes = match version {
        2 if flags & EXTENDED != 0 => return,
        2 | 3 if flags & UNSYNCHRONISED != 0 => Cow::Owned(synchronise(bytes)),
        2..=4 => Cow::Borrowed(bytes),
        _ => return,
    };
    let mut rest = &*bytes;
    if version >= 3 && flags & EXTENDED != 0 {
        rest = behind_extended_header(version, rest);
    }
    read_frames(
        Place { version, unsynchronised: flags & UNSYNCHRONISED != 0, nested: false },
        rest,
        tags,
    );
    frames::finish(tags);
}

/// Where frames are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) version: u8,
    /// The header of the tag says so for all its frames.
    pub(super) unsynchronised: bool,
    /// Inside of a frame, which ends there: nothing nests deeper.
    pub(super) nested: bool,
}

/// Reads frames one after another; what is no frame ends them, padding above all.
pub(super) fn read_frames(place: Place, mut rest: &[u8], tags: &mut Tags) {
    while let Some((raw, behind)) = RawFrame::split(place.version, rest) {
        rest = behind;
        if let Some(payload) = raw.payload(place) {
            frames::read(Frame { place, kind: raw.kind, payload: &payload }, tags);
        }
    }
}

/// A frame as it is stored.
struct RawFrame<'a> {
    kind: [u8; 4],
    flags: u8,
    bytes: &'a [u8],
}

impl<'a> RawFrame<'a> {
    fn split(version: u8, bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        if version == 2 {
            let ([a, b, c, size @ ..], rest) = bytes.split_first_chunk::<6>()?;
            let kind = [*a, *b, *c, b' '];
            let [high, middle, low] = *size;
            let size = u32::from_be_bytes([0, high, middle, low]);
            let (bytes, rest) = take(rest, size);
            return is_name(&kind[..3]).then_some((Self { kind, flags: 0, bytes }, rest));
        }
        let (header, rest) = bytes.split_first_chunk::<10>()?;
        let [a, b, c, d, size @ .., _, flags] = *header;
        let kind = [a, b, c, d];
        if !is_name(&kind) {
            return None;
        }
        let plain = u32::from_be_bytes(size);
        let size = match synchsafe(size) {
            // iTunes wrote plain sizes into tags of version 2.4: whichever leads to a frame or to the end is right.
            Some(size) if version == 4 => {
                let fits = |size| starts_frame(take(rest, size).1);
                if size != plain && !fits(size) && fits(plain) { plain } else { size }
            }
            _ => plain,
        };
        let (bytes, rest) = take(rest, size);
        Some((Self { kind, flags, bytes }, rest))
    }

    /// The payload without what the flags put in front of it; `None` where it is compressed or encrypted.
    fn payload(&self, place: Place) -> Option<Cow<'a, [u8]>> {
        let mut bytes = self.bytes;
        let (packed, group, length) = match place.version {
            3 => (self.flags & 0xc0, self.flags & 0x20, 0),
            4 => (self.flags & 0x0c, self.flags & 0x40, self.flags & 0x01),
            _ => (0, 0, 0),
        };
        if packed != 0 {
            return None;
        }
        if group != 0 {
            bytes = bytes.get(1..)?;
        }
        if length != 0 {
            bytes = bytes.get(4..)?;
        }
        let unsynchronised = place.version == 4 && (place.unsynchronised || self.flags & 0x02 != 0);
        Some(if unsynchronised { Cow::Owned(synchronise(bytes)) } else { Cow::Borrowed(bytes) })
    }
}

/// True for what may be in front of a frame, or is the end of all frames.
fn starts_frame(bytes: &[u8]) -> bool {
    match bytes.first_chunk::<4>() {
        Some(kind) => is_name(kind) || *kind == [0; 4],
        None => bytes.iter().all(|byte| *byte == 0),
    }
}

fn is_name(kind: &[u8]) -> bool {
    kind.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// The first bytes and the rest; a frame that claims more than there is has what there is.
fn take(bytes: &[u8], size: u32) -> (&[u8], &[u8]) {
    bytes.split_at(usize::try_from(size).unwrap_or(usize::MAX).min(bytes.len()))
}

fn behind_extended_header(version: u8, bytes: &[u8]) -> &[u8] {
    let Some(size) = bytes.first_chunk::<4>() else { return bytes };
    let size = match version {
        // Without the size itself.
        3 => u32::from_be_bytes(*size).saturating_add(4),
        _ => synchsafe(*size).unwrap_or(u32::MAX),
    };
    take(bytes, size).1
}

/// A number in bytes of seven bits; `None` where a byte has eight.
fn synchsafe(bytes: [u8; 4]) -> Option<u32> {
    bytes
        .iter()
        .try_fold(0, |number, byte| (*byte < 0x80).then_some((number << 7) | u32::from(*byte)))
}

/// Drops the zeros that were put behind 0xff so that nothing looks like sound.
fn synchronise(bytes: &[u8]) -> Vec<u8> {
    let mut synchronised = Vec::with_capacity(bytes.len());
    let mut before = 0;
    for byte in bytes {
        if before != 0xff || *byte != 0 {
            synchronised.push(*byte);
        }
        before = *byte;
    }
    synchronised
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(version: u8, flags: u8, body: &[u8]) -> Vec<(String, String)> {
        let mut header = vec![b'I', b'D', b'3', version, 0, flags, 0, 0];
        header
            .extend([body.len() >> 7, body.len() & 0x7f].map(|b| u8::try_from(b).expect("small")));
        let header = Header::read(&header).expect("a header");
        let mut tags = Tags::default();
        read(header, body, &mut tags);
        tags.metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    fn check(version: u8, flags: u8, body: &[u8], expected: &[(&str, &str)]) {
        let found = tag(version, flags, body);
        let found: Vec<_> = found.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(found, expected, "{body:?}");
    }

    #[test]
    fn headers_read() {
        let check = |bytes: &[u8], expected: Option<u64>| {
            assert_eq!(Header::read(bytes).map(|header| header.size), expected, "{bytes:?}");
        };
        check(b"ID3\x03\0\0\0\0\x02\x01", Some(257));
        check(b"ID3\x04\0\x10\0\0\0\x01", Some(11));
        check(b"ID3\x03\0\x10\0\0\0\x01", Some(1));
        check(b"ID3\x03\0\0\x7f\x7f\x7f\x7f", Some((1 << 28) - 1));
        check(b"ID3\x03\0\0\x80\0\0\0", None);
        check(b"ID3\xff\0\0\0\0\0\0", None);
        check(b"ID3\x03\0\0\0\0\0", None);
        check(b"TAG\x03\0\0\0\0\0\0", None);
    }

    #[test]
    fn frames_of_all_versions() {
        check(2, 0, b"TT2\0\0\x03\0ab\0\0\0\0\0\0", &[("title", "ab")]);
        check(
            3,
            0,
            b"TIT2\0\0\0\x03\0\0\0abTPE1\0\0\0\x02\0\0\0c",
            &[("title", "ab"), ("artist", "c")],
        );
        check(4, 0, b"TIT2\0\0\0\x03\0\0\x03ab", &[("title", "ab")]);
    }

    #[test]
    fn sizes_of_itunes() {
        // 0x0100 is 256 plain, 128 synchsafe.
        let mut body = b"TALB\0\0\x01\0\0\0\0".to_vec();
        body.extend([b'x'; 255]);
        let album = "x".repeat(255);
        check(
            4,
            0,
            &[&*body, b"TIT2\0\0\0\x02\0\0\0a"].concat(),
            &[("album", &album), ("title", "a")],
        );
        body.truncate(11 + 127);
        let album = "x".repeat(127);
        check(
            4,
            0,
            &[&*body, b"TIT2\0\0\0\x02\0\0\0a"].concat(),
            &[("album", &album), ("title", "a")],
        );
    }

    #[test]
    fn flags_are_undone() {
        // Unsynchronised as a whole, by frame, by the header of version 2.4.
        check(3, 0x80, b"TIT2\0\0\0\x03\0\0\0\xff\0\xfe", &[("title", "\u{ff}\u{fe}")]);
        check(4, 0, b"TIT2\0\0\0\x04\0\x02\0\xff\0\xfe", &[("title", "\u{ff}\u{fe}")]);
        check(4, 0x80, b"TIT2\0\0\0\x04\0\0\0\xff\0\xfe", &[("title", "\u{ff}\u{fe}")]);
        // Groups and lengths in front; compressed and encrypted frames are left out.
        check(3, 0, b"TIT2\0\0\0\x03\0\x20\x07\0a", &[("title", "a")]);
        check(4, 0, b"TIT2\0\0\0\x07\0\x41\x07\0\0\0\x02\0a", &[("title", "a")]);
        check(3, 0, b"TIT2\0\0\0\x02\0\x80\0aTPE1\0\0\0\x02\0\0\0b", &[("artist", "b")]);
        check(4, 0, b"TIT2\0\0\0\x02\0\x04\0aTPE1\0\0\0\x02\0\0\0b", &[("artist", "b")]);
        check(2, 0x40, b"TT2\0\0\x02\0a", &[]);
    }

    #[test]
    fn extended_headers_are_passed() {
        check(3, 0x40, b"\0\0\0\x06\0\0\0\0\0\0TIT2\0\0\0\x02\0\0\0a", &[("title", "a")]);
        check(4, 0x40, b"\0\0\0\x06\x01\0TIT2\0\0\0\x02\0\0\0a", &[("title", "a")]);
        check(4, 0x40, b"\xff\0\0\x06\x01\0TIT2\0\0\0\x02\0\0\0a", &[]);
    }

    #[test]
    fn broken_tags_give_what_there_is() {
        let body = b"TIT2\0\0\0\x03\0\0\0abCOMM\0\0\0\x08\0\0\0engd\0txAPIC\0\0\0\x0f\0\0\0image/png\0\x03\0\x89P";
        for length in 0..body.len() {
            for version in 0..6 {
                tag(version, 0, &body[..length]);
                tag(version, 0xff, &body[..length]);
            }
        }
        check(3, 0, b"TIT2\xff\xff\xff\xff\0\0\0ab", &[("title", "ab")]);
        check(3, 0, b"tit2\0\0\0\x03\0\0\0ab", &[]);
        check(5, 0, b"TIT2\0\0\0\x03\0\0\0ab", &[]);
    }
}
