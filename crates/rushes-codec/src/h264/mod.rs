//! H.264: the decoder around `rust_h264`, the encoder around OpenH264, and what both need of the bitstream.

mod avcc;
mod decode;
#[cfg(feature = "openh264")]
mod encode;
mod engine;
mod nal;
#[cfg(feature = "openh264")]
#[expect(unsafe_code, reason = "OpenH264 is C++: its calls are unsafe by nature")]
mod openh264;
mod parameter_sets;
mod picture;
mod pps;
mod recovery;
mod sei;
mod slice;
mod sps;

pub(crate) use decode::create as create_decoder;
#[cfg(feature = "openh264")]
pub(crate) use encode::{OPTIONS, create as create_encoder};
