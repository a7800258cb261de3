//! Which formats there are, and which one a source is in.

use std::io::Cursor;

use rushes_core::{CodecId, Error, Result, Track};

use crate::input::Input;
use crate::probe::{self, Score};
use crate::{
    DemuxOptions, Demuxer, MuxOptions, Muxer, Sink, Source, adts, aiff, amr, annexb, au, avi, caf,
    flac, id3, image, ivf, mkv, mp4, mpa, obu, ogg, ts, wav, y4m,
};

/// Bytes from the start of a source by which most formats are told apart.
const PROBE_FEW_BYTES: usize = 32;

/// Bytes from the start of a source by which all formats are told apart.
const PROBE_BYTES: usize = 4096;

/// Formats that people put `ID3` tags in front of, and whose demuxers read them.
const BEHIND_TAGS: [&str; 3] = ["mp3", "aac", "flac"];

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

/// A format, and what there is to read and to write it.
pub(crate) struct Entry {
    pub(crate) format: Format,
    pub(crate) reader: Option<FormatReader>,
    pub(crate) create: Option<CreateMuxer>,
}

/// How a format is told, and opened.
#[derive(Clone, Copy)]
pub(crate) struct FormatReader {
    /// Judges the first bytes of a source: few of them at first, then [`PROBE_BYTES`], or all that there are.
    pub(crate) probe: fn(&[u8]) -> Option<Score>,
    pub(crate) open: fn(Input, &DemuxOptions) -> Result<Box<dyn Demuxer>>,
}

/// Checks the tracks and writes the header of a file.
pub(crate) type CreateMuxer = fn(Sink, &[Track], &MuxOptions) -> Result<Box<dyn Muxer>>;

/// All formats, in the order in which they are listed.
static FAMILIES: &[&[Entry]] = &[
    &mp4::FORMATS,
    &mkv::FORMATS,
    &wav::FORMATS,
    &mpa::FORMATS,
    &flac::FORMATS,
    &ogg::FORMATS,
    &adts::FORMATS,
    &aiff::FORMATS,
    &caf::FORMATS,
    &au::FORMATS,
    &amr::FORMATS,
    &image::FORMATS,
    &ivf::FORMATS,
    &annexb::FORMATS,
    &obu::FORMATS,
    &y4m::FORMATS,
    &avi::FORMATS,
    &ts::FORMATS,
];

fn entries() -> impl Iterator<Item = &'static Entry> + Clone {
    FAMILIES.iter().copied().flatten()
}

fn readers() -> impl Iterator<Item = (&'static Format, FormatReader)> + Clone {
    entries().filter_map(|entry| Some((&entry.format, entry.reader?)))
}

fn writers() -> impl Iterator<Item = (&'static Format, CreateMuxer)> + Clone {
    entries().filter_map(|entry| Some((&entry.format, entry.create?)))
}

/// Formats that can be read.
pub fn demuxer_formats() -> impl Iterator<Item = &'static Format> + Clone {
    readers().map(|(format, _)| format)
}

/// Formats that can be written.
pub fn muxer_formats() -> impl Iterator<Item = &'static Format> + Clone {
    writers().map(|(format, _)| format)
}

/// Opens a demuxer for what the source holds, or for the format that the options name.
///
/// # Errors
/// [`Error::Unsupported`] for an unknown format, with the known ones; [`Error::Malformed`] for a broken one.
pub fn open_demuxer(source: Source, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    let mut input = Input::new(source, options)?;
    let reader = match options.format.as_deref() {
        Some(name) => {
            let named = readers().find(|(format, _)| format.name == name);
            Some(named.ok_or_else(|| unknown(name, demuxer_formats()))?.1)
        }
        None => best_match(&mut input)?,
    };
    if let Some(reader) = reader {
        return (reader.open)(input, options);
    }
    let start = input.peek(PROBE_BYTES)?;
    if start.is_empty() {
        return Err(Error::malformed("the input is empty"));
    }
    let what = format!("the format of the input ({})", probe::nature(start));
    Err(Error::unsupported(what, names(demuxer_formats())))
}

/// The reader that is surest of the first bytes. A few bytes are tried first, so that a slow pipe need not be waited for.
fn best_match(input: &mut Input) -> Result<Option<FormatReader>> {
    if let Some(reader) = behind_tags(input)? {
        return Ok(Some(reader));
    }
    for wanted in [PROBE_FEW_BYTES, PROBE_BYTES] {
        let start = input.peek(wanted)?;
        let scores = readers().filter_map(|(_, reader)| Some(((reader.probe)(start)?, reader)));
        if let Some((_, reader)) = scores.max_by_key(|(score, _)| *score) {
            return Ok(Some(reader));
        }
    }
    Ok(None)
}

