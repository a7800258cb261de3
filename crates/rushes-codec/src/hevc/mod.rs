//! HEVC: the decoder around `rust_h265`, and what it needs of the bitstream.

mod decode;
mod engine;
mod hvcc;
mod nal;
mod parameter_sets;
mod picture;
mod pps;
mod recovery;
mod samples;
mod sei;
mod slice;
mod sps;

pub(crate) use decode::create as create_decoder;
