//! Times conversions of sound, and measures what resamplers do to sines, beside `peers/audio.c`.
//!
//! Arguments: the number of rounds; `--only=PART` for the cases with this in their names, perhaps more than once; the
//! peer's program, if there is one.
//!
//! `cargo xtask bench convert` runs this.

use std::error::Error;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use rushes_benches::{AudioCase, AudioRun, RATES, Resample, SECONDS, audio_cases, response};
use rushes_convert::{Level, RateSample, Resampler, ResamplerOptions};
use rushes_core::ChannelLayout;

/// Runs of a case in a round.
const RUNS: usize = 7;
/// The peer's resamplers; its conversions of format and channels are those of the first.
const ENGINES: [&str; 3] = ["swr", "soxr20", "soxr28"];

type Failure = Box<dyn Error>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments.next().map_or(Ok(3), |rounds| rounds.parse())?;
    let (mut only, mut peer) = (Vec::new(), None);
    for argument in arguments {
        match argument.strip_prefix("--only=") {
            Some(part) => only.push(part.to_owned()),
            None => peer = Some(argument),
        }
    }
    let wants = |case: &str| only.is_empty() || only.iter().any(|part| case.contains(part));
    let mut out = io::stdout().lock();
    let version = peer.as_ref().map(|peer| output(Command::new(peer).arg("version"), &[]));
    let version = match version {
        Some(version) => format!("; {}", String::from_utf8(version?)?.trim()),
        None => String::new(),
    };
    let level = Level::detect()?;
    writeln!(out, "sound: rushes-convert {} {level}{version}", env!("CARGO_PKG_VERSION"))?;
    writeln!(
        out,
        "{SECONDS} s in blocks of 1024, medians of {rounds} rounds; ratios above 1: faster than the peer"
    )?;
    let cases = audio_cases().into_iter().filter(|case| wants(&case.to_string()));
    speed(&mut out, level, peer.as_deref(), (rounds, cases))?;
    let rates =
        RATES.into_iter().filter(|[from, to]| wants(&format!("resample {from} to {to} Hz")));
    quality(&mut out, peer.as_deref(), rates)
}

fn speed(
    out: &mut impl Write,
    level: Level,
    peer: Option<&str>,
    (rounds, cases): (usize, impl Iterator<Item = AudioCase>),
) -> Result<(), Failure> {
    for case in cases {
        let mut run = AudioRun::new(case, level)?;
        run.run()?;
        let is_resampled = case.rates[0] != case.rates[1];
        let engines = if peer.is_none() {
            &ENGINES[..0]
        } else if is_resampled {
            &ENGINES[..]
        } else {
            &ENGINES[..1]
        };
        let (mut ours, mut theirs) = (Vec::new(), vec![Vec::new(); engines.len()]);
        for _ in 0..rounds {
            for _ in 0..RUNS {
                let start = Instant::now();
                run.run()?;
                ours.push(start.elapsed().as_secs_f64());
            }
            for (engine, times) in engines.iter().zip(&mut theirs) {
                let mut command = Command::new(peer.unwrap_or_default());
                command.args(["time", engine, &RUNS.to_string()]);
                command.args(case.rates.map(|rate| rate.to_string()));
                command.args(case.formats).args(case.layouts);
                command.arg((case.rates[0] as usize * SECONDS).to_string());
                for line in String::from_utf8(output(&mut command, &[])?)?.lines() {
                    times.push(line.parse::<f64>()? / 1e9);
                }
            }
        }
        let ours = median(ours);
        write!(out, "{:<42} {:>8.3} ms", case.to_string(), ours * 1e3)?;
        for (engine, times) in engines.iter().zip(theirs) {
            let time = median(times);
            write!(out, "  | {engine} {:>8.3} ms, ratio {:>5.2}", time * 1e3, time / ours)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn quality(
    out: &mut impl Write,
    peer: Option<&str>,
    all: impl Iterator<Item = [u32; 2]>,
) -> Result<(), Failure> {
    writeln!(
        out,
        "resamplers in f32: ripple to 0.95 of the lower Nyquist frequency, where 0.1 dB are lost, strongest image or"
    )?;
    writeln!(
        out,
        "alias at and above 1.0 and at and above 1.15 of it, and noise of a full-scale sine"
    )?;
    for rates in all {
        line(out, "rushes", &single, rates)?;
        line(out, "rushes in f64", &double, rates)?;
        for engine in ENGINES.iter().filter(|_| peer.is_some()) {
            let theirs = |samples: &[f32], rates: [u32; 2]| -> Result<Vec<f32>, String> {
                let mut command = Command::new(peer.unwrap_or_default());
                command.args(["resample", engine]).args(rates.map(|rate| rate.to_string()));
                let input: Vec<u8> =
                    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
                let bytes = output(&mut command, &input).map_err(|error| error.to_string())?;
                let (samples, _) = bytes.as_chunks::<4>();
                Ok(samples.iter().map(|sample| f32::from_le_bytes(*sample)).collect())
            };
            line(out, engine, &theirs, rates)?;
        }
    }
    Ok(())
}

fn single(samples: &[f32], rates: [u32; 2]) -> Result<Vec<f32>, String> {
    resampled(samples, rates)
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest f32")]
fn double(samples: &[f32], rates: [u32; 2]) -> Result<Vec<f32>, String> {
    let samples: Vec<f64> = samples.iter().map(|sample| f64::from(*sample)).collect();
    Ok(resampled(&samples, rates)?.into_iter().map(|sample| sample as f32).collect())
}

fn resampled<T: RateSample>(samples: &[T], [from, to]: [u32; 2]) -> Result<Vec<T>, String> {
    let text = |error: rushes_core::Error| error.to_string();
    let options = ResamplerOptions::default().format(T::FORMAT);
    let mut resampler =
        Resampler::with_options(from, to, ChannelLayout::MONO, options).map_err(text)?;
    let mut out = [Vec::new()];
    resampler.push_into(&[samples], &mut out).map_err(text)?;
    resampler.finish_into(&mut out).map_err(text)?;
    Ok(std::mem::take(&mut out[0]))
}

fn line(
    out: &mut impl Write,
    name: &str,
    resample: &Resample<'_>,
    rates: [u32; 2],
) -> Result<(), Failure> {
    let found = response(resample, rates)?;
    writeln!(
        out,
        "{:<24} {name:<13} ripple {:>10.6} dB, -0.1 dB at {:>7.0} Hz, stop {:>7.1} dB, far {:>8}, noise {:>7.1} dB",
        format!("{} to {} Hz", rates[0], rates[1]),
        found.ripple,
        found.edge,
        found.stop,
        found.far_stop.map_or_else(|| "-".to_owned(), |most| format!("{most:.1} dB")),
        found.noise
    )?;
    out.flush()?;
    Ok(())
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// What a command prints, given `input`; where it fails, its complaint.
fn output(command: &mut Command, input: &[u8]) -> Result<Vec<u8>, Failure> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    // It writes while it reads.
    let output = std::thread::scope(|scope| {
        scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(input)));
        child.wait_with_output()
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into())
}
