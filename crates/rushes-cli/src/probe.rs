//! `rushes probe`: what a file holds, without decoding it.

mod describe;
mod text;

use std::io::Write;
use std::path::PathBuf;

use rushes::{DemuxOptions, Source, open_demuxer};

use crate::failure::{Failure, InFile as _};
use crate::probe::describe::FileReport;

/// Show format, duration, metadata, chapters and tracks
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// File to read
    file: PathBuf,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(flags: &Flags, out: &mut impl Write) -> Result<(), Failure> {
    let source = Source::open(&flags.file)?;
    let demuxer = open_demuxer(source, &DemuxOptions::default()).in_file(&flags.file)?;
    let report = FileReport::new(&flags.file, &*demuxer);
    if flags.json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
    } else {
        text::write(&report, out)?;
    }
    Ok(())
}
