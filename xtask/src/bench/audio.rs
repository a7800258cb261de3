//! Conversions of sound beside libswresample, whose C program is compiled if its headers are there.

use std::path::PathBuf;

use xshell::{Shell, cmd};

use super::Programs;
use crate::flags::BenchFlags;
use crate::{Result, root};

/// Prints the tables of the program `audio`.
pub(super) fn run(shell: &Shell, flags: &BenchFlags, programs: &Programs) -> Result {
    let (program, rounds) = (programs.path("audio"), flags.rounds.to_string());
    let peer = peer(shell, programs);
    if let Err(error) = &peer {
        println!("SKIPPED libswresample: {error}");
    }
    cmd!(shell, "{program} {rounds}").args(peer.ok()).quiet().run()?;
    Ok(())
}

fn peer(shell: &Shell, programs: &Programs) -> Result<PathBuf> {
    let source = root().join("benches/peers/audio.c");
    let program = programs.target.join("peer-audio");
    let libraries = ["-lswresample", "-lavutil"];
    cmd!(shell, "cc -O2 -o {program} {source} {libraries...}").quiet().ignore_stderr().run()?;
    Ok(program)
}
