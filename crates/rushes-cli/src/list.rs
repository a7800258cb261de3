//! `rushes list`: what this build can read, write, decode and encode, straight from the registries.

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use rushes::{CodecId, Format, Implementation, decoders, demuxer_formats, encoders, muxer_formats};
use serde::Serialize;

use crate::failure::Failure;

/// List what this build supports, and what is missing from it and why
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    what: What,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Container formats
    Formats,
    /// Decoders and encoders
    Codecs,
    /// Filters
    Filters,
    /// Devices that decode, encode and convert
    Devices,
}

pub(crate) fn run(flags: &Flags, out: &mut impl Write) -> Result<(), Failure> {
    match flags.what {
        What::Formats => print(flags.json, &formats(), out),
        What::Codecs => print(flags.json, &codecs(), out),
        What::Filters => print::<NoFilter>(flags.json, &[], out),
        What::Devices => print(flags.json, &DEVICES, out),
    }
}

/// A row of a list, for people.
trait Row: Serialize {
    fn write(&self, out: &mut dyn Write) -> io::Result<()>;
}

fn print<T: Row>(json: bool, rows: &[T], out: &mut impl Write) -> Result<(), Failure> {
    if json {
        serde_json::to_writer_pretty(&mut *out, rows)?;
        writeln!(out)?;
    } else if rows.is_empty() {
        writeln!(out, "none")?;
    } else {
        rows.iter().try_for_each(|row| row.write(out))?;
    }
    Ok(())
}

#[derive(Debug, Serialize)]
struct FormatRow {
    name: &'static str,
    long_name: &'static str,
    extensions: &'static [&'static str],
    read: bool,
    write: bool,
    default_video: Option<String>,
    default_audio: Option<String>,
}

fn formats() -> Vec<FormatRow> {
    let mut rows: BTreeMap<&str, FormatRow> = BTreeMap::new();
    let all = demuxer_formats().map(|format| (format, false));
    for (format, written) in all.chain(muxer_formats().map(|format| (format, true))) {
        let row = rows.entry(format.name).or_insert_with(|| FormatRow::new(format));
        row.read |= !written;
        row.write |= written;
        if written {
            row.default_video = format.default_video.as_ref().map(CodecId::to_string);
            row.default_audio = format.default_audio.as_ref().map(CodecId::to_string);
        }
    }
    rows.into_values().collect()
}

impl FormatRow {
    const fn new(format: &Format) -> Self {
        Self {
            name: format.name,
            long_name: format.long_name,
            extensions: format.extensions,
            read: false,
            write: false,
            default_video: None,
            default_audio: None,
        }
    }
}

impl Row for FormatRow {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let how = match (self.read, self.write) {
            (true, true) => "read, write",
            (true, false) => "read",
            _ => "write",
        };
        let extensions = self.extensions.join(", ");
        writeln!(out, "{:<8} {how:<12} {} ({extensions})", self.name, self.long_name)
    }
}

#[derive(Debug, Serialize)]
struct CodecRow {
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
    package: &'static str,
    licence: &'static str,
    available: bool,
    missing: Option<&'static str>,
    options: Vec<OptionRow>,
}

#[derive(Debug, Serialize)]
struct OptionRow {
    name: &'static str,
    default: &'static str,
    help: &'static str,
}

fn codecs() -> Vec<CodecRow> {
    let mut rows: Vec<CodecRow> = Vec::new();
    for decoder in decoders() {
        row_of(&decoder.implementation, &mut rows)
            .decoders
            .push(Worker::new(&decoder.implementation));
    }
    for encoder in encoders() {
        row_of(&encoder.implementation, &mut rows)
            .encoders
            .push(Worker::new(&encoder.implementation));
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
    fn new(implementation: &Implementation) -> Self {
        Self {
            name: implementation.name,
            package: implementation.package,
            licence: implementation.licence,
            available: implementation.missing.is_none(),
            missing: implementation.missing,
            options: implementation
                .options
                .iter()
                .map(|option| OptionRow {
                    name: option.name,
                    default: option.default,
                    help: option.help,
                })
                .collect(),
        }
    }

    fn write(&self, what: &str, out: &mut dyn Write) -> io::Result<()> {
        let Self { name, package, licence, .. } = self;
        match self.missing {
            None => writeln!(out, "    {what} {name}: {package} ({licence})"),
            Some(why) => writeln!(out, "    {what} {name}: missing: {why}"),
        }
    }
}

impl Row for CodecRow {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{:<12} {:<6} {}", self.name, self.kind, self.long_name)?;
        self.decoders.iter().try_for_each(|worker| worker.write("decoder", out))?;
        self.encoders.iter().try_for_each(|worker| worker.write("encoder", out))
    }
}

/// There are none yet: size, rate and format are options of reading and writing.
#[derive(Debug, Serialize)]
enum NoFilter {}

impl Row for NoFilter {
    fn write(&self, _out: &mut dyn Write) -> io::Result<()> {
        match *self {}
    }
}

#[derive(Debug, Serialize)]
struct Device {
    name: &'static str,
    long_name: &'static str,
    missing: Option<&'static str>,
}

const DEVICES: [Device; 2] = [
    Device {
        name: "cpu",
        long_name: "Decoders, encoders and conversion in software",
        missing: None,
    },
    Device {
        name: "cuda",
        long_name: "NVIDIA GPUs",
        missing: Some("this version has no GPU support"),
    },
];

impl Row for Device {
    fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let missing = self.missing.map_or(String::new(), |why| format!(" (missing: {why})"));
        writeln!(out, "{:<8} {}{missing}", self.name, self.long_name)
    }
}
