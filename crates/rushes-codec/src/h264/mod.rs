//! H.264: the decoder around `rust_h264`, the encoder around OpenH264, and what both need of the bitstream.

mod avcc;
mod bits;
mod nal;
mod sps;

#[cfg(feature = "h264")]
mod decode;
#[cfg(feature = "openh264")]
mod encode;
#[cfg(feature = "h264")]
mod engine;
#[cfg(feature = "openh264")]
#[expect(unsafe_code, reason = "OpenH264 is C++: its calls are unsafe by nature")]
mod openh264;
#[cfg(feature = "h264")]
mod parameter_sets;
#[cfg(feature = "h264")]
mod picture;
#[cfg(feature = "h264")]
mod pps;
#[cfg(feature = "h264")]
mod recovery;
#[cfg(feature = "h264")]
mod reorder;
#[cfg(feature = "h264")]
mod sei;
#[cfg(feature = "h264")]
mod slice;

#[cfg(feature = "h264")]
pub(crate) use decode::create as create_decoder;
#[cfg(feature = "openh264")]
pub(crate) use encode::{OPTIONS, create as create_encoder};
