//! Runs the judges.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use rushes_tests::skipped;
use serde_json::Value;

/// Exit status by which the scripts of `tests/judges` say that what they need is not installed.
const MISSING: i32 = 3;

fn script(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("judges").join(name)
}

fn absent(judge: &str) {
    assert!(
        std::env::var_os("RUSHES_REQUIRE_JUDGES").is_none(),
        "RUSHES_REQUIRE_JUDGES is set, but {judge} is not installed"
    );
    skipped(&format!("{judge} is not installed"));
}

/// What a judge prints, on either stream; `None` where it is not installed.
fn output(judge: &str, command: &mut Command) -> Option<(String, String)> {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            absent(judge);
            return None;
        }
        Err(error) => panic!("{judge}: {error}"),
    };
    if output.status.code() == Some(MISSING) {
        absent(judge);
        return None;
    }
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{judge} says {}: {err}", output.status);
    Some((out.into_owned(), err.into_owned()))
}

/// What a judge prints as JSON, without a word of complaint.
fn facts(judge: &str, command: &mut Command) -> Option<Value> {
    let (out, complaints) = output(judge, command)?;
    assert_eq!(complaints, "", "{judge} complains");
    Some(serde_json::from_str(&out).expect("the judge prints JSON"))
}

/// Streams as `ffprobe` sees them, all frames decoded.
pub(crate) fn ffprobe(path: &Path) -> Option<Value> {
    let mut command = Command::new("ffprobe");
    command.args([
        "-v",
        "warning",
        "-count_frames",
        "-show_streams",
        "-show_format",
        "-of",
        "json",
    ]);
    facts("ffprobe", command.arg(path))
}

/// Streams as `PyAV` decodes them.
pub(crate) fn pyav(path: &Path) -> Option<Value> {
    facts("PyAV", Command::new("python3").arg(script("pyav_facts.py")).arg(path))
}

/// Tracks as `MP4Box.js` sees them, all samples taken out.
pub(crate) fn mp4box(path: &Path) -> Option<Value> {
    facts("MP4Box.js", Command::new("node").arg(script("mp4box_facts.mjs")).arg(path))
}

/// By how many samples the sound of `out` comes later than that of a stream of `source`, and its signal-to-noise ratio.
pub(crate) fn lag(source: &Path, stream: usize, out: &Path) -> Option<(i64, f64)> {
    let stream = stream.to_string();
    let arguments: [&OsStr; 3] = [source.as_ref(), stream.as_ref(), out.as_ref()];
    let facts = facts("PyAV", Command::new("python3").arg(script("pyav_lag.py")).args(arguments))?;
    let lag = facts["lag"].as_i64().expect("an integer");
    Some((lag, facts["snr"].as_f64().expect("a number")))
}

/// Peak signal-to-noise ratio of the pictures of `out` against those of a stream of `source`, paired by their times.
pub(crate) fn psnr(source: &Path, stream: usize, out: &Path) -> Option<f64> {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "info", "-i"]).arg(out).arg("-i").arg(source);
    command.args([
        "-lavfi",
        &format!("[0:v:0][1:{stream}]psnr=eof_action=endall"),
        "-f",
        "null",
        "-",
    ]);
    let (_, report) = output("ffmpeg", &mut command)?;
    let average = report.split_whitespace().rev().find_map(|word| word.strip_prefix("average:"));
    let average = average.expect("the filter reports an average");
    Some(if average == "inf" { f64::INFINITY } else { average.parse().expect("a number") })
}
