//! Demuxers and muxers of `rushes`.
//!
//! A [`Demuxer`] turns bytes into [`Track`](rushes_core::Track)s and [`Packet`](rushes_core::Packet)s, a [`Muxer`]
//! turns packets into bytes. Nothing here decodes: what is inside a packet is `rushes-codec`'s business.
#![forbid(unsafe_code)]

mod adts;
mod aiff;
mod amr;
mod annexb;
mod au;
mod avi;
mod bitstream;
mod blocks;
mod caf;
mod checks;
mod checksum;
mod cover;
mod date;
mod demuxer;
mod flac;
mod fourcc;
mod framed;
mod gcd;
mod id3;
mod image;
mod input;
mod interleave;
mod ivf;
mod mkv;
mod mp4;
mod mpa;
mod muxer;
mod obu;
mod ogg;
mod output;
mod presentation;
mod probe;
mod registry;
mod seek_index;
mod tags;
mod text;
mod ts;
mod vorbis_comment;
mod wav;
mod y4m;

/// Who wrote a file, unless its tags say otherwise.
pub(crate) const ENCODER: &str = concat!("rushes ", env!("CARGO_PKG_VERSION"));

pub use bitstream::{complete_parameters, lacks_parameters};
pub use demuxer::{DemuxOptions, Demuxer, SeekMode, SeekTo, Seeked};
pub use input::{ReadSeek, Source};
pub use interleave::{InterleaveOptions, Interleaver};
pub use muxer::{MuxOptions, Muxer};
pub use output::{ReadWriteSeek, Sink, WriteSeek};
pub use presentation::PresentationTimes;
pub use registry::{
    Format, check_tracks, demuxer_formats, muxer_formats, open_demuxer, open_muxer,
};
