//! Tags, cover art and chapters: the `ilst` of iTunes, the `mdta` keys and `©xxx` strings of QuickTime, the strings of
//! 3GPP TS 26.244, Nero's `chpl`.
//!
//! Tags never decide whether a file plays. So what is broken here is left out, and the rest is read.

use rushes_core::{Buffer, Chapter, CodecId, Limits, MediaKind, Metadata, TimeBase, Timestamp};

use super::boxes::{BoxReader, FourCc, Ftyp};
use super::movie::{Movie, Payload, TrackBoxes};
use crate::cover::CoverArt;
use crate::date;
use crate::id3;

/// Nero chapters count in 100 ns.
const CHAPTER_UNITS: u32 = 10_000_000;

/// Seconds from 1904, the epoch of these files, to 1970.
const EPOCH: u64 = 2_082_844_800;

/// What a file says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct FileTags {
    pub(super) metadata: Metadata,
    pub(super) chapters: Vec<Chapter>,
    pub(super) covers: Vec<CoverArt>,
    pub(super) gapless: Option<Gapless>,
}

/// What iTunes says of the samples that the encoder added (`iTunSMPB`).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Gapless {
    /// Samples added at the start.
    pub(super) delay: u32,
    /// Samples added at the end.
    pub(super) padding: u32,
    /// Samples between.
    pub(super) samples: u64,
}

impl Gapless {
    /// Hexadecimal numbers: zero, delay, padding, samples, and more zeros.
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split_whitespace().skip(1);
        let mut number = || u64::from_str_radix(numbers.next()?, 16).ok();
        let (delay, padding) = (u32::try_from(number()?).ok()?, u32::try_from(number()?).ok()?);
        // More than any encoder adds is a mistake.
        let sane = (1..16_384).contains(&delay);
        number().filter(|_| sane).map(|samples| Self { delay, padding, samples })
    }
}

/// Reads the tags of a file.
pub(super) fn read(movie: &Movie, brand: Option<&Ftyp>, limits: &Limits) -> FileTags {
    let mut tags = FileTags::default();
    read_brand(brand, &mut tags.metadata);
    if let Some(time) = movie.header.as_ref().and_then(|header| creation_time(header.creation)) {
        tags.metadata.set("creation_time", time);
    }
    for payload in &movie.user_data {
        read_user_data(payload.reader(), &mut tags);
    }
    for payload in &movie.meta {
        read_meta(payload, &mut tags);
    }
    tags.covers.truncate(usize::try_from(limits.tracks).unwrap_or(usize::MAX));
    tags
}

/// The brands, as tags.
pub(super) fn read_brand(brand: Option<&Ftyp>, metadata: &mut Metadata) {
    let Some(brand) = brand else { return };
    metadata.set("major_brand", brand.major.to_string());
    metadata.set("minor_version", brand.minor.to_string());
    let brands: String = brand.compatible.iter().map(ToString::to_string).collect();
    metadata.set("compatible_brands", brands);
}

/// Reads the tags of a track.
pub(super) fn read_track(track: &TrackBoxes) -> Metadata {
    let mut tags = FileTags::default();
    if let Some(time) = track.media.as_ref().and_then(|media| creation_time(media.creation)) {
        tags.metadata.set("creation_time", time);
    }
    for payload in &track.user_data {
        read_user_data(payload.reader(), &mut tags);
    }
    for payload in &track.meta {
        read_meta(payload, &mut tags);
    }
    tags.metadata
}

/// The text of a sample of a chapter track: its length, then the text.
pub(super) fn text_sample(payload: &[u8]) -> String {
    let mut r = BoxReader::new(payload, 0);
    let text = r.u16().and_then(|length| r.bytes(usize::from(length).min(r.remaining())));
    text.map(decode_text).unwrap_or_default()
}

fn read_user_data(mut r: BoxReader<'_>, tags: &mut FileTags) {
    while let Ok(Some((kind, mut child))) = r.child() {
        match &kind.0 {
            b"meta" => {
                let offset = child.offset();
                let data = Buffer::from(child.rest());
                read_meta(&Payload { data, offset }, tags);
            }
            b"chpl" => tags.chapters = read_nero_chapters(child).unwrap_or_default(),
            b"name" => set(tags, "title", &decode_text(child.rest())),
            b"titl" | b"auth" | b"cprt" | b"dscp" | b"perf" | b"albm" | b"gnre" => {
                read_3gpp(kind, child, tags);
            }
            [0xa9, ..] => {
                if let (Some(key), Some(text)) = (key_of(kind), quicktime_text(child)) {
                    set(tags, key, &text);
                }
            }
            _ => {}
        }
    }
}

