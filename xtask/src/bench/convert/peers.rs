//! The others: scripts and C programs of `benches/peers/`, and programs `peer_*` of `benches/` around crates.
//!
//! C programs are compiled here, as their first lines say (`benches/peers/peer.h`). What cannot be had is SKIPPED.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use xshell::{Shell, cmd};

use super::super::Programs;
use crate::{Result, root};

/// A program that times the cases on its standard input which it knows.
pub(super) struct Peer {
    pub(super) name: String,
    program: PathBuf,
    arguments: Vec<String>,
}

impl Peer {
    /// All that can be had here.
    pub(super) fn all(shell: &Shell, programs: &Programs) -> Result<Vec<Self>> {
        let mut peers = Vec::new();
        for source in files(&root().join("benches/peers"), "c")? {
            match compile(shell, &source, &programs.target) {
                Ok(compiled) => peers.extend(compiled),
                Err(error) => println!("SKIPPED {}: {error}", stem(&source)),
            }
        }
        for source in files(&root().join("benches/src/bin"), "rs")? {
            let name = stem(&source);
            if name.starts_with("peer_") {
                let program = programs.path(&name);
                peers.push(Self { name, program, arguments: Vec::new() });
            }
        }
        for script in files(&root().join("benches/peers"), "py")? {
            let arguments = vec![script.display().to_string()];
            peers.push(Self { name: stem(&script), program: "python3".into(), arguments });
        }
        Ok(peers)
    }

    /// The program itself.
    pub(super) fn program(&self) -> &Path {
        &self.program
    }

    /// The command that runs it.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command
    }
}

/// Compiles a peer written in C; one for each way that it is run.
fn compile(shell: &Shell, source: &Path, target: &Path) -> Result<Vec<Peer>> {
    let text = fs::read_to_string(source)?;
    let lines = |key: &str| {
        let lines = text.lines().map_while(|line| line.strip_prefix("//"));
        let values = lines.filter_map(|line| line.trim().strip_prefix(key));
        values.map(|value| value.trim().to_owned()).collect::<Vec<_>>()
    };
    let words = |text: Vec<String>| {
        text.iter().flat_map(|line| line.split_whitespace()).map(String::from).collect::<Vec<_>>()
    };
    let packages = words(lines("packages:"));
    let mut options: Vec<String> =
        words(lines("libraries:")).iter().map(|library| format!("-l{library}")).collect();
    if !packages.is_empty() {
        let wanted = packages.clone();
        let found = cmd!(shell, "pkg-config --cflags --libs {wanted...}").quiet().ignore_stderr();
        let found =
            found.read().map_err(|_| format!("pkg-config lacks {}", packages.join(" or ")))?;
        options.extend(found.split_whitespace().map(String::from));
    }
    let name = stem(source);
    let folder = target.join("peers");
    fs::create_dir_all(&folder)?;
    let program = folder.join(&name);
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let compile = cmd!(shell, "{compiler} -O2 -o {program} {source} {options...}");
    compile
        .quiet()
        .ignore_stderr()
        .run()
        .map_err(|_| "its libraries, or a C compiler, are missing")?;
    let mut runs = lines("run:");
    if runs.is_empty() {
        runs.push(String::new());
    }
    let peer = |run: String| Peer {
        name: format!("{name} {run}").trim_end().to_owned(),
        program: program.clone(),
        arguments: words(vec![run]),
    };
    Ok(runs.into_iter().map(peer).collect())
}

/// The files of a folder with this extension, in order.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// What a program prints, given `input`; where it fails, the last line of its complaint.
pub(super) fn output(command: &mut Command, input: &str) -> Result<String> {
    use std::io::Write as _;

    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that takes no cases may be gone already.
        let _gone = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(complaint.lines().last().unwrap_or("failed").to_owned().into())
}
