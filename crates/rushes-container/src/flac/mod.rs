//! FLAC (RFC 9639).

mod blocks;
mod demux;
mod frames;
mod header;
mod mux;
mod picture;
mod seek;
mod stream_info;

use rushes_core::CodecId;

use self::demux::FlacDemuxer;
use self::mux::FlacMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) use header::FrameHeader;
pub(crate) use picture::Picture;
pub(crate) use stream_info::{MARKER, StreamInfo};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "flac",
        long_name: "FLAC (Free Lossless Audio Codec)",
        extensions: &["flac"],
        default_video: None,
        default_audio: Some(CodecId::Flac),
    },
    reader: Some(FormatReader {
        probe,
        open: |input, options| Ok(Box::new(FlacDemuxer::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(FlacMuxer::create(sink, tracks, options)?))),
}];

fn probe(start: &[u8]) -> Option<Score> {
    if start.starts_with(MARKER) {
        return Some(Score::Certain);
    }
    frames::probe(start).then_some(Score::Likely)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_flac_probes() {
        assert_eq!(probe(b"fLaC\0\0\0\x22"), Some(Score::Certain));
        assert_eq!(probe(b"fLa"), None);
        assert_eq!(probe(&header::testing::frame(0, 4096, 100)), Some(Score::Likely));
    }
}
