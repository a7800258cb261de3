//! Vorbis comments, the tags of Ogg and FLAC: Vorbis I, 5, and RFC 9639, 8.6.
//!
//! Tags never decide whether a file plays. So what is broken here is left out, and the rest is read.

mod base64;
mod chapters;
mod keys;
mod pending;

use std::collections::HashMap;

use rushes_core::{Chapter, Metadata};

use self::chapters::ChapterTags;
use crate::MuxOptions;
use crate::cover::CoverArt;
use crate::flac::Picture;

pub(crate) use self::pending::{Pending, Taken};

/// The comment that holds a picture block of FLAC.
const PICTURE: &str = "METADATA_BLOCK_PICTURE";
/// The older comment that holds a picture and nothing about it.
const OLD_PICTURE: &str = "COVERART";
/// The comment that says where the channels are, where FLAC cannot say it.
const CHANNEL_MASK: &str = "WAVEFORMATEXTENSIBLE_CHANNEL_MASK";

/// What comments say of a stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Comments {
    /// Who encoded the stream.
    pub(crate) vendor: String,
    pub(crate) metadata: Metadata,
    pub(crate) chapters: Vec<Chapter>,
    pub(crate) covers: Vec<CoverArt>,
    /// Speakers, as in `WAVEFORMATEXTENSIBLE`.
    pub(crate) channel_mask: Option<u32>,
}

impl Comments {
    /// What a muxer is asked to write.
    pub(crate) fn of(options: &MuxOptions) -> Self {
        let mut metadata = options.metadata.clone();
        if metadata.value("encoder").is_none() {
            metadata.set("encoder", crate::ENCODER);
        }
        Self { metadata, chapters: options.chapters.clone(), ..Self::default() }
    }

    /// Reads a list of comments. The values of a key that occurs again are joined by semicolons, as FFmpeg does.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let mut comments = Self::default();
        let Some((vendor, rest)) = take_text(bytes) else { return comments };
        comments.vendor = vendor.trim_end_matches('\0').to_owned();
        let mut texts = Texts::default();
        let mut chapters = ChapterTags::default();
        // The count is worth nothing: what is there is read.
        let mut rest = rest.get(4..).unwrap_or_default();
        while let Some((bytes, behind)) = take(rest) {
            rest = behind;
            let Some(equals) = bytes.iter().position(|byte| *byte == b'=') else { continue };
            let (name, value) = (&bytes[..equals], &bytes[equals + 1..]);
            if name.eq_ignore_ascii_case(PICTURE.as_bytes()) {
                comments
                    .covers
                    .extend(base64::decode(value).and_then(|b| Picture::read(&b)?.cover()));
                continue;
            }
            if name.eq_ignore_ascii_case(OLD_PICTURE.as_bytes()) {
                comments
                    .covers
                    .extend(base64::decode(value).and_then(|b| Picture::plain(b).cover()));
                continue;
            }
            let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
            if name.eq_ignore_ascii_case(CHANNEL_MASK) {
                comments.channel_mask = mask_of(&value);
            } else if !chapters.take(&name, &value) && !name.is_empty() && !value.is_empty() {
                texts.push(&name, &value);
            }
        }
        comments.metadata = texts.finish();
        if comments.metadata.value("encoder").is_none() && !comments.vendor.is_empty() {
            comments.metadata.set("encoder", comments.vendor.clone());
        }
        comments.chapters = chapters.finish();
        comments
    }

    /// The bytes of the list.
    pub(crate) fn write(&self, pictures: &[Picture]) -> Vec<u8> {
        let mut list = List::default();
        for (key, value) in self.metadata.iter() {
            if let Some(name) = keys::name_of(key) {
                list.push(&name, value);
            }
        }
        chapters::write(&self.chapters, |name, value| list.push(name, value));
        if let Some(mask) = self.channel_mask {
            list.push(CHANNEL_MASK, &format!("0x{mask:04X}"));
        }
        for picture in pictures {
            list.push(PICTURE, &base64::encode(&picture.write()));
        }
        let vendor = if self.vendor.is_empty() { crate::ENCODER } else { &self.vendor };
        let mut bytes = Vec::new();
        push_text(&mut bytes, &[vendor]);
        bytes.extend(list.count.to_le_bytes());
        bytes.extend(list.bytes);
        bytes
    }
}

/// The speakers that a comment names, in hexadecimal numbers.
fn mask_of(value: &str) -> Option<u32> {
    let digits = value.trim();
    let digits = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")).unwrap_or(digits);
    u32::from_str_radix(digits, 16).ok()
}

/// Tags in the order of their first occurrence.
#[derive(Default)]
struct Texts {
    entries: Vec<(String, String)>,
    places: HashMap<String, usize>,
    /// A comment called DESCRIPTION, which is the comment unless there is one of that name.
    described: bool,
}

impl Texts {
    fn push(&mut self, name: &str, value: &str) {
        let key = keys::key_of(name);
        self.described |= key == keys::DESCRIPTION;
        match self.places.get(&key) {
            Some(place) => {
                let (_, known) = &mut self.entries[*place];
                known.push(';');
                known.push_str(value);
            }
            None => {
                self.places.insert(key.clone(), self.entries.len());
                self.entries.push((key, value.to_owned()));
            }
        }
    }

