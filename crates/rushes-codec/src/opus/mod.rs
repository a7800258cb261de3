//! Opus: RFC 6716, RFC 7845 and RFC 8486.

mod decode;
mod framing;
mod head;

pub(crate) use decode::create as create_decoder;

/// Samples of a second, whatever went into the encoder.
const RATE: u32 = 48_000;
