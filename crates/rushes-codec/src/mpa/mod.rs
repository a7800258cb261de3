//! MPEG audio, layers 1 to 3: ISO/IEC 11172-3 and ISO/IEC 13818-3.

mod decode;
mod encode;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{OPTIONS, SAMPLE_RATES, create as create_encoder};
