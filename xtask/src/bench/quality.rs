//! What our encoders make of a bit rate, beside FFmpeg's: `benches/QUALITY.md`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use xshell::{Shell, cmd};

use super::Programs;
use super::clips::{Clips, RATE, SIZES, ffmpeg};
use super::process::{self, Cost};
use crate::flags::BenchFlags;
use crate::{Result, root};

/// An encoder of FFmpeg and its arguments.
type Peer = (&'static str, &'static [&'static str]);

/// One of our encoders, and others that are asked for the same.
struct Contest {
    codec: &'static str,
    settings: &'static [&'static str],
    peers: &'static [Peer],
    /// How many of [`SIZES`], from the smallest: what is slow has the small one only.
    sizes: usize,
}

const VIDEO: [Contest; 3] = [
    Contest {
        codec: "h264",
        settings: &[],
        peers: &[("libx264", &["-preset", "superfast"])],
        sizes: 2,
    },
    Contest {
        codec: "av1",
        settings: &["speed=10"],
        peers: &[
            ("libsvtav1", &["-preset", "10"]),
            ("libaom-av1", &["-cpu-used", "8", "-usage", "realtime"]),
        ],
        sizes: 2,
    },
    Contest {
        codec: "av1",
        settings: &["speed=6"],
        peers: &[("libsvtav1", &["-preset", "8"]), ("libaom-av1", &["-cpu-used", "6"])],
        sizes: 1,
    },
];

/// Bits per second at each size.
const RATES: [[u32; 3]; 2] = [[400_000, 800_000, 1_600_000], [2_000_000, 4_000_000, 8_000_000]];

/// Codec, peer, decoder, bits per second and extension.
const AUDIO: [(&str, &str, &str, u32, &str); 2] =
    [("aac", "aac", "aac", 128_000, "m4a"), ("opus", "libopus", "libopus", 96_000, "ogg")];

const INTRODUCTION: &str = "Each encoder gets the same clip and the same bit rate, with one thread. Speed is the CPU time of \
the other's process over that of ours: above 1 ours takes less.\n\n\
The clips are made by FFmpeg (`xtask/src/bench/clips.rs`): pictures are a zoom into the Mandelbrot set mixed with a test picture, \
with a little noise; sound is chords with noise and clicks in stereo, and speech by espeak-ng where it is installed. They are no \
recordings, and what is ahead on them by little may be behind on others. FFmpeg's filters `psnr` and `ssim` judge the pictures. The \
measures of sound are those of `benches/src/sound.rs`: signal-to-noise ratio, log-spectral distance (LSD, less is better), \
noise-to-mask ratio (NMR, less is better) and the share of blocks with noise above the mask. They are \
poor judges of tools that give up the waveform, and none replaces listening.\n";

pub(super) fn run(shell: &Shell, flags: &BenchFlags, programs: &Programs) -> Result {
    let clips = Clips::new(&programs.target, flags.short)?;
    let wanted = |codec: &str| flags.codec.as_deref().is_none_or(|wanted| wanted == codec);
    if !VIDEO.iter().map(|contest| contest.codec).chain(AUDIO.map(|case| case.0)).any(wanted) {
        return Err("quality is compared of h264, av1, aac and opus".into());
    }
    let (_, version) = process::run(ffmpeg().arg("-version"))?;
    let version = version.split_whitespace().nth(2).unwrap_or("of unknown version");
    let date = cmd!(shell, "date +%F").read()?;
    let mut text = format!(
        "# Quality of the encoders\n\nMade by `cargo xtask bench quality` on {date}, with FFmpeg {version}. {INTRODUCTION}"
    );
    text.push_str(
        "\n| clip | encoder | asked kbit/s | kbit/s | PSNR dB | SSIM | speed |\n|---|---|---|---|---|---|---|\n",
    );
    for contest in VIDEO.iter().filter(|contest| wanted(contest.codec)) {
        video(&mut text, contest, &clips, programs)?;
    }
    text.push_str(
        "\n| clip | encoder | asked kbit/s | kbit/s | SNR dB | LSD dB | NMR dB | disturbed | speed |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (codec, peer, decoder, rate, extension) in AUDIO.into_iter().filter(|case| wanted(case.0)) {
        let Some(package) = package(programs, codec)? else { continue };
        for (clip, source) in sounds(&clips)? {
            println!("{clip} by {codec}");
            let output = clips.scratch(&format!("ours.{extension}"));
            let (cost, _) = process::run(&mut encoder(programs, &source, &output, codec, rate))?;
            let judge = |name: &str, output: &Path, speed: &str| {
                sound(programs, &clips, [clip, name, speed], rate, decoder, &source, output)
            };
            text.push_str(&judge(&format!("**{package}**"), &output, "")?);
            let output = clips.scratch(&format!("theirs.{extension}"));
            match process::run(peer_encoder(&source, 'a', peer, rate, &[]).arg(&output)) {
                Ok((other, _)) => text.push_str(&judge(peer, &output, &speed(other, cost))?),
                Err(error) => println!("SKIPPED {peer}: {error}"),
            }
        }
    }
    println!("{text}");
    if flags.dev || flags.short || flags.codec.is_some() {
        println!("benches/QUALITY.md is left as it is: that was no full run");
        return Ok(());
    }
    Ok(fs::write(root().join("benches/QUALITY.md"), text)?)
}

/// Adds the lines of a contest of pictures.
fn video(text: &mut String, contest: &Contest, clips: &Clips, programs: &Programs) -> Result {
    let Contest { codec, settings, peers, sizes } = contest;
    let Some(package) = package(programs, codec)? else { return Ok(()) };
    let ours = format!("**{package}** {}", settings.join(" "));
    for (size, rates) in SIZES.into_iter().zip(RATES).take(*sizes) {
        let source = clips.pictures(size)?;
        for rate in rates {
            println!("{} by {codec} {} at {rate}", size.0, settings.join(" "));
            let output = clips.scratch("ours.mp4");
            let mut command = encoder(programs, &source, &output, codec, rate);
            let (cost, _) = process::run(command.args(*settings))?;
            pictures(text, size.0, ours.trim_end(), rate, &source, &output, "")?;
            for (peer, arguments) in *peers {
                let output = clips.scratch("theirs.mp4");
                match process::run(peer_encoder(&source, 'v', peer, rate, arguments).arg(&output)) {
                    Ok((other, _)) => {
                        let (name, speed) =
                            (format!("{peer} {}", arguments.join(" ")), speed(other, cost));
                        pictures(text, size.0, &name, rate, &source, &output, &speed)?;
                    }
                    Err(error) => println!("SKIPPED {peer}: {error}"),
                }
            }
        }
    }
    Ok(())
}

/// How much longer the other took.
fn speed(other: Cost, ours: Cost) -> String {
    let (other, ours) = other.cpu.zip(ours.cpu).unwrap_or((other.wall, ours.wall));
    format!("{:.2}", other / ours.max(1e-2))
}

/// Crate and version of our encoder; says so where there is none.
fn package(programs: &Programs, codec: &str) -> Result<Option<String>> {
    let (_, list) = process::run(&mut Command::new(programs.path("encode")))?;
    let package = list.lines().find_map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [_, of, _, there, package, ..] = *fields else { return None };
        (of == codec && there == "here").then(|| package.to_owned())
    });
    if package.is_none() {
        println!("SKIPPED {codec}: no encoder in this build");
    }
    Ok(package)
}

