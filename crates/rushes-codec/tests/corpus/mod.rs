//! The media corpus that lies beside the checkout, and what FFmpeg made of it.

use std::path::PathBuf;
use std::{env, fs};

use serde_json::Value;

/// A file of the corpus.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Path inside the corpus.
    pub(crate) path: String,
    /// Container, as the catalogue names it.
    pub(crate) container: String,
    root: PathBuf,
}

/// The files of the catalogue; `None`, with a word about it, where there is no corpus.
pub(crate) fn entries() -> Option<Vec<Entry>> {
    let default = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus"));
    let root = env::var_os("RUSHES_CORPUS").map_or_else(default, PathBuf::from);
    let Ok(catalogue) = fs::read_to_string(root.join("CATALOG.tsv")) else {
        eprintln!("SKIPPED: no corpus at {}", root.display());
        return None;
    };
    let entry = |line: &str| {
        let fields: Vec<_> = line.split('\t').collect();
        let (path, container) = (fields.first()?, fields.get(4)?);
        Some(Entry {
            path: (*path).to_owned(),
            container: (*container).to_owned(),
            root: root.clone(),
        })
    };
    Some(catalogue.lines().skip(1).filter_map(entry).collect())
}

impl Entry {
    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        fs::read(self.root.join(&self.path)).expect("the catalogue lists files that are there")
    }

    /// What FFmpeg made of it.
    pub(crate) fn oracle(&self) -> Value {
        let path = self.root.join("oracle").join(format!("{}.json", self.path));
        let text = fs::read(path).expect("each file has an oracle");
        serde_json::from_slice(&text).expect("oracles are JSON")
    }
}
