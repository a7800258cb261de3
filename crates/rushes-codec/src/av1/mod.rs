//! AV1: the decoder around `rav1d`, the encoder around `rav1e`.

#[cfg(feature = "rav1e")]
mod color;
#[cfg(feature = "av1")]
mod decode;
#[cfg(feature = "rav1e")]
mod encode;
#[cfg(feature = "av1")]
mod memory;
#[cfg(feature = "av1")]
mod picture;
#[cfg(feature = "av1")]
mod rav1d;
#[cfg(feature = "rav1e")]
mod settings;
#[cfg(feature = "av1")]
mod unit;

#[cfg(feature = "av1")]
pub(crate) use decode::create as create_decoder;
#[cfg(feature = "rav1e")]
pub(crate) use encode::create as create_encoder;
#[cfg(feature = "rav1e")]
pub(crate) use settings::{OPTIONS, PIXEL_FORMATS};
