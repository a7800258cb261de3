//! Colour, scaling, sample formats and resampling.
//!
//! Everything is planned once and run many times: [`VideoPlan`] for pictures, [`TensorPlan`] for pictures as the arrays
//! that models take, [`AudioPlan`] for sample formats and channels, [`Resampler`] for sample rates, [`FrameRateConverter`]
//! for frame rates, [`FilterChain`] for filters in FFmpeg's syntax. Results do not depend on the CPU.

#![deny(unsafe_code)]

mod audio;
mod color;
mod converter;
mod filter;
mod fps;
mod geometry;
mod plane;
mod resample;
mod rows;
mod scale;
mod tensor;
mod video;

#[cfg(test)]
mod tests;

pub use audio::{AudioOptions, AudioPlan, AudioSample, Samples, SamplesMut};
pub use converter::{AudioConverter, AudioSpec};
pub use filter::{
    AudioFilter, FilterChain, FilterEntry, FilterOption, FilterOptionKind, VideoFilter, VideoSpec,
    filters,
};
pub use fps::{FrameRateConverter, FrameRateRounding};
pub use resample::{RateSample, Resampler, ResamplerOptions};
pub use rushes_simd::Level;
pub use tensor::{TensorLayout, TensorOptions, TensorPlan};
pub use video::{
    ChromaUpsampling, Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan,
};
