//! AVI: RIFF (Microsoft's Multimedia Programming Interface and Data Specifications 1.0), `OpenDML` AVI File Format
//! Extensions 1.02 (Matrox).

mod codecs;
mod demux;
mod header;
mod index;
mod seek;

use self::demux::AviDemuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "avi",
        long_name: "AVI (Audio Video Interleaved)",
        extensions: &["avi"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| probe(start).then_some(Score::Certain),
        open: |input, options| Ok(Box::new(AviDemuxer::open(input, options)?)),
    }),
    create: None,
}];

/// True where these first bytes of a source are those of an AVI file.
fn probe(bytes: &[u8]) -> bool {
    // The last is what some cameras write.
    bytes.starts_with(b"RIFF") && matches!(bytes.get(8..12), Some(b"AVI " | b"AVIX" | b"AVI\x19"))
}
