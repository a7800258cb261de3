//! `Attachments`: RFC 9559, 5.1.6. Pictures are cover art; other files are tracks without packets.

use rushes_core::{Buffer, CodecId, CodecParameters, MediaKind, Metadata, Result, TimeBase, Track};

use super::ebml::{Element, Elements};
use super::ids;
use crate::cover::CoverArt;

/// A file inside the file.
#[derive(Clone, Debug)]
pub(super) enum Attachment {
    Cover(CoverArt),
    File(Box<Track>),
}

/// Reads the data of the element, whose first byte is at `offset`; the files share it.
pub(super) fn read(data: &Buffer, offset: u64) -> Result<Vec<Attachment>> {
    let mut attachments = Vec::new();
    let mut children = Elements::new(data, offset);
    while let Some(child) = children.next()? {
        if child.id == ids::ATTACHED_FILE {
            attachments.extend(read_file(&child, data, offset)?);
        }
    }
    Ok(attachments)
}

fn read_file(element: &Element<'_>, all: &Buffer, offset: u64) -> Result<Option<Attachment>> {
    let (mut name, mut media_type, mut description) = (String::new(), String::new(), String::new());
    let mut file = None;
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::FILE_NAME => name = child.string(),
            ids::FILE_MEDIA_TYPE => media_type = child.string(),
            ids::FILE_DESCRIPTION => description = child.string(),
            ids::FILE_DATA => {
                let start = usize::try_from(child.offset - offset).unwrap_or(usize::MAX);
                file = all.slice(start..start.saturating_add(child.data.len()));
            }
            _ => {}
        }
    }
    let Some(file) = file.filter(|file| !file.is_empty()) else { return Ok(None) };
    if media_type.starts_with("image/") {
        let codec = CoverArt::codec_of(&file).or_else(|| picture(&media_type));
        if let Some(codec) = codec {
            let cover = CoverArt::new(codec, file)
                .with_tag("filename", &name)
                .with_tag("mimetype", &media_type)
                .with_tag("title", &description);
            return Ok(Some(Attachment::Cover(cover)));
        }
    }
    let mut codec = CodecParameters::other(codec_of(&media_type, &name));
    codec.private = file;
    let mut track =
        Track::new(0, codec, TimeBase::per_second(90_000).unwrap_or(TimeBase::nanoseconds()));
    track.packets = Some(0);
    track.metadata = [("filename", name), ("mimetype", media_type), ("title", description)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect::<Metadata>();
    Ok(Some(Attachment::File(Box::new(track))))
}

/// The codec of a picture that does not start as pictures of a known codec do.
fn picture(media_type: &str) -> Option<CodecId> {
    let name = match media_type {
        "image/jpeg" => return Some(CodecId::Mjpeg),
        "image/png" => return Some(CodecId::Png),
        "image/gif" => return Some(CodecId::Gif),
        "image/tiff" => "tiff",
        _ => return None,
    };
    Some(CodecId::Unknown(MediaKind::Video, name.to_owned()))
}

fn codec_of(media_type: &str, name: &str) -> CodecId {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    match (media_type, extension.as_deref()) {
        (
            "application/x-truetype-font"
            | "application/x-font-ttf"
            | "font/ttf"
            | "font/sfnt"
            | "application/x-font"
            | "font/collection",
            extension,
        ) if extension != Some("otf") => CodecId::TrueType,
        ("application/vnd.ms-opentype" | "application/x-font-otf" | "font/otf", _)
        | (_, Some("otf")) => CodecId::OpenType,
        (_, Some("ttf" | "ttc")) => CodecId::TrueType,
        (other, _) => CodecId::Unknown(MediaKind::Attachment, other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{element, text};
    use super::*;

    #[test]
    fn pictures_are_covers_and_fonts_are_tracks() {
        let file = |name: &str, media_type: &str, data: &[u8]| {
            let fields = [
                text(ids::FILE_NAME, name),
                text(ids::FILE_MEDIA_TYPE, media_type),
                element(ids::FILE_DATA, data),
            ];
            element(ids::ATTACHED_FILE, &fields.concat())
        };
        let all = [
            file("cover.jpg", "image/jpeg", b"\x89PNG\r\n"),
            file("a.ttf", "application/x-truetype-font", b"font"),
            file("b.otf", "application/octet-stream", b"font"),
            file("notes.txt", "text/plain", b"text"),
            file("empty.bin", "a/b", b""),
        ];
        let found = read(&Buffer::from(all.concat()), 1000).expect("valid");
        let codecs: Vec<_> = found
            .iter()
            .map(|attachment| match attachment {
                Attachment::Cover(cover) => cover.track().codec.codec,
                Attachment::File(track) => track.codec.codec.clone(),
            })
            .collect();
        let notes = CodecId::Unknown(MediaKind::Attachment, "text/plain".to_owned());
        assert_eq!(codecs, [CodecId::Png, CodecId::TrueType, CodecId::OpenType, notes]);
        let Attachment::File(font) = &found[1] else { panic!("a font is a file") };
        assert_eq!(&*font.codec.private, b"font");
        assert_eq!(font.metadata.value("filename"), Some("a.ttf"));
    }
}
