//! Decoders and encoders of `rushes`, behind one registry.
//!
//! A [`Decoder`] turns packets into frames, an [`Encoder`] frames into packets. Each codec is an adapter around a
//! pinned crate (or our own code); the registry says which, and why one is missing.

mod decoder;
mod encoder;
mod options;
mod registry;

pub use decoder::{Decoder, DecoderOptions};
pub use encoder::{CodecConfig, Encoder, EncoderOptions};
pub use options::{OptionKind, OptionSpec};
pub use registry::{
    DecoderEntry, EncoderEntry, Implementation, decoder_by_name, decoder_for, decoders,
    encoder_by_name, encoder_for, encoders,
};