/// QuickTime's international text: length, language, text.
fn quicktime_text(mut r: BoxReader<'_>) -> Option<String> {
    let length = usize::from(r.u16().ok()?);
    r.skip(2).ok()?;
    r.bytes(length).ok().map(decode_text)
}

/// Strings of 3GPP: a full box with a language in front of the text.
fn read_3gpp(kind: FourCc, mut r: BoxReader<'_>, tags: &mut FileTags) {
    let key = match &kind.0 {
        b"titl" => "title",
        b"auth" | b"perf" => "artist",
        b"cprt" => "copyright",
        b"dscp" => "description",
        b"albm" => "album",
        _ => "genre",
    };
    if r.skip(6).is_ok() {
        set(tags, key, &decode_text(r.rest()));
    }
}

/// `meta` is a full box in ISO files and a plain one in QuickTime files: its first child tells.
fn read_meta(payload: &Payload, tags: &mut FileTags) {
    let skip = if payload.data.get(4..8) == Some(b"hdlr") { 0 } else { 4 };
    let mut r = payload.reader();
    if r.skip(skip).is_err() {
        return;
    }
    let mut keys = Vec::new();
    while let Ok(Some((kind, child))) = r.child() {
        match &kind.0 {
            b"keys" => keys = read_keys(child).unwrap_or_default(),
            b"ilst" => read_items(child, &keys, tags),
            _ => {}
        }
    }
}

/// The keys of QuickTime metadata, which items refer to by number.
fn read_keys(mut r: BoxReader<'_>) -> Option<Vec<String>> {
    r.skip(4).ok()?;
    let count = r.u32().ok()?;
    let mut keys = Vec::new();
    for _ in 0..count {
        let Ok(Some((_, mut key))) = r.child() else { break };
        keys.push(String::from_utf8_lossy(key.rest()).into_owned());
    }
    Some(keys)
}

fn read_items(mut r: BoxReader<'_>, keys: &[String], tags: &mut FileTags) {
    while let Ok(Some((kind, item))) = r.child() {
        if kind.0 == *b"----" {
            read_custom(item, tags);
            continue;
        }
        let named =
            usize::try_from(kind.code()).ok().and_then(|number| keys.get(number.checked_sub(1)?));
        let key =
            named.map(|key| key_of_quicktime(key)).or_else(|| key_of(kind).map(str::to_owned));
        for (data_type, value) in data_of(item) {
            match (&kind.0, &key) {
                (b"covr", _) => tags.covers.extend(cover_of(data_type, value)),
                (b"gnre", _) => set(tags, "genre", genre_of(value).unwrap_or_default()),
                (_, Some(key)) => set(tags, key, &value_text(kind, data_type, value)),
                _ => {}
            }
        }
    }
}

/// The values of an item: type and bytes.
fn data_of(mut item: BoxReader<'_>) -> Vec<(u32, &[u8])> {
    let mut values = Vec::new();
    while let Ok(Some((kind, mut data))) = item.child() {
        if kind.0 == *b"data"
            && let (Ok(data_type), Ok(())) = (data.u32(), data.skip(4))
        {
            values.push((data_type & 0x00ff_ffff, data.rest()));
        }
    }
    values
}

/// An item with a name of its own.
fn read_custom(mut item: BoxReader<'_>, tags: &mut FileTags) {
    let mut name = None;
    while let Ok(Some((kind, mut child))) = item.child() {
        match &kind.0 {
            b"name" if child.skip(4).is_ok() => name = Some(decode_text(child.rest())),
            b"data" if child.skip(8).is_ok() => {
                if name.as_deref() == Some("iTunSMPB") {
                    tags.gapless = Gapless::parse(&decode_text(child.rest()));
                } else if let Some(name) = &name {
                    set(tags, &name.to_lowercase(), &decode_text(child.rest()));
                }
            }
            _ => {}
        }
    }
}

