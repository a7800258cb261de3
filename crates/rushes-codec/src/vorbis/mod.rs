//! Vorbis: Vorbis I of the Xiph.Org Foundation.

mod decode;
mod setup;

pub(crate) use decode::create as create_decoder;
