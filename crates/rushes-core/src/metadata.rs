//! Tags and chapters, in one model for every container.

use crate::Time;

/// Tags of a file or a track, in the order of the file. Keys are lower case, in the words FFmpeg's users know: `title`, `artist`, `album`,
/// `date`, `track`, `comment`, `copyright`, `encoder`, `creation_time`, `language`, `handler_name`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Metadata {
    entries: Vec<(String, String)>,
}

impl Metadata {
    /// No tags.
    #[must_use]
    pub const fn new() -> Self {
        Self { entries: Vec::new() }
    }

    /// The first value of a key.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.entries.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    /// Sets a key to one value, in place of what it had.
    pub fn set(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let key = key.into();
        self.entries.retain(|(known, _)| *known != key);
        self.entries.push((key, value.into()));
    }

    /// All tags in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// True where there are no tags.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self {
            entries: entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
        }
    }
}

/// A named part of the timeline.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chapter {
    /// Where it starts.
    pub start: Time,
    /// Where it ends; `None` where the file does not say.
    pub end: Option<Time>,
    /// Its title; may be empty.
    pub title: String,
}
