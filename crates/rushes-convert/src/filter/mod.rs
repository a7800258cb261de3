//! Filters: chains like FFmpeg's, for video and audio.
//!
//! A description is read and checked once ([`FilterChain`]), and put to work on frames of a kind ([`VideoFilter`],
//! [`AudioFilter`]), which converts between filters where one takes another format. Times, counts and sizes are those of FFmpeg 5.1.
//! Each filter is an entry of one table ([`filters`]) with its options.

mod audio;
mod chain;
mod color_names;
mod expression;
mod number;
mod option;
mod registry;
mod stage;
mod syntax;
mod values;
mod video;

pub use chain::{AudioFilter, FilterChain, VideoFilter, VideoSpec};
pub use option::{FilterOption, FilterOptionKind};
pub use registry::{FilterEntry, filters};
