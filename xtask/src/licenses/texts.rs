//! Licence texts, each once.

use std::fs;
use std::path::Path;

use cargo_metadata::Package;

use super::licence_files;
use crate::Result;

/// Starts the line in front of each text, with its number behind it.
const MARK: &str = "%%% ";

/// Texts by number, and what of them tells them apart.
pub(super) struct Texts {
    texts: Vec<(String, String)>,
    own: Vec<usize>,
    apache: usize,
}

impl Texts {
    /// Our own ones come first.
    pub(super) fn new(root: &Path) -> Result<Self> {
        let mut texts = Self { texts: Vec::new(), own: Vec::new(), apache: 0 };
        texts.apache = texts.add(&fs::read_to_string(root.join("LICENSE-APACHE"))?);
        let mit = texts.add(&fs::read_to_string(root.join("LICENSE-MIT"))?);
        texts.own = vec![texts.apache, mit];
        Ok(texts)
    }

    /// The number of a text; texts that differ in nothing but white space are one.
    pub(super) fn add(&mut self, text: &str) -> usize {
        let key = text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.texts.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            let lines: Vec<_> =
                text.trim_matches(['\n', '\r']).lines().map(str::trim_end).collect();
            self.texts.push((key, lines.join("\n")));
            self.texts.len() - 1
        })
    }

    pub(super) const fn apache(&self) -> usize {
        self.apache
    }

    /// The texts of a package: those that it carries, ours for our own. Of a package that carries none and leaves the choice,
    /// Apache's is chosen, which is the same for everybody.
    pub(super) fn of(&mut self, package: &Package, licence: &str) -> Result<Vec<usize>> {
        if package.source.is_none() {
            return Ok(self.own.clone());
        }
        let folder = package.manifest_path.parent().ok_or("a manifest without a folder")?;
        let mut found = licence_files(folder.as_std_path())?;
        if found.is_empty() && *package.name == "openh264-sys2" {
            found = licence_files(folder.join("upstream").as_std_path())?;
        }
        if found.is_empty() {
            return if licence.split(' ').any(|word| word == "Apache-2.0") {
                Ok(vec![self.apache])
            } else {
                Err(format!("{} carries no text of its licence, {licence}", package.name).into())
            };
        }
        let mut numbers: Vec<_> = found.iter().map(|text| self.add(text)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// All texts, with a line in front of each.
    pub(super) fn finish(self) -> String {
        let texts = self.texts.into_iter().enumerate();
        texts.map(|(number, (_, text))| format!("{MARK}{number}\n{text}\n")).collect()
    }
}
