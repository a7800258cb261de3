//! Which decoders and encoders there are.

use rushes_core::{CodecId, CodecParameters, PixelFormat, Result, SampleFormat};

use crate::{Decoder, DecoderOptions, Encoder, EncoderOptions, OptionSpec};

/// Who does the work of a registry entry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Implementation {
    /// Name to choose it by: `h264`, `openh264`, `aac`.
    pub name: &'static str,
    /// The codec.
    pub codec: CodecId,
    /// Crate and version: `rust_h264 0.6.0`.
    pub package: &'static str,
    /// Its licence, as SPDX.
    pub licence: &'static str,
    /// Why it is not in this build, in words that say how to get it; `None` where it is.
    pub missing: Option<&'static str>,
    /// Its own options.
    pub options: &'static [OptionSpec],
}

/// A decoder of the registry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DecoderEntry {
    /// Who does the work.
    pub implementation: Implementation,
    /// Makes one.
    pub(crate) create: fn(&CodecParameters, &DecoderOptions) -> Result<Box<dyn Decoder>>,
}

/// An encoder of the registry.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EncoderEntry {
    /// Who does the work.
    pub implementation: Implementation,
    /// Pixel formats it takes, the preferred one first; empty for audio.
    pub pixel_formats: &'static [PixelFormat],
    /// Sample formats it takes, the preferred one first; empty for video.
    pub sample_formats: &'static [SampleFormat],
    /// Sample rates it takes; empty for any.
    pub sample_rates: &'static [u32],
    /// Most channels it takes; 0 for video.
    pub max_channels: u16,
    /// Makes one.
    pub(crate) create: fn(&EncoderOptions) -> Result<Box<dyn Encoder>>,
}

impl DecoderEntry {
    /// Makes a decoder for a track of these parameters.
    ///
    /// # Errors
    /// [`Unsupported`](rushes_core::Error::Unsupported) where it is missing from this build or lacks a feature that
    /// the parameters ask for; [`Usage`](rushes_core::Error::Usage) for options it does not know.
    pub fn create(
        &self,
        parameters: &CodecParameters,
        options: &DecoderOptions,
    ) -> Result<Box<dyn Decoder>> {
        (self.create)(parameters, options)
    }
}

impl EncoderEntry {
    /// Makes an encoder.
    ///
    /// # Errors
    /// [`Unsupported`](rushes_core::Error::Unsupported) where it is missing from this build or does not take the
    /// media; [`Usage`](rushes_core::Error::Usage) for options and settings it cannot honour.
    pub fn create(&self, options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
        (self.create)(options)
    }
}

/// All decoders, missing ones included.
#[must_use]
pub const fn decoders() -> &'static [DecoderEntry] {
    &[]
}

/// All encoders, missing ones included.
#[must_use]
pub const fn encoders() -> &'static [EncoderEntry] {
    &[]
}

/// The decoder for a codec, the preferred one where there are several.
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with what is supported.
pub fn decoder_for(codec: &CodecId) -> Result<&'static DecoderEntry> {
    Err(rushes_core::Error::unsupported(format!("decoding '{codec}'"), ""))
}

/// The encoder for a codec, the preferred one where there are several.
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with what is supported.
pub fn encoder_for(codec: &CodecId) -> Result<&'static EncoderEntry> {
    Err(rushes_core::Error::unsupported(format!("encoding '{codec}'"), ""))
}

/// The decoder of this name (`h264`).
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with the known names.
pub fn decoder_by_name(name: &str) -> Result<&'static DecoderEntry> {
    Err(rushes_core::Error::unsupported(format!("decoder '{name}'"), ""))
}

/// The encoder of this name (`openh264`), or the preferred one for the codec of this name (`h264`).
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with the known names.
pub fn encoder_by_name(name: &str) -> Result<&'static EncoderEntry> {
    Err(rushes_core::Error::unsupported(format!("encoder '{name}'"), ""))
}
