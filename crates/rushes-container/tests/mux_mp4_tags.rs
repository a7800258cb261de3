//! Tags, cover art, chapters and languages of MP4 and QuickTime files, as they are read back and as FFmpeg sees them.

mod common;

use common::clip::{base, clip, file_with, frames, of_track, pictures, sound, video, with_options};
use common::ffprobe::ffprobe;
use common::{open, packets};
use rushes_container::MuxOptions;
use rushes_core::{
    Chapter, CodecId, CodecParameters, MediaKind, Packet, Ticks, Timestamp, Track, VideoParameters,
};

/// The first bytes of a picture, which tell its format.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\nnot much of a picture";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0not much of a picture";

fn cover(codec: CodecId) -> Track {
    let codec = CodecParameters::video(codec, VideoParameters::default());
    let mut track = Track::new(9, codec, base(1, 90_000));
    track.disposition.attached_picture = true;
    track
}

fn chapters(count: i64) -> Vec<Chapter> {
    let time = |tenths| base(1, 10).time(Timestamp::new(tenths));
    let chapter = |index: i64| Chapter {
        start: time(index),
        end: Some(time(index + 1)),
        title: format!("Kapitel {index} \u{1f3ac}"),
    };
    (0..count).map(chapter).collect()
}

const TAGS: [(&str, &str); 24] = [
    ("title", "Titel"),
    ("artist", "Jemand"),
    ("album_artist", "Alle"),
    ("album", "Album"),
    ("date", "2026-11-20"),
    ("track", "3/12"),
    ("disc", "1/2"),
    ("genre", "Ambient"),
    ("comment", "nichts"),
    ("copyright", "frei"),
    ("encoder", "tests 1.0"),
    ("composer", "Niemand"),
    ("description", "kurz"),
    ("synopsis", "lang"),
    ("lyrics", "la\nla"),
    ("grouping", "Gruppe"),
    ("compilation", "1"),
    ("tempo", "120"),
    ("sort_artist", "Jemand, Ein"),
    ("show", "Sendung"),
    ("season_number", "2"),
    ("episode_sort", "7"),
    ("keywords", "a, b"),
    ("mood", "heiter"),
];

#[test]
fn all_tags_come_back() {
    let (tracks, written) = clip();
    for format in ["mp4", "mov", "m4a"] {
        let mut options = MuxOptions::default();
        options.metadata = TAGS.into_iter().collect();
        let (tracks, written) = if format == "m4a" {
            let mut written = of_track(&written, 1);
            written.iter_mut().for_each(|packet| packet.track = 0);
            (vec![sound()], written)
        } else {
            (tracks.clone(), written.clone())
        };
        for layout in ["hybrid", "fragmented", "faststart"] {
            options.options.insert("mode".into(), layout.into());
            let bytes = file_with(format, &tracks, &written, &options);
            let demuxer = open(bytes.clone());
            for (key, value) in TAGS {
                let back = demuxer.metadata().value(key);
                assert_eq!(back, Some(value), "{format} {layout} {key}");
            }
            let Some(probe) = ffprobe(&bytes, format) else { continue };
            let tags = &probe["format"]["tags"];
            for key in ["title", "artist", "album", "date", "comment", "copyright", "track"] {
                let value = TAGS.iter().find(|(known, _)| *known == key).expect("listed").1;
                assert_eq!(tags[key], value, "{format} {layout} {key}");
            }
        }
    }
}

#[test]
fn pictures_become_cover_art() {
    let (mut tracks, mut written) = clip();
    tracks.push(cover(CodecId::Png));
    tracks.insert(0, cover(CodecId::Mjpeg));
    written.iter_mut().for_each(|packet| packet.track += 1);
    let art =
        |track, data: &[u8]| Packet::new(track, data).with_pts(Timestamp::ZERO).with_key(true);
    written.insert(0, art(0, JPEG));
    written.insert(1, art(3, PNG));
    for (format, layout) in [("mp4", "hybrid"), ("mov", "plain"), ("mp4", "fragmented")] {
        let options = with_options(&[("mode", layout)]);
        let bytes = file_with(format, &tracks, &written, &options);
        let mut demuxer = open(bytes.clone());
        let kinds: Vec<_> = demuxer
            .tracks()
            .iter()
            .map(|track| (track.codec.codec.name().to_owned(), track.disposition.attached_picture))
            .collect();
        let names = [("h264", false), ("aac", false), ("mjpeg", true), ("png", true)];
        assert_eq!(kinds, names.map(|(name, is_cover)| (name.to_owned(), is_cover)), "{layout}");
        let back = packets(&mut *demuxer);
        assert_eq!(of_track(&back, 2)[0].data[..], *JPEG);
        assert_eq!(of_track(&back, 3)[0].data[..], *PNG);
        assert_eq!(back.len(), written.len());
        let Some(probe) = ffprobe(&bytes, format) else { continue };
        assert_eq!(probe["streams"][2]["disposition"]["attached_pic"], 1, "{layout}");
        assert_eq!(probe["streams"][3]["codec_name"], "png", "{layout}");
    }
}

