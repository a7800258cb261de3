//! What developers and CI run: `cargo xtask COMMAND`. It depends on nothing that needs a C compiler, so that it can
//! install one.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

mod bench;
mod ci;
mod corpus;
mod demo;
mod flags;
mod fuzz;
mod judge;
mod licenses;
mod setup;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser as _;
use xshell::Shell;

use crate::flags::{Command, Flags};

/// Result of a task; errors are for people.
type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    match run(Flags::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result {
    let shell = Shell::new()?;
    shell.change_dir(root());
    match command {
        Command::Setup => setup::run(&shell),
        Command::Demo => demo::run(&shell),
        Command::Bench(flags) => bench::run(&shell, &flags),
        Command::Ci => ci::run(&shell),
        Command::Tidy => tidy::run(root()),
        Command::Corpus(flags) => corpus::run(&shell, &flags),
        Command::Licenses(flags) if flags.check => licenses::check(&shell),
        Command::Licenses(_) => licenses::write(&shell),
        Command::Judge(flags) => judge::run(&shell, &flags),
        Command::Fuzz(flags) => fuzz::run(&shell, &flags),
    }
}

/// The folder of the workspace.
fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().unwrap_or(package)
}

/// Builds the `rushes` command as users get it, and says where it is.
fn build_release(shell: &Shell) -> Result<PathBuf> {
    xshell::cmd!(shell, "cargo build --locked --release --package rushes-cli").run()?;
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec()?;
    let name = format!("rushes{}", std::env::consts::EXE_SUFFIX);
    Ok(metadata.target_directory.join("release").join(name).into())
}

/// True where this command runs and succeeds; what it prints is dropped.
fn works(shell: &Shell, program: &str, arguments: &[&str]) -> bool {
    shell.cmd(program).args(arguments).quiet().ignore_stdout().ignore_stderr().run().is_ok()
}
