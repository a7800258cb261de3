//! `Tags`: RFC 9559, 5.1.8, and the Matroska tags specification.

use rushes_core::{Error, Limits, Metadata, Result};

use super::ebml::{Element, Elements};
use super::ids;

/// One `Tag`: what it is about, and what it says.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Tag {
    pub(super) tracks: Vec<u64>,
    /// About a part of the file that we keep no tags of.
    elsewhere: bool,
    /// `TargetType`, such as `ALBUM`.
    level: String,
    /// Keys and values in order.
    values: Vec<(String, String)>,
}

impl Tag {
    /// Reads the data of `Tags`.
    pub(super) fn read_all(data: &[u8], offset: u64, limits: &Limits) -> Result<Vec<Self>> {
        let mut tags = Vec::new();
        let mut children = Elements::new(data, offset);
        while let Some(child) = children.next()? {
            if child.id == ids::TAG {
                tags.push(Self::read(&child, limits)?);
            }
        }
        Ok(tags)
    }

    fn read(element: &Element<'_>, limits: &Limits) -> Result<Self> {
        let mut tag = Self::default();
        // What the values are about may stand behind them.
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id == ids::TARGETS {
                tag.read_targets(&child)?;
            }
        }
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id == ids::SIMPLE_TAG {
                tag.read_simple(&child, "", limits.depth)?;
            }
        }
        Ok(tag)
    }

    fn read_targets(&mut self, element: &Element<'_>) -> Result<()> {
        let mut children = element.children();
        while let Some(child) = children.next()? {
            match child.id {
                ids::TARGET_TYPE => self.level = child.string().to_ascii_lowercase(),
                ids::TAG_TRACK_UID => {
                    self.tracks.extend(Some(child.uint()?).filter(|uid| *uid != 0))
                }
                ids::TAG_EDITION_UID | ids::TAG_CHAPTER_UID | ids::TAG_ATTACHMENT_UID => {
                    self.elsewhere |= child.flag()?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Reads a `SimpleTag`; those inside it get its key in front of theirs.
    fn read_simple(&mut self, element: &Element<'_>, outer: &str, depth: u32) -> Result<()> {
        if depth == 0 {
            return Err(Error::malformed("tags in tags, too deep").at(element.offset));
        }
        let (mut name, mut value, mut language, mut default) = (None, None, None, true);
        let mut children = element.children();
        while let Some(child) = children.next()? {
            match child.id {
                ids::TAG_NAME => name = Some(child.string()),
                ids::TAG_STRING => value = Some(child.string()),
                ids::TAG_LANGUAGE => _ = language.get_or_insert_with(|| child.string()),
                ids::TAG_LANGUAGE_BCP47 => language = Some(child.string()),
                ids::TAG_DEFAULT => default = child.flag()?,
                _ => {}
            }
        }
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(()) };
        let name = name.to_lowercase();
        let mut key = if outer.is_empty() { name } else { format!("{outer}/{name}") };
        // A translation does not stand in the place of the original.
        if let Some(language) =
            language.filter(|language| !default && !language.is_empty() && language != "und")
        {
            key = format!("{key}-{language}");
        }
        self.values
            .extend(value.filter(|value| !value.is_empty()).map(|value| (key.clone(), value)));
        let mut children = element.children();
        while let Some(child) = children.next()? {
            if child.id == ids::SIMPLE_TAG {
                self.read_simple(&child, &key, depth - 1)?;
            }
        }
        Ok(())
    }

    /// True for a tag of the whole file.
    pub(super) fn is_global(&self) -> bool {
        self.tracks.is_empty() && !self.elsewhere
    }

    /// Adds the values under the keys that all containers share.
    pub(super) fn apply(&self, metadata: &mut Metadata) {
        for (key, value) in &self.values {
            let key = match (self.level.as_str(), key.as_str()) {
                ("album", "title") => "album".to_owned(),
                ("album", "artist") if metadata.value("artist").is_some() => {
                    "album_artist".to_owned()
                }
                (_, "part_number") => "track".to_owned(),
                (_, "lead_performer") => "performer".to_owned(),
                (_, "date_released" | "date_recorded") if metadata.value("date").is_none() => {
                    "date".to_owned()
                }
                ("" | "album" | "track" | "song", key) => key.to_owned(),
                (level, key) => format!("{level}/{key}"),
            };
            metadata.set(key, value.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{element, text, uint};
    use super::*;

    fn read(data: &[u8]) -> Result<Vec<Tag>> {
        Tag::read_all(data, 0, &Limits::default())
    }

    fn simple(name: &str, value: &str, more: &[u8]) -> Vec<u8> {
        let body =
            [text(ids::TAG_NAME, name), text(ids::TAG_STRING, value), more.to_vec()].concat();
        element(ids::SIMPLE_TAG, &body)
    }

    #[test]
    fn values_get_common_keys() {
        let check = |level: &str, name: &str, more: &[u8], expected: (&str, &str)| {
            let targets = element(ids::TARGETS, &text(ids::TARGET_TYPE, level));
            let tag = element(ids::TAG, &[simple(name, "x", more), targets].concat());
            let tags = read(&tag).expect("valid");
            let mut metadata = Metadata::new();
            tags[0].apply(&mut metadata);
            assert!(tags[0].is_global());
            assert_eq!(metadata.iter().next(), Some(expected));
        };
        check("", "ARTIST", &[], ("artist", "x"));
        check("ALBUM", "TITLE", &[], ("album", "x"));
        check("TRACK", "PART_NUMBER", &[], ("track", "x"));
        check("MOVIE", "TITLE", &[], ("movie/title", "x"));
        check("", "TITLE", &text(ids::TAG_LANGUAGE, "fre"), ("title", "x"));
        let translated = [text(ids::TAG_LANGUAGE, "fre"), uint(ids::TAG_DEFAULT, 0)].concat();
        check("", "TITLE", &translated, ("title-fre", "x"));
    }

    #[test]
    fn tags_in_tags_have_longer_keys_and_a_bound() {
        let inner = simple("SORT_WITH", "b", &[]);
        let tags = read(&element(ids::TAG, &simple("ARTIST", "a", &inner))).expect("valid");
        let mut metadata = Metadata::new();
        tags[0].apply(&mut metadata);
        assert_eq!(metadata.value("artist/sort_with"), Some("b"));
        let mut deep = simple("a", "b", &[]);
        for _ in 0..3000 {
            deep = simple("a", "b", &deep);
        }
        assert!(read(&element(ids::TAG, &deep)).is_err());
    }

    #[test]
    fn tags_of_tracks_are_not_those_of_the_file() {
        let targets = element(ids::TARGETS, &uint(ids::TAG_TRACK_UID, 7));
        let tags = read(&element(ids::TAG, &[targets, simple("A", "b", &[])].concat()));
        let tags = tags.expect("valid");
        assert_eq!((tags[0].tracks.as_slice(), tags[0].is_global()), (&[7][..], false));
    }
}
