//! MP4 and QuickTime: ISO/IEC 14496-12, 14496-14, 14496-15 and the QuickTime File Format.

pub(crate) mod boxes;
mod demux;
mod describe;
mod edit;
mod fragment;
mod genre;
mod header;
mod index;
mod metadata;
mod movie;
mod mux;
mod runs;
mod seek;
mod track;

pub(crate) use demux::Mp4Demuxer;
pub(crate) use mux::{Flavor, Mp4Muxer};

/// True where the bytes start like a file of this family: with one of the boxes that come first.
pub(crate) fn probe(start: &[u8]) -> bool {
    let Some(([a, b, c, d], rest)) = start.split_first_chunk::<4>() else { return false };
    let size = u32::from_be_bytes([*a, *b, *c, *d]);
    let Some(kind) = rest.first_chunk::<4>() else { return false };
    let named = match kind {
        b"ftyp" | b"styp" | b"moov" | b"moof" | b"mdat" | b"sidx" => true,
        // These are common words, and so need a size that makes sense.
        b"free" | b"skip" | b"wide" | b"pnot" | b"uuid" | b"emsg" | b"prft" => size >= 8,
        _ => false,
    };
    named && (size >= 8 || size <= 1)
}
