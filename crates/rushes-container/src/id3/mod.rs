//! `ID3` tags, which lie in front of sound (version 2) or behind it (version 1): id3.org, versions 2.2.0, 2.3.0 and 2.4.0.
//!
//! Tags never decide whether a file plays. So what is broken here is left out, and the rest is read.

mod frames;
mod genre;
mod text;
mod v1;
mod v2;
mod write;

use rushes_core::{Chapter, Metadata};

use crate::cover::CoverArt;

pub(crate) use frames::PICTURES;
pub(crate) use genre::name as genre;
pub(crate) use v1::{SIZE as V1_SIZE, read as read_v1};
pub(crate) use v2::{Header, read as read_v2};
pub(crate) use write::{Picture, write as write_v2};

/// Reads a whole tag, as chunks of WAVE and AIFF hold it.
pub(crate) fn read_chunk(bytes: &[u8], tags: &mut Tags) {
    if let Some(header) = Header::read(bytes)
        && let Some(body) = bytes.get(Header::SIZE..)
    {
        read_v2(header, body, tags);
    }
}

/// What tags say of a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tags {
    pub(crate) metadata: Metadata,
    pub(crate) covers: Vec<CoverArt>,
    pub(crate) chapters: Vec<Chapter>,
    date: DateParts,
}

/// The date of version 2.3, which comes in three frames: `YYYY`, `DDMM`, `HHMM`.
#[derive(Clone, Debug, Default)]
struct DateParts {
    year: String,
    day: String,
    hour: String,
}

impl Tags {
    /// Sets a key that has no value yet: of several tags, the first is the one that players show.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        if !key.is_empty() && !value.is_empty() && self.metadata.value(key).is_none() {
            self.metadata.set(key, value);
        }
    }
}
