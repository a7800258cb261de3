//! The frames of `ID3v2` that mean something here: `ID3v2` version 2.4.0, native frames, 4.2, 4.8, 4.10, 4.14; chapters: the addendum
//! "`ID3v2` Chapter Frame" 1.0. Keys are those of FFmpeg.

use rushes_core::{Chapter, CodecId, TimeBase, Timestamp};

use super::text::Encoding;
use super::v2::{self, Place};
use super::{DateParts, Tags, genre};
use crate::cover::CoverArt;

/// Names of text frames: in version 2.2, in versions 2.3 and 2.4; the key.
pub(super) const TEXT: [(&[u8; 3], &[u8; 4], &str); 28] = [
    (b"TT2", b"TIT2", "title"),
    (b"TP1", b"TPE1", "artist"),
    (b"TAL", b"TALB", "album"),
    (b"TP2", b"TPE2", "album_artist"),
    (b"TP3", b"TPE3", "performer"),
    (b"TCM", b"TCOM", "composer"),
    (b"TCO", b"TCON", "genre"),
    (b"TRK", b"TRCK", "track"),
    (b"TPA", b"TPOS", "disc"),
    (b"TCR", b"TCOP", "copyright"),
    (b"TEN", b"TENC", "encoded_by"),
    (b"TSS", b"TSSE", "encoder"),
    (b"TPB", b"TPUB", "publisher"),
    (b"TLA", b"TLAN", "language"),
    (b"TCP", b"TCMP", "compilation"),
    (b"TT1", b"TIT1", "grouping"),
    (b"TT3", b"TIT3", "subtitle"),
    (b"TBP", b"TBPM", "bpm"),
    (b"TRC", b"TSRC", "isrc"),
    (b"TXT", b"TEXT", "lyricist"),
    (b"\0\0\0", b"TDRC", "date"),
    (b"\0\0\0", b"TDRL", "date"),
    (b"\0\0\0", b"TDEN", "creation_time"),
    (b"TSA", b"TSOA", "album-sort"),
    (b"TSP", b"TSOP", "artist-sort"),
    (b"TST", b"TSOT", "title-sort"),
    (b"TS2", b"TSO2", "album_artist-sort"),
    (b"TSC", b"TSOC", "composer-sort"),
];

/// What a picture shows, by its code.
pub(crate) const PICTURES: [&str; 21] = [
    "Other",
    "32x32 pixels 'file icon'",
    "Other file icon",
    "Cover (front)",
    "Cover (back)",
    "Leaflet page",
    "Media (e.g. label side of CD)",
    "Lead artist/lead performer/soloist",
    "Artist/performer",
    "Conductor",
    "Band/Orchestra",
    "Composer",
    "Lyricist/text writer",
    "Recording Location",
    "During recording",
    "During performance",
    "Movie/video screen capture",
    "A bright coloured fish",
    "Illustration",
    "Band/artist logotype",
    "Publisher/Studio logotype",
];

/// A frame whose flags are undone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) place: Place,
    /// Names of version 2.2 end with a space.
    pub(super) kind: [u8; 4],
    pub(super) payload: &'a [u8],
}

/// Takes a frame in, if it is one that means something.
pub(super) fn read(frame: Frame<'_>, tags: &mut Tags) {
    let read = match &frame.kind {
        b"TXXX" | b"TXX " => user_text(frame.payload, tags),
        b"COMM" | b"COM " => comment(frame.payload, "comment", tags),
        b"USLT" | b"ULT " => comment(frame.payload, "lyrics", tags),
        b"APIC" | b"PIC " => picture(frame, tags),
        b"CHAP" if !frame.place.nested => chapter(frame, tags),
        _ => text(frame, tags),
    };
    // A frame that is cut off says nothing.
    read.unwrap_or(());
}

/// Puts the date together from the three frames of version 2.3, as ISO 8601 has it.
pub(super) fn finish(tags: &mut Tags) {
    let DateParts { year, day, hour } = std::mem::take(&mut tags.date);
    let is_four = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut date = year;
    if is_four(&date) && is_four(&day) {
        date = format!("{date}-{}-{}", &day[2..], &day[..2]);
        if is_four(&hour) {
            date = format!("{date} {}:{}", &hour[..2], &hour[2..]);
        }
    }
    tags.set("date", &date);
}

