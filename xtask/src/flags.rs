//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "What developers and CI run")]
pub(crate) struct Flags {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Install what the build needs besides Rust: nasm and a C++ compiler
    Setup,
    /// Set up, build, and transcode the small file of the repository
    Demo,
    /// Everything that must hold: fmt, clippy, test, doc, tidy, deny
    Ci,
    /// Time conversions and codecs beside FFmpeg, and print tables of ratios
    Bench(BenchFlags),
    /// Check file sizes, the crate graph, unsafe code and test data
    Tidy,
    /// Score `rushes dump` against the reference decodes of the media corpus
    Corpus(CorpusFlags),
    /// Show every kind of file that we write to other people's readers, and print a table
    Judge(JudgeFlags),
    /// Make the licence manifest that `rushes licenses` prints
    Licenses(LicensesFlags),
    /// Feed damaged input to every parser
    Fuzz(FuzzFlags),
}

#[derive(Args, Debug)]
pub(crate) struct BenchFlags {
    /// One suite only: convert, decode, encode or quality
    pub(crate) suite: Option<String>,
    /// One codec only, such as h264
    #[arg(long)]
    pub(crate) codec: Option<String>,
    /// Only conversions with this in their names, such as 'rgb24 1920'; may be given more than once
    #[arg(long)]
    pub(crate) only: Vec<String>,
    /// How often ours and the others run in turns
    #[arg(long, default_value_t = 3)]
    pub(crate) rounds: usize,
    /// Clips of a tenth of the length: too short to say much
    #[arg(long)]
    pub(crate) short: bool,
    /// Programs without the optimisations of a release: the times mean nothing
    #[arg(long)]
    pub(crate) dev: bool,
}

#[derive(Args, Debug)]
pub(crate) struct CorpusFlags {
    /// Only files whose path matches this pattern, such as 'torchcodec/*'
    #[arg(long)]
    pub(crate) only: Option<String>,
    /// Print every check that fails
    #[arg(long)]
    pub(crate) list: bool,
    /// Fail below the passes that this file asks for
    #[arg(long)]
    pub(crate) floor: Option<PathBuf>,
    /// Write all results here, as JSON
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct JudgeFlags {
    /// Do not install the judges that are missing
    #[arg(long)]
    pub(crate) no_install: bool,
    /// Make the files in this folder, and leave them there
    #[arg(long, value_name = "FOLDER")]
    pub(crate) keep: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct LicensesFlags {
    /// Change nothing, and fail if it is out of date
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args, Debug)]
pub(crate) struct FuzzFlags {
    /// Seconds for each target
    #[arg(default_value_t = 60)]
    pub(crate) seconds: u64,
    /// One target only
    #[arg(long)]
    pub(crate) target: Option<String>,
    /// Targets at a time
    #[arg(long, default_value_t = 1)]
    pub(crate) jobs: usize,
    /// What cargo-fuzz builds in: none, which holds the memory of users, or address, which finds mistakes of unsafe code
    #[arg(long, default_value = "none")]
    pub(crate) sanitizer: String,
}
