//! Core Audio Format: "Apple Core Audio Format Specification 1.0"; big-endian chunks with sizes of 64 bits.

mod demux;
mod describe;
mod header;
mod table;

use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "caf",
        long_name: "CAF (Apple Core Audio Format)",
        extensions: &["caf"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| start.starts_with(b"caff").then_some(Score::Certain),
        open: demux::open,
    }),
    create: None,
}];
