//! Writing `ID3v2`, version 2.4.0: structure, 3 and 4; native frames, 4.2, 4.8, 4.10 and 4.14; "`ID3v2` Chapter Frame" 1.0.

use rushes_core::{Chapter, CodecId, Error, Metadata, Result, Rounding, Time, TimeBase, Track};

use super::frames::{PICTURES, TEXT};

/// Code of text in UTF-8.
const UTF8: u8 = 3;
/// What sizes of seven bits a byte can state.
const MOST_BYTES: usize = (1 << 28) - 1;
/// Code of a picture that does not say what it shows: the cover.
const FRONT_COVER: u8 = 3;

/// A picture of the file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Picture<'a> {
    pub(crate) track: &'a Track,
    pub(crate) data: &'a [u8],
}

impl Picture<'_> {
    /// The type of a picture in this codec; `None` for codecs of which players show none.
    pub(crate) fn mime(codec: &CodecId) -> Option<&'static str> {
        match codec {
            CodecId::Mjpeg => Some("image/jpeg"),
            CodecId::Png => Some("image/png"),
            CodecId::Gif => Some("image/gif"),
            CodecId::WebP => Some("image/webp"),
            _ => None,
        }
    }
}

/// A whole tag.
///
/// # Errors
/// [`Error::Usage`] for more than fits into a tag, 256 MiB; [`Error::Unsupported`] for pictures in other codecs.
pub(crate) fn write(
    metadata: &Metadata,
    chapters: &[Chapter],
    pictures: &[Picture<'_>],
) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    for (key, value) in metadata.iter().filter(|(_, value)| !value.is_empty()) {
        text(key, value, &mut body)?;
    }
    for picture in pictures {
        frame(*b"APIC", &picture_body(picture)?, &mut body)?;
    }
    write_chapters(chapters, &mut body)?;
    let mut tag = b"ID3\x04\0\0".to_vec();
    tag.extend(size(body.len())?);
    tag.append(&mut body);
    Ok(tag)
}

fn text(key: &str, value: &str, body: &mut Vec<u8>) -> Result<()> {
    let mut payload = vec![UTF8];
    let known = TEXT.iter().find(|(_, _, known)| *known == key);
    let kind = match (known, key) {
        (Some((_, kind, _)), _) => **kind,
        (None, "comment") => *b"COMM",
        (None, "lyrics") => *b"USLT",
        (None, _) => *b"TXXX",
    };
    match &kind {
        // No language in particular, and no description.
        b"COMM" | b"USLT" => payload.extend(b"und\0"),
        b"TXXX" => {
            payload.extend(key.as_bytes());
            payload.push(0);
        }
        _ => {}
    }
    payload.extend(value.as_bytes());
    frame(kind, &payload, body)
}

fn picture_body(picture: &Picture<'_>) -> Result<Vec<u8>> {
    let codec = &picture.track.codec.codec;
    let mime = Picture::mime(codec).ok_or_else(|| {
        Error::unsupported(format!("a picture in {codec} in ID3"), "mjpeg, png, gif, webp")
    })?;
    let metadata = &picture.track.metadata;
    let shows = metadata.value("comment").and_then(|comment| {
        let code = PICTURES.iter().position(|name| *name == comment)?;
        u8::try_from(code).ok()
    });
    let mut payload = vec![UTF8];
    payload.extend(mime.as_bytes());
    payload.extend([0, shows.unwrap_or(FRONT_COVER)]);
    payload.extend(metadata.value("title").unwrap_or_default().as_bytes());
    payload.push(0);
    payload.extend(picture.data);
    Ok(payload)
}

/// The chapters, behind a table of contents without which some players show none.
fn write_chapters(chapters: &[Chapter], body: &mut Vec<u8>) -> Result<()> {
    let name = |number: usize| format!("chp{number}\0");
    if let Ok(count @ 1..) = u8::try_from(chapters.len()) {
        // The top of the hierarchy, in order.
        let mut contents = b"toc\0\x03".to_vec();
        contents.push(count);
        for number in 0..chapters.len() {
            contents.extend(name(number).as_bytes());
        }
        frame(*b"CTOC", &contents, body)?;
    }
    for (number, chapter) in chapters.iter().enumerate() {
        let start = milliseconds(chapter.start)?;
        let next = chapters.get(number + 1).map(|next| next.start);
        let end = chapter.end.or(next).map_or(Ok(start), milliseconds)?;
        let mut payload = name(number).into_bytes();
        payload.extend(start.to_be_bytes());
        payload.extend(end.to_be_bytes());
        // No offsets in bytes.
        payload.extend([0xff; 8]);
        if !chapter.title.is_empty() {
            text("title", &chapter.title, &mut payload)?;
        }
        frame(*b"CHAP", &payload, body)?;
    }
    Ok(())
}

