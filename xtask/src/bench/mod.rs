//! Speed and quality beside others.

mod clips;
mod codecs;
mod convert;
mod process;
mod quality;

use std::path::PathBuf;

use xshell::{Shell, cmd};

use crate::flags::BenchFlags;
use crate::{Result, root};

/// Runs the suites of this name, or all, and prints a table of each.
pub(crate) fn run(shell: &Shell, flags: &BenchFlags) -> Result {
    type Suite = fn(&Shell, &BenchFlags, &Programs) -> Result;
    const SUITES: [(&str, Suite); 3] =
        [("decode", codecs::decode), ("encode", codecs::encode), ("quality", quality::run)];
    let wanted = |name: &str| flags.suite.as_deref().is_none_or(|suite| suite == name);
    let suites: Vec<_> = SUITES.into_iter().filter(|(name, _)| wanted(name)).collect();
    if wanted("convert") {
        convert::run(shell, flags)?;
    } else if suites.is_empty() {
        let names = SUITES.map(|(name, _)| name).join(", ");
        return Err(format!("no such suite; suites: convert, {names}").into());
    }
    if suites.is_empty() {
        return Ok(());
    }
    let programs = Programs::build(shell, flags.dev)?;
    suites.into_iter().try_for_each(|(_, suite)| suite(shell, flags, &programs))
}

/// The programs of `benches/`.
struct Programs {
    folder: PathBuf,
    /// What others than the programs are built into, and clips are kept in.
    target: PathBuf,
}

impl Programs {
    fn build(shell: &Shell, dev: bool) -> Result<Self> {
        Self::build_with(shell, dev, &[])
    }

    /// Those that time conversions only, without a codec.
    fn build_converters(shell: &Shell, dev: bool) -> Result<Self> {
        Self::build_with(shell, dev, &["--no-default-features", "--features", "rivals"])
    }

    fn build_with(shell: &Shell, dev: bool, features: &[&str]) -> Result<Self> {
        let profile = if dev { "dev" } else { "release" };
        let build = cmd!(shell, "cargo build --locked --profile {profile}");
        build.args(["--package", "rushes-benches", "--bins"]).args(features).run()?;
        let metadata =
            cargo_metadata::MetadataCommand::new().current_dir(root()).no_deps().exec()?;
        let target = metadata.target_directory.into_std_path_buf();
        let folder = target.join(if dev { "debug" } else { "release" });
        Ok(Self { folder, target })
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}
