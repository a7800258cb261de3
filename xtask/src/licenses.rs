//! The licence manifest that `rushes licenses` prints: made here from the crate graph, committed, and compared in CI.
//!
//! Two files are made. `packages.tsv` names every package whose code ends up in the command: from `cargo tree`, without
//! what only runs while building. Its column `when` says which features bring a package, so that each build can leave out
//! what it lacks: a list of which one must hold, `always`, a feature, or features and systems joined by `+`. `texts.txt` holds
//! the licence texts that the packages carry, each text once.

mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand, Package};
use xshell::Shell;

use self::texts::Texts;
use crate::{Result, root};

const FOLDER: &str = "crates/rushes-cli/src/licenses";
const COMMAND: &str = "rushes-cli";
/// Changes dependencies of the others only where they are on too.
const MODIFIER: &str = "asm";
const LINUX: &str = "x86_64-unknown-linux-gnu";
const WINDOWS: &str = "x86_64-pc-windows-msvc";
/// Systems that must link what Linux does.
const LIKE_LINUX: [&str; 4] = [
    "aarch64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
];

/// A package as `cargo tree` names it.
type Id = (String, String);

/// Makes the files anew.
pub(crate) fn write(shell: &Shell) -> Result {
    for (name, text) in files(shell)? {
        fs::create_dir_all(root().join(FOLDER))?;
        fs::write(root().join(FOLDER).join(name), text)?;
        println!("{FOLDER}/{name}");
    }
    Ok(())
}

/// Fails where the files are not what they would be if they were made now.
pub(crate) fn check(shell: &Shell) -> Result {
    for (name, text) in files(shell)? {
        if fs::read_to_string(root().join(FOLDER).join(name)).ok().as_deref() != Some(&*text) {
            return Err(format!("{FOLDER}/{name} is out of date: run cargo xtask licenses").into());
        }
    }
    Ok(())
}

/// A line of the manifest.
struct Line {
    name: String,
    version: String,
    licence: String,
    when: String,
    texts: Vec<usize>,
    source: String,
}

fn files(shell: &Shell) -> Result<[(&'static str, String); 2]> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned()])
        .exec()?;
    let mut texts = Texts::new(root())?;
    let mut lines = Vec::new();
    for ((name, version), when) in conditions(shell, &metadata)? {
        let package = find(&metadata, &name, &version)?;
        lines.push(line(package, &when, &mut texts)?);
        if name == "openh264-sys2" {
            lines.push(openh264(package, &when, &mut texts)?);
        }
    }
    lines.extend(runtimes(&texts));
    lines.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));

    let mut table = "# Made by cargo xtask licenses.\n\
                     # name\tversion\tlicence\twhen it is linked\tits texts\tsource\n"
        .to_owned();
    for Line { name, version, licence, when, texts, source } in lines {
        let texts: Vec<_> = texts.iter().map(usize::to_string).collect();
        let texts = texts.join(" ");
        writeln!(table, "{name}\t{version}\t{licence}\t{when}\t{texts}\t{source}")?;
    }
    Ok([("packages.tsv", table), ("texts.txt", texts.finish())])
}

fn line(package: &Package, when: &str, texts: &mut Texts) -> Result<Line> {
    let licence = package.license.as_deref().unwrap_or_default().replace('/', " OR ");
    let name = package.name.to_string();
    let version = package.version.to_string();
    let source = match &package.source {
        Some(_) => format!("https://crates.io/crates/{name}/{version}"),
        None => String::new(),
    };
    let texts = texts.of(package, &licence)?;
    Ok(Line { name, version, licence, when: when.to_owned(), texts, source })
}

/// The C++ library that its crate carries.
fn openh264(package: &Package, when: &str, texts: &mut Texts) -> Result<Line> {
    let folder = package.manifest_path.with_file_name("upstream");
    let header = fs::read_to_string(folder.join("codec/api/wels/codec_ver.h"))?;
    let number = |name: &str| {
        let line = header.lines().find(|line| line.contains(&format!("#define OPENH264_{name}")));
        let (_, number) = line?.split_once('(')?;
        number.split_once(')').map(|(number, _)| number.to_owned())
    };
    let parts: Option<Vec<_>> = ["MAJOR", "MINOR", "REVISION"].into_iter().map(number).collect();
    Ok(Line {
        name: "OpenH264 (C++ source)".to_owned(),
        version: parts.ok_or("openh264-sys2 does not tell its version")?.join("."),
        licence: "BSD-2-Clause".to_owned(),
        when: when.to_owned(),
        texts: vec![texts.add(&fs::read_to_string(folder.join("LICENSE"))?)],
        source: "https://github.com/cisco/openh264".to_owned(),
    })
}

