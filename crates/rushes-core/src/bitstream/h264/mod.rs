//! H.264: ITU-T H.264 (08/2021).

pub mod avcc;
mod nal;
mod order;
mod parameter_sets;
mod pps;
pub mod sei;
mod slice;
mod sps;

pub use nal::Nal;
pub use order::OrderCounter;
pub use parameter_sets::ParameterSets;
pub use pps::Pps;
pub use slice::{SliceHeader, SliceKind, Structure};
pub use sps::{OrderCount, OrderCycle, Sps, Vui};
