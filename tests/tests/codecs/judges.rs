//! Readers that are not ours, before which files are laid: they decode everything, and have nothing to say.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rushes_tests::skipped;
use serde_json::Value;

/// A file that judges look at.
pub(crate) struct Exhibit {
    /// Which encoder and container it is of.
    pub(crate) what: String,
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
}

/// What comes out of it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// So many pictures.
    Pictures(usize),
    Sound,
}

/// Warnings of FFmpeg about what a format cannot say.
const UNAVOIDABLE: [&str; 3] = [
    // A layout of channels, where it is the usual one of that number.
    "Guessed Channel Layout",
    // The length of a stream of ADTS.
    "Estimating duration from bitrate",
    // What follows the first picture of a stream of JPEGs.
    "Format mjpeg detected only with low score",
];
/// Exit status by which the scripts of `tests/judges` say that what they need is not installed.
const MISSING: i32 = 3;
/// Fits the command line of every system.
const BATCH: usize = 100;

/// What the judges that are installed have against the files.
pub(crate) fn ask(exhibits: &[Exhibit]) -> Vec<String> {
    let mut complaints = Vec::new();
    for judge in ["ffmpeg", "ffprobe"] {
        if Command::new(judge).arg("-version").output().is_err() {
            absent(judge);
            continue;
        }
        complaints.extend(exhibits.iter().filter_map(|exhibit| {
            let output = match judge {
                "ffmpeg" => ffmpeg(&exhibit.path),
                _ => ffprobe(&exhibit.path),
            };
            let words = String::from_utf8_lossy(&output.stderr);
            let frames = String::from_utf8_lossy(&output.stdout);
            let frames = frames.lines().filter(|line| !line.starts_with('#')).count();
            let failed = (!output.status.success()).then(|| output.status.to_string());
            exhibit.complaint(judge, words.lines(), failed, frames)
        }));
    }
    for batch in exhibits.chunks(BATCH) {
        let Some(verdicts) = pyav(batch) else {
            absent("PyAV");
            break;
        };
        complaints.extend(batch.iter().zip(&verdicts).filter_map(|(exhibit, verdict)| {
            let words = verdict["words"].as_array().expect("a list");
            let words = words.iter().filter_map(Value::as_str);
            let failed = verdict["error"].as_str();
            let frames = verdict["frames"].as_u64().expect("a number");
            exhibit.complaint("PyAV", words, failed, usize::try_from(frames).expect("few"))
        }));
    }
    complaints
}

fn absent(judge: &str) {
    let required = std::env::var_os("RUSHES_REQUIRE_JUDGES").is_some();
    assert!(!required, "RUSHES_REQUIRE_JUDGES is set, but {judge} is not installed");
    skipped(&format!("{judge} is not installed"));
}

impl Exhibit {
    /// What a judge has against it.
    fn complaint<'w>(
        &self,
        judge: &str,
        words: impl Iterator<Item = &'w str>,
        failed: Option<impl Display>,
        frames: usize,
    ) -> Option<String> {
        let words: Vec<_> = words.filter(|line| !line.trim().is_empty()).collect();
        if words.iter().any(|line| line.contains("(fpcm ")) {
            // FFmpeg before 7 does not know the samples of floats of MP4.
            skipped(&format!("{judge}: {}", words[0]));
            return None;
        }
        let counts = |line: &&&str| !UNAVOIDABLE.iter().any(|known| line.contains(known));
        let why = if let Some(line) = words.iter().find(counts) {
            (*line).to_owned()
        } else if let Some(failed) = failed {
            failed.to_string()
        } else {
            let expected = match self.kind {
                Kind::Pictures(count) => frames == count,
                Kind::Sound => frames > 0,
            };
            if expected {
                return None;
            }
            format!("{frames} frames")
        };
        Some(format!("{}: {judge}: {why}", self.what))
    }
}

/// Prints a line for each frame that it decodes, and others that start with `#`.
fn ffmpeg(path: &Path) -> Output {
    Command::new("ffmpeg")
        .args(["-nostdin", "-v", "warning", "-xerror", "-i"])
        .arg(path)
        .args(["-fps_mode", "passthrough", "-f", "framemd5", "-"])
        .output()
        .expect("was there before")
}

/// Prints a line for each frame that it decodes.
fn ffprobe(path: &Path) -> Output {
    Command::new("ffprobe")
        .args(["-v", "warning", "-show_entries", "frame=media_type", "-of", "csv=nokey=1"])
        .arg(path)
        .output()
        .expect("was there before")
}

/// A verdict on each file; `None` where `PyAV` is not installed.
fn pyav(exhibits: &[Exhibit]) -> Option<Vec<Value>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("judges/pyav_words.py");
    let paths = exhibits.iter().map(|exhibit| &exhibit.path);
    let output = match Command::new("python3").arg(script).args(paths).output() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Ok(output) if output.status.code() == Some(MISSING) => return None,
        output => output.expect("python3 runs"),
    };
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && words.is_empty(), "pyav_words.py: {words}");
    let verdicts: Vec<Value> = serde_json::from_slice(&output.stdout).expect("prints JSON");
    assert_eq!(verdicts.len(), exhibits.len(), "a verdict on each file");
    Some(verdicts)
}
