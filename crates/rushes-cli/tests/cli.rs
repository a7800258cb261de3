//! The `rushes` command as scripts see it: output, exit status, what is left on disk.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use md5::{Digest as _, Md5};
use rushes::Implementation;
use rushes_tests::{data, frame_sums};
use serde_json::Value;
use tempfile::TempDir;

fn rushes(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_rushes")).args(arguments).output().expect("it starts")
}

/// Arguments as text: all paths of these tests are.
fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("standard output is JSON")
}

fn dump(file: &Path) -> Value {
    let output = rushes(&["dump", text(file)]);
    assert!(output.status.success(), "{output:?}");
    json(&output)
}

/// The command failed with this status and one line that says why.
fn check_failure(output: &Output, status: i32, part: &str) {
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{message}");
    assert!(message.starts_with("error: "), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    assert!(message.contains(part), "{message}");
}

#[test]
fn dump_sees_what_ffmpeg_sees() {
    let dump = dump(&data("clip.mp4"));
    assert_eq!((&dump["format"], &dump["error"]), (&"mp4".into(), &Value::Null));
    let report = |name: &str| frame_sums(&fs::read_to_string(data(name)).expect("it is there"));

    let packets = report("clip.packets.framemd5");
    for (index, count) in [(0, 60), (1, 88)] {
        let track: Vec<_> = packets.iter().filter(|packet| packet.track == index).collect();
        let mut sum = Md5::new();
        track.iter().for_each(|packet| sum.update(&packet.md5));
        let sum: String = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let ours = &dump["tracks"][index]["packets"];
        assert_eq!(track.len(), count);
        assert_eq!(ours["count"], count);
        assert_eq!(ours["bytes"], track.iter().map(|packet| packet.size).sum::<usize>());
        assert_eq!(ours["md5"], sum);
    }

    let video = &dump["tracks"][0];
    assert_eq!((&video["codec"], &video["time_base"]), (&"h264".into(), &"1/30000".into()));
    assert_eq!((&video["width"], &video["height"]), (&160.into(), &120.into()));
    assert_eq!(video["pixel_format"], "yuv420p");
    let frames = report("clip.frames.framemd5");
    assert_eq!((frames.len(), video["frames"].as_array().map(Vec::len)), (60, Some(60)));
    for (index, frame) in frames.iter().enumerate() {
        let ours = &video["frames"][index];
        // FFmpeg counts frames here, the file ticks.
        assert_eq!(
            (&ours["pts"], &ours["md5"]),
            (&(frame.pts * 1001).into(), &(*frame.md5).into())
        );
    }

    let audio = &dump["tracks"][1];
    assert_eq!((&audio["codec"], &audio["sample_format"]), (&"aac".into(), &"f32le".into()));
    // The edit list says where the sound ends: 2.002 s.
    assert_eq!(audio["samples"], 88_288);
    // What FFmpeg decodes, cut to that end.
    for (channel, rms, peak) in [(0, 0.376_990, 0.743_331), (1, 0.194_115, 0.379_934)] {
        for (name, expected) in [("rms", rms), ("peak", peak)] {
            let ours = audio[name][channel].as_f64().expect("a number");
            assert!((ours - expected).abs() < 1e-5, "{name} of channel {channel}: {ours}");
        }
    }
}

#[test]
fn dump_of_pcm_is_exact() {
    let dump = dump(&data("tone.wav"));
    let bytes = fs::read(data("tone.wav")).expect("it is there");
    // A plain file: 44 bytes of header, then the samples.
    let sum: String = Md5::digest(&bytes[44..]).iter().map(|byte| format!("{byte:02x}")).collect();
    let track = &dump["tracks"][0];
    assert_eq!((&track["codec"], &track["samples"]), (&"pcm_s16le".into(), &800.into()));
    assert_eq!((&track["sample_format"], &track["pcm_md5"]), (&"s16le".into(), &sum.into()));
}

#[test]
fn broken_input_is_one_line_and_status_1() {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let clip = fs::read(data("clip.mp4")).expect("it is there");
    fs::write(path("empty"), []).expect("written");
    fs::write(path("text.mp4"), "this is no media\n".repeat(100)).expect("written");
    fs::write(path("header"), &clip[..100]).expect("written");
    let out = path("out.mp4");
    for (name, part) in [
        ("missing\nfile", "missing file"),
        ("", "directory"),
        ("empty", "empty"),
        ("text.mp4", "text.mp4"),
        ("header", "header"),
    ] {
        let file = if name.is_empty() { folder.path().to_path_buf() } else { path(name) };
        for command in ["probe", "dump"] {
            let output = rushes(&[command, text(&file)]);
            check_failure(&output, 1, part);
            assert!(output.stdout.is_empty(), "{output:?}");
        }
        check_failure(&rushes(&["transcode", text(&file), text(&out)]), 1, part);
        assert!(!out.exists());
    }
}

#[test]
fn a_truncated_file_is_dumped_up_to_the_damage() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("cut.mp4");
    let clip = fs::read(data("clip.mp4")).expect("it is there");
    fs::write(&file, &clip[..clip.len() / 2]).expect("written");
    let output = rushes(&["dump", text(&file)]);
    check_failure(&output, 1, "cut.mp4");
    let dump = json(&output);
    assert_eq!(dump["error"]["kind"], "malformed");
    let frames = dump["tracks"][0]["frames"].as_array().map_or(0, Vec::len);
    assert!((10..60).contains(&frames), "{frames} frames");
}

