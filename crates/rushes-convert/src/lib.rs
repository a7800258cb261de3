//! Colour, scaling, sample formats and resampling.
//!
//! Everything is planned once and run many times: [`VideoPlan`] for pictures, [`TensorPlan`] for pictures as
//! the arrays that models take, [`AudioPlan`] for sample formats and
//! channels, [`Resampler`] for sample rates, [`FrameRateConverter`] for frame rates. Results do not depend on the CPU.

#![deny(unsafe_code)]

mod audio;
mod color;
mod fps;
mod plane;
mod resample;
mod rows;
mod scale;
mod tensor;
mod video;

#[cfg(test)]
mod tests;

pub use audio::AudioPlan;
pub use fps::FrameRateConverter;
pub use resample::Resampler;
pub use rushes_simd::Level;
pub use tensor::{TensorLayout, TensorOptions, TensorPlan};
pub use video::{
    ChromaUpsampling, Picture, PictureMut, PictureSpec, ScaleKernel, VideoOptions, VideoPlan,
};
