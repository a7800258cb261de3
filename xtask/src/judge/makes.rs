//! The files that the judges get: every kind that we write.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use xshell::{Shell, cmd};

use super::extension;
use super::judges::Judge;
use crate::{Result, root};

/// A file that we wrote.
pub(super) struct Made {
    pub(super) path: PathBuf,
    /// What is special about it.
    pub(super) what: &'static str,
}

impl Made {
    /// True for a file that this judge reads.
    pub(super) fn is_for(&self, judge: &Judge) -> bool {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let fits = |kind: &&str| extension(&self.path) == *kind || name.ends_with(*kind);
        let wanted = judge.kinds.is_empty() || judge.kinds.iter().any(fits);
        wanted && !judge.except.iter().any(|start| name.starts_with(*start))
    }
}

/// How a file is made.
struct Recipe {
    /// A name below, or a file of `tests/data`.
    source: &'static str,
    output: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
}

/// Sources that FFmpeg makes, for what we have no encoder for: name and arguments.
const SOURCES: &[(&str, &[&str])] = &[
    ("avc-aac.mp4", &["-c:v", "libx264", "-bf", "2", "-g", "25", "-c:a", "aac"]),
    (
        "hevc-aac.mp4",
        &["-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1", "-c:a", "aac"],
    ),
    (
        "vp9-opus.webm",
        &["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"],
    ),
    (
        "av1-opus.webm",
        &["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-c:a", "libopus"],
    ),
    (
        "vp8-vorbis.webm",
        &["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"],
    ),
    ("flac.flac", &["-vn", "-c:a", "flac"]),
    ("mp3.mp3", &["-vn", "-c:a", "libmp3lame"]),
];

const RECIPES: &[Recipe] = &[
    made("avc-aac.mp4", "plain.mp4", "H.264 with B-frames and AAC", &[]),
    made("avc-aac.mp4", "faststart.mp4", "the index in front", &["--option", "mode=faststart"]),
    made("avc-aac.mp4", "fragmented.mp4", "fragments", &["--option", "mode=fragmented"]),
    made(
        "avc-aac.mp4",
        "live-fragmented.mp4",
        "fragments through a pipe",
        &["--format", "mp4", "--option", "mode=fragmented", "|"],
    ),
    made("avc-aac.mp4", "avc.mov", "QuickTime", &[]),
    made("avc-aac.mp4", "sound.m4a", "AAC alone", &[]),
    made("avc-aac.mp4", "avc.mkv", "H.264 and AAC", &[]),
    made("avc-aac.mp4", "live.mkv", "through a pipe, sizes unknown", &["--format", "mkv", "|"]),
    made("avc-aac.mp4", "stream.h264", "Annex B", &[]),
    made("avc-aac.mp4", "stream.aac", "ADTS", &[]),
    made("avc-aac.mp4", "sound.mka", "AAC alone", &["--track", "1"]),
    made("hevc-aac.mp4", "hevc.mp4", "HEVC and AAC", &[]),
    made("hevc-aac.mp4", "hevc.mkv", "HEVC and AAC", &[]),
    made("hevc-aac.mp4", "stream.hevc", "Annex B", &[]),
    made("vp9-opus.webm", "vp9.webm", "VP9 and Opus", &[]),
    made("vp9-opus.webm", "vp9.mp4", "VP9 and Opus", &[]),
    made("vp9-opus.webm", "vp9.mkv", "VP9 and Opus", &[]),
    made("vp9-opus.webm", "vp9.ivf", "VP9", &[]),
    made("vp9-opus.webm", "sound.ogg", "Opus", &[]),
    made("vp9-opus.webm", "sound.opus", "Opus", &[]),
    made("av1-opus.webm", "av1.webm", "AV1 and Opus", &[]),
    made("av1-opus.webm", "av1.mp4", "AV1 and Opus", &[]),
    made(
        "av1-opus.webm",
        "av1-fragmented.mp4",
        "AV1 and Opus in fragments",
        &["--option", "mode=fragmented"],
    ),
    made("av1-opus.webm", "av1.obu", "AV1, section 5", &[]),
    made("av1-opus.webm", "av1.ivf", "AV1", &[]),
    made("vp8-vorbis.webm", "vp8.webm", "VP8 and Vorbis", &[]),
    made("vp8-vorbis.webm", "vp8.ivf", "VP8", &[]),
    made("vp8-vorbis.webm", "vorbis.ogg", "Vorbis", &["--track", "1"]),
    made("flac.flac", "sound.flac", "FLAC", &[]),
    made("flac.flac", "flac.mp4", "FLAC", &[]),
    made("flac.flac", "flac.mka", "FLAC", &[]),
    made("flac.flac", "flac.ogg", "FLAC", &[]),
    made("mp3.mp3", "sound.mp3", "MP3", &[]),
    made("mp3.mp3", "mp3.mkv", "MP3", &[]),
    made("mp3.mp3", "mp3.mp4", "MP3", &[]),
    made("tone.wav", "sound.wav", "PCM", &[]),
    made("tone.wav", "pcm.mov", "PCM", &[]),
    made("tone.wav", "pcm.mka", "PCM", &[]),
    made("tone.wav", "live.wav", "PCM through a pipe", &["--format", "wav", "|"]),
];

const fn made(
    source: &'static str,
    output: &'static str,
    what: &'static str,
    arguments: &'static [&'static str],
) -> Recipe {
    Recipe { source, output, what, arguments }
}

/// Makes all files whose sources are there or can be made.
pub(super) fn all(shell: &Shell, rushes: &Path, folder: &Path) -> Result<Vec<Made>> {
    let sources = folder.join("sources");
    std::fs::create_dir_all(&sources)?;
    for (name, arguments) in SOURCES {
        if let Err(error) = source(shell, &sources.join(name), arguments) {
            println!("SKIPPED all of {name}: {error}");
        }
    }
    let mut files = Vec::new();
    for recipe in RECIPES {
        let own = root().join("tests/data").join(recipe.source);
        let source = if own.is_file() { own } else { sources.join(recipe.source) };
        if source.is_file() {
            let path = folder.join(recipe.output);
            remux(rushes, &source, &path, recipe.arguments)
                .map_err(|error| format!("{} of {}: {error}", recipe.output, recipe.source))?;
            files.push(Made { path, what: recipe.what });
        }
    }
    Ok(files)
}

/// Two seconds of moving pictures and a tone, with a tag and a language.
fn source(shell: &Shell, path: &Path, arguments: &[&str]) -> Result {
    let pictures = "testsrc2=size=320x180:rate=25:duration=2";
    let sound = "sine=frequency=440:sample_rate=48000:duration=2";
    let inputs = ["-f", "lavfi", "-i", pictures, "-f", "lavfi", "-i", sound];
    let tags = ["-metadata", "title=A test", "-metadata:s:a:0", "language=deu", "-ac", "2"];
    Ok(cmd!(shell, "ffmpeg -nostdin -y -v error {inputs...} {arguments...} {tags...} {path}")
        .quiet()
        .run()?)
}

/// Runs our command. An argument `|` stands for a pipe in place of a file.
fn remux(rushes: &Path, source: &Path, path: &Path, arguments: &[&str]) -> Result {
    let mut command = Command::new(rushes);
    command.arg("remux").arg(source);
    if arguments.contains(&"|") {
        command.arg("/dev/stdout").stdout(Stdio::piped());
    } else {
        command.arg(path);
    }
    command.args(arguments.iter().filter(|argument| **argument != "|"));
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    if let Some(mut pipe) = child.stdout.take() {
        std::io::copy(&mut pipe, &mut File::create(path)?)?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned().into())
}
