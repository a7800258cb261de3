//! Everything that must hold before a change lands.

use std::time::Instant;

use xshell::{Shell, cmd};

use crate::{Result, licenses, root, setup, tidy, works};

/// Runs all checks; the first that fails ends it.
pub(crate) fn run(shell: &Shell) -> Result {
    setup::run(shell)?;
    step("tidy", || tidy::run(root()))?;
    step("licenses", || licenses::check(shell))?;
    optional(shell, "fmt", &["fmt", "--version"], || {
        Ok(cmd!(shell, "cargo fmt --all --check").run()?)
    })?;
    optional(shell, "clippy", &["clippy", "--version"], || {
        let lint = cmd!(shell, "cargo clippy --locked --workspace --all-targets -- -D warnings");
        Ok(lint.run()?)
    })?;
    step("test", || Ok(cmd!(shell, "cargo test --locked --workspace").run()?))?;
    step("doc", || {
        let doc = cmd!(shell, "cargo doc --locked --workspace --no-deps --document-private-items");
        Ok(doc.env("RUSTDOCFLAGS", "-D warnings").run()?)
    })?;
    optional(shell, "deny", &["deny", "--version"], || Ok(cmd!(shell, "cargo deny check").run()?))?;
    println!("ci: all checks passed");
    Ok(())
}

fn step(name: &str, check: impl FnOnce() -> Result) -> Result {
    let start = Instant::now();
    println!("ci: {name}");
    check().map_err(|error| format!("{name}: {error}"))?;
    println!("ci: {name} passed in {:.0} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// A step whose tool is not part of every Rust installation: where `cargo PROBE` does not run, it is skipped aloud.
fn optional(shell: &Shell, name: &str, probe: &[&str], check: impl FnOnce() -> Result) -> Result {
    if works(shell, "cargo", probe) {
        return step(name, check);
    }
    println!("ci: {name} SKIPPED: 'cargo {}' is not installed", probe.first().unwrap_or(&name));
    Ok(())
}
