//! ALAC: the Apple Lossless Audio Codec.

mod decode;

pub(crate) use decode::create as create_decoder;
