//! Conversions beside others: our program and those of `benches/peers/`, in turns, medians.

mod peers;
mod sound;
mod times;

use std::process::Command;

use xshell::Shell;

use self::peers::{Peer, output};
use self::times::{Times, milliseconds, ratio};
use super::Programs;
use crate::Result;
use crate::flags::BenchFlags;

/// Prints a table of the conversions: our time, what share of a copy's speed that is, and how many times as long each of
/// the others takes.
pub(super) fn run(shell: &Shell, flags: &BenchFlags) -> Result {
    let programs = Programs::build_converters(shell, flags.dev)?;
    let (program, rounds) = (programs.path("convert"), flags.rounds);
    let mut ours = Times::default();
    let (sound, peers): (Vec<_>, Vec<_>) =
        Peer::all(shell, &programs)?.into_iter().partition(|peer| peer.name == "audio");
    let mut theirs: Vec<_> = peers.iter().map(|peer| (peer, Some(Times::default()))).collect();
    for _ in 0..rounds {
        ours.add(&output(Command::new(&program).args(&flags.only), "")?);
        let cases = ours.cases().collect::<Vec<_>>().join("\n");
        for (peer, times) in &mut theirs {
            let Some(known) = times else { continue };
            match output(&mut peer.command(), &cases) {
                Ok(text) => known.add(&text),
                Err(error) => {
                    println!("SKIPPED {}: {error}", peer.name);
                    *times = None;
                }
            }
        }
    }
    theirs.retain(|(_, times)| times.as_ref().is_some_and(|times| !times.is_empty()));
    println!("convert: {}, one thread, medians of {rounds} rounds", ours.version);
    println!(
        "columns: our time, our speed over a copy's of as many bytes, and the others' times over ours:"
    );
    for (index, (_, times)) in theirs.iter().enumerate() {
        println!("  {}: {}", letter(index), times.as_ref().map_or("", |times| &times.version));
    }
    for case in ours.cases() {
        let Some(nanoseconds) = ours.median(case) else { continue };
        print!("{case:<50} {:>9.3} ms", milliseconds(nanoseconds));
        match ours.median(&format!("memcpy {case}")) {
            Some(copy) => print!("  {:>5.2}", ratio(copy, nanoseconds)),
            None => print!("       "),
        }
        for (index, (_, times)) in theirs.iter().enumerate() {
            match times.as_ref().and_then(|times| times.median(case)) {
                Some(other) => print!("  {}{:>7.2}", letter(index), ratio(other, nanoseconds)),
                None => print!("  {}      -", letter(index)),
            }
        }
        println!();
    }
    sound::run(shell, flags, &programs, sound.first().map(Peer::program))
}

/// The name of a column.
fn letter(index: usize) -> char {
    ('A'..='Z').nth(index).unwrap_or('?')
}
