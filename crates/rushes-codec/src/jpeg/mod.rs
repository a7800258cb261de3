//! JPEG and Motion JPEG: ITU-T T.81. Our own decoder; `jpeg-encoder` encodes.

mod bits;
mod components;
mod decode;
mod encode;
mod header;
mod huffman;
mod idct;
mod picture;
mod progressive;
mod sequential;
mod stream;
mod tables;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{FORMATS, OPTIONS, create as create_encoder};
