//! HEVC: ITU-T H.265 (08/2021).

pub mod hvcc;
mod nal;
mod order;
mod parameter_sets;
mod pps;
pub mod sei;
mod slice;
mod sps;

pub use nal::{Kind, Nal, Role};
pub use order::OrderCounter;
pub use parameter_sets::ParameterSets;
pub use pps::Pps;
pub use slice::{SliceHeader, order_low, starts_picture};
pub use sps::{Sps, Vui};
