//! `rushes licenses`: what is linked into this very command, and under which licences.

use std::collections::BTreeMap;
use std::io::Write;

use serde::Serialize;

use crate::failure::Failure;

/// Made by `cargo xtask licenses`, which says what the columns are.
const PACKAGES: &str = include_str!("licenses/packages.tsv");
const TEXTS: &str = include_str!("licenses/texts.txt");
/// The features of this build, and what its target adds to them.
const PARTS: &str = env!("RUSHES_PARTS");

/// List all that is linked into this command, with licences
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// Print the texts of the licences as well
    #[arg(long)]
    texts: bool,
    /// Print JSON, texts included
    #[arg(long, conflicts_with = "texts")]
    json: bool,
}

/// Something that is linked.
#[derive(Debug, Serialize)]
struct Package {
    name: &'static str,
    version: &'static str,
    /// As SPDX.
    licence: &'static str,
    /// Where its source is; empty for our own.
    source: &'static str,
    /// Numbers of its texts.
    texts: Vec<usize>,
}

#[derive(Debug, Serialize)]
struct Manifest {
    packages: Vec<Package>,
    texts: BTreeMap<usize, &'static str>,
}

pub(crate) fn run(flags: &Flags, out: &mut impl Write) -> Result<(), Failure> {
    let manifest = Manifest::of(PARTS);
    if flags.json {
        serde_json::to_writer_pretty(&mut *out, &manifest)?;
        writeln!(out)?;
        return Ok(());
    }
    let width = manifest.packages.iter().map(|package| package.name.len()).max().unwrap_or(0);
    for Package { name, version, licence, source, .. } in &manifest.packages {
        let line = format!("{name:<width$}  {version:<10}  {licence:<36}  {source}");
        writeln!(out, "{}", line.trim_end())?;
    }
    if !flags.texts {
        writeln!(out, "\nThe texts of these licences: rushes licenses --texts")?;
        return Ok(());
    }
    for (number, text) in &manifest.texts {
        let packages = manifest.packages.iter().filter(|package| package.texts.contains(number));
        let names: Vec<_> = packages.map(|package| package.name).collect();
        writeln!(out, "\n{}\n\n{}\n\n{text}", "-".repeat(80), names.join(", "))?;
    }
    Ok(())
}

impl Manifest {
    /// The packages that a build of these parts links, and the texts that they need.
    fn of(parts: &str) -> Self {
        let parts: Vec<&str> = parts.split(' ').collect();
        let packages: Vec<Package> = PACKAGES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| Package::read(line, &parts))
            .collect();
        let mut all = texts();
        all.retain(|number, _| packages.iter().any(|package| package.texts.contains(number)));
        Self { packages, texts: all }
    }
}

impl Package {
    /// A line of the table; `None` for what a build of these parts does not link.
    fn read(line: &'static str, parts: &[&str]) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap_or_default();
        let [name, version, licence, when, texts, source] = std::array::from_fn(|_| column());
        let holds = |condition: &str| condition.split('+').all(|part| parts.contains(&part));
        let linked = when == "always" || when.split(' ').any(holds);
        let texts = texts.split(' ').filter_map(|number| number.parse().ok()).collect();
        linked.then_some(Self { name, version, licence, source, texts })
    }
}

/// All texts by number.
fn texts() -> BTreeMap<usize, &'static str> {
    let parts = TEXTS.strip_prefix("%%% ").unwrap_or_default().split("\n%%% ");
    let parts = parts.filter_map(|part| part.split_once('\n'));
    parts.filter_map(|(number, text)| Some((number.parse().ok()?, text.trim_end()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_what_its_licence_asks_for() {
        let everything: Vec<&str> =
            PACKAGES.split(['\t', ' ', '+']).filter(|word| !word.is_empty()).collect();
        let manifest = Manifest::of(&everything.join(" "));
        let lines = PACKAGES.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(manifest.packages.len(), lines, "all conditions hold");
        for package in manifest.packages {
            let Package { name, version, licence, source, texts } = package;
            assert!(!version.is_empty() && !licence.is_empty(), "{name}");
            assert!(name.starts_with("rushes") || source.starts_with("https://"), "{name}");
            // What the machine that builds adds has its text there.
            assert!(version == "-" || !texts.is_empty(), "{name} has no text");
            for number in texts {
                assert!(manifest.texts.get(&number).is_some_and(|text| !text.is_empty()), "{name}");
            }
        }
    }

    #[test]
    fn what_is_off_is_not_listed() {
        let listed = |parts: &str, name: &str| {
            Manifest::of(parts).packages.iter().any(|package| package.name == name)
        };
        for (name, parts, others) in [
            ("clap", "", ""),
            ("rav1d", "av1", "aac rav1e asm"),
            ("rav1d", "portable asm", "openh264"),
            ("OpenH264 (C++ source)", "openh264", "portable"),
            ("oxideav-ac3", "ac3", "portable openh264 asm"),
            ("windows-sys", "windows", "portable"),
            ("GNU C++ Library", "static-gnu openh264", "static-gnu portable"),
        ] {
            assert!(listed(parts, name), "{name} with {parts}");
            assert!(others.is_empty() || !listed(others, name), "{name} with {others}");
        }
    }
}