fn encoder(programs: &Programs, source: &Path, output: &Path, name: &str, rate: u32) -> Command {
    let mut command = Command::new(programs.path("encode"));
    command.arg(source).arg(output).arg(name).arg("threads=1").arg(format!("bit_rate={rate}"));
    command
}

fn peer_encoder(source: &Path, side: char, name: &str, rate: u32, arguments: &[&str]) -> Command {
    let mut command = ffmpeg();
    command.arg("-y").arg("-i").arg(source).args([&format!("-c:{side}"), name]).args(arguments);
    command.args([&format!("-b:{side}"), &rate.to_string(), "-threads", "1"]);
    command
}

/// Adds the line of a file of pictures.
fn pictures(
    text: &mut String,
    clip: &str,
    name: &str,
    asked: u32,
    source: &Path,
    output: &Path,
    speed: &str,
) -> Result {
    let order = "settb=1/25,setpts=N";
    let graph = format!("[0:v]{order},split[a][c];[1:v]{order},split[b][d];[a][b]psnr;[c][d]ssim");
    let mut judge = Command::new("ffmpeg");
    judge.args(["-nostdin", "-hide_banner", "-i"]).arg(output).arg("-i").arg(source);
    let heard = judge.args(["-lavfi", &graph, "-f", "null", "-"]).output()?;
    let words = String::from_utf8_lossy(&heard.stderr);
    let number = |start: &str, field: &str| {
        let line = words.lines().rev().find(|line| line.contains(start))?;
        let (_, value) = line.split_once(field)?;
        value.split_whitespace().next()?.parse::<f64>().ok()
    };
    let psnr = number("PSNR ", "average:").ok_or("ffmpeg gives no PSNR")?;
    let ssim = number("SSIM ", "All:").ok_or("ffmpeg gives no SSIM")?;
    let (bytes, packets) = packets(output)?;
    let got = bytes * 8.0 / (packets / 25.0) / 1e3;
    let asked = asked / 1000;
    writeln!(text, "| {clip} | {name} | {asked} | {got:.0} | {psnr:.2} | {ssim:.4} | {speed} |")?;
    Ok(())
}

