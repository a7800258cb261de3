//! Which formats there are, and which one a source is in.

use rushes_core::{CodecId, Error, PcmFormat, Result, Track};

use crate::input::Input;
use crate::mp4::{self, Flavor, Mp4Demuxer, Mp4Muxer};
use crate::mpa::{self, MpaDemuxer};
use crate::probe::{self, Score};
use crate::wav::{self, WavDemuxer, WavMuxer};
use crate::{DemuxOptions, Demuxer, MuxOptions, Muxer, Sink, Source};

/// Bytes from the start of a source by which most formats are told apart.
const PROBE_FEW_BYTES: usize = 32;

/// Bytes from the start of a source by which all formats are told apart.
const PROBE_BYTES: usize = 4096;

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

const WAV: Format = Format {
    name: "wav",
    long_name: "WAV / WAVE (Waveform Audio)",
    extensions: &["wav", "wave", "rf64", "bw64"],
    default_video: None,
    default_audio: Some(CodecId::Pcm(PcmFormat::S16Le)),
};

const MP3: Format = Format {
    name: "mp3",
    long_name: "MP3 (MPEG audio, layers 1 to 3)",
    extensions: &["mp3", "mp2", "mp1", "mpa", "m2a", "mpga"],
    default_video: None,
    default_audio: None,
};

const MP4: Format = Format {
    name: "mp4",
    long_name: "MP4 (MPEG-4 part 14)",
    extensions: &["mp4", "m4v"],
    default_video: Some(CodecId::H264),
    default_audio: Some(CodecId::Aac),
};

const M4A: Format = Format {
    name: "m4a",
    long_name: "M4A (MPEG-4 part 14, sound alone)",
    extensions: &["m4a", "m4b"],
    default_video: None,
    default_audio: Some(CodecId::Aac),
};

const MOV: Format = Format {
    name: "mov",
    long_name: "QuickTime / MOV",
    extensions: &["mov", "qt"],
    default_video: Some(CodecId::H264),
    default_audio: Some(CodecId::Aac),
};

static DEMUXER_FORMATS: [Format; 5] = [MP4, M4A, MOV, WAV, MP3];
static MUXER_FORMATS: [Format; 4] = [MP4, M4A, MOV, WAV];

/// Formats that can be read.
#[must_use]
pub fn demuxer_formats() -> &'static [Format] {
    &DEMUXER_FORMATS
}

/// Formats that can be written.
#[must_use]
pub fn muxer_formats() -> &'static [Format] {
    &MUXER_FORMATS
}

/// Opens a demuxer for what the source holds, or for the format that the options name.
///
/// # Errors
/// [`Error::Unsupported`] for an unknown format, with the known ones; [`Error::Malformed`] for a broken one.
pub fn open_demuxer(source: Source, options: &DemuxOptions) -> Result<Box<dyn Demuxer>> {
    let mut input = Input::new(source, options)?;
    let known = match options.format.as_deref() {
        Some(name) => {
            let named = DEMUXERS.iter().find(|demuxer| demuxer.names.contains(&name));
            Some(named.ok_or_else(|| unknown(name, &DEMUXER_FORMATS))?)
        }
        None => best_match(&mut input)?,
    };
    if let Some(demuxer) = known {
        return (demuxer.open)(input, options);
    }
    let start = input.peek(PROBE_BYTES)?;
    if start.is_empty() {
        return Err(Error::malformed("the input is empty"));
    }
    let what = format!("the format of the input ({})", probe::nature(start));
    Err(Error::unsupported(what, names(&DEMUXER_FORMATS)))
}

/// How to tell a format, and how to read it.
struct KnownDemuxer {
    names: &'static [&'static str],
    probe: fn(&[u8]) -> Option<Score>,
    open: fn(Input, &DemuxOptions) -> Result<Box<dyn Demuxer>>,
}

static DEMUXERS: [KnownDemuxer; 3] = [
    KnownDemuxer {
        names: &["mp4", "m4a", "mov"],
        probe: mp4::probe,
        open: |input, options| Ok(Box::new(Mp4Demuxer::open(input, options)?)),
    },
    KnownDemuxer {
        names: &["wav"],
        probe: |start| wav::probe(start).then_some(Score::Certain),
        open: |input, options| Ok(Box::new(WavDemuxer::open(input, options)?)),
    },
    KnownDemuxer {
        names: &["mp3"],
        probe: mpa::probe,
        open: |input, options| Ok(Box::new(MpaDemuxer::open(input, options)?)),
    },
];

/// The demuxer that is surest of the first bytes. A few bytes are tried first, so that a slow pipe need not be waited for.
fn best_match(input: &mut Input) -> Result<Option<&'static KnownDemuxer>> {
    for wanted in [PROBE_FEW_BYTES, PROBE_BYTES] {
        let start = input.peek(wanted)?;
        let scores = DEMUXERS.iter().filter_map(|demuxer| Some(((demuxer.probe)(start)?, demuxer)));
        if let Some((_, demuxer)) = scores.max_by_key(|(score, _)| *score) {
            return Ok(Some(demuxer));
        }
    }
    Ok(None)
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
    let flavor = match name {
        "mp4" => Flavor::Mp4,
        "m4a" => Flavor::M4a,
        "mov" => Flavor::Mov,
        "wav" => return Ok(Box::new(WavMuxer::create(sink, tracks, options)?)),
        _ => return Err(unknown(name, &MUXER_FORMATS)),
    };
    Ok(Box::new(Mp4Muxer::create(flavor, sink, tracks, options)?))
}

fn unknown(name: &str, formats: &[Format]) -> Error {
    Error::unsupported(format!("format '{name}'"), names(formats))
}

fn names(formats: &[Format]) -> String {
    formats.iter().map(|format| format.name).collect::<Vec<_>>().join(", ")
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
        check(
            b"\x1a\x45\xdf\xa3matroska",
            None,
            "the format of the input (Matroska or WebM) is not supported; supported: mp4, m4a, mov, wav, mp3",
        );
        check(
            b"RIFF",
            Some("avi"),
            "format 'avi' is not supported; supported: mp4, m4a, mov, wav, mp3",
        );
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
