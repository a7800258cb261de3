//! A recording that is killed: what was written up to the last fragment or cluster is there, for us and for `ffprobe`.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rushes::{DemuxOptions, Error, MediaKind, Packet, Remux, Source, open_demuxer};
use rushes_tests::{Random, data, skipped};

/// Copies of the clip, of two seconds each, that make the recording.
const COPIES: usize = 30;
/// Seconds of media that are fed per second.
const SPEED: f64 = 20.0;
/// Media that may be on its way when the kill comes: a fragment that is not closed, what the remux looks ahead, what is in the pipe.
const LOST: f64 = 12.0;

/// How many recordings are killed; `RUSHES_KILLS` asks for more.
fn kills() -> u64 {
    std::env::var("RUSHES_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(6)
}

/// A minute of pictures and sound that can be read through a pipe.
fn recording(folder: &Path) -> Vec<u8> {
    let path = folder.join("source.mkv");
    let copies = (0..COPIES).map(|_| data("clip.mp4"));
    Remux::new().concat(copies, &path).expect("joined");
    fs::read(path).expect("there")
}

/// Feeds a recording at its speed, kills the recorder at `moment`, and gives the seconds of media that were fed.
fn kill_at(moment: f64, source: &[u8], output: &Path) -> (Child, f64) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rushes"))
        .args(["remux", "/dev/stdin"])
        .arg(output)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let rate = source.len() as f64 / (2.0 * COPIES as f64) * SPEED;
    let start = Instant::now();
    let mut fed = 0;
    while start.elapsed().as_secs_f64() < moment && fed < source.len() {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a few megabytes"
        )]
        let due = ((start.elapsed().as_secs_f64() * rate) as usize).min(source.len());
        // The child may be gone if it failed; what it left will tell.
        if due > fed && pipe.write_all(&source[fed..due]).is_err() {
            break;
        }
        fed = due;
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("SIGKILL");
    child.wait().expect("it ends");
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    let seconds = fed as f64 / rate * SPEED;
    (child, seconds)
}

/// What the command left: it writes under another name until the file is whole.
fn left_in(folder: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries.filter_map(|entry| Some(entry.ok()?.path())).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().contains("recording"))
    })
}

/// The packets before the damage, and the damage.
fn read(path: &Path) -> Result<(Vec<Packet>, f64), Error> {
    let mut demuxer = open_demuxer(Source::open(path)?, &DemuxOptions::default())?;
    let (mut packets, mut end) = (Vec::new(), 0.0_f64);
    let pictures = demuxer.tracks().iter().position(|track| track.kind() == MediaKind::Video);
    let base = demuxer.tracks()[pictures.expect("pictures")].time_base;
    loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => {
                if Some(packet.track) == pictures
                    && let Some(pts) = packet.pts
                {
                    end = end.max(base.time(pts).seconds());
                    packets.push(packet);
                }
            }
            // A fragment that was torn is damage, and the last thing in the file.
            Ok(None) | Err(Error::Malformed(_)) => return Ok((packets, end)),
            Err(error) => return Err(error),
        }
    }
}

fn ffprobe_packets(path: &Path) -> Option<usize> {
    let mut command = Command::new("ffprobe");
    command.args(["-v", "fatal", "-select_streams", "v", "-show_entries", "packet=pts"]);
    let output = command.args(["-of", "csv=p=0"]).arg(path).output();
    let Ok(output) = output else {
        skipped("ffprobe is not installed");
        return None;
    };
    Some(String::from_utf8_lossy(&output.stdout).lines().count())
}

fn campaign(extension: &str) {
    let sources = tempfile::tempdir().expect("a folder");
    let source = recording(sources.path());
    let whole = read(&sources.path().join("source.mkv")).expect("our own file").0;
    let mut random = Random::new(7);
    for kill in 0..kills() {
        let folder = tempfile::tempdir().expect("a folder");
        #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
        let moment = 0.3 + random.below(2400) as f64 / 1000.0;
        let output = folder.path().join(format!("recording.{extension}"));
        let (_, fed) = kill_at(moment, &source, &output);
        let Some(left) = left_in(folder.path()) else {
            assert!(fed < LOST, "kill {kill}: {fed} s were fed, and there is no file");
            continue;
        };
        match read(&left) {
            Ok((packets, end)) => {
                assert!(end > fed - LOST, "kill {kill}: {end} s of the {fed} s that were fed");
                let same = packets.iter().zip(&whole).all(|(ours, whole)| ours.data == whole.data);
                assert!(same, "kill {kill}: other bytes than went in");
                if let Some(theirs) = ffprobe_packets(&left)
                    && !packets.is_empty()
                {
                    // Either may take a torn last packet or leave it.
                    assert!(
                        theirs + 2 >= packets.len(),
                        "ffprobe finds {theirs} of {}",
                        packets.len()
                    );
                }
            }
            Err(error) => assert!(fed < LOST, "kill {kill} after {fed} s: {error}"),
        }
    }
}

#[test]
fn a_killed_mp4_recording_holds_all_but_its_last_fragment() {
    campaign("mp4");
}

#[test]
fn a_killed_matroska_recording_holds_all_but_its_last_cluster() {
    campaign("mkv");
}
