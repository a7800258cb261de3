//! Opus: RFC 6716, RFC 7845 and RFC 8486.

mod decode;
mod encode;
mod framing;
mod head;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{OPTIONS, SAMPLE_RATES, create as create_encoder};

/// Samples of a second, whatever went into the encoder.
const RATE: u32 = 48_000;
