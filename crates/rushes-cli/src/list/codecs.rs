//! `rushes list codecs`: who decodes and encodes what, what it takes, and which options it has.

use std::io::{self, Write};

use rushes::{
    EncoderEntry, Implementation, OptionKind, OptionSpec, PixelFormat, SampleFormat, decoders,
    encoders,
};
use serde::Serialize;

use super::Row;

/// A codec.
#[derive(Debug, Serialize)]
pub(super) struct CodecRow {
    name: String,
    long_name: String,
    kind: &'static str,
    decoders: Vec<Worker>,
    encoders: Vec<Worker>,
}

/// Who decodes or encodes.
#[derive(Debug, Serialize)]
struct Worker {
    name: &'static str,
    /// Crate and version.
    package: &'static str,
    licence: &'static str,
    available: bool,
    /// Why it is not in this build.
    missing: Option<&'static str>,
    /// What goes in, for an encoder. What comes out of a decoder is up to the stream.
    #[serde(flatten)]
    takes: Option<Takes>,
    options: Vec<OptionRow>,
}

/// What an encoder takes.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Takes {
    Pictures {
        pixel_formats: Vec<&'static str>,
    },
    Sound {
        sample_formats: Vec<&'static str>,
        /// Empty for any.
        sample_rates: &'static [u32],
        max_channels: u16,
    },
}

#[derive(Debug, Serialize)]
struct OptionRow {
    name: &'static str,
    #[serde(flatten)]
    kind: KindRow,
    default: &'static str,
    help: &'static str,
    #[serde(skip)]
    range: OptionKind,
}

#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum KindRow {
    Integer { min: i64, max: i64 },
    Number { min: f64, max: f64 },
    Boolean,
    Choice { choices: &'static [&'static str] },
    Other,
}

/// A row for each codec, in the order of the registry.
pub(super) fn rows() -> Vec<CodecRow> {
    let mut rows: Vec<CodecRow> = Vec::new();
    for decoder in decoders() {
        let worker = Worker::new(&decoder.implementation, None);
        row_of(&decoder.implementation, &mut rows).decoders.push(worker);
    }
    for encoder in encoders() {
        let worker = Worker::new(&encoder.implementation, Some(Takes::of(encoder)));
        row_of(&encoder.implementation, &mut rows).encoders.push(worker);
    }
    rows
}

/// The row of the codec, new at the end where there is none yet.
fn row_of<'a>(implementation: &Implementation, rows: &'a mut Vec<CodecRow>) -> &'a mut CodecRow {
    let codec = &implementation.codec;
    let index = rows.iter().position(|row| row.name == codec.name()).unwrap_or(rows.len());
    if index == rows.len() {
        rows.push(CodecRow {
            name: codec.name().to_owned(),
            long_name: codec.long_name().to_owned(),
            kind: codec.kind().name(),
            decoders: Vec::new(),
            encoders: Vec::new(),
        });
    }
    &mut rows[index]
}

impl Worker {
    fn new(implementation: &Implementation, takes: Option<Takes>) -> Self {
        Self {
            name: implementation.name,
            package: implementation.package,
            licence: implementation.licence,
            available: implementation.missing.is_none(),
            missing: implementation.missing,
            takes,
            options: implementation.options.iter().map(OptionRow::new).collect(),
        }
    }

    fn write(&self, what: &str, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, package, licence, .. } = self;
        if let Some(why) = self.missing {
            return writeln!(out, "    {what} {name:<14} missing: {why} ({package}, {licence})");
        }
        writeln!(out, "    {what} {name:<14} {package} ({licence})")?;
        if let Some(takes) = &self.takes {
            writeln!(out, "        takes {takes}")?;
        }
        self.options.iter().try_for_each(|option| {
            let OptionRow { name, range, default, help, .. } = option;
            writeln!(out, "        {name}={range} (default {default}): {help}")
        })
    }
}

impl Takes {
    fn of(encoder: &EncoderEntry) -> Self {
        if encoder.sample_formats.is_empty() {
            let pixel_formats = encoder.pixel_formats.iter().copied().map(PixelFormat::name);
            return Self::Pictures { pixel_formats: pixel_formats.collect() };
        }
        let sample_formats = encoder.sample_formats.iter().copied().map(SampleFormat::name);
        Self::Sound {
            sample_formats: sample_formats.collect(),
            sample_rates: encoder.sample_rates,
            max_channels: encoder.max_channels,
        }
    }
}

impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Pictures { pixel_formats } => f.write_str(&pixel_formats.join(", ")),
            Self::Sound { sample_formats, sample_rates, max_channels } => {
                f.write_str(&sample_formats.join(", "))?;
                if !sample_rates.is_empty() {
                    let rates: Vec<_> = sample_rates.iter().map(u32::to_string).collect();
                    write!(f, "; {} Hz", rates.join(", "))?;
                }
                match max_channels {
                    &u16::MAX => Ok(()),
                    1 => f.write_str("; mono"),
                    channels => write!(f, "; up to {channels} channels"),
                }
            }
        }
    }
}

impl OptionRow {
    const fn new(option: &OptionSpec) -> Self {
        let kind = match option.kind {
            OptionKind::Integer { min, max } => KindRow::Integer { min, max },
            OptionKind::Number { min, max } => KindRow::Number { min, max },
            OptionKind::Boolean => KindRow::Boolean,
            OptionKind::Choice(choices) => KindRow::Choice { choices },
            _ => KindRow::Other,
        };
        let OptionSpec { name, default, help, .. } = *option;
        Self { name, kind, default, help, range: option.kind }
    }
}

impl Row for CodecRow {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{:<12} {:<6} {}", self.name, self.kind, self.long_name)?;
        self.decoders.iter().try_for_each(|worker| worker.write("decoder", out))?;
        self.encoders.iter().try_for_each(|worker| worker.write("encoder", out))
    }
}
