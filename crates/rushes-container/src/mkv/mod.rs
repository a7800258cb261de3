//! Matroska and WebM: EBML (RFC 8794), Matroska (RFC 9559), the WebM container guidelines.

#[cfg_attr(
    not(test),
    expect(dead_code, reason = "the demuxer and the muxer that need it are being written")
)]
mod codec;
mod date;
mod ebml_writer;
#[allow(dead_code, reason = "the list is that of the standards, used or not")]
mod ids;
mod mux;
mod vfw;

use rushes_core::CodecId;

use self::mux::{Flavor, MkvMuxer};
use crate::Format;
use crate::registry::Entry;

/// One demuxer reads the whole family; the muxer differs in what it takes.
pub(crate) static FORMATS: [Entry; 4] = [
    Entry {
        format: Format {
            name: "mkv",
            long_name: "Matroska",
            extensions: &["mkv", "mk3d"],
            default_video: Some(CodecId::H264),
            default_audio: Some(CodecId::Opus),
        },
        reader: None,
        create: Some(|sink, tracks, options| {
            Ok(Box::new(MkvMuxer::create(Flavor::Mkv, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "webm",
            long_name: "WebM",
            extensions: &["webm"],
            default_video: Some(CodecId::Av1),
            default_audio: Some(CodecId::Opus),
        },
        reader: None,
        create: Some(|sink, tracks, options| {
            Ok(Box::new(MkvMuxer::create(Flavor::Webm, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "mka",
            long_name: "Matroska (sound alone)",
            extensions: &["mka"],
            default_video: None,
            default_audio: Some(CodecId::Opus),
        },
        reader: None,
        create: Some(|sink, tracks, options| {
            Ok(Box::new(MkvMuxer::create(Flavor::Mka, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "mks",
            long_name: "Matroska (subtitles alone)",
            extensions: &["mks"],
            default_video: None,
            default_audio: None,
        },
        reader: None,
        create: Some(|sink, tracks, options| {
            Ok(Box::new(MkvMuxer::create(Flavor::Mks, sink, tracks, options)?))
        }),
    },
];