fn text(frame: Frame<'_>, tags: &mut Tags) -> Option<()> {
    let (encoding, rest) = frame.payload.split_first()?;
    let value = Encoding::of(*encoding)?.list(rest);
    let part = match &frame.kind {
        b"TYER" | b"TYE " => &mut tags.date.year,
        b"TDAT" | b"TDA " => &mut tags.date.day,
        b"TIME" | b"TIM " => &mut tags.date.hour,
        kind => {
            let key = key_of(kind)?;
            let value = if key == "genre" { genre_text(&value) } else { value };
            tags.set(key, &value);
            return Some(());
        }
    };
    *part = value;
    Some(())
}

fn key_of(kind: &[u8; 4]) -> Option<&'static str> {
    let is_kind = |(short, long, _): &&(&[u8; 3], &[u8; 4], &str)| {
        kind == *long || (kind[3] == b' ' && kind[..3] == **short)
    };
    TEXT.iter().find(is_kind).map(|(_, _, key)| *key)
}

/// A text with a name of the user's own.
fn user_text(payload: &[u8], tags: &mut Tags) -> Option<()> {
    let (encoding, rest) = payload.split_first()?;
    let encoding = Encoding::of(*encoding)?;
    let (name, rest) = encoding.split(rest);
    tags.set(&name.to_lowercase(), &encoding.list(rest));
    Some(())
}

/// A text in a language, with a description that stands for the key where there is one.
fn comment(payload: &[u8], key: &str, tags: &mut Tags) -> Option<()> {
    let (encoding, rest) = payload.split_first()?;
    let encoding = Encoding::of(*encoding)?;
    let (name, rest) = encoding.split(rest.get(3..)?);
    let key =
        if name.is_empty() || key != "comment" { key.to_owned() } else { name.to_lowercase() };
    tags.set(&key, &encoding.list(rest));
    Some(())
}

fn picture(frame: Frame<'_>, tags: &mut Tags) -> Option<()> {
    let (encoding, rest) = frame.payload.split_first()?;
    let encoding = Encoding::of(*encoding)?;
    let (kind, rest) = if frame.place.version == 2 {
        let (kind, rest) = rest.split_at_checked(3)?;
        (String::from_utf8_lossy(kind).into_owned(), rest)
    } else {
        Encoding::Latin1.split(rest)
    };
    let (code, rest) = rest.split_first()?;
    let (description, data) = encoding.split(rest);
    let codec = CoverArt::codec_of(data).or_else(|| {
        let kind = kind.to_lowercase();
        let named = |name: &str| kind == name || kind.strip_prefix("image/") == Some(name);
        match () {
            () if named("jpg") || named("jpeg") => Some(CodecId::Mjpeg),
            () if named("png") => Some(CodecId::Png),
            // A link among others.
            () => None,
        }
    })?;
    if !data.is_empty() {
        let shows = PICTURES.get(usize::from(*code)).copied().unwrap_or("Other");
        let cover = CoverArt::new(codec, data);
        tags.covers.push(cover.with_tag("title", &description).with_tag("comment", shows));
    }
    Some(())
}

fn chapter(frame: Frame<'_>, tags: &mut Tags) -> Option<()> {
    let (_, rest) = Encoding::Latin1.split(frame.payload);
    let (start, rest) = rest.split_first_chunk::<4>()?;
    let (end, rest) = rest.split_first_chunk::<4>()?;
    // Offsets in bytes, which nobody needs who has times.
    let rest = rest.get(8..)?;
    let mut inner = Tags::default();
    v2::read_frames(Place { nested: true, unsynchronised: false, ..frame.place }, rest, &mut inner);
    let base = TimeBase::per_second(1000)?;
    let time = |bytes: &[u8; 4]| base.time(Timestamp::new(i64::from(u32::from_be_bytes(*bytes))));
    tags.chapters.push(Chapter {
        start: time(start),
        // A chapter without a length is one whose end nobody told.
        end: Some(time(end)).filter(|_| end > start && *end != [0xff; 4]),
        title: inner.metadata.value("title").unwrap_or_default().to_owned(),
    });
    Some(())
}

