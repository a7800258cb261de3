//! GIF: Graphics Interchange Format 89a (`CompuServe`, 1990), with the `gif` crate for LZW and palettes.

mod blocks;
mod decode;
mod encode;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{FORMATS, OPTIONS, create as create_encoder};
