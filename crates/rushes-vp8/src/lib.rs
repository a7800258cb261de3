//! VP8 decoder: RFC 6386, the whole format, bit for bit.
//!
//! ```
//! # fn main() -> rushes_core::Result<()> {
//! use rushes_vp8::{Decoder, Options};
//!
//! let mut decoder = Decoder::new(Options::new()?);
//! // What is no frame is an error, and leaves the decoder as it was.
//! assert!(decoder.decode(b"no frame").is_err());
//! # Ok(())
//! # }
//! ```
//!
//! A frame goes through these stages, a file each; numbers are clauses of the RFC.
//!
//! | Stage | File | RFC 6386 |
//! |---|---|---|
//! | Frame and partition headers, what lasts between frames | `header` | 9, 19.2 |
//! | Boolean decoder | `bool_decoder` | 7 |
//! | Rows out of the partitions | `parser` | 5, 19.3 |
//! | Modes, segments | `modes` | 8, 10, 11, 16 |
//! | Motion vectors | `vectors` | 16.3, 16.4, 17 |
//! | Coefficients | `tokens` | 13 |
//! | Quantizers | `dequantization` | 9.6, 14.1 |
//! | Prediction within the frame | `intra` | 12 |
//! | Prediction from other frames | `inter` | 18 |
//! | Transforms, taps, edges: the work on pixels | `kernels` | 14.3, 15, 18.3 |
//! | Loop filter | `filter` | 15 |
//! | Rows of pictures | `reconstruction` | 5 |
//! | Threads | `team` | |
//!
//! What libvpx and FFmpeg take, this takes: the last partition may be cut as long as macroblocks begin before its end; behind it
//! come zeros. What FFmpeg refuses is an error here: a partition that ends before its last macroblock begins, one that is longer
//! than the frame, a frame before the first key frame. The bits for colour space and clamping change nothing: there is one colour
//! space, and clamping always is right either way. Versions above 3 are decoded like 3. How the player shall enlarge pictures is
//! reported, and not done.

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
pub use header::starts_anew;
pub use picture::Picture;
