//! VP8 decoder: RFC 6386.
//!
//! ```
//! # fn main() -> rushes_core::Result<()> {
//! let mut decoder = rushes_vp8::Decoder::new(rushes_vp8::Options::new()?);
//! assert!(decoder.decode(&[]).is_err());
//! # Ok(())
//! # }
//! ```

#![deny(unsafe_code)]

mod bool_decoder;
mod decoder;
mod dequantization;
mod filter;
mod header;
mod inter;
mod intra;
mod kernels;
mod macroblock;
mod modes;
mod parser;
mod picture;
mod reconstruction;
mod tables;
mod team;
mod tokens;
mod vectors;

pub use decoder::{Decoder, Options};
pub use picture::Picture;
