//! VP9: the decoder around `rusty_vp9`.

mod decode;
mod engine;

pub(crate) use decode::create as create_decoder;
