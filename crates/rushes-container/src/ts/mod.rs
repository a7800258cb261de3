//! MPEG-2 transport streams: ISO/IEC 13818-1; packets of 188 bytes, of 192 (BDAV, `.m2ts`) and of 204 (with a checksum).

mod demux;
mod frames;
mod mpeg4;
mod packet;
mod parameters;
mod pes;
mod pictures;
mod psi;
mod seek;
mod stream;
mod streams;
mod units;

use self::demux::TsDemuxer;
use self::packet::Grid;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 1] = [Entry {
    format: Format {
        name: "mpegts",
        long_name: "MPEG-2 transport stream",
        extensions: &["ts", "m2ts", "mts", "m2t"],
        default_video: None,
        default_audio: None,
    },
    reader: Some(FormatReader {
        probe: |start| Grid::find(start).map(|_| Score::Likely),
        open: |input, options| Ok(Box::new(TsDemuxer::open(input, options)?)),
    }),
    create: None,
}];
