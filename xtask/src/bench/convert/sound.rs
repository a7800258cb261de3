//! Conversions of sound, by the program `sound` of `benches/`, which times and measures libswresample too.

use std::path::Path;

use xshell::{Shell, cmd};

use super::super::Programs;
use crate::Result;
use crate::flags::BenchFlags;

/// Prints the tables of the program, with those of the peer if there is one.
pub(super) fn run(
    shell: &Shell,
    flags: &BenchFlags,
    programs: &Programs,
    peer: Option<&Path>,
) -> Result {
    let (program, rounds) = (programs.path("sound"), flags.rounds.to_string());
    let only = flags.only.iter().map(|part| format!("--only={part}"));
    cmd!(shell, "{program} {rounds}").args(only).args(peer).quiet().run()?;
    Ok(())
}
