//! Which crate may depend on which.

use std::path::Path;

use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use super::Report;
use crate::Result;

/// Crates of the workspace, and those of it that each may use. Containers, codecs and conversion never see one another;
/// nothing below the facade sees the facade.
const INSIDE: [(&str, &[&str]); 11] = [
    ("rushes-core", &[]),
    ("rushes-container", &["rushes-core"]),
    ("rushes-codec", &["rushes-core", "rushes-vp8"]),
    ("rushes-convert", &["rushes-core", "rushes-simd"]),
    ("rushes-simd", &["rushes-core"]),
    ("rushes-vp8", &["rushes-core", "rushes-simd"]),
    ("rushes", &["rushes-core", "rushes-container", "rushes-codec", "rushes-convert"]),
    ("rushes-cli", &["rushes"]),
    ("rushes-tests", &["rushes"]),
    (
        "rushes-benches",
        &["rushes", "rushes-core", "rushes-container", "rushes-codec", "rushes-convert"],
    ),
    ("xtask", &[]),
];

/// Foreign crates that are the business of few.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("ndarray", &["rushes", "rushes-tests", "rushes-benches"]),
    ("nanomp3-core", &["rushes-codec"]),
    ("openh264-sys2", &["rushes-codec"]),
    ("rust_h264", &["rushes-codec"]),
    ("rust_h265", &["rushes-codec"]),
    ("rusty_aac", &["rushes-codec"]),
    ("syom", &["rushes-codec"]),
    ("fearless_simd", &["rushes-convert", "rushes-simd", "rushes-vp8"]),
    ("clap", &["rushes-cli", "xtask"]),
    ("indicatif", &["rushes-cli"]),
];

/// Crates that judge what we read and write: in tests only.
const JUDGES: [&str; 3] = ["hound", "matroska-demuxer", "mp4"];

/// All that the shared types may need.
const OF_CORE: [&str; 1] = ["thiserror"];

pub(super) fn check(root: &Path, report: &mut Report) -> Result {
    let metadata = MetadataCommand::new().current_dir(root).no_deps().exec()?;
    for package in metadata.workspace_packages() {
        let name = package.name.as_str();
        let Some((_, inside)) = INSIDE.iter().find(|(known, _)| *known == name) else {
            report.breaches.push(format!("{name}: a crate without a place in the crate graph"));
            continue;
        };
        for dependency in &package.dependencies {
            if let Some(breach) = breach(package, dependency, inside) {
                report.breaches.push(format!("{name}: {breach}"));
            }
        }
    }
    Ok(())
}

fn breach(package: &Package, dependency: &Dependency, inside: &[&str]) -> Option<String> {
    let (name, wanted) = (package.name.as_str(), dependency.name.as_str());
    // Tests and benches of a crate may see all of ours and any judge.
    let shipped = dependency.kind != DependencyKind::Development;
    if dependency.path.is_some() {
        return (shipped && !inside.contains(&wanted))
            .then(|| format!("may not depend on {wanted}"));
    }
    if shipped && JUDGES.contains(&wanted) {
        return Some(format!("{wanted} is for tests only"));
    }
    if shipped && name == "rushes-core" && !OF_CORE.contains(&wanted) {
        return Some(format!("depends on {wanted}; the shared types need {}", OF_CORE.join(", ")));
    }
    let (_, owners) = OUTSIDE.iter().find(|(known, _)| *known == wanted)?;
    (!owners.contains(&name)).then(|| format!("{wanted} belongs to {}", owners.join(", ")))
}
