//! The corpus of real files, which lies outside of the repository.

use std::path::PathBuf;

/// Path of a file of the corpus: below `RUSHES_CORPUS`, by default `../shared/corpus` beside the repository. Where
/// there is none, says that a test of this file is skipped.
#[must_use]
pub fn corpus(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("RUSHES_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
        PathBuf::from,
    );
    let path = root.join(name);
    if path.is_file() {
        return Some(path);
    }
    skipped(&format!("{name} is not in the corpus"));
    None
}

/// Says on the test's output why it, or a part of it, did not run.
#[expect(clippy::print_stdout, reason = "the harness captures it and shows it with --nocapture")]
pub fn skipped(reason: &str) {
    println!("SKIPPED: {reason}");
}