#[test]
fn broken_packets_fail_the_dump_and_cost_no_others() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("flipped.mp4");
    let mut clip = fs::read(data("clip.mp4")).expect("it is there");
    let media = clip.windows(4).position(|bytes| bytes == b"mdat").expect("there is one") + 4;
    // Long enough to hit the headers of several packets of either track.
    clip[media + 4000..][..12_000].fill(0x5a);
    fs::write(&file, clip).expect("written");
    let output = rushes(&["dump", text(&file)]);
    check_failure(&output, 1, "flipped.mp4");
    let dump = json(&output);
    assert_eq!(dump["error"]["kind"], "malformed");
    assert_eq!(dump["tracks"][0]["packets"]["count"], 60);
    assert!(
        dump["tracks"].as_array().expect("a list").iter().any(|track| track["error"].is_string())
    );
}

#[test]
fn a_file_of_unknown_codecs_fails() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("unknown.wav");
    let mut tone = fs::read(data("tone.wav")).expect("it is there");
    tone[20..22].copy_from_slice(&[0x55, 0x44]);
    fs::write(&file, tone).expect("written");
    let output = rushes(&["dump", text(&file)]);
    check_failure(&output, 1, "unknown.wav");
    assert_eq!(json(&output)["error"]["kind"], "unsupported");
}

#[cfg(feature = "openh264")]
#[test]
fn a_partial_output_is_left_only_where_wanted() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("cut.mp4");
    let clip = fs::read(data("clip.mp4")).expect("it is there");
    fs::write(&file, &clip[..clip.len() / 2]).expect("written");
    let out = folder.path().join("out.mp4");
    check_failure(&rushes(&["transcode", text(&file), text(&out)]), 1, "cut.mp4");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing is left over");
    let partial = rushes(&["transcode", "--keep-partial", text(&file), text(&out)]);
    check_failure(&partial, 1, "cut.mp4");
    let kept = dump(&out)["tracks"][0]["packets"]["count"].as_u64();
    assert!(kept > Some(0), "{kept:?} packets");
}

