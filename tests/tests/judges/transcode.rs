//! The main job: `rushes transcode in.mp4 out.mp4`, and what others find in it.

use std::path::PathBuf;
use std::sync::OnceLock;

use rushes::Transcode;
use rushes_tests::{corpus, data};
use serde_json::Value;
use tempfile::TempDir;

use crate::run::{ffprobe, lag, mp4box, psnr, pyav};

/// A source, and what must be in the file that is made of it.
struct Source {
    path: PathBuf,
    /// Streams of the source that are taken.
    video: usize,
    audio: usize,
    frames: u64,
    width: u64,
    height: u64,
    sample_rate: u64,
    samples: u64,
}

/// Made once, judged by many.
struct Made {
    source: Source,
    path: PathBuf,
    _folder: TempDir,
}

fn make(source: Source) -> Made {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.mp4");
    let summary = Transcode::new().run(&source.path, &path).expect("transcodes");
    assert_eq!(summary.video_frames, source.frames);
    assert_eq!(summary.audio_samples, source.samples);
    assert_eq!(
        (summary.video_track, summary.audio_track),
        (Some(source.video), Some(source.audio))
    );
    assert!(!summary.cancelled);
    Made { source, path, _folder: folder }
}

fn clip() -> Option<&'static Made> {
    static MADE: OnceLock<Made> = OnceLock::new();
    Some(MADE.get_or_init(|| {
        make(Source {
            path: data("clip.mp4"),
            video: 0,
            audio: 1,
            frames: 60,
            width: 160,
            height: 120,
            sample_rate: 44_100,
            samples: 88_288,
        })
    }))
}

fn nasa() -> Option<&'static Made> {
    static MADE: OnceLock<Made> = OnceLock::new();
    let path = corpus("torchcodec/nasa_13013.mp4")?;
    Some(MADE.get_or_init(|| {
        make(Source {
            path,
            video: 3,
            audio: 4,
            frames: 390,
            width: 480,
            height: 270,
            sample_rate: 16_000,
            samples: 208_896,
        })
    }))
}

/// Makes of each judge a test on the clip and one on the corpus' file.
macro_rules! judges {
    ($($judge:ident),* $(,)?) => {
        mod on_clip {
            $(#[test]
            fn $judge() {
                super::clip().into_iter().for_each(super::$judge);
            })*
        }
        mod on_nasa {
            $(#[test]
            fn $judge() {
                super::nasa().into_iter().for_each(super::$judge);
            })*
        }
    };
}

judges! {
    judge_ffprobe,
    judge_pyav,
    judge_mp4box,
    judge_pictures,
    judge_sound,
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().expect("a number"),
        value => value.as_f64().expect("a number"),
    }
}

