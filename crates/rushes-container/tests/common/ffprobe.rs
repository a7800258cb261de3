//! FFmpeg's `ffprobe` as a judge, where it is installed.

use std::process::Command;

use serde_json::Value;

/// What ffprobe says of a file; `None` where it is not installed.
pub(crate) fn ffprobe(bytes: &[u8], extension: &str) -> Option<Value> {
    let file = tempfile::Builder::new().suffix(&format!(".{extension}")).tempfile();
    let file = file.expect("a temporary file");
    std::fs::write(file.path(), bytes).expect("writable");
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-show_packets", "-show_streams", "-show_format", "-show_chapters"])
        .args(["-of", "json"])
        .arg(file.path())
        .output()
        .ok()?;
    Some(serde_json::from_slice(&output.stdout).expect("ffprobe prints JSON"))
}

/// pts, dts, duration and size of the packets of a stream, as ffprobe sees them.
pub(crate) fn rows(probe: &Value, stream: usize) -> Vec<[i64; 4]> {
    let packets = probe["packets"].as_array().expect("packets");
    let number =
        |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok()).unwrap_or(i64::MIN);
    packets
        .iter()
        .filter(|packet| packet["stream_index"].as_u64() == Some(stream as u64))
        .map(|packet| ["pts", "dts", "duration", "size"].map(|field| number(&packet[field])))
        .collect()
}