#[test]
fn an_unknown_codec_is_told_and_counted() {
    let folder = TempDir::new().expect("a folder");
    let file = folder.path().join("unknown.mp4");
    let mut clip = fs::read(data("clip.mp4")).expect("it is there");
    let at = clip.windows(4).position(|bytes| bytes == b"avc1").expect("the codec is named");
    // The first is a brand; the sample entry comes after it.
    let entry = clip[at + 4..].windows(4).position(|bytes| bytes == b"avc1").expect("twice");
    clip[at + 4 + entry..][..4].copy_from_slice(b"xyz1");
    fs::write(&file, clip).expect("written");
    let dump = dump(&file);
    assert_eq!(dump["tracks"][0]["packets"]["count"], 60);
    assert!(dump["tracks"][0]["error"].as_str().is_some_and(|why| why.contains("xyz1")));
    let out = folder.path().join("out.mp4");
    check_failure(&rushes(&["transcode", text(&file), text(&out)]), 1, "xyz1");
    assert!(!out.exists());
}

#[test]
fn wrong_usage_is_status_2() {
    let clip = data("clip.mp4");
    let clip = text(&clip);
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out.mp4");
    for arguments in [
        &[][..],
        &["remux-backwards", clip],
        &["dump"],
        &["list", "nonsense"],
        &["transcode", clip],
        &["transcode", clip, text(&out), "--size", "320"],
        &["transcode", clip, text(&out), "--fps", "0"],
        &["transcode", clip, text(&out), "--crf", "nan"],
        &["transcode", clip, text(&out), "--from", "-1"],
        &["transcode", clip, text(&out), "--from", "2", "--to", "1"],
        &["transcode", clip, text(&out), "--video-codec", "nonsense"],
        &["transcode", clip, text(&folder.path().join("out.nonsense"))],
        &["transcode", clip, clip],
    ] {
        let output = rushes(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
        assert!(!output.stderr.is_empty());
    }
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0, "nothing is left over");
    assert_eq!(fs::metadata(clip).expect("still there").len(), 46_117);
}

#[cfg(feature = "openh264")]
#[test]
fn transcode_makes_a_file_of_the_same_length() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out.mp4");
    fs::write(&out, "what was here before").expect("written");
    let output = rushes(&["transcode", text(&data("clip.mp4")), text(&out)]);
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "no progress where no terminal is");
    let made = dump(&out);
    let [video, audio] = [&made["tracks"][0], &made["tracks"][1]];
    assert_eq!((&video["codec"], &audio["codec"]), (&"h264".into(), &"aac".into()));
    let frames = video["frames"].as_array().expect("frames");
    assert_eq!((frames.len(), &frames[0]["pts"]), (60, &0.into()));
    assert_eq!(audio["samples"], 88_288);
}

#[cfg(feature = "openh264")]
#[test]
fn transcode_takes_size_rate_and_part() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out.mp4");
    let clip = data("clip.mp4");
    let arguments = ["transcode", text(&clip), text(&out), "--size", "80x60", "--fps", "10"];
    let output = rushes(&[&arguments[..], &["--from", "0.5", "--to", "1.5"]].concat());
    assert!(output.status.success(), "{output:?}");
    let made = dump(&out);
    let video = &made["tracks"][0];
    assert_eq!((&video["width"], &video["height"]), (&80.into(), &60.into()));
    assert_eq!(video["frames"].as_array().map(Vec::len), Some(10));
    assert_eq!(made["tracks"][1]["samples"], 44_100);

    let wav = folder.path().join("out.wav");
    let output = rushes(&["transcode", text(&clip), text(&wav), "--no-video"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(dump(&wav)["tracks"][0]["samples"], 88_288);
}

#[test]
fn probe_describes() {
    let output = rushes(&["probe", "--json", text(&data("clip.mp4"))]);
    let report = json(&output);
    assert_eq!(report["format"], "mp4");
    let duration = report["duration"].as_f64().expect("a number");
    assert!((duration - 2.002).abs() < 0.001, "{duration}");
    let [video, audio] = [&report["tracks"][0], &report["tracks"][1]];
    assert_eq!(video["frame_rate"], "30000/1001");
    assert_eq!(video["color"]["matrix"], "bt709");
    assert_eq!(
        (&audio["sample_rate"], &audio["channel_layout"]),
        (&44_100.into(), &"stereo".into())
    );

    let output = rushes(&["probe", text(&data("clip.mp4"))]);
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(report.contains("160x120") && report.contains("29.97 fps"), "{report}");
}

#[test]
fn list_tells_what_is_there() {
    let names = |what: &str| -> Vec<String> {
        let rows = json(&rushes(&["list", what, "--json"]));
        let name = |row: &Value| row["name"].as_str().unwrap_or_default().to_owned();
        rows.as_array().expect("a list").iter().map(name).collect()
    };
    assert!(names("formats").contains(&"mp4".to_owned()));
    assert!(names("codecs").contains(&"h264".to_owned()));
    assert!(names("devices").contains(&"cpu".to_owned()));
    assert!(names("filters").contains(&"scale".to_owned()));
}

#[test]
fn list_filters_is_the_registry() {
    let rows = json(&rushes(&["list", "filters", "--json"]));
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), rushes::filters().count());
    for (row, entry) in rows.iter().zip(rushes::filters()) {
        assert_eq!(
            (&row["name"], &row["kind"]),
            (&entry.name.into(), &entry.kind.to_string().into())
        );
        let options = row["options"].as_array().expect("a list");
        assert_eq!(options.len(), entry.options.len(), "{}", entry.name);
        for (told, option) in options.iter().zip(entry.options) {
            assert_eq!(told["names"][0], option.name());
        }
    }
    let text = rushes(&["list", "filters"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("lowpass") && text.contains("frequency, f"), "{text}");
}

