//! The fuzz targets without a fuzzer: what was mended stays mended, and blind mutation where cargo-fuzz is missing.
#![expect(clippy::print_stdout, reason = "the harness captures it and shows it after a failure")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rushes_tests::{Random, Target, peak_mebibytes, targets};

/// Longer than any target may take for an input of the seeds' size.
const SLOW: Duration = Duration::from_secs(10);

fn fuzz_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz").join(name)
}

#[test]
fn every_target_has_its_file() {
    let mut files: Vec<String> = fs::read_dir(fuzz_folder("fuzz_targets"))
        .expect("the folder is part of the repository")
        .map(|entry| entry.expect("it can be listed").path())
        .map(|path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        .collect();
    files.sort();
    let mut names = targets().map(|target| target.name).collect::<Vec<_>>();
    names.sort_unstable();
    assert_eq!(files, names);
}

#[test]
fn seeds_pass() {
    for target in targets() {
        (target.seeds)().iter().for_each(|seed| (target.run)(seed));
    }
}

#[test]
fn regressions_stay_mended() {
    for target in targets() {
        let Ok(entries) = fs::read_dir(fuzz_folder("regressions").join(target.name)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("it can be listed").path();
            println!("{}", path.display());
            (target.run)(&fs::read(&path).expect("it can be read"));
        }
    }
}

/// A little of the blind mutation below, the same each time.
#[test]
fn damaged_seeds_return() {
    for target in targets() {
        mutate(&target, |round| round < 100);
    }
}

#[test]
#[ignore = "runs as long as RUSHES_FUZZ_SECONDS says; `cargo xtask fuzz` starts it"]
fn blind_mutation() {
    let seconds = std::env::var("RUSHES_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs(seconds.unwrap_or(60));
    let only = std::env::var("RUSHES_FUZZ_TARGET").ok();
    for target in targets() {
        if only.as_deref().is_none_or(|only| only == target.name) {
            let start = Instant::now();
            let rounds = mutate(&target, |_| start.elapsed() < time);
            println!("{}: {rounds} inputs", target.name);
        }
    }
}

#[test]
#[ignore = "writes the seeds for cargo-fuzz; `cargo xtask fuzz` starts it"]
fn write_seeds() {
    for target in targets() {
        let folder = fuzz_folder("corpus").join(target.name);
        fs::create_dir_all(&folder).expect("the folder can be made");
        for (index, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{index}")), seed).expect("it can be written");
        }
    }
}

/// Longer than an input of at most 64 KiB may take in a release build, and more than its process may hold.
const SLOW_IN_RELEASE: Duration = Duration::from_secs(1);
const MEBIBYTES: u64 = 512;

#[test]
#[ignore = "times the inputs that cargo-fuzz found; `cargo xtask fuzz` starts it, in a release build"]
fn replay() {
    let only = std::env::var("RUSHES_FUZZ_TARGET").ok();
    let mut failures = Vec::new();
    for target in targets().filter(|target| only.as_deref().is_none_or(|only| only == target.name))
    {
        let (mut count, mut slowest) = (0, (Duration::ZERO, PathBuf::new()));
        for folder in ["corpus", "regressions"] {
            let Ok(entries) = fs::read_dir(fuzz_folder(folder).join(target.name)) else { continue };
            for path in entries.map(|entry| entry.expect("it can be listed").path()) {
                let bytes = fs::read(&path).expect("it can be read");
                // Another program may have had the processor: the best of three counts where it matters.
                let time = || {
                    let start = Instant::now();
                    (target.run)(&bytes);
                    start.elapsed()
                };
                let mut best = time();
                for _ in 0..2 {
                    best = if best > SLOW_IN_RELEASE / 2 { best.min(time()) } else { best };
                }
                count += 1;
                slowest = slowest.max((best, path));
            }
        }
        let peak = peak_mebibytes();
        let (time, path) = slowest;
        let name = target.name;
        println!(
            "{name}: {count} inputs in {time:.3?} at most ({}), {peak:?} MiB so far",
            path.display()
        );
        if time > SLOW_IN_RELEASE || peak.is_some_and(|peak| peak > MEBIBYTES) {
            failures.push(name);
        }
    }
    assert!(failures.is_empty(), "too slow or too large: {failures:?}");
}

/// Damages the seeds of a target as long as `go_on` wants the round with this number. An input that panics is named by its round, which is its seed.
fn mutate(target: &Target, go_on: impl Fn(u64) -> bool) -> u64 {
    let seeds = (target.seeds)();
    let mut round = 0;
    while go_on(round) {
        let mut random = Random::new(round);
        let mut bytes = seeds[random.below(seeds.len())].clone();
        random.damage(&mut bytes);
        let start = Instant::now();
        let outcome = std::panic::catch_unwind(|| (target.run)(&bytes));
        if outcome.is_err() || start.elapsed() > SLOW {
            let path = std::env::temp_dir().join(format!("{}-{round}", target.name));
            fs::write(&path, &bytes).expect("the input can be kept");
            panic!("{} fails in round {round}; the input is {}", target.name, path.display());
        }
        round += 1;
    }
    round
}
