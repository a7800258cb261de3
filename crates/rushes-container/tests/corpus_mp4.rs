//! The MP4 demuxer against FFmpeg's packets on the corpus. Prints SKIPPED where there is no corpus.

mod common;

use std::fmt::Write as _;
use std::path::Path;

use rushes_container::{DemuxOptions, Source, open_demuxer};
use rushes_core::{MediaKind, Packet, Result, Track};

use common::{corpus_or_skipped, md5_hex};
use serde_json::Value;

/// Share of the tracks of progressive files whose packets must be FFmpeg's, in per cent.
const FLOOR: usize = 98;

/// Share of the tracks that must be described in ffprobe's words, in per cent. Where they differ, ffprobe repeats what it
/// found in the packets, or does not apply what iTunes says of the encoder's delay.
const DESCRIBED: usize = 92;

/// Files of the catalogue: path and remarks.
fn catalogue(corpus: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(corpus.join("CATALOG.tsv")).expect("readable");
    let rows = text.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.map(|row| (row[0].to_owned(), format!("{} {}", row[8], row[11]))).collect()
}

fn is_mp4(path: &str) -> bool {
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str());
    let known = ["mp4", "m4a", "m4v", "mov", "3gp", "m4s", "cmfv"];
    extension.is_some_and(|extension| known.contains(&extension.to_lowercase().as_str()))
}

