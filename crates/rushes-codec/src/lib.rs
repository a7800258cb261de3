//! Decoders and encoders of `rushes`, behind one registry.
//!
//! A [`Decoder`] turns packets into frames, an [`Encoder`] frames into packets. Each codec is an adapter around a
//! pinned crate (or our own code); the registry says which, and why one is missing.
//!
//! ```
//! use rushes_codec::{DecoderOptions, decoder_for};
//! use rushes_core::{
//!     AudioParameters, ChannelLayout, CodecId, CodecParameters, Packet, PcmFormat,
//! };
//!
//! # fn main() -> rushes_core::Result<()> {
//! let codec = CodecId::Pcm(PcmFormat::S16Le);
//! let sound = AudioParameters::new(48_000, ChannelLayout::STEREO);
//! let parameters = CodecParameters::audio(codec.clone(), sound);
//! let mut decoder = decoder_for(&codec)?.create(&parameters, &DecoderOptions::default())?;
//! decoder.submit(&Packet::new(0, vec![0; 4800]))?;
//! decoder.finish()?;
//! let mut frames = 0;
//! while decoder.next_frame()?.is_some() {
//!     frames += 1;
//! }
//! assert_eq!(frames, 1);
//! # Ok(())
//! # }
//! ```
//!
//! The features are the codecs: `Cargo.toml` lists them. `portable` is all that needs neither a C++ compiler nor nasm;
//! `openh264` adds H.264 encoding, `asm` the SIMD of AV1, `ac3` AC-3.

#![deny(unsafe_code)]

#[cfg(feature = "aac")]
mod aac;
#[cfg(feature = "ac3")]
mod ac3;
#[cfg(feature = "adpcm")]
mod adpcm;
#[cfg(feature = "alac")]
mod alac;
#[cfg(any(feature = "av1", feature = "rav1e"))]
mod av1;
#[cfg(any(feature = "gif", feature = "png", feature = "webp"))]
mod canvas;
mod clock;
mod decoder;
#[cfg(any(feature = "alac", feature = "flac"))]
mod depth;
mod encoder;
#[cfg(any(feature = "alac", feature = "flac", feature = "mp3", feature = "opus"))]
mod feed;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "gif")]
mod gif;
#[cfg(any(feature = "h264", feature = "hevc", feature = "jpeg", feature = "vp8", feature = "vp9"))]
mod groups;
#[cfg(any(
    feature = "ac3",
    feature = "h264",
    feature = "hevc",
    feature = "jpeg",
    feature = "aac",
    feature = "mp3",
    feature = "flac",
    feature = "opus",
    feature = "rav1e",
    feature = "symphonia",
    feature = "png",
    feature = "webp",
    feature = "vp8",
    feature = "vp9"
))]
mod guard;
#[cfg(feature = "h264")]
mod h264;
#[cfg(feature = "hevc")]
mod hevc;
#[cfg(feature = "jpeg")]
mod jpeg;
#[cfg(feature = "mp3")]
mod mpa;
mod options;
#[cfg(feature = "opus")]
mod opus;
mod pcm;
#[cfg(any(feature = "av1", feature = "h264", feature = "hevc", feature = "vp8", feature = "vp9"))]
mod picture;
mod pictures;
#[cfg(feature = "png")]
mod png;
mod raw;
mod registry;
#[cfg(any(
    feature = "ac3",
    feature = "adpcm",
    feature = "flac",
    feature = "opus",
    feature = "symphonia"
))]
mod sound;
#[cfg(feature = "symphonia")]
mod symphonia;
mod tables;
#[cfg(feature = "vorbis")]
mod vorbis;
#[cfg(feature = "vp8")]
mod vp8;
#[cfg(feature = "vp9")]
mod vp9;
#[cfg(feature = "webp")]
mod webp;
#[cfg(any(feature = "opus", feature = "vorbis"))]
mod xiph;

pub use decoder::{Decoder, DecoderOptions};
pub use encoder::{CodecConfig, Encoder, EncoderOptions};
pub use options::{OptionKind, OptionSpec};
pub use registry::{
    DecoderEntry, EncoderEntry, Implementation, decoder_by_name, decoder_for, decoders,
    encoder_by_name, encoder_for, encoders,
};
