//! Tags and chapters of the movie: `ilst` as iTunes writes it, the international text of the QuickTime File Format
//! ("User Data Atoms"), and Nero's `chpl`.

use rushes_core::{Chapter, Metadata, Rounding, TimeBase};

use super::extras::Cover;
use super::flavor::Flavor;
use super::moov::Movie;
use crate::date;
use crate::mp4::boxes::{BoxWriter, FourCc, Hdlr};

/// Kinds of data in `ilst`.
const DATA_BINARY: u32 = 0;
const DATA_UTF8: u32 = 1;

/// Key of [`Metadata`], item of `ilst`, and user data of QuickTime where it has any.
type Text = (&'static str, &'static [u8; 4], Option<&'static [u8; 4]>);

const TEXTS: [Text; 19] = [
    ("title", b"\xa9nam", Some(b"\xa9nam")),
    ("artist", b"\xa9ART", Some(b"\xa9ART")),
    ("album_artist", b"aART", None),
    ("album", b"\xa9alb", Some(b"\xa9alb")),
    ("date", b"\xa9day", Some(b"\xa9day")),
    ("comment", b"\xa9cmt", Some(b"\xa9cmt")),
    ("genre", b"\xa9gen", Some(b"\xa9gen")),
    ("composer", b"\xa9wrt", Some(b"\xa9wrt")),
    ("encoder", b"\xa9too", Some(b"\xa9swr")),
    ("copyright", b"cprt", Some(b"\xa9cpy")),
    ("description", b"desc", Some(b"\xa9des")),
    ("synopsis", b"ldes", None),
    ("lyrics", b"\xa9lyr", None),
    ("grouping", b"\xa9grp", None),
    ("show", b"tvsh", None),
    ("episode_id", b"tven", None),
    ("network", b"tvnn", None),
    ("make", b"\xa9mak", Some(b"\xa9mak")),
    ("model", b"\xa9mod", Some(b"\xa9mod")),
];

/// Keys that say what a file was, not what it holds.
const DESCRIBES_THE_SOURCE: [&str; 3] = ["major_brand", "minor_version", "compatible_brands"];

/// Seconds from 1904 to 1970.
const MAC_EPOCH: i64 = 2_082_844_800;

/// The `udta` box of the movie.
pub(super) fn write(movie: &Movie, w: &mut BoxWriter) {
    let tags = tags(&movie.metadata);
    let list = chapter_list(&movie.chapters);
    w.boxed(FourCc(*b"udta"), |w| {
        let mut others = Metadata::new();
        for (key, value) in tags.iter() {
            match TEXTS.iter().find(|(known, ..)| *known == key) {
                Some((_, _, Some(kind))) if movie.flavor == Flavor::Mov => {
                    quicktime_text(kind, value, w)
                }
                _ => others.set(key, value),
            }
        }
        if !others.is_empty() || movie.covers.iter().any(|cover| cover.data.is_some()) {
            w.full_boxed(FourCc(*b"meta"), 0, 0, |w| write_items(&others, &movie.covers, w));
        }
        if !list.is_empty() {
            w.boxed(FourCc(*b"chpl"), |w| w.bytes(&list));
        }
    });
}

/// The tags that are written, with who wrote the file.
fn tags(metadata: &Metadata) -> Metadata {
    let is_kept = |key: &str, value: &str| {
        let in_header = key == "creation_time" && seconds_since_1904(value).is_some();
        !in_header && !DESCRIBES_THE_SOURCE.contains(&key)
    };
    let mut tags: Metadata = metadata.iter().filter(|(key, value)| is_kept(key, value)).collect();
    if tags.value("encoder").is_none() {
        tags.set("encoder", crate::ENCODER);
    }
    tags
}

fn write_items(tags: &Metadata, covers: &[Cover], w: &mut BoxWriter) {
    w.full(&Hdlr {
        component: FourCc::default(),
        handler: FourCc(*b"mdir"),
        reserved: *b"appl\0\0\0\0\0\0\0\0",
        name: vec![0],
    });
    w.boxed(FourCc(*b"ilst"), |w| {
        for (key, value) in tags.iter() {
            let pair = match key {
                "track" => pair(value).map(|pair| (b"trkn", pair)),
                "disc" => pair(value).map(|pair| (b"disk", pair)),
                _ => None,
            };
            if let Some((kind, (number, total))) = pair {
                let [n, o] = number.to_be_bytes();
                let [t, u] = total.to_be_bytes();
                let bytes = [0, 0, n, o, t, u, 0, 0];
                let length = if kind == b"trkn" { 8 } else { 6 };
                w.boxed(FourCc(*kind), |w| write_data(DATA_BINARY, &bytes[..length], w));
            } else if let Some((_, kind, _)) = TEXTS.iter().find(|(known, ..)| *known == key) {
                w.boxed(FourCc(**kind), |w| write_data(DATA_UTF8, value.as_bytes(), w));
            } else {
                write_freeform(key, value, w);
            }
        }
        let pictures: Vec<_> =
            covers.iter().filter_map(|cover| Some((cover.kind, cover.data.as_ref()?))).collect();
        if !pictures.is_empty() {
            w.boxed(FourCc(*b"covr"), |w| {
                pictures.iter().for_each(|(kind, data)| write_data(*kind, data, w));
            });
        }
    });
}

fn write_data(kind: u32, bytes: &[u8], w: &mut BoxWriter) {
    w.full_boxed(FourCc(*b"data"), 0, kind, |w| {
        w.zeros(4);
        w.bytes(bytes);
    });
}

/// A tag without an item of its own, under its key.
fn write_freeform(key: &str, value: &str, w: &mut BoxWriter) {
    w.boxed(FourCc(*b"----"), |w| {
        w.full_boxed(FourCc(*b"mean"), 0, 0, |w| w.bytes(b"com.apple.iTunes"));
        w.full_boxed(FourCc(*b"name"), 0, 0, |w| w.bytes(key.as_bytes()));
        write_data(DATA_UTF8, value.as_bytes(), w);
    });
}

/// A text in no particular language; longer ones than its 16 bits of length can say are cut at a character.
fn quicktime_text(kind: &[u8; 4], value: &str, w: &mut BoxWriter) {
    /// `und`, packed.
    const UNDETERMINED: u16 = 0x55c4;
    let value = &value[..value.floor_char_boundary(usize::from(u16::MAX))];
    w.boxed(FourCc(*kind), |w| {
        w.u16(u16::try_from(value.len()).unwrap_or(u16::MAX));
        w.u16(UNDETERMINED);
        w.bytes(value.as_bytes());
    });
}

/// A number and maybe how many there are: `3`, `3/12`.
fn pair(value: &str) -> Option<(u16, u16)> {
    match value.split_once('/') {
        Some((number, total)) => Some((number.trim().parse().ok()?, total.trim().parse().ok()?)),
        None => Some((value.trim().parse().ok()?, 0)),
    }
}

/// The payload of `chpl`; empty without chapters. It counts them in a byte: more are in the track of chapters alone.
fn chapter_list(chapters: &[Chapter]) -> Vec<u8> {
    let Some(count) = u8::try_from(chapters.len()).ok().filter(|count| *count > 0) else {
        return Vec::new();
    };
    let unit = TimeBase::per_second(10_000_000).unwrap_or(TimeBase::nanoseconds());
    let mut w = BoxWriter::new();
    w.bytes(&[1, 0, 0, 0, 0, 0, 0, 0, count]);
    for chapter in chapters {
        let start = chapter.start.to_base(unit, Rounding::Nearest).ticks();
        w.u64(u64::try_from(start).unwrap_or(0));
        let title = &chapter.title[..chapter.title.floor_char_boundary(usize::from(u8::MAX))];
        w.u8(u8::try_from(title.len()).unwrap_or(u8::MAX));
        w.bytes(title.as_bytes());
    }
    w.into_bytes()
}

/// `2010-12-24T18:30:00Z`, with or without a fraction, in seconds since 1904; `None` for anything else.
pub(super) fn seconds_since_1904(text: &str) -> Option<u64> {
    let (seconds, _) = date::parse(text)?;
    u64::try_from(seconds + MAC_EPOCH).ok()
}

#[cfg(test)]
mod tests {
    use rushes_core::{IntoTime, Timestamp};

    use super::*;

    #[test]
    fn creation_times_parse() {
        for (text, expected) in [
            ("1904-01-01T00:00:00Z", Some(0)),
            ("1970-01-01T00:00:00.000000Z", Some(2_082_844_800)),
            ("2024-02-29 12:34:56", Some(2_082_844_800 + 1_709_210_096)),
            ("1903-12-31T23:59:59Z", None),
            ("", None),
        ] {
            assert_eq!(seconds_since_1904(text), expected, "{text}");
        }
    }

    #[test]
    fn numbers_and_texts_have_their_forms() {
        let tags: Metadata = [
            ("title", "a"),
            ("track", "3/12"),
            ("mood", "blue"),
            ("major_brand", "isom"),
            ("creation_time", "2024-01-01T00:00:00Z"),
        ]
        .into_iter()
        .collect();
        let mut w = BoxWriter::new();
        let movie =
            Movie { flavor: Flavor::Mp4, metadata: tags, chapters: Vec::new(), covers: Vec::new() };
        write(&movie, &mut w);
        let bytes = w.into_bytes();
        let has = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(has(b"\xa9nam\0\0\0\x11data\0\0\0\x01\0\0\0\0a"));
        assert!(has(b"trkn\0\0\0\x18data\0\0\0\0\0\0\0\0\0\0\0\x03\0\x0c\0\0"));
        assert!(has(b"name\0\0\0\0mood"));
        assert!(has(crate::ENCODER.as_bytes()));
        assert!(!has(b"isom"));
        assert!(!has(b"2024"));
    }

    #[test]
    fn chapters_are_counted_in_a_byte() {
        let chapter = |second: i64| Chapter {
            start: TimeBase::nanoseconds().time(Timestamp::new(second * 1_000_000_000)),
            end: None,
            title: "\u{e9}".repeat(200),
        };
        let list = chapter_list(&[chapter(0), chapter(2)]);
        assert_eq!(list[8], 2);
        // 255 bytes would end inside a character.
        assert_eq!(list[17], 254);
        assert_eq!(list[18 + 254..18 + 254 + 8], 20_000_000_u64.to_be_bytes());
        assert!(chapter_list(&vec![chapter(0); 256]).is_empty());
        assert_eq!(0.into_time().expect("finite"), chapter(0).start);
    }
}
