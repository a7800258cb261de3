//! Matroska and WebM: EBML (RFC 8794), Matroska (RFC 9559), the WebM container guidelines.

mod attachments;
mod block;
mod chapters;
mod cluster;
mod codec;
mod cues;
mod date;
mod demux;
mod ebml;
mod ebml_writer;
mod encoding;
mod entry;
mod frame_length;
mod headers;
mod ids;
mod info;
mod lane;
mod mux;
mod seek;
mod tags;
#[cfg(test)]
mod testing;
mod vfw;
mod video;
mod webvtt;

use rushes_core::CodecId;

use self::demux::MkvDemuxer;
use self::mux::{Flavor, MkvMuxer};
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

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
        reader: Some(READER),
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
        reader: Some(READER),
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
        reader: Some(READER),
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
        reader: Some(READER),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(MkvMuxer::create(Flavor::Mks, sink, tracks, options)?))
        }),
    },
];

const READER: FormatReader = FormatReader {
    probe: |start| start.starts_with(b"\x1a\x45\xdf\xa3").then_some(Score::Certain),
    open: |input, options| Ok(Box::new(MkvDemuxer::open(input, options)?)),
};
