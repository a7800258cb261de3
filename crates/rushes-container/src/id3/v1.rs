//! `ID3v1`: the last 128 bytes of a file; version 1.1 has the number of the track in the last two of the comment.

use super::{Tags, genre};
use crate::text;

/// Bytes of a tag.
pub(crate) const SIZE: usize = 128;

/// Reads a tag; false where there is none.
pub(crate) fn read(bytes: &[u8; SIZE], tags: &mut Tags) -> bool {
    if !bytes.starts_with(b"TAG") {
        return false;
    }
    for (key, range) in [
        ("title", 3..33),
        ("artist", 33..63),
        ("album", 63..93),
        ("date", 93..97),
        ("comment", 97..127),
    ] {
        let field = bytes[range].split(|byte| *byte == 0).next().unwrap_or_default();
        tags.set(key, text::guess(field).trim_end());
    }
    if let [0, track] = bytes[125..127]
        && track != 0
    {
        tags.set("track", &track.to_string());
    }
    tags.set("genre", genre(u16::from(bytes[127])).unwrap_or_default());
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag() -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..8].copy_from_slice(b"TAGTitle");
        bytes[33..63].copy_from_slice(b"r\xe4ksm\xf6rg\xe5s                    ");
        bytes[93..97].copy_from_slice(b"2003");
        bytes[97..127].fill(b'c');
        bytes[127] = 7;
        bytes
    }

    fn read_all(bytes: &[u8; SIZE]) -> Vec<(String, String)> {
        let mut tags = Tags::default();
        assert!(read(bytes, &mut tags));
        tags.metadata.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn fields_become_tags() {
        let comment = "c".repeat(30);
        let expected = [
            ("title", "Title"),
            ("artist", "räksmörgås"),
            ("date", "2003"),
            ("comment", &comment),
            ("genre", "Hip-Hop"),
        ];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read_all(&tag()), expected);
    }

    #[test]
    fn version_1_1_has_a_track() {
        let mut bytes = tag();
        (bytes[125], bytes[126], bytes[127]) = (0, 9, 255);
        let found = read_all(&bytes);
        assert!(found.contains(&("track".to_owned(), "9".to_owned())), "{found:?}");
        assert!(found.contains(&("comment".to_owned(), "c".repeat(28))), "{found:?}");
        assert!(!found.iter().any(|(key, _)| key == "genre"), "{found:?}");
    }

    #[test]
    fn other_bytes_are_no_tag() {
        assert!(!read(&[b'T'; SIZE], &mut Tags::default()));
    }
}