/// The genre that a value of two bytes numbers, counting from one.
fn genre_of(value: &[u8]) -> Option<&'static str> {
    let number = u16::from_be_bytes(*value.first_chunk()?);
    id3::genre(number.checked_sub(1)?)
}

fn cover_of(data_type: u32, value: &[u8]) -> Option<CoverArt> {
    let codec = match data_type {
        13 => CodecId::Mjpeg,
        14 => CodecId::Png,
        27 => CodecId::Unknown(MediaKind::Video, "bmp".to_owned()),
        _ => CoverArt::codec_of(value)?,
    };
    let codec = CoverArt::codec_of(value).unwrap_or(codec);
    (!value.is_empty()).then(|| CoverArt::new(codec, value))
}

/// The text of a value: as it is, or the number that it is.
fn value_text(kind: FourCc, data_type: u32, value: &[u8]) -> String {
    let number = |bytes: &[u8]| match bytes {
        [a] => Some(i64::from(a.cast_signed())),
        [a, b] => Some(i64::from(i16::from_be_bytes([*a, *b]))),
        [a, b, c, d] => Some(i64::from(i32::from_be_bytes([*a, *b, *c, *d]))),
        [a, b, c, d, e, f, g, h] => Some(i64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h])),
        _ => None,
    };
    match (&kind.0, value) {
        // Number and total.
        (b"trkn" | b"disk", [_, _, a, b, c, d, ..]) => {
            match (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])) {
                (number, 0) => number.to_string(),
                (number, total) => format!("{number}/{total}"),
            }
        }
        _ => match data_type {
            0 | 21 | 22 | 65..=67 | 74..=78 => number(value).map(|value| value.to_string()),
            2 => {
                let (units, _) = value.as_chunks();
                let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
                Some(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect())
            }
            _ => None,
        }
        .unwrap_or_else(|| decode_text(value)),
    }
}

/// UTF-8, or UTF-16 behind a byte order mark, or Latin-1; up to the first zero.
fn decode_text(bytes: &[u8]) -> String {
    if let [0xfe, 0xff, rest @ ..] = bytes {
        let (units, _) = rest.as_chunks();
        let units =
            units.iter().map(|unit| u16::from_be_bytes(*unit)).take_while(|unit| *unit != 0);
        return char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect();
    }
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    match str::from_utf8(text) {
        Ok(text) => text.to_owned(),
        Err(_) => text.iter().map(|byte| char::from(*byte)).collect(),
    }
}

fn set(tags: &mut FileTags, key: &str, value: &str) {
    if !value.is_empty() {
        tags.metadata.set(key, value);
    }
}

/// The key of an item or a QuickTime string; `None` for those that nobody asks for.
fn key_of(kind: FourCc) -> Option<&'static str> {
    let rest = match &kind.0 {
        [0xa9, rest @ ..] => rest,
        b"aART" => return Some("album_artist"),
        b"cprt" => return Some("copyright"),
        b"cpil" => return Some("compilation"),
        b"desc" => return Some("description"),
        b"disk" => return Some("disc"),
        b"keyw" => return Some("keywords"),
        b"catg" => return Some("category"),
        b"ldes" => return Some("synopsis"),
        b"pgap" => return Some("gapless_playback"),
        b"purd" => return Some("purchase_date"),
        b"soaa" => return Some("sort_album_artist"),
        b"soal" => return Some("sort_album"),
        b"soar" => return Some("sort_artist"),
        b"soco" => return Some("sort_composer"),
        b"sonm" => return Some("sort_name"),
        b"tmpo" => return Some("tempo"),
        b"trkn" => return Some("track"),
        b"tven" => return Some("episode_id"),
        b"tves" => return Some("episode_sort"),
        b"tvnn" => return Some("network"),
        b"tvsh" => return Some("show"),
        b"tvsn" => return Some("season_number"),
        b"rtng" => return Some("rating"),
        b"stik" => return Some("media_type"),
        b"hdvd" => return Some("hd_video"),
        _ => return None,
    };
    Some(match rest {
        b"nam" => "title",
        b"ART" | b"aut" => "artist",
        b"alb" => "album",
        b"day" => "date",
        b"cmt" | b"inf" => "comment",
        b"cpy" => "copyright",
        b"des" => "description",
        b"dir" => "director",
        b"enc" | b"swr" | b"too" => "encoder",
        b"gen" => "genre",
        b"grp" => "grouping",
        b"key" => "keywords",
        b"lyr" => "lyrics",
        b"mak" => "make",
        b"mod" => "model",
        b"prd" | b"PRD" => "producer",
        b"prf" => "performers",
        b"trk" => "track",
        b"url" => "url",
        b"wrt" | b"com" => "composer",
        b"xyz" => "location",
        _ => return None,
    })
}