/// A fraction such as `30000/1001`.
fn fraction(value: &Value) -> f64 {
    let text = value.as_str().expect("a fraction");
    let (numer, denom) = text.split_once('/').expect("a fraction");
    numer.parse::<f64>().expect("a number") / denom.parse::<f64>().expect("a number")
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred thousand")]
fn seconds(source: &Source) -> f64 {
    source.samples as f64 / source.sample_rate as f64
}

fn judge_ffprobe(made: &Made) {
    let Some(facts) = ffprobe(&made.path) else { return };
    let source = &made.source;
    let streams = facts["streams"].as_array().expect("a list");
    let names: Vec<&str> =
        streams.iter().filter_map(|stream| stream["codec_name"].as_str()).collect();
    assert_eq!(names, ["h264", "aac"]);
    let (video, audio) = (&streams[0], &streams[1]);
    assert_eq!(video["avg_frame_rate"], "30000/1001");
    assert_eq!(video["r_frame_rate"], "30000/1001");
    assert_eq!(video["nb_read_frames"], source.frames.to_string());
    assert_eq!(video["nb_frames"], source.frames.to_string());
    assert_eq!(
        (video["width"].as_u64(), video["height"].as_u64()),
        (Some(source.width), Some(source.height))
    );
    for (key, wanted) in [
        ("color_space", "bt709"),
        ("color_primaries", "bt709"),
        ("color_transfer", "bt709"),
        ("color_range", "tv"),
        ("pix_fmt", "yuv420p"),
    ] {
        assert_eq!(video[key], wanted, "{key}");
    }
    assert_eq!(audio["sample_rate"], source.sample_rate.to_string());
    assert_eq!(audio["channels"], 2);
    for stream in [video, audio] {
        assert!(number(&stream["start_time"]).abs() < 1e-6, "{}", stream["start_time"]);
    }
    let length = number(&audio["duration"]);
    assert!((length - seconds(source)).abs() < 1e-5, "{length} s of sound");
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let frames = source.frames as f64 * 1001.0 / 30_000.0;
    let length = number(&video["duration"]);
    assert!((length - frames).abs() < 1e-3, "{length} s of pictures");
    assert!(number(&facts["format"]["start_time"]).abs() < 1e-6);
}

fn judge_pyav(made: &Made) {
    let Some(facts) = pyav(&made.path) else { return };
    let source = &made.source;
    let (video, audio) = (&facts[0], &facts[1]);
    assert_eq!((&video["kind"], &video["codec"]), (&"video".into(), &"h264".into()));
    assert_eq!(video["frames"].as_u64(), Some(source.frames));
    assert_eq!(
        (video["width"].as_u64(), video["height"].as_u64()),
        (Some(source.width), Some(source.height))
    );
    assert_eq!(video["rate"], "30000/1001");
    assert_eq!(video["start"], "0/1");
    assert_eq!(video["steps"], Value::from(vec!["1001/30000"]), "every frame lasts equally long");
    assert_eq!((&audio["kind"], &audio["codec"]), (&"audio".into(), &"aac".into()));
    assert_eq!(audio["sample_rate"].as_u64(), Some(source.sample_rate));
    assert_eq!(audio["start"], "0/1");
    assert_eq!(audio["gaps"], 0);
    let length = fraction(&audio["duration"]);
    assert!((length - seconds(source)).abs() < 1e-9, "{length} s of sound");
    // FFmpeg does not cut the padding of the last frame.
    let samples = audio["samples"].as_u64().expect("a number");
    assert!((source.samples..source.samples + 1024).contains(&samples), "{samples} samples");
}

fn judge_mp4box(made: &Made) {
    let Some(facts) = mp4box(&made.path) else { return };
    let source = &made.source;
    let tracks = facts["tracks"].as_array().expect("a list");
    assert_eq!(tracks.len(), 2);
    let (video, audio) = (&tracks[0], &tracks[1]);
    assert_eq!((&video["kind"], &audio["kind"]), (&"video".into(), &"audio".into()));
    assert!(video["codec"].as_str().expect("text").starts_with("avc1."), "{}", video["codec"]);
    assert_eq!(audio["codec"], "mp4a.40.2");
    assert_eq!(
        (video["width"].as_u64(), video["height"].as_u64()),
        (Some(source.width), Some(source.height))
    );
    assert_eq!(audio["sample_rate"].as_u64(), Some(source.sample_rate));
    assert_eq!(video["samples"]["count"].as_u64(), Some(source.frames));
    for track in tracks {
        assert_eq!(track["samples"]["count"], track["listed"], "every sample can be taken out");
        assert_eq!(track["samples"]["backwards"], 0);
        assert!(number(&track["samples"]["sync"]) >= 1.0);
    }
    let ticks = number(&video["samples"]["ticks"]) / number(&video["timescale"]);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let frames = source.frames as f64 * 1001.0 / 30_000.0;
    assert!((ticks - frames).abs() < 1e-9, "{ticks} s of pictures");

    // What is shown begins at the first picture and behind the encoder's delay.
    let start = video["edits"].get(0).map_or(0.0, |edit| number(&edit[1]));
    assert!((start - number(&video["samples"]["first_cts"])).abs() < 0.5, "{}", video["edits"]);
    let edit = &audio["edits"][0];
    let delay = number(&edit[1]);
    assert!(delay > 0.0, "AAC has a delay, and the edit list cuts it: {}", audio["edits"]);
    let shown = number(&edit[0]) / number(&audio["movie_timescale"]);
    assert!((shown - seconds(source)).abs() < 1.1e-3, "{shown} s of sound");
    let rate = number(&audio["timescale"]);
    let stored = (number(&audio["samples"]["ticks"]) - delay) / rate;
    assert!(stored >= seconds(source) - 1e-9, "{stored} s of sound are stored");
}

/// Pictures are paired by their times: a shift would show as a low ratio.
fn judge_pictures(made: &Made) {
    let Some(decibels) = psnr(&made.source.path, made.source.video, &made.path) else { return };
    assert!(decibels >= 35.0, "{decibels} dB");
}

/// The sound is where it was: not a sample earlier or later.
fn judge_sound(made: &Made) {
    let Some((lag, decibels)) = lag(&made.source.path, made.source.audio, &made.path) else {
        return;
    };
    assert_eq!(lag, 0, "samples of lag");
    assert!(decibels >= 15.0, "{decibels} dB");
}
