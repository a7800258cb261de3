//! YUV4MPEG2: uncompressed pictures behind a line of text. The format is that of mjpegtools' `yuv4mpeg(5)`, with the
//! colour spaces and the colour range that FFmpeg and others have added.

mod demux;
mod header;
mod mux;

use rushes_core::CodecId;

use self::demux::Y4mDemuxer;
use self::mux::Y4mMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "y4m",
        long_name: "YUV4MPEG2 (uncompressed video)",
        extensions: &["y4m"],
        default_video: Some(CodecId::RawVideo),
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| start.starts_with(b"YUV4MPEG2 ").then_some(Score::Certain),
        open: |input, options| Ok(Box::new(Y4mDemuxer::open(input, options)?)),
    }),
    create: Some(|sink, tracks, options| Ok(Box::new(Y4mMuxer::create(sink, tracks, options)?))),
}];
