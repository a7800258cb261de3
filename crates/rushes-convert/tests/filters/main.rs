//! Filters against FFmpeg: the same chain on the same frames gives the same times, counts and sizes, and the same pixels and samples
//! where the kernels are the same. SKIPPED without `ffmpeg`.
#![forbid(unsafe_code)]

mod audio;
mod edges;
mod judge;
mod video;