#[test]
fn chapters_are_a_list_and_a_track() {
    let (tracks, written) = clip();
    for format in ["mp4", "mov"] {
        for count in [1, 3, 255, 300] {
            let mut options = MuxOptions::default();
            options.chapters = chapters(count);
            let bytes = file_with(format, &tracks, &written, &options);
            let demuxer = open(bytes.clone());
            let starts = |chapters: &[Chapter]| -> Vec<_> {
                chapters.iter().map(|chapter| (chapter.start, chapter.title.clone())).collect()
            };
            assert_eq!(starts(demuxer.chapters()), starts(&options.chapters), "{format} {count}");
            let track = &demuxer.tracks()[2];
            assert_eq!(track.kind(), MediaKind::Subtitle);
            assert!(track.disposition.chapters && !track.disposition.default);
            if let Some(probe) = ffprobe(&bytes, format) {
                let seen = probe["chapters"].as_array().expect("chapters");
                assert_eq!(seen.len(), usize::try_from(count).expect("small"), "{format}");
                assert_eq!(seen[0]["tags"]["title"], options.chapters[0].title);
            }
            // Written again from what was read, there are no more of them.
            let mut demuxer = demuxer;
            let again_tracks = demuxer.tracks().to_vec();
            let again = packets(&mut *demuxer);
            let again = file_with(format, &again_tracks, &again, &options);
            assert_eq!(open(again).tracks().len(), 3, "{format} {count}");
        }
    }
}

#[test]
fn languages_and_titles_of_tracks_come_back() {
    for (language, expected) in [("deu", "deu"), ("de-AT", "de-AT"), ("zh-Hant", "zh-Hant")] {
        let (mut tracks, written) = clip();
        tracks[1].metadata.set("language", language);
        tracks[1].metadata.set("title", "Kommentar");
        tracks[1].metadata.set("handler_name", "Ton");
        for format in ["mp4", "mov"] {
            let bytes = file_with(format, &tracks, &written, &MuxOptions::default());
            let demuxer = open(bytes);
            let back = &demuxer.tracks()[1].metadata;
            assert_eq!(back.value("language"), Some(expected), "{format}");
            assert_eq!(back.value("title"), Some("Kommentar"), "{format}");
            assert_eq!(back.value("handler_name"), Some("Ton"), "{format}");
        }
    }
}

#[test]
fn cues_come_back() {
    let track = Track::new(1, CodecParameters::other(CodecId::WebVtt), base(1, 1000));
    let cue = |pts, duration, text: &[u8]| {
        Packet::new(0, text)
            .with_pts(Timestamp::new(pts))
            .with_duration(Ticks::new(duration))
            .with_key(true)
    };
    let written = [cue(500, 1000, b"one"), cue(1500, 250, b"two"), cue(3000, 100, b"three")];
    for layout in ["hybrid", "fragmented"] {
        let options = with_options(&[("mode", layout)]);
        let bytes = file_with("mp4", std::slice::from_ref(&track), &written, &options);
        let mut demuxer = open(bytes);
        let track = demuxer.tracks()[0].clone();
        assert_eq!(track.codec.codec, CodecId::WebVtt);
        let back = packets(&mut *demuxer);
        let rows: Vec<_> = back
            .iter()
            .map(|packet| (packet.pts.expect("set").ticks(), packet.data.len()))
            .collect();
        assert_eq!(rows, [(500, 19), (1500, 19), (1750, 8), (3000, 21)], "{layout}");
        assert_eq!(back[0].data[..], *b"\0\0\0\x13vttc\0\0\0\x0bpaylone");
        // As they are stored they are stored again.
        let again = file_with("mp4", std::slice::from_ref(&track), &back, &options);
        let again = packets(&mut *open(again));
        assert_eq!(again.len(), back.len());
        assert!(again.iter().zip(&back).all(|(again, back)| again.data == back.data));
    }
}

#[test]
fn annex_b_and_adts_are_brought_into_the_stored_form() {
    let mut pictures = pictures(10, 0);
    for packet in &mut pictures {
        // Nothing that looks like a start code.
        let mut data = packet.data.to_vec();
        data[5..].fill(0x55);
        packet.data = data.into();
    }
    let stored = pictures.clone();
    let mut track = video();
    let record = track.codec.private.to_vec();
    // One set each, behind start codes.
    let sets = [&b"\0\0\0\x01"[..], &record[8..8 + 23], b"\0\0\0\x01", &record[34..]].concat();
    track.codec.private = sets.into();
    for packet in &mut pictures {
        let mut data = packet.data.to_vec();
        data[..4].copy_from_slice(b"\0\0\0\x01");
        packet.data = data.into();
    }
    let bytes = file_with("mp4", &[track], &pictures, &MuxOptions::default());
    let mut demuxer = open(bytes);
    assert_eq!(demuxer.tracks()[0].codec.private[..], record);
    let back = packets(&mut *demuxer);
    assert!(back.iter().zip(&stored).all(|(back, stored)| back.data == stored.data));

    let mut written = frames(20);
    let bare = written.clone();
    for packet in &mut written {
        packet.track = 0;
        let length = packet.data.len() + 7;
        let mut data = vec![0xff, 0xf1, 0x4c, 0x80, 0, 0x1f, 0xfc];
        data[4] = u8::try_from(length >> 3).expect("short");
        data[5] |= u8::try_from((length & 7) << 5).expect("small");
        data.extend_from_slice(&packet.data);
        packet.data = data.into();
    }
    let bytes = file_with("m4a", &[sound()], &written, &MuxOptions::default());
    let back = packets(&mut *open(bytes));
    assert!(back.iter().zip(&bare).all(|(back, bare)| back.data == bare.data));
}
