//! AAC: the decoder around `rusty_aac`, the encoder around `syom`.

mod block;
mod decode;
mod encode;
mod layout;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{OPTIONS, SAMPLE_RATES, create as create_encoder};
