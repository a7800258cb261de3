//! The report of `probe` for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::describe::{AudioReport, FileReport, MediaReport, TrackReport, VideoReport};
use crate::failure::one_line;

pub(super) fn write(report: &FileReport, out: &mut dyn Write) -> io::Result<()> {
    let mut facts = vec![match report.format_long_name {
        "" => report.format.to_owned(),
        long => format!("{} ({long})", report.format),
    }];
    facts.extend(report.duration.map(seconds));
    facts.extend(report.bit_rate.map(kilobits));
    writeln!(out, "{}: {}", one_line(&report.file), facts.join(", "))?;
    write_tags(&report.metadata, "  ", out)?;
    for chapter in &report.chapters {
        let end = chapter.end.map_or(String::new(), seconds);
        let title = one_line(&chapter.title);
        writeln!(out, "  chapter {} to {end}: {title}", seconds(chapter.start))?;
    }
    report.tracks.iter().try_for_each(|track| write_track(track, out))
}

fn write_track(track: &TrackReport, out: &mut dyn Write) -> io::Result<()> {
    let mut facts = vec![track.kind.to_owned(), one_line(&track.codec_long_name)];
    match &track.media {
        MediaReport::Video(video) => add_video(video, &mut facts),
        MediaReport::Audio(audio) => add_audio(audio, &mut facts),
        MediaReport::Other {} => {}
    }
    facts.extend(track.bit_rate.map(kilobits));
    facts.extend(track.duration.map(seconds));
    facts.extend(
        track.start.filter(|start| *start != 0.0).map(|start| format!("from {}", seconds(start))),
    );
    facts.extend(track.packets.map(|packets| format!("{packets} packets")));
    facts.extend(track.default.then(|| "default".to_owned()));
    writeln!(out, "  track {}: {}", track.index, facts.join(", "))?;
    if let Some(why) = &track.unsupported {
        writeln!(out, "      cannot be decoded: {}", one_line(why))?;
    }
    write_tags(&track.metadata, "      ", out)
}

fn add_video(video: &VideoReport, facts: &mut Vec<String>) {
    facts.push(format!("{}x{}", video.width, video.height));
    facts.extend(video.pixel_format.map(String::from));
    let color = &video.color;
    for name in [color.range, color.matrix, color.primaries, color.transfer] {
        if name != "unknown" && !facts.iter().any(|fact| fact == name) {
            facts.push(name.to_owned());
        }
    }
    if let Some(aspect) = video.sample_aspect_ratio.as_ref().filter(|aspect| *aspect != "1/1") {
        facts.push(format!("pixels {aspect}"));
    }
    if video.rotation != 0 {
        facts.push(format!("turned {} degrees clockwise", video.rotation));
    }
    if video.mirrored {
        facts.push("mirrored".to_owned());
    }
    if let Some(rate) = video.frame_rate_seconds {
        let about = if video.constant_frame_rate { "" } else { "about " };
        let rate = format!("{rate:.3}");
        facts.push(format!("{about}{} fps", rate.trim_end_matches('0').trim_end_matches('.')));
    }
}

fn add_audio(audio: &AudioReport, facts: &mut Vec<String>) {
    facts.push(format!("{} Hz", audio.sample_rate));
    facts.push(audio.channel_layout.clone());
    if audio.bits_per_sample > 0 {
        facts.push(format!("{} bit", audio.bits_per_sample));
    }
}

fn write_tags(
    tags: &BTreeMap<String, String>,
    indent: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    tags.iter().try_for_each(|(key, value)| {
        writeln!(out, "{indent}{}: {}", one_line(key), one_line(value))
    })
}

fn seconds(seconds: f64) -> String {
    format!("{seconds:.3} s")
}

fn kilobits(bits: u64) -> String {
    format!("{:.0} kb/s", bits as f64 / 1000.0)
}
