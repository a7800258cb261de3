//! The score of `rushes dump` on the media corpus, which lies outside of the repository.

use std::path::PathBuf;

use xshell::Shell;

use crate::flags::CorpusFlags;
use crate::{Result, build_release, root};

/// Builds the command and lets the corpus' own tool score it; says SKIPPED where there is no corpus.
pub(crate) fn run(shell: &Shell, flags: &CorpusFlags) -> Result {
    let corpus = folder();
    let tool = corpus.join("../tools/corpus_score.py");
    if !corpus.join("CATALOG.tsv").is_file() || !tool.is_file() {
        println!("corpus: SKIPPED: no corpus at {}; set RUSHES_CORPUS", corpus.display());
        return Ok(());
    }
    let rushes = build_release(shell)?;
    let mut score = shell.cmd("python3").arg(tool);
    score = score.arg("--bin").arg(rushes).arg("--corpus").arg(corpus);
    if let Some(only) = &flags.only {
        score = score.arg("--only").arg(only);
    }
    if flags.list {
        score = score.arg("--list");
    }
    if let Some(json) = &flags.json {
        score = score.arg("--json").arg(json);
    }
    if let Some(floor) = &flags.floor {
        score = score.arg("--floor").arg(floor);
    }
    Ok(score.run()?)
}

fn folder() -> PathBuf {
    std::env::var_os("RUSHES_CORPUS").map_or_else(|| root().join("../shared/corpus"), PathBuf::from)
}