/// The reader that is surest of what is behind `ID3` tags, if there are any.
fn behind_tags(input: &mut Input) -> Result<Option<FormatReader>> {
    let mut offset = 0;
    while let Some(tag) = id3::Header::read(peek_at(input, offset, id3::Header::SIZE)?) {
        offset = offset.saturating_add(id3::Header::SIZE as u64 + tag.size);
    }
    if offset == 0 {
        return Ok(None);
    }
    let mut best = None;
    for wanted in [PROBE_FEW_BYTES, PROBE_BYTES] {
        let start = peek_at(input, offset, wanted)?;
        let readers = readers().filter(|(format, _)| BEHIND_TAGS.contains(&format.name));
        let scores = readers.filter_map(|(_, reader)| Some(((reader.probe)(start)?, reader)));
        best = scores.max_by_key(|(score, _)| *score).map(|(_, reader)| reader);
        if best.is_some() {
            break;
        }
    }
    input.seek(0)?;
    Ok(best)
}

/// Bytes at an offset. An input that cannot seek keeps what is before them, no more than tags may have.
fn peek_at(input: &mut Input, offset: u64, count: usize) -> Result<&[u8]> {
    if input.is_seekable() {
        input.seek(offset)?;
        return input.peek(count);
    }
    let limit = input.limits().metadata_bytes;
    let before = usize::try_from(offset).ok().filter(|_| offset <= limit);
    let before = before.ok_or_else(|| Error::limit("metadata_bytes", offset, limit))?;
    Ok(input.peek(before.saturating_add(count))?.get(before..).unwrap_or_default())
}

/// Opens a muxer for the format `name` with these tracks, and writes the header.
///
/// # Errors
/// [`Error::Unsupported`] for an unknown format, or a codec that it does not take; [`Error::Usage`] for an option or
/// a track that makes no sense; [`Error::Io`] from the sink.
pub fn open_muxer(
    name: &str,
    sink: Sink,
    tracks: &[Track],
    options: &MuxOptions,
) -> Result<Box<dyn Muxer>> {
    let named = writers().find(|(format, _)| format.name == name);
    let (_, create) = named.ok_or_else(|| unknown(name, muxer_formats()))?;
    create(sink, tracks, options)
}

/// Checks whether a muxer for the format `name` takes these tracks together. Nothing is written anywhere.
///
/// # Errors
/// As for [`open_muxer`].
pub fn check_tracks(name: &str, tracks: &[Track]) -> Result<()> {
    let sink = Sink::rewritable(Cursor::new(Vec::new()));
    open_muxer(name, sink, tracks, &MuxOptions::default()).map(|_| ())
}

fn unknown(name: &str, formats: impl Iterator<Item = &'static Format>) -> Error {
    Error::unsupported(format!("format '{name}'"), names(formats))
}

fn names(formats: impl Iterator<Item = &'static Format>) -> String {
    formats.map(|format| format.name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_inputs_are_told_by_name() {
        let check = |bytes: &'static [u8], format: Option<&str>, expected: &str| {
            let options =
                DemuxOptions { format: format.map(str::to_owned), ..DemuxOptions::default() };
            let error = open_demuxer(Source::bytes(bytes), &options).err().expect("no media");
            assert_eq!(error.to_string(), expected);
        };
        check(b"", None, "the input is empty");
        let known = names(demuxer_formats());
        check(
            b"%PDF-1.7",
            None,
            &format!("the format of the input (PDF) is not supported; supported: {known}"),
        );
        check(b"RIFF", Some("nut"), &format!("format 'nut' is not supported; supported: {known}"));
        check(b"abcd", Some("mp4"), "the input ends within the header of a box at byte 0");
    }

    #[test]
    fn an_option_that_nobody_uses_is_an_error() {
        let mut options =
            DemuxOptions { format: Some("mov".to_owned()), ..DemuxOptions::default() };
        options.options.insert("fast".to_owned(), "1".to_owned());
        let error = open_demuxer(Source::bytes(b"\0\0\0\x08moov"), &options).err();
        let error = error.expect("an unknown option").to_string();
        assert!(error.contains("'fast'"), "{error}");
    }
}