#[test]
fn transcode_filters() {
    let folder = TempDir::new().expect("a folder");
    let out = folder.path().join("out.mp4");
    let clip = data("clip.mp4");
    let filtered = |video: &str, audio: &str| {
        let flags = ["--video-filter", video, "--audio-filter", audio];
        rushes(&[&["transcode", text(&clip), text(&out)], &flags[..]].concat())
    };
    let done = filtered("crop=80:60,fps=10", "volume=0.1");
    assert!(done.status.success(), "{done:?}");
    let dump = dump(&out);
    let video = &dump["tracks"][0];
    assert_eq!((&video["width"], &video["height"]), (&80.into(), &60.into()));
    assert_eq!(video["frames"].as_array().map(Vec::len), Some(20));
    let peak = dump["tracks"][1]["peak"][0].as_f64().expect("a number");
    assert!((0.06..0.09).contains(&peak), "{peak}");
    check_failure(&filtered("blur", "anull"), 2, "'blur'");
}

#[test]
fn list_codecs_is_the_registry() {
    let rows = json(&rushes(&["list", "codecs", "--json"]));
    let rows = rows.as_array().expect("a list");
    let workers = |side: &str| -> Vec<&Value> {
        rows.iter().flat_map(|row| row[side].as_array().expect("a list")).collect()
    };
    let check = |side: &str, entries: Vec<&Implementation>| {
        let workers = workers(side);
        assert_eq!(workers.len(), entries.len(), "{side}");
        for entry in entries {
            let worker = workers.iter().find(|worker| worker["name"] == entry.name).expect("told");
            assert_eq!(worker["package"], entry.package);
            assert_eq!(worker["licence"], entry.licence);
            assert_eq!(worker["available"], entry.missing.is_none());
            let options = worker["options"].as_array().expect("a list");
            assert_eq!(options.len(), entry.options.len(), "{}", entry.name);
            for (told, option) in options.iter().zip(entry.options) {
                assert_eq!(told["name"], option.name);
                assert_ne!(told["kind"], "other", "{option}");
            }
        }
    };
    check("decoders", rushes::decoders().iter().map(|entry| &entry.implementation).collect());
    check("encoders", rushes::encoders().iter().map(|entry| &entry.implementation).collect());

    let text = rushes(&["list", "codecs"]);
    let text = String::from_utf8_lossy(&text.stdout);
    for entry in rushes::encoders() {
        let Implementation { name, package, .. } = entry.implementation;
        let line =
            text.lines().find(|line| line.contains(&format!("encoder {name} "))).expect(name);
        assert!(line.contains(package), "{line}");
    }
    if cfg!(feature = "openh264") {
        assert!(text.contains("slices=1 to 35 (default 1): "), "{text}");
        assert!(text.contains("profile=high | baseline (default high): "), "{text}");
    }
}