/// The line of a file of sound: the clip, the name and the speed are told already.
fn sound(
    programs: &Programs,
    clips: &Clips,
    [clip, name, speed]: [&str; 3],
    asked: u32,
    decoder: &str,
    source: &Path,
    output: &Path,
) -> Result<String> {
    let samples = |path: &Path, decoder: Option<&str>, to: &str| -> Result<PathBuf> {
        let to = clips.scratch(to);
        let mut command = ffmpeg();
        command.arg("-y");
        if let Some(decoder) = decoder {
            command.args(["-c:a", decoder]);
        }
        command.arg("-i").arg(path).args(["-c:a", "pcm_f32le"]);
        process::run(command.arg(&to))?;
        Ok(to)
    };
    let original = samples(source, None, "original.wav")?;
    let decoded = samples(output, Some(decoder), "decoded.wav")?;
    let mut listen = Command::new(programs.path("listen"));
    let (_, found) = process::run(listen.arg(original).arg(decoded))?;
    let numbers: Vec<f64> =
        found.split_whitespace().map(str::parse).collect::<std::result::Result<_, _>>()?;
    let [snr, lsd, nmr, disturbed, ..] = *numbers else { return Err("listen fails".into()) };
    let (bytes, _) = packets(output)?;
    let seconds = fs::metadata(source)?.len().to_string().parse::<f64>()? / f64::from(RATE) / 4.0;
    let got = bytes * 8.0 / seconds / 1e3;
    let asked = asked / 1000;
    Ok(format!(
        "| {clip} | {name} | {asked} | {got:.0} | {snr:.1} | {lsd:.1} | {nmr:.1} | {:.0} % | {speed} |\n",
        disturbed * 100.0
    ))
}

/// Bytes and number of the packets of a file.
fn packets(path: &Path) -> Result<(f64, f64)> {
    let mut probe = Command::new("ffprobe");
    probe.args(["-v", "error", "-show_entries", "packet=size", "-of", "csv=p=0"]).arg(path);
    let (_, sizes) = process::run(&mut probe)?;
    let sizes = sizes.lines().filter_map(|line| line.trim_matches(',').parse::<f64>().ok());
    Ok(sizes.fold((0.0, 0.0), |(bytes, count), size| (bytes + size, count + 1.0)))
}

/// Clips of sound, in stereo at 48 kHz.
fn sounds(clips: &Clips) -> Result<Vec<(&'static str, PathBuf)>> {
    let mut all = vec![("chords and clicks", clips.sound()?)];
    let (raw, speech) = (clips.scratch("speech.wav"), clips.scratch("speech-48k.wav"));
    let words = "The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore. \
                 Peter Piper picked a peck of pickled peppers. How much wood would a woodchuck chuck?";
    let spoken = process::run(Command::new("espeak-ng").arg("-w").arg(&raw).arg(words));
    let rate = RATE.to_string();
    match spoken {
        Ok(_) => {
            let mut resample = ffmpeg();
            resample.arg("-y").arg("-i").arg(raw).args(["-ar", &rate, "-ac", "2"]);
            process::run(resample.args(["-c:a", "pcm_s16le"]).arg(&speech))?;
            all.push(("speech", speech));
        }
        Err(error) => println!("SKIPPED speech: espeak-ng: {error}"),
    }
    Ok(all)
}
