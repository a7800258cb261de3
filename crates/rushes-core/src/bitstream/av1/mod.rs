//! AV1: AV1 Bitstream & Decoding Process Specification 1.0.0 with Errata 1.

pub mod av1c;
mod frame;
mod obu;
mod sequence;

pub use frame::FrameStart;
pub use obu::{Kind, Obu, Obus, leb128, put_leb128};
pub use sequence::Sequence;
