//! PNG and APNG: Portable Network Graphics, third edition (W3C, 2025), with the `png` crate.

mod animation;
mod chunk;
mod decode;
mod encode;
mod image;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{FORMATS, OPTIONS, create as create_encoder};
