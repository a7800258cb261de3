//! Which decoders and encoders there are.

use rushes_core::{CodecId, CodecParameters, Error, PixelFormat, Result, SampleFormat};

use crate::tables::{DECODERS, ENCODERS};
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
    /// Makes one; `None` where it is missing.
    pub(crate) create: Option<CreateDecoder>,
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
    /// Makes one; `None` where it is missing.
    pub(crate) create: Option<CreateEncoder>,
}

pub(crate) type CreateDecoder = fn(&CodecParameters, &DecoderOptions) -> Result<Box<dyn Decoder>>;
pub(crate) type CreateEncoder = fn(&EncoderOptions) -> Result<Box<dyn Encoder>>;

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
        let create = self.create.ok_or_else(|| self.implementation.absent("decoder"))?;
        if parameters.codec != self.implementation.codec {
            return Err(Error::usage(format!(
                "decoder '{}' cannot decode '{}'",
                self.implementation.name, parameters.codec
            )));
        }
        create(parameters, options)
    }
}

impl EncoderEntry {
    /// Makes an encoder.
    ///
    /// # Errors
    /// [`Unsupported`](rushes_core::Error::Unsupported) where it is missing from this build or does not take the
    /// media; [`Usage`](rushes_core::Error::Usage) for options and settings it cannot honour.
    pub fn create(&self, options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
        let create = self.create.ok_or_else(|| self.implementation.absent("encoder"))?;
        create(options)
    }
}

impl Implementation {
    fn absent(&self, kind: &str) -> Error {
        let why = self.missing.unwrap_or("it is missing");
        Error::unsupported(format!("{kind} '{}' ({why})", self.name), "")
    }
}

/// All decoders, missing ones included.
#[must_use]
pub fn decoders() -> &'static [DecoderEntry] {
    DECODERS
}

/// All encoders, missing ones included.
#[must_use]
pub fn encoders() -> &'static [EncoderEntry] {
    ENCODERS
}

/// The decoder for a codec, the preferred one where there are several.
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with what is supported.
pub fn decoder_for(codec: &CodecId) -> Result<&'static DecoderEntry> {
    for_codec(DECODERS, codec)
        .ok_or_else(|| Error::unsupported(format!("decoding '{codec}'"), codecs(DECODERS)))
}

/// The encoder for a codec, the preferred one where there are several.
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with what is supported.
pub fn encoder_for(codec: &CodecId) -> Result<&'static EncoderEntry> {
    for_codec(ENCODERS, codec)
        .ok_or_else(|| Error::unsupported(format!("encoding '{codec}'"), codecs(ENCODERS)))
}

/// The decoder of this name (`h264`).
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with the known names.
pub fn decoder_by_name(name: &str) -> Result<&'static DecoderEntry> {
    by_name(DECODERS, name)
        .ok_or_else(|| Error::unsupported(format!("decoder '{name}'"), names(DECODERS)))
}

/// The encoder of this name (`openh264`), or the preferred one for the codec of this name (`h264`).
///
/// # Errors
/// [`Unsupported`](rushes_core::Error::Unsupported), with the known names.
pub fn encoder_by_name(name: &str) -> Result<&'static EncoderEntry> {
    by_name(ENCODERS, name)
        .or_else(|| for_codec(ENCODERS, &CodecId::from_name(name)?))
        .ok_or_else(|| Error::unsupported(format!("encoder '{name}'"), names(ENCODERS)))
}

/// What entries of both kinds have in common.
trait Entry {
    fn implementation(&self) -> &Implementation;
}

impl Entry for DecoderEntry {
    fn implementation(&self) -> &Implementation {
        &self.implementation
    }
}

impl Entry for EncoderEntry {
    fn implementation(&self) -> &Implementation {
        &self.implementation
    }
}

