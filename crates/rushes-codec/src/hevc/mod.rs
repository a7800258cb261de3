//! HEVC: the decoder around `rust_h265`.

mod decode;
mod engine;
mod picture;
mod recovery;
mod samples;

pub(crate) use decode::create as create_decoder;
