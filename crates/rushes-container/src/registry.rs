//! Which formats there are, and which one a source is in.

use rushes_core::{CodecId, Error, Result, Track};

use crate::{DemuxOptions, Demuxer, MuxOptions, Muxer, Sink, Source};

/// A container format.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Format {
    /// Short name: `mp4`.
    pub name: &'static str,
    /// Name for people.
    pub long_name: &'static str,
    /// File name extensions, the usual one first.
    pub extensions: &'static [&'static str],
    /// Codec that a muxer takes for video unless told otherwise; `None` where it takes none.
    pub default_video: Option<CodecId>,
    /// Codec that a muxer takes for audio unless told otherwise; `None` where it takes none.
    pub default_audio: Option<CodecId>,
}

/// Formats that can be read.
#[must_use]
pub const fn demuxer_formats() -> &'static [Format] {
    &[]
}

/// Formats that can be written.
#[must_use]
pub const fn muxer_formats() -> &'static [Format] {
    &[]
}

/// Opens a demuxer for what the source holds, or for the format that the options name.
///
/// # Errors
/// [`Error::Unsupported`] for an unknown format, with the known ones; [`Error::Malformed`] for a broken one.
pub fn open_demuxer(_source: Source, _options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    Err(Error::unsupported("this format", ""))
}

/// Opens a muxer for the format `name` with these tracks, and writes the header.
///
/// # Errors
/// [`Error::Unsupported`] for an unknown format, or a codec that it does not take; [`Error::Usage`] for an option or
/// a track that makes no sense; [`Error::Io`] from the sink.
pub fn open_muxer(
    name: &str,
    _sink: Sink,
    _tracks: &[Track],
    _options: &MuxOptions,
) -> Result<Box<dyn Muxer>> {
    Err(Error::unsupported(format!("format '{name}'"), ""))
}
