//! Conversions beside others: our program and the scripts of `benches/peers/`, in turns, medians.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use xshell::Shell;

use super::Programs;
use crate::flags::BenchFlags;
use crate::{Result, root};

/// The peers that know its cases.
const PEERS: [&str; 2] = ["pyav.py", "ffmpeg.py"];

/// What a program printed: its name and version, and the times of the cases.
#[derive(Default)]
struct Times {
    version: String,
    /// Nanoseconds of each round, and the bytes that were read and written.
    cases: BTreeMap<String, (Vec<u64>, u64)>,
    /// The cases in the order of the program.
    order: Vec<String>,
}

/// Prints a table of the conversions.
pub(super) fn run(_: &Shell, flags: &BenchFlags, programs: &Programs) -> Result {
    let (program, rounds) = (programs.path("convert"), flags.rounds);
    let mut ours = Times::default();
    let mut theirs: Vec<_> = PEERS.iter().map(|peer| (*peer, Some(Times::default()))).collect();
    for _ in 0..rounds {
        ours.add(&output(Command::new(&program), "")?);
        let cases = ours.order.join("\n");
        for (peer, times) in &mut theirs {
            let Some(known) = times else { continue };
            let mut script = Command::new("python3");
            script.arg(root().join("benches/peers").join(*peer));
            match output(script, &cases) {
                Ok(text) => known.add(&text),
                Err(error) => {
                    println!("SKIPPED {peer}: {error}");
                    *times = None;
                }
            }
        }
    }
    println!("convert: {}, one thread, medians of {rounds} rounds", ours.version);
    let memory = ours.rate("memcpy");
    for case in &ours.order {
        let (nanoseconds, rate) = (ours.median(case), ours.rate(case));
        let Some(nanoseconds) = nanoseconds else { continue };
        print!("{case:<48} {:>9.3} ms", milliseconds(nanoseconds));
        if let (Some(rate), Some(memory)) = (rate, memory) {
            print!("  {rate:>6.2} GB/s, {:>4.2} of memcpy", rate / memory);
        }
        for (_, times) in &theirs {
            let Some(other) = times.as_ref().and_then(|times| times.median(case)) else { continue };
            print!("  | {:>9.3} ms, ratio {:>5.2}", milliseconds(other), ratio(other, nanoseconds));
        }
        println!();
    }
    for (_, times) in &theirs {
        if let Some(times) = times {
            println!("| {}", times.version);
        }
    }
    Ok(())
}

impl Times {
    /// Adds what a program printed in a round: `# version`, and lines of name, nanoseconds and bytes.
    fn add(&mut self, text: &str) {
        for line in text.lines() {
            if let Some(version) = line.strip_prefix("# ") {
                version.clone_into(&mut self.version);
            }
            let mut fields = line.split('\t');
            let name = fields.next().unwrap_or_default();
            let mut number = || fields.next()?.parse::<u64>().ok();
            let (Some(nanoseconds), Some(bytes)) = (number(), number()) else { continue };
            let (times, size) = self.cases.entry(name.to_owned()).or_default();
            if times.is_empty() {
                self.order.push(name.to_owned());
            }
            times.push(nanoseconds);
            *size = bytes;
        }
    }

    fn median(&self, case: &str) -> Option<u64> {
        let mut times = self.cases.get(case)?.0.clone();
        times.sort_unstable();
        times.get(times.len() / 2).copied()
    }

    /// Gigabytes read and written per second.
    fn rate(&self, case: &str) -> Option<f64> {
        Some(ratio(self.cases.get(case)?.1, self.median(case)?))
    }
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
fn ratio(a: u64, b: u64) -> f64 {
    a as f64 / b.max(1) as f64
}

#[expect(clippy::cast_precision_loss, reason = "for display")]
fn milliseconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e6
}

/// What a program prints, given `input`; where it fails, the last line of its complaint.
fn output(mut command: Command, input: &str) -> Result<String> {
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
