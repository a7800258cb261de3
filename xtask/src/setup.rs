//! Installs what the build needs besides Rust.

use std::path::Path;

use xshell::{Shell, cmd};

use crate::{Result, works};

/// A tool of the build, the variable that may name another one, and Debian's package of it.
struct Tool {
    program: &'static str,
    variable: &'static str,
    package: &'static str,
}

const COMPILER: Tool = Tool { program: "c++", variable: "CXX", package: "g++" };
const ASSEMBLER: Tool = Tool { program: "nasm", variable: "NASM", package: "nasm" };

/// Other processors' assembly goes through the compiler.
const TOOLS: &[Tool] = if cfg!(any(target_arch = "x86_64", target_arch = "x86")) {
    &[COMPILER, ASSEMBLER]
} else {
    &[COMPILER]
};

/// Installs what is missing, through apt.
pub(crate) fn run(shell: &Shell) -> Result {
    let missing = missing();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" and ");
    println!("missing: {names}");
    install(shell, &missing).map_err(|error| {
        format!(
            "{names} could not be installed ({error}); install them by hand (Debian: apt-get install nasm g++), or \
             build without them, slower and without H.264 encoding: cargo build --release -p rushes-cli \
             --no-default-features --features portable"
        )
        .into()
    })
}

fn missing() -> Vec<&'static str> {
    let has = |tool: &Tool| in_path(tool.program) || std::env::var_os(tool.variable).is_some();
    TOOLS.iter().filter(|tool| !has(tool)).map(|tool| tool.package).collect()
}

/// True where this program can be run.
pub(crate) fn in_path(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// Installs packages of Debian.
pub(crate) fn install(shell: &Shell, packages: &[&str]) -> Result {
    if !in_path("apt-get") {
        return Err("there is no apt-get here".into());
    }
    let sudo: &[&str] = if is_root(shell) { &[] } else { &["sudo", "-n"] };
    if !sudo.is_empty() && !works(shell, "sudo", &["-n", "true"]) {
        return Err("not root, and sudo asks for a password".into());
    }
    let [first, rest @ ..] = &[sudo, &["apt-get"]].concat()[..] else {
        return Ok(());
    };
    let apt = |arguments: &[&str]| {
        shell.cmd(first).args(rest).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").run()
    };
    let arguments = [&["install", "--yes", "--no-install-recommends"], packages].concat();
    // A fresh machine has no package lists; an old one has stale ones. Try what is there first.
    if Path::new("/var/lib/apt/lists").read_dir().is_ok_and(|mut lists| lists.next().is_some())
        && apt(&arguments).is_ok()
    {
        return Ok(());
    }
    apt(&["update"])?;
    Ok(apt(&arguments)?)
}

fn is_root(shell: &Shell) -> bool {
    cmd!(shell, "id -u").quiet().read().is_ok_and(|id| id == "0")
}
