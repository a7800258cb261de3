//! The syntax of coded video that demuxers and decoders both read: what splits a stream into pictures, and what describes
//! them before one is decoded.
//!
//! Public because two crates share it that do not see one another; hidden because it is no interface for others.

pub mod av1;
mod bits;
mod chroma;
mod crop;
pub mod h264;
pub mod hevc;
pub mod nal;
mod reorder;
pub mod sei;
mod sets;
pub mod vp8;
pub mod vp9;
pub mod vui;

pub use bits::BitReader;
pub use chroma::ChromaFormat;
pub use crop::Crop;
pub use reorder::{Reorder, ReorderDepth};
pub use vui::Timing;