#[test]
fn licenses_are_those_of_this_build() {
    let manifest = json(&rushes(&["licenses", "--json"]));
    let packages = manifest["packages"].as_array().expect("a list");
    let find = |name: &str| packages.iter().find(|package| package["name"] == name);
    for name in ["rushes-cli", "rushes-codec", "clap", "Rust standard library"] {
        assert!(find(name).is_some(), "{name}");
    }
    let decoders = rushes::decoders().iter().map(|entry| &entry.implementation);
    let encoders = rushes::encoders().iter().map(|entry| &entry.implementation);
    for entry in decoders.chain(encoders).filter(|entry| entry.package != "rushes") {
        let (package, version) = entry.package.split_once(' ').expect("name and version");
        match (find(package), entry.missing) {
            (Some(found), None) => {
                assert_eq!(found["version"], version, "{package}");
                assert_eq!(found["licence"], entry.licence, "{package}");
            }
            (None, Some(_)) => {}
            (found, missing) => panic!("{package}: listed {found:?}, missing {missing:?}"),
        }
    }

    let list = rushes(&["licenses"]);
    let list = String::from_utf8_lossy(&list.stdout);
    let whole = rushes(&["licenses", "--texts"]);
    let whole = String::from_utf8_lossy(&whole.stdout);
    for package in packages {
        assert!(list.contains(package["name"].as_str().expect("text")), "{package}");
    }
    for text in manifest["texts"].as_object().expect("a table").values() {
        assert!(whole.contains(text.as_str().expect("text")));
    }
}

#[cfg(feature = "openh264")]
#[test]
fn options_of_codecs_reach_them_by_name() {
    let folder = TempDir::new().expect("a folder");
    let (clip, out) = (data("clip.mp4"), folder.path().join("out.mp4"));
    let transcode = |flags: &[&str]| {
        let files = ["transcode", text(&clip), text(&out), "--to", "0.2"];
        rushes(&[&files[..], flags].concat())
    };
    for (flags, part) in [
        (["--video-option", "nonsense=1"], "there is no option 'nonsense'; known options: profile"),
        (["--video-option", "slices=99"], "option slices does not take '99'"),
        (["--audio-option", "lookahead=1"], "option lookahead does not take '1'"),
        (["--audio-option", "slices=1"], "there is no option 'slices'"),
        (["--video-decoder-option", "nonsense=1"], "there is no option 'nonsense'"),
        (["--audio-decoder-option", "nonsense=1"], "there is no option 'nonsense'"),
        (["--video-decoder", "nonsense"], "decoder 'nonsense' is not supported; supported: "),
        (["--video-decoder", "aac"], "decoder 'aac' cannot decode 'h264'"),
        (["--b-frames", "2"], "OpenH264 has no B-frames"),
        (["--audio-compression-level", "2"], "the AAC encoder has no compression_level"),
    ] {
        let output = transcode(&flags);
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(part), "{flags:?}: {message}");
        assert!(matches!(output.status.code(), Some(1 | 2)), "{flags:?}: {output:?}");
        assert!(!out.exists(), "{flags:?}");
    }

    let made = |flags: &[&str]| {
        let output = transcode(flags);
        assert!(output.status.success(), "{flags:?}: {output:?}");
        fs::read(&out).expect("it is there")
    };
    let plain = made(&[]);
    assert!(made(&["--video-option", "slices=4", "--audio-option", "lookahead=false"]) != plain);
    assert!(made(&["--video-decoder", "h264", "--threads", "1"]) == plain);
    assert!(made(&["--audio-decoder", "aac", "--threads", "3"]) == plain);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rushes"))
        .args(["dump", text(&data("clip.mp4"))])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
}
