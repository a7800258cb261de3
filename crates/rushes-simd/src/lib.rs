//! Which vector instructions kernels use: [`Level`], found once per plan or decoder, lowered by `RUSHES_CPU`.
//!
//! [`dispatch!`] enters code that is compiled for a level; [`each_level!`] makes one test per level of a check.

#![forbid(unsafe_code)]

mod level;

pub use fearless_simd;
pub use level::{Level, for_test};
