//! `rushes list`: what this build can read, write, decode and encode, straight from the registries.

mod codecs;
mod filters;

use std::collections::BTreeMap;
use std::io::{self, Write};

use clap::ValueEnum;
use rushes::{CodecId, Format, demuxer_formats, muxer_formats};
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
        What::Codecs => print(flags.json, &codecs::rows(), out),
        What::Filters => print(flags.json, &filters::rows(), out),
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
