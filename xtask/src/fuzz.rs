//! Damaged input for every parser: coverage-guided where cargo-fuzz is installed, else by blind mutation.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

use cargo_metadata::MetadataCommand;
use xshell::{Shell, cmd};

use crate::flags::FuzzFlags;
use crate::{Result, root, works};

/// What a process may hold, in MiB. The sanitizer of addresses keeps freed memory and notes on all of it beside that.
const MEMORY: u32 = 512;
const MEMORY_WITH_SANITIZER: u32 = 2048;

/// Seconds that one input may take in a build that counts edges and checks arithmetic. Those that were found are timed in a release
/// build afterwards, where they have one second.
const TIMEOUT: u32 = 20;

/// Bytes of an input.
const LENGTH: u32 = 65_536;

/// Fuzzes each target, or the one that was asked for, so many seconds.
pub(crate) fn run(shell: &Shell, flags: &FuzzFlags) -> Result {
    let targets = targets(shell, flags.target.as_deref())?;
    if works(shell, "cargo", &["fuzz", "--version"]) {
        guided(shell, &targets, flags)?;
        return run_test(shell, "replay", flags.target.as_deref(), &[]);
    }
    println!("fuzz: cargo-fuzz is not installed: mutating blindly, without coverage");
    let seconds = flags.seconds.to_string();
    for target in &targets {
        run_test(shell, "blind_mutation", Some(target), &[("RUSHES_FUZZ_SECONDS", &seconds)])?;
    }
    Ok(())
}

/// Builds all targets at once, and runs so many at a time. A finding ends its target only.
fn guided(shell: &Shell, targets: &[String], flags: &FuzzFlags) -> Result {
    run_test(shell, "write_seeds", None, &[])?;
    let sanitizer = &flags.sanitizer;
    // The flags for coverage are unstable: this lets a stable compiler take them.
    cmd!(shell, "cargo fuzz build --sanitizer {sanitizer}").env("RUSTC_BOOTSTRAP", "1").run()?;
    let folder = programs(shell)?;
    let waiting: Mutex<VecDeque<&String>> = Mutex::new(targets.iter().collect());
    let failed: Mutex<Vec<String>> = Mutex::default();
    let work = || {
        loop {
            let target = waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(target) = target else { return };
            let note = match fuzz(&folder, target, flags) {
                Ok(log) => {
                    println!("{target}: {}", summary(&log));
                    continue;
                }
                Err(error) => format!("{target}: {error}"),
            };
            println!("{note}");
            failed.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        }
    };
    thread::scope(|scope| {
        for _ in 0..flags.jobs.max(1) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n").into()) }
}

/// Where cargo-fuzz puts the programs.
fn programs(shell: &Shell) -> Result<PathBuf> {
    let manifest = root().join("fuzz/Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec()?;
    let version = cmd!(shell, "rustc -vV").read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or("rustc does not say its host")?;
    Ok(metadata.target_directory.join(host).join("release").into())
}

/// Runs a target; what it printed.
fn fuzz(programs: &Path, target: &str, flags: &FuzzFlags) -> Result<String> {
    let folder = root().join("fuzz");
    let logs = folder.join("logs");
    let artifacts = folder.join("artifacts").join(target);
    fs::create_dir_all(&logs)?;
    fs::create_dir_all(&artifacts)?;
    let log = logs.join(format!("{target}.log"));
    let memory = if flags.sanitizer == "none" { MEMORY } else { MEMORY_WITH_SANITIZER };
    let mut command = Command::new(programs.join(target));
    command.arg(folder.join("corpus").join(target));
    command.args(Some(folder.join("regressions").join(target)).filter(|path| path.exists()));
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.arg(format!("-max_total_time={}", flags.seconds));
    command.args([format!("-rss_limit_mb={memory}"), format!("-timeout={TIMEOUT}")]);
    command.args([format!("-max_len={LENGTH}"), "-print_final_stats=1".into()]);
    let (out, err) = (File::create(&log)?, File::options().append(true).open(&log)?);
    let status = command.stdout(out).stderr(err).status()?;
    if status.success() {
        Ok(fs::read_to_string(&log)?)
    } else {
        Err(format!("{status}; see {} and {}", log.display(), artifacts.display()).into())
    }
}

/// The numbers that libFuzzer prints at its end.
fn summary(log: &str) -> String {
    let number = |name: &str| {
        let line = log.lines().rev().find_map(|line| line.strip_prefix(name));
        line.unwrap_or_default().trim_start_matches([':', ' ']).to_owned()
    };
    let panics = log.lines().filter(|line| line.starts_with("PANIC ")).count();
    format!(
        "{} inputs, at most {} MiB; panics that a fence caught, by place: {panics}",
        number("stat::number_of_executed_units"),
        number("stat::peak_rss_mb"),
    )
}

/// Runs one of the tests that are ignored unless they are asked for.
fn run_test(shell: &Shell, name: &str, target: Option<&str>, settings: &[(&str, &str)]) -> Result {
    let test = cmd!(shell, "cargo test --locked --release --package rushes-tests --test fuzz");
    let test = test.args(["--", "--ignored", "--exact", "--nocapture", name]);
    let target = target.map(|target| ("RUSHES_FUZZ_TARGET", target));
    Ok(test.envs(settings.iter().copied().chain(target)).run()?)
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
