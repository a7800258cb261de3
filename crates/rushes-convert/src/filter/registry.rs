//! The filters that there are.

use rushes_core::{Error, MediaKind, Result};

use super::chain::{AudioLink, VideoLink};
use super::option::{Arguments, FilterOption};
use super::{audio, video};

/// A filter, as [`filters`] lists it.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct FilterEntry {
    /// Its name in a description.
    pub name: &'static str,
    /// Video or audio.
    pub kind: MediaKind,
    /// What it does, in a line.
    pub help: &'static str,
    /// Its options.
    pub options: &'static [FilterOption],
    /// How many of the options may be given by their place alone: the first ones.
    pub places: usize,
    /// Options that FFmpeg's filter of this name has and this one has not.
    pub left_out: &'static [&'static str],
    pub(super) build: Build,
}

/// Adds the stages of a filter for what comes in, and says what comes out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Build {
    Video(fn(&Arguments, &mut VideoLink<'_>) -> Result<()>),
    Audio(fn(&Arguments, &mut AudioLink<'_>) -> Result<()>),
}

/// All filters, those of video first, each kind in the order of the names.
const FILTERS: [&FilterEntry; 25] = [
    &video::COPY,
    &video::crop::ENTRY,
    &video::format::ENTRY,
    &video::fps::ENTRY,
    &video::flip::HFLIP,
    &video::NULL,
    &video::pad::ENTRY,
    &video::reverse::ENTRY,
    &video::scale::ENTRY,
    &video::setpts::ENTRY,
    &video::transpose::ENTRY,
    &video::trim::ENTRY,
    &video::flip::VFLIP,
    &audio::afade::ENTRY,
    &audio::aformat::ENTRY,
    &audio::ANULL,
    &audio::aresample::ENTRY,
    &audio::areverse::ENTRY,
    &audio::asetnsamples::ENTRY,
    &audio::asetpts::ENTRY,
    &audio::atempo::ENTRY,
    &audio::atrim::ENTRY,
    &audio::biquad::HIGHPASS,
    &audio::biquad::LOWPASS,
    &audio::volume::ENTRY,
];

/// All filters.
pub fn filters() -> impl Iterator<Item = &'static FilterEntry> {
    FILTERS.into_iter()
}

/// The filter of this name.
pub(super) fn find(name: &str, kind: MediaKind) -> Result<&'static FilterEntry> {
    let other = match filters().find(|entry| entry.name == name) {
        Some(entry) if entry.kind == kind => return Ok(entry),
        Some(entry) => format!(", which is a filter of {},", entry.kind),
        None => String::new(),
    };
    let known = filters().filter(|entry| entry.kind == kind).map(|entry| entry.name);
    let known = known.collect::<Vec<_>>().join(", ");
    Err(Error::unsupported(format!("{kind} filter '{name}'{other}"), known))
}