fn milliseconds(time: Time) -> Result<u32> {
    let base = TimeBase::per_second(1000).unwrap_or(TimeBase::nanoseconds());
    let ticks = time.to_base(base, Rounding::Nearest).ticks();
    // All ones is no time.
    u32::try_from(ticks).ok().filter(|time| *time < u32::MAX).ok_or_else(|| {
        Error::usage(format!("a chapter at {ticks} ms; ID3 has room for 0 to {} ms", u32::MAX - 1))
    })
}

fn frame(kind: [u8; 4], payload: &[u8], body: &mut Vec<u8>) -> Result<()> {
    body.extend(kind);
    body.extend(size(payload.len())?);
    body.extend([0, 0]);
    body.extend(payload);
    Ok(())
}

/// A size in bytes of seven bits.
fn size(length: usize) -> Result<[u8; 4]> {
    if length > MOST_BYTES {
        return Err(Error::usage(format!("{length} bytes do not fit into an ID3 tag")));
    }
    let byte = |shift: usize| u8::try_from(length >> shift & 0x7f).unwrap_or(0);
    Ok([byte(21), byte(14), byte(7), byte(0)])
}

#[cfg(test)]
mod tests {
    use rushes_core::{CodecParameters, Timestamp, VideoParameters};

    use super::*;
    use crate::id3::{Header, Tags, read_v2};

    fn read(tag: &[u8]) -> Tags {
        let header = Header::read(tag).expect("a header");
        assert_eq!(header.size, tag.len() as u64 - 10);
        let mut tags = Tags::default();
        read_v2(header, &tag[10..], &mut tags);
        tags
    }

    fn at(milliseconds: i64) -> Time {
        TimeBase::per_second(1000).expect("not zero").time(Timestamp::new(milliseconds))
    }

    #[test]
    fn tags_round_trip() {
        let metadata: Metadata = [
            ("title", "Où"),
            ("artist", "x"),
            ("date", "2014-12-09"),
            ("track", "3/12"),
            ("genre", "Rock"),
            ("comment", "said"),
            ("lyrics", "la la"),
            ("my own", "thing"),
            ("encoder", "rushes"),
        ]
        .into_iter()
        .collect();
        let tags = read(&write(&metadata, &[], &[]).expect("small"));
        assert_eq!(tags.metadata, metadata);
        assert_eq!(write(&Metadata::new(), &[], &[]).expect("small"), b"ID3\x04\0\0\0\0\0\0");
    }

    #[test]
    fn chapters_round_trip() {
        let chapter = |start, end: Option<i64>, title: &str| Chapter {
            start: at(start),
            end: end.map(at),
            title: title.to_owned(),
        };
        let chapters = [
            chapter(0, Some(1500), "One"),
            chapter(2000, Some(3000), ""),
            chapter(3000, None, "é"),
        ];
        let found = read(&write(&Metadata::new(), &chapters, &[]).expect("small")).chapters;
        assert_eq!(found, chapters);
        let negative = [chapter(-1, None, "")];
        assert!(write(&Metadata::new(), &negative, &[]).is_err());
        let many: Vec<_> = (0..300).map(|n| chapter(n, Some(n + 1), "")).collect();
        let found = read(&write(&Metadata::new(), &many, &[]).expect("small")).chapters;
        assert_eq!(found, many);
    }

    #[test]
    fn pictures_round_trip() {
        let codec = |codec| CodecParameters::video(codec, VideoParameters::default());
        let base = TimeBase::nanoseconds();
        let mut track = Track::new(0, codec(CodecId::Png), base);
        track.metadata.set("title", "back");
        track.metadata.set("comment", "Cover (back)");
        // Sizes that take more than one byte of seven bits.
        let data = [b"\x89PNG\r\n".to_vec(), vec![0xff; 300]].concat();
        let picture = Picture { track: &track, data: &data };
        let tags = read(&write(&Metadata::new(), &[], &[picture]).expect("small"));
        let found = tags.covers.first().expect("one");
        assert_eq!(found.track().metadata, track.metadata);
        assert_eq!(found.packet(0).data[..], data[..]);
        let other = Track::new(0, codec(CodecId::H264), base);
        let picture = Picture { track: &other, data: &data };
        assert!(write(&Metadata::new(), &[], &[picture]).is_err());
    }
}