    fn finish(mut self) -> Metadata {
        if self.described && !self.places.contains_key(keys::COMMENT) {
            let described = self.places.get(keys::DESCRIPTION).copied().unwrap_or_default();
            if let Some((key, _)) = self.entries.get_mut(described) {
                keys::COMMENT.clone_into(key);
            }
        }
        self.entries.into_iter().collect()
    }
}

/// Comments that are being written.
#[derive(Default)]
struct List {
    count: u32,
    bytes: Vec<u8>,
}

impl List {
    fn push(&mut self, name: &str, value: &str) {
        if push_text(&mut self.bytes, &[name, "=", value]) {
            self.count += 1;
        }
    }
}

/// Appends a text behind its length; false where it is too long.
fn push_text(bytes: &mut Vec<u8>, parts: &[&str]) -> bool {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let Ok(length) = u32::try_from(length) else { return false };
    bytes.extend(length.to_le_bytes());
    parts.iter().for_each(|part| bytes.extend(part.as_bytes()));
    true
}

/// What is behind a length, and what follows; the last one may be cut off.
fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    rest.split_at_checked(length)
}

fn take_text(bytes: &[u8]) -> Option<(String, &[u8])> {
    take(bytes).map(|(text, rest)| (String::from_utf8_lossy(text).into_owned(), rest))
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecId, TimeBase, Timestamp};

    use super::*;

    fn list(vendor: &str, texts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        push_text(&mut bytes, &[vendor]);
        bytes.extend(u32::try_from(texts.len()).expect("few").to_le_bytes());
        texts.iter().for_each(|text| assert!(push_text(&mut bytes, &[text])));
        bytes
    }

    #[test]
    fn names_become_keys() {
        let check = |texts: &[&str], expected: &[(&str, &str)]| {
            let comments = Comments::read(&list("", texts));
            assert_eq!(comments.metadata.iter().collect::<Vec<_>>(), expected);
        };
        check(&["TITLE=a=b", "tracknumber=3"], &[("title", "a=b"), ("track", "3")]);
        check(&["ARTIST=x", "Artist=y"], &[("artist", "x;y")]);
        check(&["DESCRIPTION=d"], &[("comment", "d")]);
        check(&["DESCRIPTION=d", "COMMENT=c"], &[("description", "d"), ("comment", "c")]);
        check(&["nothing", "=x", "y=", "DISCNUMBER=1"], &[("disc", "1")]);
        check(&["ALBUM ARTIST=z", "ENCODER=e"], &[("album_artist", "z"), ("encoder", "e")]);
    }

    #[test]
    fn the_vendor_is_the_encoder_unless_a_comment_is() {
        let encoder = |texts: &[&str]| {
            let comments = Comments::read(&list("libX", texts));
            comments.metadata.value("encoder").map(str::to_owned)
        };
        assert_eq!(encoder(&[]).as_deref(), Some("libX"));
        assert_eq!(encoder(&["ENCODER=Y"]).as_deref(), Some("Y"));
    }

    #[test]
    fn every_truncation_reads_what_is_there() {
        let bytes = list("v", &["A=1", "B=2"]);
        for cut in 0..bytes.len() {
            let comments = Comments::read(&bytes[..cut]);
            assert_eq!(comments.metadata.value("a").is_some(), cut >= 16, "{cut}");
            assert_eq!(comments.metadata.value("b"), None);
        }
        let huge = [&u32::MAX.to_le_bytes()[..], &bytes].concat();
        assert!(Comments::read(&huge).metadata.is_empty());
    }

    #[test]
    fn what_is_written_is_read() {
        let base = TimeBase::per_second(1000).expect("not zero");
        let chapter = |start, title: &str| Chapter {
            start: base.time(Timestamp::new(start)),
            end: None,
            title: title.to_owned(),
        };
        let comments = Comments {
            vendor: "v".to_owned(),
            metadata: [("title", "t"), ("track", "3/9"), ("comment", "c"), ("encoder", "e")]
                .into_iter()
                .collect(),
            chapters: vec![chapter(0, "one"), chapter(3_723_004, "")],
            covers: Vec::new(),
            channel_mask: Some(0x33),
        };
        let cover = CoverArt::new(CodecId::Png, &b"\x89PNG\r\n"[..])
            .with_tag("title", "front")
            .with_tag("comment", "Cover (front)");
        let picture = Picture::of(&cover.track(), &cover.packet(0)).expect("has a type");
        let back = Comments::read(&comments.write(&[picture]));
        assert_eq!(back.vendor, "v");
        assert_eq!(back.metadata, comments.metadata);
        assert_eq!(back.chapters, comments.chapters);
        assert_eq!(back.channel_mask, Some(0x33));
        let [read] = &back.covers[..] else { panic!("one cover") };
        assert_eq!(read.packet(0), cover.packet(0));
        assert_eq!(read.track().metadata, cover.track().metadata);
    }
}
