//! The main job on the small file of the repository.

use xshell::{Shell, cmd};

use crate::{Result, build_release, setup};

/// Sets up, builds, transcodes and shows the result.
pub(crate) fn run(shell: &Shell) -> Result {
    setup::run(shell)?;
    let rushes = build_release(shell)?;
    let out = rushes.with_file_name("demo.mp4");
    cmd!(shell, "{rushes} transcode tests/data/clip.mp4 {out}").run()?;
    cmd!(shell, "{rushes} probe {out}").run()?;
    Ok(())
}
