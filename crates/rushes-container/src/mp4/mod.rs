//! MP4 and QuickTime: ISO/IEC 14496-12, 14496-14, 14496-15 and the QuickTime File Format.

pub(crate) mod boxes;
mod mux;

pub(crate) use mux::{Flavor, Mp4Muxer};
