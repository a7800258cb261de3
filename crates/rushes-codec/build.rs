//! Says in one line what the features `openh264` and `asm` need and this machine lacks.
//!
//! Without it, a missing nasm shows in nothing at all but an H.264 encoder that is three times slower. A missing C++ compiler
//! stops the build anyway, but at the end of pages of output; cargo may run this script before the one that compiles
//! OpenH264, or after it. `cargo xtask demo` looks for both before it starts.

use std::env;
use std::process::{Command, Stdio};

const OTHERWISE: &str = "or build without: --no-default-features --features portable";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = variable("TARGET").unwrap_or_default();
    let openh264 = feature("OPENH264");
    if let Some(compiler) = compiler(&target).filter(|compiler| openh264 && !runs(compiler)) {
        println!(
            "cargo::error=OpenH264 needs a C++ compiler, and '{compiler}' does not run: install one \
             (apt-get install g++, dnf install gcc-c++, brew install llvm), {OTHERWISE}"
        );
    }
    // Other processors' assembly goes through the compiler. The variables are those of openh264-sys2.
    let openh264 = openh264 && variable("OPENH264_NO_ASM").is_none();
    let av1 = feature("ASM") && (feature("AV1") || feature("RAV1E"));
    let assembler = variable("NASM").unwrap_or_else(|| "nasm".to_owned());
    let wanted = target.starts_with("x86_64") || target.starts_with("i686");
    if wanted && (openh264 || av1) && !runs(&assembler) {
        println!(
            "cargo::error=the codecs need nasm, and '{assembler}' does not run: install it \
             (apt-get install nasm, dnf install nasm, brew install nasm) and run \
             'cargo clean -p openh264-sys2', {OTHERWISE}"
        );
    }
}

fn feature(name: &str) -> bool {
    env::var_os(format!("CARGO_FEATURE_{name}")).is_some()
}

/// The C++ compiler that the crate `cc` will call; `None` where it looks for one in ways of its own.
fn compiler(target: &str) -> Option<String> {
    let host = variable("HOST").unwrap_or_default();
    let side = if host == target { "HOST" } else { "TARGET" };
    let names = [
        format!("CXX_{target}"),
        format!("CXX_{}", target.replace(['-', '.'], "_")),
        format!("{side}_CXX"),
        "CXX".to_owned(),
    ];
    let named = names.iter().find_map(|name| variable(name));
    if named.is_some() || host != target || target.contains("msvc") {
        return named;
    }
    Some(if target.contains("windows") { "g++" } else { "c++" }.to_owned())
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    println!("cargo::rerun-if-env-changed={name}");
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Whether the command can be started; its first word is the program, as with `ccache g++`.
fn runs(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
}