/// QuickTime's own keys in the usual words; others as they are, in lower case.
fn key_of_quicktime(key: &str) -> String {
    let key = key.to_lowercase();
    let usual = match key.strip_prefix("com.apple.quicktime.") {
        Some("author") => Some("artist"),
        Some("software") => Some("encoder"),
        Some("location.iso6709") => Some("location"),
        Some(
            known @ ("title" | "artist" | "album" | "comment" | "copyright" | "description"
            | "genre" | "keywords" | "make" | "model" | "producer" | "composer" | "year"),
        ) => Some(known),
        _ => None,
    };
    usual.map_or_else(|| key.clone(), str::to_owned)
}

fn read_nero_chapters(mut r: BoxReader<'_>) -> Option<Vec<Chapter>> {
    r.read_version().ok()?;
    if r.version() > 0 {
        r.skip(4).ok()?;
    }
    let count = r.u8().ok()?;
    let base = TimeBase::per_second(CHAPTER_UNITS)?;
    let mut chapters: Vec<Chapter> = Vec::new();
    for _ in 0..count {
        let start = i64::try_from(r.u64().ok()?).ok()?;
        let length = usize::from(r.u8().ok()?);
        let title = decode_text(r.bytes(length).ok()?);
        let start = base.time(Timestamp::new(start));
        if let Some(last) = chapters.last_mut() {
            last.end = Some(start);
        }
        chapters.push(Chapter { start, end: None, title });
    }
    Some(chapters)
}

/// A time since 1904 as ISO 8601; `None` for none. Writers that count from 1970 give themselves away.
fn creation_time(seconds: u64) -> Option<String> {
    if seconds == 0 {
        return None;
    }
    let unix = seconds.checked_sub(EPOCH).unwrap_or(seconds);
    date::format(i64::try_from(unix).ok()?.checked_mul(1_000_000)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creation_times() {
        let check = |seconds, expected: Option<&str>| {
            assert_eq!(creation_time(seconds).as_deref(), expected);
        };
        check(0, None);
        check(EPOCH, Some("1970-01-01T00:00:00.000000Z"));
        check(EPOCH + 951_782_400, Some("2000-02-29T00:00:00.000000Z"));
        check(1_700_000_000, Some("2023-11-14T22:13:20.000000Z"));
        check(u64::MAX, None);
    }

    #[test]
    fn gapless_comments() {
        let check = |text, expected| assert_eq!(Gapless::parse(text), expected);
        let whole = Gapless { delay: 0x840, padding: 0x1f5, samples: 0x2c7e5 };
        check(" 00000000 00000840 000001F5 000000000002C7E5 00000000", Some(whole));
        check(" 00000000 00000000 000001F5 000000000002C7E5", None);
        check(" 00000000 00000840 000001F5", None);
        check("x y z", None);
    }

    #[test]
    fn values_become_text() {
        let check = |kind: &[u8; 4], data_type, value: &[u8], expected: &str| {
            assert_eq!(value_text(FourCc(*kind), data_type, value), expected);
        };
        check(b"trkn", 0, &[0, 0, 0, 3, 0, 12, 0, 0], "3/12");
        check(b"disk", 0, &[0, 0, 0, 1, 0, 0], "1");
        check(b"cpil", 21, &[1], "1");
        check(b"tmpo", 21, &[0, 120], "120");
        check(b"\xa9nam", 1, "Füchse".as_bytes(), "Füchse");
        check(b"\xa9nam", 1, b"F\xfcchse", "Füchse");
        check(b"\xa9nam", 2, &[0, 65, 0xd8, 0], "A\u{fffd}");
    }
}
