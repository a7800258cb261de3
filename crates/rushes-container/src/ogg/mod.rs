//! Ogg (RFC 3533), with Opus (RFC 7845), Vorbis, FLAC (RFC 9639, 10.1), Speex and Theora.

mod codec;
mod demux;
mod mux;
mod open;
mod page;
mod paginate;
mod seek;
mod stream;
mod track;

use rushes_core::CodecId;

use self::demux::OggDemuxer;
use self::mux::OggMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "ogg",
        long_name: "Ogg",
        extensions: &["ogg", "oga", "opus", "ogv", "ogx", "spx"],
        default_video: None,
        default_audio: Some(CodecId::Opus),
    },
    reader: Some(FormatReader {
        probe: |start| open::probe(start).then_some(Score::Certain),
        open: |input, options| Ok(Box::new(OggDemuxer::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(OggMuxer::create(sink, tracks, options)?))),
}];
