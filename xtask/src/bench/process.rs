//! What a process costs.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Result;

/// Seconds that a process took.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    pub(super) wall: f64,
    /// Of all its threads; `None` where the system does not tell.
    pub(super) cpu: Option<f64>,
}

/// Clock ticks per second in `/proc`, as every Linux in use has them.
const TICKS: f64 = 100.0;

/// Runs a command to its end, and gives its cost and what it printed; where it fails, the last line of its complaint.
pub(super) fn run(command: &mut Command) -> Result<(Cost, String)> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let (before, start) = (children(), Instant::now());
    let output = command.output()?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = children().zip(before).map(|(after, before)| after - before);
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        return Err(complaint.lines().last().unwrap_or("failed").to_owned().into());
    }
    Ok((Cost { wall, cpu }, String::from_utf8_lossy(&output.stdout).into_owned()))
}

/// Seconds of CPU time of all children that have ended: fields 16 and 17 of `/proc/self/stat`.
fn children() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the name in brackets, and may hold anything.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13);
    let mut ticks = || fields.next()?.parse::<u32>().ok();
    Some((f64::from(ticks()?) + f64::from(ticks()?)) / TICKS)
}

/// The median of each.
pub(super) fn median(costs: &[Cost]) -> Option<Cost> {
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let wall = middle(costs.iter().map(|cost| cost.wall).collect())?;
    let cpu = costs.iter().map(|cost| cost.cpu).collect::<Option<Vec<_>>>().and_then(middle);
    Some(Cost { wall, cpu })
}