/// The name of a genre that is given by number: `17`, `(17)`, or `(17)Refined name`.
fn genre_text(value: &str) -> String {
    let (number, rest) = match value.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        Some((number, rest)) => (number, rest),
        None => (value, ""),
    };
    match number.parse().ok().and_then(genre) {
        Some(name) if rest.is_empty() => name.to_owned(),
        Some(_) => rest.to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(version: u8) -> Place {
        Place { version, unsynchronised: false, nested: false }
    }

    fn read_one(version: u8, kind: [u8; 4], payload: &[u8]) -> Tags {
        let mut tags = Tags::default();
        read(Frame { place: place(version), kind, payload }, &mut tags);
        finish(&mut tags);
        tags
    }

    #[test]
    fn texts_become_tags() {
        let check = |kind: &[u8; 4], payload: &[u8], expected: Option<(&str, &str)>| {
            let tags = read_one(3, *kind, payload);
            assert_eq!(tags.metadata.iter().next(), expected, "{payload:?}");
        };
        check(b"TIT2", b"\0Foo / title", Some(("title", "Foo / title")));
        check(b"TRCK", b"\x033/12\0", Some(("track", "3/12")));
        check(b"TT2 ", b"\0x", Some(("title", "x")));
        check(b"TCOM", b"\0x", Some(("composer", "x")));
        check(b"TCO ", b"\x0017", Some(("genre", "Rock")));
        check(b"TCON", b"\x0317", Some(("genre", "Rock")));
        check(b"TCON", b"\0(9)", Some(("genre", "Metal")));
        check(b"TCON", b"\0(9)Doom", Some(("genre", "Doom")));
        check(b"TCON", b"\0(RX)", Some(("genre", "(RX)")));
        check(b"TXXX", b"\0Major_Brand\0isom", Some(("major_brand", "isom")));
        check(b"COMM", b"\0eng\0text", Some(("comment", "text")));
        check(b"COMM", b"\x01eng\xff\xfea\0\0\0\xff\xfeb\0", Some(("a", "b")));
        check(b"USLT", b"\0engx\0la la", Some(("lyrics", "la la")));
        check(b"TYER", b"\x002003", Some(("date", "2003")));
        check(b"TIT2", b"\x09x", None);
        check(b"TIT2", b"", None);
        check(b"COMM", b"\0en", None);
        check(b"PRIV", b"\0x", None);
    }

    #[test]
    fn dates_are_put_together() {
        let mut tags = Tags::default();
        for (kind, payload) in
            [(b"TDAT", b"\x000912"), (b"TYER", b"\x002014"), (b"TIME", b"\x002359")]
        {
            read(Frame { place: place(3), kind: *kind, payload }, &mut tags);
        }
        finish(&mut tags);
        assert_eq!(tags.metadata.iter().collect::<Vec<_>>(), [("date", "2014-12-09 23:59")]);
    }

    #[test]
    fn pictures_become_covers() {
        let check = |version, kind: &[u8; 4], payload: &[u8], expected: Option<(&str, usize)>| {
            let tags = read_one(version, *kind, payload);
            let found = tags.covers.first().map(|cover| {
                (cover.track().codec.codec.name().to_owned(), cover.packet(0).data.len())
            });
            assert_eq!(found, expected.map(|(name, size)| (name.to_owned(), size)), "{payload:?}");
        };
        check(3, b"APIC", b"\0image/jpeg\0\x03front\0\xff\xd8\xff", Some(("mjpeg", 3)));
        check(4, b"APIC", b"\x01image/jpg\0\x03\xff\xfea\0\0\0\x89PNG", Some(("png", 4)));
        check(2, b"PIC ", b"\0JPG\x03\0??", Some(("mjpeg", 2)));
        check(3, b"APIC", b"\0-->\0\x03\0http://x", None);
        check(3, b"APIC", b"\0image/png\0\x03\0", None);
        check(3, b"APIC", b"\0image/png", None);
    }

    #[test]
    fn chapters_have_titles() {
        let mut payload = b"c1\0".to_vec();
        payload.extend([0, 0, 3, 0xe8, 0, 0, 7, 0xd0]);
        payload.extend([0xff; 8]);
        payload.extend(b"TIT2\0\0\0\x03\0\0\0ab");
        let tags = read_one(3, *b"CHAP", &payload);
        let [chapter] = &*tags.chapters else { panic!("one chapter") };
        assert_eq!(chapter.start.seconds(), 1.0);
        assert_eq!(chapter.end.map(|end| end.seconds()), Some(2.0));
        assert_eq!(chapter.title, "ab");
        for length in 0..19 {
            assert!(read_one(3, *b"CHAP", &payload[..length]).chapters.is_empty());
        }
    }

    #[test]
    fn chapters_within_chapters_end() {
        let mut payload = Vec::new();
        while payload.len() < 100_000 {
            let mut outer = vec![0; 17];
            outer.extend(b"CHAP");
            outer.extend(u32::try_from(payload.len()).expect("small").to_be_bytes());
            outer.extend([0, 0]);
            outer.append(&mut payload);
            payload = outer;
        }
        assert_eq!(read_one(3, *b"CHAP", &payload).chapters.len(), 1);
    }
}
