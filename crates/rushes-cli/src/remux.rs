//! `rushes remux`: packets into another container, without decoding.

use std::io::{self, Write as _};
use std::ops::ControlFlow;
use std::path::PathBuf;

use indicatif::ProgressBar;
use rushes::{Error, Remux, RemuxProgress, RemuxSummary, Source, Time, open_demuxer};

use crate::failure::{Failure, InFile as _};
use crate::output::Output;
use crate::{progress, values};

/// Steps between two looks at the progress bar.
const PACKETS_PER_LOOK: u64 = 256;

/// Put what files hold into another container, without decoding; several inputs are joined
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Files to read, one after the other, and the file to write, which is replaced if it is there
    #[arg(required = true, num_args = 2.., value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Format of the output, instead of what its extension says
    #[arg(long)]
    format: Option<String>,
    /// Number of a track to take, as `rushes probe` counts; can be given again. By default all that the format takes
    #[arg(long, value_name = "NUMBER")]
    track: Vec<usize>,
    /// Where to start, at the key frame there or before: seconds, or [[HH:]MM:]SS
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_negative_numbers = true)]
    from: Option<Time>,
    /// Where to stop, in the time of the input
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_negative_numbers = true)]
    to: Option<Time>,
    /// Option of the muxer
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = values::option)]
    options: Vec<(String, String)>,
    /// Keep what there is of the output when the work fails
    #[arg(long)]
    keep_partial: bool,
}

pub(crate) fn run(flags: &Flags) -> Result<(), Failure> {
    let Some((path, inputs)) = flags.files.split_last() else { return Ok(()) };
    let mut output = Output::new(inputs, path, flags.format.as_deref())?;
    let mut sources = Vec::new();
    for input in inputs {
        let source = Source::open(input)
            .and_then(|source| open_demuxer(source, &rushes::DemuxOptions::default()));
        sources.push(source.in_file(input)?);
    }
    let bar = ProgressBar::no_length();
    let progress = |progress: &RemuxProgress| {
        if progress.packets.is_multiple_of(PACKETS_PER_LOOK) {
            let done = format!("{} packets", progress.packets);
            progress::show(&bar, progress.time, progress.end, done);
        }
        ControlFlow::Continue(())
    };
    let format = output.format();
    let job = job(flags).on_progress(progress);
    let result = job.run_with(sources, || output.sink(), format);
    bar.finish_and_clear();
    match result {
        Ok(summary) => {
            output.keep()?;
            tell(&summary);
            Ok(())
        }
        Err(error) => {
            if flags.keep_partial && output.has_content() {
                output.keep()?;
            }
            Err(blame(error, inputs))
        }
    }
}

fn job<'a>(flags: &Flags) -> Remux<'a> {
    let mut job = Remux::new();
    for track in &flags.track {
        job = job.track(*track);
    }
    for (name, value) in &flags.options {
        job = job.option(name, value);
    }
    if let Some(from) = flags.from {
        job = job.from(from);
    }
    if let Some(to) = flags.to {
        job = job.to(to);
    }
    job
}

/// Says which tracks stayed behind: the file is whole, but not all that some expect.
fn tell(summary: &RemuxSummary) {
    for track in &summary.left_out {
        // Where standard error is closed there is nobody to tell.
        let _ = writeln!(io::stderr(), "note: track {} left out: {}", track.source, track.reason);
    }
}

/// Names the input in errors that are its fault, where there is only one.
fn blame(error: Error, inputs: &[PathBuf]) -> Failure {
    match (error, inputs) {
        (error @ (Error::Malformed(_) | Error::Limit(_)), [input]) => {
            Failure::File(input.clone(), error)
        }
        (error, _) => Failure::Media(error),
    }
}
