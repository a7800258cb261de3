//! Damaged input for every parser: coverage-guided where cargo-fuzz is installed, else by blind mutation.

use xshell::{Shell, cmd};

use crate::flags::FuzzFlags;
use crate::{Result, works};

/// Fuzzes each target, or the one that was asked for, so many seconds.
pub(crate) fn run(shell: &Shell, flags: &FuzzFlags) -> Result {
    let targets = targets(shell, flags.target.as_deref())?;
    let seconds = flags.seconds.to_string();
    let guided = works(shell, "cargo", &["fuzz", "--version"]);
    if !guided {
        println!("fuzz: cargo-fuzz is not installed: mutating blindly, without coverage");
    }
    for target in &targets {
        if guided {
            let limit = format!("-max_total_time={seconds}");
            let regressions = format!("fuzz/regressions/{target}");
            let corpus = format!("fuzz/corpus/{target}");
            shell.create_dir(&corpus)?;
            let mut fuzz = cmd!(shell, "cargo fuzz run {target} {corpus}");
            if shell.path_exists(&regressions) {
                fuzz = fuzz.arg(regressions);
            }
            // The sanitizer flags are unstable; this lets the pinned stable compiler take them.
            fuzz.arg("--").arg(limit).env("RUSTC_BOOTSTRAP", "1").run()?;
        } else {
            let test = cmd!(
                shell,
                "cargo test --locked --release --package rushes-tests --test fuzz -- --ignored --nocapture"
            );
            test.env("RUSHES_FUZZ_SECONDS", &seconds).env("RUSHES_FUZZ_TARGET", target).run()?;
        }
    }
    Ok(())
}

fn targets(shell: &Shell, only: Option<&str>) -> Result<Vec<String>> {
    let mut names: Vec<String> = shell
        .read_dir("fuzz/fuzz_targets")?
        .iter()
        .filter_map(|path| path.file_stem()?.to_str().map(String::from))
        .collect();
    names.sort();
    match only {
        None => Ok(names),
        Some(only) if names.iter().any(|name| name == only) => Ok(vec![only.into()]),
        Some(only) => {
            Err(format!("no fuzz target '{only}'; there are: {}", names.join(", ")).into())
        }
    }
}
