//! Decoders and encoders beside FFmpeg's, on the same files.
//!
//! Both sides are whole processes: reading the file, demuxing, decoding or encoding; nothing is written. Ours is a program of
//! `benches/` on top of the public interface, the other is `ffmpeg -f null`, which also brings sound into interleaved form.
//! They run in turns, and the medians count. The time that `ffmpeg` needs to start is printed, and is part of its times.

use std::process::Command;

use xshell::Shell;

use super::Programs;
use super::clips::{Clips, RATE, RECIPES, SIZES, ffmpeg};
use super::process::{self, Cost};
use crate::Result;
use crate::flags::BenchFlags;

const THREADS: [u16; 2] = [1, 2];

/// An implementation as our programs list it.
struct Listed {
    name: String,
    codec: String,
    is_video: bool,
    package: String,
}

/// One comparison.
struct Case<'a> {
    /// Of the line that is printed.
    what: String,
    ours: Box<dyn Fn() -> Command + 'a>,
    theirs: Box<dyn Fn() -> Command + 'a>,
    /// The program prints how much it did; so many per second of media.
    per_second: u32,
}

pub(super) fn decode(_: &Shell, flags: &BenchFlags, programs: &Programs) -> Result {
    let clips = Clips::new(&programs.target, flags.short)?;
    let program = programs.path("decode");
    header("decode", flags)?;
    for Listed { name, codec, is_video, package } in listed(programs, "decode", flags)? {
        if !RECIPES.iter().any(|recipe| recipe.codec == codec) {
            println!("SKIPPED {name}: no clip of {codec} is known");
        }
        let sizes: Vec<_> = if is_video { SIZES.map(Some).to_vec() } else { vec![None] };
        let recipes = RECIPES.iter().filter(|recipe| recipe.codec == codec);
        for (recipe, size) in
            recipes.flat_map(|recipe| sizes.iter().map(move |size| (recipe, *size)))
        {
            let clip = match size {
                Some(size) => clips.encoded_pictures(recipe, size),
                None => clips.encoded_sound(recipe),
            };
            let clip = match clip {
                Ok(clip) => clip,
                Err(error) => {
                    println!("SKIPPED {name}: {error}");
                    continue;
                }
            };
            for threads in THREADS {
                if !is_video && threads > 1 {
                    continue;
                }
                let threads = threads.to_string();
                let place = size.map_or(String::new(), |size| format!(" {}", size.0));
                let variant = recipe.variant;
                let place = if variant.is_empty() { place } else { format!(" {variant}{place}") };
                compare(
                    flags,
                    &Case {
                        what: format!(
                            "{name}{place}, {threads} threads ({package} | {})",
                            recipe.peer
                        ),
                        ours: Box::new(|| {
                            let mut command = Command::new(&program);
                            command.arg(&clip).args([&threads, &name]);
                            command
                        }),
                        theirs: Box::new(|| {
                            let mut command = ffmpeg();
                            let side = if is_video { "v" } else { "a" };
                            let decoder = format!("-c:{side}");
                            command
                                .args(["-threads", &threads, &decoder, recipe.peer, "-i"])
                                .arg(&clip);
                            let map = format!("0:{side}:0");
                            command.args([
                                "-map",
                                &map,
                                "-fps_mode",
                                "passthrough",
                                "-f",
                                "null",
                                "-",
                            ]);
                            command
                        }),
                        per_second: if is_video { 25 } else { RATE },
                    },
                );
            }
        }
    }
    Ok(())
}

/// Settings of both sides: the codec, the encoder of FFmpeg, a container that takes it, ours, theirs, and the bit rate at
/// 360p and 1080p, or of sound, where one is set.
struct Pair {
    codec: &'static str,
    peer: &'static str,
    container: &'static str,
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
    bit_rates: &'static [&'static str],
}

