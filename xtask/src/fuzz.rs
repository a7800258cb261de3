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
    if guided {
        run_test(shell, "write_seeds", &[])?;
    }
    for target in &targets {
        if guided {
            let limit = format!("-max_total_time={seconds}");
            let corpus = format!("fuzz/corpus/{target}");
            let regressions = format!("fuzz/regressions/{target}");
            let mut fuzz = cmd!(shell, "cargo fuzz run {target} {corpus}");
            if shell.path_exists(&regressions) {
                fuzz = fuzz.arg(regressions);
            }
            // The sanitizer's flags are unstable: this lets a stable compiler take them.
            fuzz.arg("--").arg(limit).env("RUSTC_BOOTSTRAP", "1").run()?;
        } else {
            let settings = [("RUSHES_FUZZ_SECONDS", &*seconds), ("RUSHES_FUZZ_TARGET", target)];
            run_test(shell, "blind_mutation", &settings)?;
        }
    }
    Ok(())
}

/// Runs one of the tests that are ignored unless they are asked for.
fn run_test(shell: &Shell, name: &str, settings: &[(&str, &str)]) -> Result {
    let test = cmd!(shell, "cargo test --locked --release --package rushes-tests --test fuzz");
    let test = test.args(["--", "--ignored", "--exact", "--nocapture", name]);
    Ok(test.envs(settings.iter().copied()).run()?)
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