/// What the compiler links besides, whose versions are those of the machine that builds.
fn runtimes(texts: &Texts) -> Vec<Line> {
    let line = |name: &str, licence: &str, when: &str, texts: &[usize], source: &str| Line {
        name: name.to_owned(),
        version: "-".to_owned(),
        licence: licence.to_owned(),
        when: when.to_owned(),
        texts: texts.to_vec(),
        source: source.to_owned(),
    };
    vec![
        line(
            "Rust standard library",
            "MIT OR Apache-2.0",
            "always",
            &[texts.apache()],
            "https://github.com/rust-lang/rust",
        ),
        line(
            "GNU C Library",
            "LGPL-2.1-or-later",
            "static-gnu",
            &[],
            "https://sourceware.org/glibc/",
        ),
        line(
            "GNU C++ Library",
            "GPL-3.0-or-later WITH GCC-exception-3.1",
            "static-gnu+openh264",
            &[],
            "https://gcc.gnu.org/",
        ),
        line("musl", "MIT", "musl", &[], "https://musl.libc.org/"),
    ]
}

fn find<'a>(metadata: &'a Metadata, name: &str, version: &str) -> Result<&'a Package> {
    let wanted =
        |package: &&Package| *package.name == name && package.version.to_string() == version;
    let package = metadata.packages.iter().find(wanted);
    package.ok_or_else(|| format!("{name} {version} is in the tree, not in the metadata").into())
}

/// Every package that any build links, and when.
fn conditions(shell: &Shell, metadata: &Metadata) -> Result<BTreeMap<Id, String>> {
    let command = metadata.packages.iter().find(|package| *package.name == COMMAND);
    let features = command.ok_or("no package of the command")?.features.keys();
    let features: Vec<&str> =
        features.map(String::as_str).filter(|name| !["default", MODIFIER].contains(name)).collect();
    let tree = |features: &str| linked(shell, LINUX, &["--no-default-features", "-F", features]);

    let base = tree("")?;
    let mut found: BTreeMap<Id, Vec<String>> = BTreeMap::new();
    for name in features {
        let alone = tree(name)?;
        let both = tree(&format!("{name},{MODIFIER}"))?;
        for id in alone.difference(&base) {
            found.entry(id.clone()).or_default().push(name.to_owned());
        }
        for id in both.difference(&alone) {
            found.entry(id.clone()).or_default().push(format!("{name}+{MODIFIER}"));
        }
    }
    for id in base {
        found.insert(id, vec!["always".to_owned()]);
    }

    let all = linked(shell, LINUX, &["--all-features"])?;
    if !all.iter().eq(found.keys()) {
        return Err("features together link other packages than one by one".into());
    }
    for target in LIKE_LINUX {
        if linked(shell, target, &["--all-features"])? != all {
            return Err(format!("{target} links other packages than Linux").into());
        }
    }
    let windows = linked(shell, WINDOWS, &["--no-default-features"])?;
    let all_windows = linked(shell, WINDOWS, &["--all-features"])?;
    if !all.is_subset(&all_windows) || all_windows.difference(&all).any(|id| !windows.contains(id))
    {
        return Err("Windows links other packages than Linux, by features".into());
    }
    for id in all_windows.difference(&all) {
        found.insert(id.clone(), vec!["windows".to_owned()]);
    }
    Ok(found.into_iter().map(|(id, when)| (id, when.join(" "))).collect())
}

/// The packages whose code is in the command.
fn linked(shell: &Shell, target: &str, features: &[&str]) -> Result<BTreeSet<Id>> {
    let tree = shell.cmd("cargo").args(["tree", "--locked", "--package", COMMAND]);
    let tree = tree.args(["--edges", "normal,no-proc-macro", "--prefix", "none", "--no-dedupe"]);
    let tree = tree.args(["--format", "{p}", "--target", target]).args(features);
    let mut packages = BTreeSet::new();
    for line in tree.quiet().read()?.lines() {
        let mut words = line.split(' ');
        let name = words.next().unwrap_or_default();
        let version = words.next().and_then(|version| version.strip_prefix('v'));
        let version = version.ok_or_else(|| format!("no package: {line}"))?;
        packages.insert((name.to_owned(), version.to_owned()));
    }
    Ok(packages)
}

/// The files of a folder whose names say that they are licences, in the order of their names.
fn licence_files(folder: &Path) -> Result<Vec<String>> {
    const STARTS: [&str; 7] =
        ["license", "licence", "copying", "copyright", "notice", "unlicense", "patents"];
    let mut names = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let lower = name.to_lowercase();
        if entry.path().is_file() && STARTS.iter().any(|start| lower.starts_with(start)) {
            names.push(name);
        }
    }
    names.sort();
    names.into_iter().map(|name| Ok(text(fs::read(folder.join(name))?))).collect()
}

/// Old texts are in Latin-1.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect())
}
