//! FLAC: RFC 9639.

mod bits;
mod crc;
mod decode;
mod header;
mod subframe;

pub(crate) use decode::create as create_decoder;
