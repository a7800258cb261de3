//! GIF: Graphics Interchange Format 89a (`CompuServe`, 1990), decoded by ourselves; the `gif` crate encodes.

mod blocks;
mod decode;
mod encode;
mod lzw;

pub(crate) use decode::create as create_decoder;
pub(crate) use encode::{FORMATS, OPTIONS, create as create_encoder};
