//! Rules of the code base that neither the compiler nor clippy checks.

mod assets;
mod graph;
mod sources;

use std::path::{Path, PathBuf};

use crate::Result;

/// Checks all rules and prints every breach, not only the first.
pub(crate) fn run(root: &Path) -> Result {
    let files = Files::of(root)?;
    let mut report = Report::default();
    sources::check(&files, &mut report);
    graph::check(root, &mut report)?;
    assets::check(root, &mut report)?;
    for warning in &report.warnings {
        println!("tidy: warning: {warning}");
    }
    for breach in &report.breaches {
        println!("tidy: {breach}");
    }
    match report.breaches.len() {
        0 => Ok(()),
        count => Err(format!("{count} breaches of the rules").into()),
    }
}

/// What the rules found.
#[derive(Debug, Default)]
struct Report {
    breaches: Vec<String>,
    warnings: Vec<String>,
}

/// The text files of the repository, with paths relative to its root and `/` between folders.
struct Files {
    root: PathBuf,
    texts: Vec<(String, String)>,
}

/// Folders that hold what was built or downloaded.
const SKIPPED: [&str; 5] = ["target", ".git", "fuzz/target", "fuzz/corpus", "fuzz/artifacts"];

impl Files {
    fn of(root: &Path) -> Result<Self> {
        let mut files = Self { root: root.to_path_buf(), texts: Vec::new() };
        files.read("")?;
        files.texts.sort();
        Ok(files)
    }

    fn read(&mut self, folder: &str) -> Result {
        for entry in self.root.join(folder).read_dir()? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_str().ok_or_else(|| format!("{folder}: a name is not UTF-8"))?;
            let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
            if SKIPPED.contains(&path.as_str()) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                self.read(&path)?;
            } else if let Ok(text) = String::from_utf8(std::fs::read(entry.path())?) {
                self.texts.push((path, text));
            }
        }
        Ok(())
    }
}
