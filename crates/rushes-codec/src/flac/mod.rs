//! FLAC: RFC 9639.

mod bits;
mod crc;
mod decode;
mod encode;
mod header;
mod subframe;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{OPTIONS, create as create_encoder};
