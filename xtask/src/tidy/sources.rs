//! Sources: sizes, first lines, words that must not stay, and where unsafe code may be.

use super::{Files, Report};

const MANY_LINES: usize = 500;
const TOO_MANY_LINES: usize = 800;

/// The only files with unsafe code.
const UNSAFE_FILES: [&str; 5] = [
    "crates/rushes-codec/src/av1/rav1d.rs",
    "crates/rushes-codec/src/h264/openh264.rs",
    "crates/rushes-codec/src/hevc/samples.rs",
    "crates/rushes-convert/tests/allocation.rs",
    "crates/rushes-vp8/tests/allocation.rs",
];

/// Crates that may have such files: they deny unsafe code, so that each use stands out. All others forbid it.
const DENYING: [&str; 3] = ["crates/rushes-codec", "crates/rushes-convert", "crates/rushes-vp8"];

const UNSAFE: &str = "unsafe";

/// Written in two halves, so that this file does not break its own rules.
const WORDS: [&str; 4] = [
    concat!("db", "g!("),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
];

pub(super) fn check(files: &Files, report: &mut Report) {
    let machine = machine_paths(files);
    for (path, text) in &files.texts {
        for place in machine.iter().filter(|place| names_path(text, place)) {
            report.breaches.push(format!("{path}: names {place}, which only this machine has"));
        }
        if has_extension(path, "rs") {
            check_source(path, text, report);
        }
    }
    check_crate_roots(files, report);
    for listed in UNSAFE_FILES {
        if !files.texts.iter().any(|(path, text)| path == listed && has_word(text, UNSAFE)) {
            report.breaches.push(format!("{listed}: listed for {UNSAFE} code, but has none"));
        }
    }
}

fn check_source(path: &str, text: &str, report: &mut Report) {
    match text.lines().count() {
        lines if lines > TOO_MANY_LINES => {
            report.breaches.push(format!("{path}: {lines} lines; split it"));
        }
        lines if lines > MANY_LINES => report.warnings.push(format!("{path}: {lines} lines")),
        _ => {}
    }
    if !text.starts_with("//!") {
        report.breaches.push(format!("{path}: does not open with a line that says what it is"));
    }
    for word in WORDS {
        if text.contains(word) {
            report.breaches.push(format!("{path}: '{word}' must not stay"));
        }
    }
    if has_word(text, UNSAFE) && !UNSAFE_FILES.contains(&path) {
        report.breaches.push(format!("{path}: {UNSAFE} code in a file that is not listed for it"));
    }
}

fn check_crate_roots(files: &Files, report: &mut Report) {
    for (path, text) in &files.texts {
        let package = path.strip_suffix("/src/lib.rs").or(path.strip_suffix("/src/main.rs"));
        let Some(package) = package else {
            continue;
        };
        let level = if DENYING.contains(&package) { "deny" } else { "forbid" };
        let attribute = format!("#![{level}({UNSAFE}_code)]");
        if !text.contains(&attribute) {
            report.breaches.push(format!("{path}: lacks {attribute}"));
        }
    }
}

/// The folder of this checkout and the home of whoever runs this.
fn machine_paths(files: &Files) -> Vec<String> {
    let home = std::env::var("HOME").ok();
    let root = files.root.to_str().map(String::from);
    let long = |path: &String| path.len() > 1 && path.starts_with('/');
    home.into_iter().chain(root).filter(long).collect()
}

/// True where the text names the path itself, not a longer one that ends like it.
fn names_path(text: &str, path: &str) -> bool {
    let part_of_path = |c: char| c.is_alphanumeric() || "._-/})*".contains(c);
    text.match_indices(path).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + path.len()..].chars().next();
        !before.is_some_and(part_of_path) && after == Some('/')
    })
}

/// True where the word stands in the code, outside of line comments and of strings of one line.
fn has_word(text: &str, word: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '_';
    let code = text.lines().filter_map(|line| line.split("//").next());
    code.flat_map(|code| code.split('"').step_by(2)).any(|code| {
        code.match_indices(word).any(|(at, _)| {
            !code[..at].chars().next_back().is_some_and(part_of_word)
                && !code[at + word.len()..].chars().next().is_some_and(part_of_word)
        })
    })
}

fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_paths_are_whole() {
        let check = |text: &str, expected: bool| assert_eq!(has_word(text, "word"), expected);
        check("a word b", true);
        check("word!()", true);
        check("a_word words", false);
        check("code(); // a word", false);
        check("code(\"a word\")", false);
        check("code(\"text\", word)", true);

        let check = |text: &str, expected: bool| assert_eq!(names_path(text, "/src"), expected);
        check("\"/src/x\"", true);
        check("crates/a/src/lib.rs", false);
        check("../src/lib.rs", false);
        check("/srcs/lib.rs", false);
    }
}