fn read(path: &Path) -> (Vec<Track>, Vec<Packet>, Result<()>) {
    let opened =
        Source::open(path).and_then(|source| open_demuxer(source, &DemuxOptions::default()));
    let mut demuxer = match opened {
        Ok(demuxer) => demuxer,
        Err(error) => return (Vec::new(), Vec::new(), Err(error)),
    };
    let mut packets = Vec::new();
    let end = loop {
        match demuxer.next_packet() {
            Ok(Some(packet)) => packets.push(packet),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (demuxer.tracks().to_vec(), packets, end)
}

/// What differs from the reference in one track.
fn difference(reference: &Value, packets: &[&Packet]) -> Option<String> {
    let count = reference["count"].as_u64().expect("a number");
    if packets.len() as u64 != count {
        return Some(format!("{} packets, reference {count}", packets.len()));
    }
    let digests: String = packets.iter().map(|packet| md5_hex(&packet.data)).collect();
    if reference["md5_of_packet_md5s"] != md5_hex(digests) {
        return Some("payload differs".to_owned());
    }
    None
}

/// How many packets have FFmpeg's presentation time, and of how many.
fn same_times(reference: &Value, packets: &[&Packet]) -> (usize, usize) {
    let rows = reference["rows"].as_array().expect("rows");
    let pairs = rows.iter().zip(packets).filter(|(row, _)| row[0].is_i64());
    pairs.fold((0, 0), |(same, all), (row, packet)| {
        let ours = packet.pts.map(rushes_core::Timestamp::ticks);
        (same + usize::from(ours == row[0].as_i64()), all + 1)
    })
}

/// What differs from ffprobe's words for a track.
fn parameters(stream: &Value, track: &Track) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut check = |name: &str, ours: String| {
        let theirs = match &stream[name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if theirs != "null" && theirs != "unknown" && theirs != "0" && theirs != ours {
            wrong.push(format!("{name} {ours}, reference {theirs}"));
        }
    };
    check("codec_name", track.codec.codec.name().to_owned());
    check("time_base", track.time_base.to_string());
    if let Some(start) = track.start {
        check("start_pts", start.ticks().to_string());
    }
    if let Some(duration) = track.duration {
        check("duration_ts", duration.count().to_string());
    }
    if let Some(video) = track.codec.as_video() {
        if !track.disposition.attached_picture {
            check("width", video.width.to_string());
            check("height", video.height.to_string());
        }
        if let Some(rate) = video.frame_rate {
            check("avg_frame_rate", format!("{}/{}", rate.numer(), rate.denom()));
        }
        if let Some(aspect) = video.sample_aspect {
            check("sample_aspect_ratio", format!("{}:{}", aspect.numer(), aspect.denom()));
        }
        let color = video.color;
        for (name, ours) in [
            ("color_space", color.matrix.name()),
            ("color_primaries", color.primaries.name()),
            ("color_transfer", color.transfer.name()),
            ("color_range", color.range.name()),
        ] {
            if ours != "unknown" {
                check(name, ours.to_owned());
            }
        }
    }
    if let Some(audio) = track.codec.as_audio() {
        check("sample_rate", audio.sample_rate.to_string());
        check("channels", audio.layout.channels().to_string());
        check("channel_layout", audio.layout.to_string());
    }
    let language = &stream["tags"]["language"];
    if language.is_string() && language.as_str() != track.metadata.value("language") {
        wrong
            .push(format!("language {:?}, reference {language}", track.metadata.value("language")));
    }
    wrong
}

#[test]
fn parameters_are_ffprobes() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let (mut right, mut total) = (0, 0);
    let mut differences = String::new();
    for (path, remarks) in catalogue(&corpus) {
        if !is_mp4(&path) || !remarks.starts_with("decoded ") {
            continue;
        }
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{path}.json")));
        let Ok(oracle) = oracle else { continue };
        let oracle: Value = serde_json::from_slice(&oracle).expect("JSON");
        let source = Source::open(corpus.join(&path)).expect("opens");
        let demuxer = open_demuxer(source, &DemuxOptions::default()).expect("opens");
        let chapters = oracle["probe"]["chapters"].as_array().map_or(0, Vec::len);
        assert_eq!(demuxer.chapters().len(), chapters, "chapters of {path}");
        let tags = oracle["probe"]["format"]["tags"].as_object().into_iter().flatten();
        for (key, value) in tags {
            if [
                "title",
                "artist",
                "album",
                "date",
                "comment",
                "encoder",
                "genre",
                "track",
                "creation_time",
            ]
            .contains(&key.as_str())
            {
                let ours = demuxer.metadata().value(key);
                if ours != value.as_str() {
                    writeln!(differences, "{path}: {key} {ours:?}, reference {value}")
                        .expect("string");
                }
            }
        }
        let streams = oracle["probe"]["streams"].as_array().expect("streams");
        for (stream, track) in streams.iter().zip(demuxer.tracks()) {
            if stream["codec_type"] != "video" && stream["codec_type"] != "audio" {
                continue;
            }
            let wrong = parameters(stream, track);
            total += 1;
            right += usize::from(wrong.is_empty());
            for wrong in wrong {
                writeln!(differences, "{path} {}: {wrong}", stream["index"]).expect("string");
            }
        }
    }
    #[expect(clippy::print_stdout, reason = "shown where the test fails, or with --nocapture")]
    {
        println!("{differences}{right} of {total} tracks are described as ffprobe does");
    }
    assert!(right * 100 >= total * DESCRIBED, "{right} of {total}");
}

#[test]
fn packets_are_ffmpegs() {
    let Some(corpus) = corpus_or_skipped() else { return };
    let (mut passed, mut total) = (0, 0);
    let (mut timed, mut times) = (0, 0);
    let mut failures = String::new();
    for (path, remarks) in catalogue(&corpus) {
        if !is_mp4(&path) || !remarks.starts_with("decoded ") {
            continue;
        }
        let oracle = std::fs::read(corpus.join("oracle").join(format!("{path}.json")));
        let Ok(oracle) = oracle else { continue };
        let oracle: Value = serde_json::from_slice(&oracle).expect("JSON");
        let (tracks, packets, end) = read(&corpus.join(&path));
        let fragmented = remarks.contains("fragmented");
        for reference in oracle["packets"].as_array().into_iter().flatten() {
            let stream = usize::try_from(reference["stream"].as_u64().expect("a number"));
            let stream = stream.expect("small");
            let kind = &oracle["probe"]["streams"][stream]["codec_type"];
            if kind != "video" && kind != "audio" {
                continue;
            }
            let ours: Vec<_> = packets.iter().filter(|packet| packet.track == stream).collect();
            let wrong = match tracks.get(stream).map(Track::kind) {
                Some(MediaKind::Video) if kind == "video" => difference(reference, &ours),
                Some(MediaKind::Audio) if kind == "audio" => difference(reference, &ours),
                other => Some(format!("a track of kind {other:?}")),
            };
            let (same, all) = same_times(reference, &ours);
            if wrong.is_none() && same < all {
                writeln!(failures, "pts   {path} {stream}: {same} of {all}").expect("string");
            }
            timed += same;
            times += all;
            if let Some(wrong) = wrong {
                let word = if fragmented { "frag " } else { "FAIL " };
                writeln!(failures, "{word} {path} {stream}: {wrong}; {end:?}").expect("string");
                total += usize::from(!fragmented);
            } else if !fragmented {
                passed += 1;
                total += 1;
            }
        }
    }
    #[expect(clippy::print_stdout, reason = "shown where the test fails, or with --nocapture")]
    {
        println!("{failures}{passed} of {total} tracks, {timed} of {times} presentation times");
    }
    assert!(total > 100, "the corpus has more files than that");
    assert!(passed * 100 >= total * FLOOR, "{passed} of {total} tracks");
}