#[rustfmt::skip]
const PAIRS: &[Pair] = &[
    Pair { codec: "h264", peer: "libx264", container: "mkv", ours: &[], theirs: &["-preset", "superfast"], bit_rates: &["1000000", "5000000"] },
    Pair { codec: "av1", peer: "libsvtav1", container: "mkv", ours: &["speed=10"], theirs: &["-preset", "10"], bit_rates: &["800000", "4000000"] },
    Pair { codec: "mjpeg", peer: "mjpeg", container: "mkv", ours: &[], theirs: &["-q:v", "3", "-pix_fmt", "yuvj420p"], bit_rates: &[] },
    Pair { codec: "png", peer: "png", container: "mov", ours: &[], theirs: &["-pix_fmt", "rgb24"], bit_rates: &[] },
    Pair { codec: "gif", peer: "gif", container: "gif", ours: &[], theirs: &[], bit_rates: &[] },
    Pair { codec: "aac", peer: "aac", container: "mkv", ours: &[], theirs: &[], bit_rates: &["128000"] },
    Pair { codec: "opus", peer: "libopus", container: "mkv", ours: &[], theirs: &[], bit_rates: &["96000"] },
    Pair { codec: "mp3", peer: "libmp3lame", container: "mkv", ours: &[], theirs: &[], bit_rates: &["128000"] },
    Pair { codec: "flac", peer: "flac", container: "mkv", ours: &[], theirs: &[], bit_rates: &[] },
    Pair { codec: "alac", peer: "alac", container: "mkv", ours: &[], theirs: &[], bit_rates: &[] },
    Pair { codec: "pcm_s16le", peer: "pcm_s16le", container: "mkv", ours: &[], theirs: &[], bit_rates: &[] },
];

pub(super) fn encode(_: &Shell, flags: &BenchFlags, programs: &Programs) -> Result {
    let clips = Clips::new(&programs.target, flags.short)?;
    let program = programs.path("encode");
    header("encode", flags)?;
    for Listed { name, codec, is_video, package } in listed(programs, "encode", flags)? {
        let Some(pair) = PAIRS.iter().find(|pair| pair.codec == codec) else {
            println!("SKIPPED {name}: no encoder of {codec} to compare with is known");
            continue;
        };
        let sizes: Vec<_> = if is_video { SIZES.map(Some).to_vec() } else { vec![None] };
        for (at, size) in sizes.into_iter().enumerate() {
            let source = match size {
                Some(size) => clips.pictures(size),
                None => clips.sound(),
            };
            let source = match source {
                Ok(source) => source,
                Err(error) => {
                    println!("SKIPPED {name}: {error}");
                    break;
                }
            };
            let bit_rate = pair.bit_rates.get(at);
            for threads in THREADS {
                if !is_video && threads > 1 {
                    continue;
                }
                let place = size.map_or(String::new(), |size| format!(" {}", size.0));
                compare(
                    flags,
                    &Case {
                        what: format!(
                            "{name}{place}, {threads} threads ({package} | {})",
                            pair.peer
                        ),
                        ours: Box::new(|| {
                            let mut command = Command::new(&program);
                            command.arg(&source).arg(format!("-{}", pair.container)).arg(&name);
                            command.arg(format!("threads={threads}")).args(pair.ours);
                            command.args(bit_rate.map(|rate| format!("bit_rate={rate}")));
                            command
                        }),
                        theirs: Box::new(|| {
                            let mut command = ffmpeg();
                            let side = if is_video { "v" } else { "a" };
                            command.arg("-i").arg(&source);
                            command.args([&format!("-c:{side}"), pair.peer]).args(pair.theirs);
                            command.args(["-threads", &threads.to_string()]);
                            if let Some(rate) = bit_rate {
                                command.args([&format!("-b:{side}"), *rate]);
                            }
                            command.args(["-f", "null", "-"]);
                            command
                        }),
                        per_second: if is_video { 25 } else { RATE },
                    },
                );
            }
        }
    }
    Ok(())
}

