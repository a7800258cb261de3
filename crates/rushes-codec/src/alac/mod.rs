//! ALAC: the Apple Lossless Audio Codec.

mod bits;
mod decode;
mod encode;
mod predict;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{OPTIONS, create as create_encoder};
