//! Test data: every file is in the manifest with its sum, its licence and how it was made.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::Report;
use crate::Result;

/// Larger media belongs in the corpus outside of the repository.
const MAX_BYTES: usize = 60 << 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    asset: Vec<Asset>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    path: String,
    sha256: String,
    licence: String,
    made: String,
}

pub(super) fn check(root: &Path, report: &mut Report) -> Result {
    let folder = root.join("tests/data");
    let manifest: Manifest =
        toml::from_str(&std::fs::read_to_string(folder.join("manifest.toml"))?)?;
    let mut known: BTreeSet<String> = ["manifest.toml", "make.sh"].map(String::from).into();
    for asset in manifest.asset {
        let name = format!("tests/data/{}", asset.path);
        if asset.licence.is_empty() || asset.made.is_empty() {
            report.breaches.push(format!("{name}: the manifest gives no licence or no origin"));
        }
        match std::fs::read(folder.join(&asset.path)) {
            Err(error) => report.breaches.push(format!("{name}: {error}")),
            Ok(bytes) => {
                if hex(&Sha256::digest(&bytes)) != asset.sha256 {
                    report.breaches.push(format!("{name}: not the file of the manifest"));
                }
                if bytes.len() > MAX_BYTES {
                    report.breaches.push(format!("{name}: over {MAX_BYTES} bytes"));
                }
            }
        }
        known.insert(asset.path);
    }
    for entry in folder.read_dir()? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if !known.contains(&name) {
            report.breaches.push(format!("tests/data/{name}: not in the manifest"));
        }
    }
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
