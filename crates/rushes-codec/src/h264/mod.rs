//! H.264: the decoder around `rust_h264` and `oxideav-h264`, and the encoder around OpenH264.

mod decode;
#[cfg(feature = "openh264")]
mod encode;
mod engine;
mod high422;
#[cfg(feature = "h264-high444")]
mod high444;
#[cfg(feature = "openh264")]
#[expect(unsafe_code, reason = "OpenH264 is C++: its calls are unsafe by nature")]
mod openh264;
mod picture;
mod recovery;

pub(crate) use decode::create as create_decoder;
#[cfg(feature = "openh264")]
pub(crate) use encode::{OPTIONS, create as create_encoder};
