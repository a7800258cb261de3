//! Items of APE tags, versions 1 and 2 (hydrogenaud.io, "APE key" and "APE Tag Item"). Like all tags they never decide whether a
//! file plays: what is broken is left out.

use crate::cover::CoverArt;
use crate::id3::Tags;

/// Bytes of the size and the flags of an item.
const ITEM: usize = 8;
/// In the flags: what the value is. Text is zero.
const KIND: u32 = 6;
const BINARY: u32 = 2;

/// Names that differ from the keys of the model.
const KEYS: [(&str, &str); 4] = [
    ("year", "date"),
    ("album artist", "album_artist"),
    ("albumartist", "album_artist"),
    ("file", "original_file"),
];

/// Takes in the items, which start at the start of `bytes`.
pub(super) fn read(mut bytes: &[u8], tags: &mut Tags) {
    while let Some((item, rest)) = Item::split(bytes) {
        item.take(tags);
        bytes = rest;
    }
}

struct Item<'a> {
    flags: u32,
    key: String,
    value: &'a [u8],
}

impl<'a> Item<'a> {
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (head, rest) = bytes.split_first_chunk::<ITEM>()?;
        let [a, b, c, d, flags @ ..] = *head;
        let size = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        let end = rest.iter().position(|byte| *byte == 0)?;
        let key = str::from_utf8(&rest[..end]).ok()?.to_lowercase();
        let (value, rest) = rest[end + 1..].split_at_checked(size)?;
        Some((Self { flags: u32::from_le_bytes(flags), key, value }, rest))
    }

    fn take(self, tags: &mut Tags) {
        if self.flags & KIND == BINARY {
            self.picture(tags);
            return;
        }
        if self.flags & KIND != 0 {
            return;
        }
        let key =
            KEYS.iter().find(|(name, _)| *name == self.key).map_or(&*self.key, |(_, key)| key);
        // Values of a list are separated by zeros.
        let text = String::from_utf8_lossy(self.value);
        let value = text.split('\0').filter(|value| !value.is_empty()).collect::<Vec<_>>();
        tags.set(key, &value.join("; "));
    }

    /// `Cover Art (Front)` and the like: a file name, a zero, the picture.
    fn picture(&self, tags: &mut Tags) {
        let Some(shows) = self.key.strip_prefix("cover art (") else { return };
        let Some(end) = self.value.iter().position(|byte| *byte == 0) else { return };
        let (name, data) = (&self.value[..end], &self.value[end + 1..]);
        let Some(codec) = CoverArt::codec_of(data) else { return };
        let shows = format!("Cover ({}", shows);
        let name = String::from_utf8_lossy(name);
        tags.covers
            .push(CoverArt::new(codec, data).with_tag("title", &name).with_tag("comment", &shows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(flags: u32, key: &str, value: &[u8]) -> Vec<u8> {
        let size = u32::try_from(value.len()).expect("small");
        [&size.to_le_bytes(), &flags.to_le_bytes(), key.as_bytes(), b"\0", value].concat()
    }

    #[test]
    fn items_become_tags() {
        let bytes = [
            item(0, "Title", b"a"),
            item(0, "Year", b"2003"),
            item(0, "ARTIST", b"x\0y"),
            item(2, "Cover Art (Front)", b"cover.png\0\x89PNG"),
            item(2, "Cover Art (Back)", b"no picture"),
            item(4, "Link", b"http://x"),
            item(0, "Title", b"again"),
        ]
        .concat();
        for length in 0..=bytes.len() {
            let mut tags = Tags::default();
            read(&bytes[..length], &mut tags);
            let found: Vec<_> = tags.metadata.iter().collect();
            assert!([("title", "a"), ("date", "2003"), ("artist", "x; y")].starts_with(&found));
            assert_eq!(found.len() == 3, length >= 50, "{length}");
            if length == bytes.len() {
                let [cover] = &*tags.covers else { panic!("one cover") };
                assert_eq!(cover.track().metadata.value("comment"), Some("Cover (front)"));
                assert_eq!(cover.packet(0).data[..], *b"\x89PNG");
            }
        }
        let mut tags = Tags::default();
        read(&[0xff; 64], &mut tags);
        assert!(tags.metadata.is_empty());
    }
}
