//! The `rushes` command: one file per subcommand, everything of substance in the `rushes` library.
#![forbid(unsafe_code)]

mod dump;
mod failure;
mod licenses;
mod list;
mod output;
mod probe;
mod progress;
mod remux;
mod transcode;
mod values;

use std::io::{self, BufWriter, Write as _};
use std::panic;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Reads, describes, remuxes and transcodes media.
#[derive(Debug, Parser)]
#[command(name = "rushes", version, about, arg_required_else_help = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Probe(probe::Flags),
    Dump(dump::Flags),
    Remux(remux::Flags),
    Transcode(Box<transcode::Flags>),
    List(list::Flags),
    Licenses(licenses::Flags),
}

fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    // The library fences decoders off and turns their panics into errors: the default hook would print them all the same.
    panic::set_hook(Box::new(|_| {}));
    let failure = match panic::catch_unwind(|| run(&command)) {
        Ok(Ok(())) => return ExitCode::SUCCESS,
        Ok(Err(failure)) => failure,
        Err(payload) => Failure::Bug(failure::panic_message(&*payload)),
    };
    if let Some(message) = failure.message() {
        // Where standard error is closed too, the exit status has to say it alone.
        let _ = writeln!(io::stderr(), "error: {message}");
    }
    failure.exit_code()
}

fn run(command: &Command) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    match command {
        Command::Probe(flags) => probe::run(flags, &mut out)?,
        Command::Dump(flags) => dump::run(flags, &mut out)?,
        Command::Remux(flags) => remux::run(flags)?,
        Command::Transcode(flags) => transcode::run(flags)?,
        Command::List(flags) => list::run(flags, &mut out)?,
        Command::Licenses(flags) => licenses::run(flags, &mut out)?,
    }
    Ok(out.flush()?)
}
