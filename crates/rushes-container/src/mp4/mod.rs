//! MP4 and QuickTime: ISO/IEC 14496-12, 14496-14, 14496-15 and the QuickTime File Format.

pub(crate) mod boxes;
mod demux;
mod describe;
mod edit;
mod fragment;
mod header;
mod index;
mod layout;
mod metadata;
mod movie;
mod mux;
mod runs;
mod search;
mod seek;
mod track;

use crate::probe::Score;

pub(crate) use demux::Mp4Demuxer;
pub(crate) use mux::{Flavor, Mp4Muxer};

/// Tells files of this family by the boxes that come first.
pub(crate) fn probe(start: &[u8]) -> Option<Score> {
    let (size, rest) = start.split_first_chunk::<4>()?;
    let size = u32::from_be_bytes(*size);
    // One stands for a large size, zero for the rest of the file.
    if (2..8).contains(&size) {
        return None;
    }
    match rest.first_chunk::<4>()? {
        b"ftyp" | b"styp" | b"moov" | b"moof" => Some(Score::Certain),
        b"mdat" | b"sidx" => Some(Score::Likely),
        // These are common words, and so need a size that makes sense.
        b"free" | b"skip" | b"wide" | b"pnot" | b"uuid" | b"emsg" | b"prft" if size >= 8 => {
            Some(Score::Likely)
        }
        _ => None,
    }
}