/// The first entry for the codec that is in this build, else the first that says how to get it.
fn for_codec<E: Entry>(entries: &'static [E], codec: &CodecId) -> Option<&'static E> {
    let mut fitting = entries.iter().filter(|entry| entry.implementation().codec == *codec);
    let first = fitting.next()?;
    match first.implementation().missing {
        None => Some(first),
        Some(_) => {
            Some(fitting.find(|entry| entry.implementation().missing.is_none()).unwrap_or(first))
        }
    }
}

fn by_name<E: Entry>(entries: &'static [E], name: &str) -> Option<&'static E> {
    entries.iter().find(|entry| entry.implementation().name == name)
}

/// The codecs of the entries that are in this build, each once, in the order of the table.
fn codecs<E: Entry>(entries: &[E]) -> String {
    let mut codecs: Vec<&str> = Vec::new();
    for entry in present(entries) {
        if !codecs.contains(&entry.codec.name()) {
            codecs.push(entry.codec.name());
        }
    }
    codecs.join(", ")
}

fn names<E: Entry>(entries: &[E]) -> String {
    let names: Vec<_> = present(entries).map(|entry| entry.name).collect();
    names.join(", ")
}

fn present<E: Entry>(entries: &[E]) -> impl Iterator<Item = &Implementation> {
    entries.iter().map(Entry::implementation).filter(|entry| entry.missing.is_none())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rushes_core::PcmFormat;

    use super::*;
    use crate::options::check;

    #[test]
    fn names_are_unique_and_found() {
        for entry in decoders() {
            let name = entry.implementation.name;
            let found = decoder_by_name(name).expect("listed");
            assert_eq!(found.implementation.codec, entry.implementation.codec, "{name}");
            assert!(decoder_for(&entry.implementation.codec).is_ok(), "{name}");
        }
        for entry in encoders() {
            let name = entry.implementation.name;
            let found = encoder_by_name(name).expect("listed");
            assert_eq!(found.implementation.codec, entry.implementation.codec, "{name}");
            // What is missing may not know its formats.
            let kinds = [entry.pixel_formats.is_empty(), entry.sample_formats.is_empty()];
            assert!(kinds[0] != kinds[1] || entry.implementation.missing.is_some(), "{name}");
        }
    }

    #[test]
    fn options_take_their_defaults() {
        let all = decoders().iter().map(|entry| &entry.implementation);
        for entry in all.chain(encoders().iter().map(|entry| &entry.implementation)) {
            for option in entry.options {
                let given = BTreeMap::from([(option.name.to_owned(), option.default.to_owned())]);
                // A default that no value stands for is told in words: `chosen by the machine`.
                let told = option.default.contains(' ');
                assert!(told || check(&given, entry.options).is_ok(), "{}: {option}", entry.name);
                assert!(!option.help.is_empty(), "{}: {option}", entry.name);
            }
        }
    }

    #[test]
    fn every_pcm_format_goes_both_ways() {
        for format in PcmFormat::ALL {
            assert!(decoder_for(&CodecId::Pcm(format)).is_ok(), "{}", format.name());
            assert!(encoder_for(&CodecId::Pcm(format)).is_ok(), "{}", format.name());
        }
    }

    #[test]
    fn unknown_ones_are_refused_with_what_is_known() {
        let check = |error: Option<Error>, start: &str| {
            let message = error.expect("unknown").to_string();
            assert!(message.starts_with(start), "{message}");
            assert!(message.contains("pcm_s16le"), "{message}");
        };
        check(
            decoder_for(&CodecId::Theora).err(),
            "decoding 'theora' is not supported; supported: ",
        );
        check(
            encoder_for(&CodecId::Vorbis).err(),
            "encoding 'vorbis' is not supported; supported: ",
        );
        check(decoder_by_name("x").err(), "decoder 'x' is not supported; supported: ");
        check(encoder_by_name("vorbis").err(), "encoder 'vorbis' is not supported; supported: ");
        assert_eq!(encoder_by_name("h264").expect("by codec").implementation.name, "openh264");
    }

    #[test]
    fn packages_are_those_of_the_manifest() {
        let manifest = include_str!("../../../Cargo.toml");
        let all = decoders().iter().map(|entry| &entry.implementation);
        for entry in all.chain(encoders().iter().map(|entry| &entry.implementation)) {
            if let Some((package, version)) = entry.package.split_once(' ') {
                let line = manifest
                    .lines()
                    .find(|line| line.starts_with(&format!("{package} = ")))
                    .expect("a dependency");
                assert!(line.contains(&format!("\"={version}\"")), "{line}");
            }
        }
    }
}