/// What the program lists as part of this build; PCM stands for all of it in the two ways that FFmpeg is asked for.
fn listed(programs: &Programs, program: &str, flags: &BenchFlags) -> Result<Vec<Listed>> {
    let (_, text) = process::run(&mut Command::new(programs.path(program)))?;
    let mut all = Vec::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, codec, kind, there, package, ..] = *fields else { continue };
        let wanted = flags.codec.as_deref().is_none_or(|wanted| [name, codec].contains(&wanted));
        let stands_for_itself =
            !codec.starts_with("pcm_") || RECIPES.iter().any(|recipe| recipe.codec == codec);
        if !wanted || !stands_for_itself {
            continue;
        }
        if there != "here" {
            println!("SKIPPED {name}: it is not in this build");
            continue;
        }
        all.push(Listed {
            name: name.to_owned(),
            codec: codec.to_owned(),
            is_video: kind == "video",
            package: package.to_owned(),
        });
    }
    match &flags.codec {
        Some(wanted) if all.is_empty() => Err(format!("nothing to {program} {wanted} with").into()),
        _ => Ok(all),
    }
}

/// What the numbers are, and how long the other side takes to do nothing.
fn header(suite: &str, flags: &BenchFlags) -> Result {
    let mut nothing = ffmpeg();
    nothing.args(["-f", "lavfi", "-i", "nullsrc=size=16x16", "-frames:v", "1", "-f", "null", "-"]);
    println!("{suite}: medians of {} rounds in turns; above 1 ours is faster", flags.rounds);
    if flags.dev || flags.short {
        println!("{suite}: --dev or --short: these numbers say nothing about speed");
    }
    match process::run(&mut nothing) {
        Ok((cost, _)) => println!("ffmpeg starts and stops in {:.0} ms", cost.wall * 1e3),
        Err(error) => return Err(format!("SKIPPED all: ffmpeg does not run: {error}").into()),
    }
    println!("{:>8} {:>8} {:>7} {:>7}", "ours", "ffmpeg", "ratio", "ratio");
    println!("{:>8} {:>8} {:>7} {:>7}", "x real", "x real", "wall", "CPU");
    Ok(())
}

/// Runs both sides in turns, and prints a line.
fn compare(flags: &BenchFlags, case: &Case<'_>) {
    match rounds(flags, case) {
        Ok((seconds, ours, theirs)) => {
            let cpu = ours.cpu.zip(theirs.cpu).filter(|(ours, _)| *ours > 0.0);
            let cpu = cpu.map_or("-".to_owned(), |(ours, theirs)| format!("{:.2}", theirs / ours));
            println!(
                "{:>8.1} {:>8.1} {:>7.2} {cpu:>7}  {}",
                seconds / ours.wall,
                seconds / theirs.wall,
                theirs.wall / ours.wall,
                case.what
            );
        }
        Err(error) => println!("SKIPPED {}: {error}", case.what),
    }
}

/// Seconds of media, and the medians of ours and theirs.
fn rounds(flags: &BenchFlags, case: &Case<'_>) -> Result<(f64, Cost, Cost)> {
    let (mut ours, mut theirs, mut count) = (Vec::new(), Vec::new(), 0_u32);
    for _ in 0..flags.rounds.max(1) {
        let (cost, printed) =
            process::run(&mut (case.ours)()).map_err(|why| format!("ours: {why}"))?;
        count = printed.trim().parse()?;
        ours.push(cost);
        let (cost, _) =
            process::run(&mut (case.theirs)()).map_err(|why| format!("ffmpeg: {why}"))?;
        theirs.push(cost);
    }
    let medians = process::median(&ours).zip(process::median(&theirs));
    let (ours, theirs) = medians.ok_or("no rounds")?;
    Ok((f64::from(count) / f64::from(case.per_second), ours, theirs))
}
