//! Pictures: the metadata block of FLAC (RFC 9639, 8.8), which comments of Ogg hold as well.

use rushes_core::{Buffer, CodecId, Error, Packet, Result, Track};

use crate::cover::CoverArt;
use crate::id3::PICTURES;

/// A picture of the whole file.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Picture {
    /// What it shows, by the code of `ID3v2`.
    kind: u32,
    media_type: String,
    description: String,
    width: u32,
    height: u32,
    data: Buffer,
}

/// Codecs, and the media types of their pictures.
const TYPES: [(CodecId, &str); 4] = [
    (CodecId::Png, "image/png"),
    (CodecId::Mjpeg, "image/jpeg"),
    (CodecId::Gif, "image/gif"),
    (CodecId::WebP, "image/webp"),
];
/// The media type of a picture that is elsewhere, with its address in place of its data.
const LINK: &str = "-->";
/// What a picture is unless somebody says so: the front of the cover.
const FRONT: u32 = 3;

impl Picture {
    /// Reads the body of a block; `None` where it is cut off.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = take_number(bytes)?;
        let (media_type, rest) = take(rest)?;
        let (description, rest) = take(rest)?;
        let (width, rest) = take_number(rest)?;
        let (height, rest) = take_number(rest)?;
        // Behind the size: bits of a pixel and colours of a palette.
        let (data, _) = take(rest.get(8..)?)?;
        Some(Self {
            kind,
            media_type: String::from_utf8_lossy(media_type).into_owned(),
            description: String::from_utf8_lossy(description).into_owned(),
            width,
            height,
            data: Buffer::from(data),
        })
    }

    /// A picture of which nothing is known.
    pub(crate) fn plain(data: Vec<u8>) -> Self {
        Self { kind: FRONT, data: Buffer::from(data), ..Self::default() }
    }

    /// The picture of a cover track.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a codec that no player takes for a cover.
    pub(crate) fn of(track: &Track, packet: &Packet) -> Result<Self> {
        let codec = CoverArt::codec_of(&packet.data).unwrap_or_else(|| track.codec.codec.clone());
        let known = TYPES.iter().find(|(known, _)| *known == codec).map(|(_, name)| *name);
        let media_type = match known {
            Some(name) => name,
            None if codec.name() == "bmp" => "image/bmp",
            None => {
                return Err(Error::unsupported(
                    format!("cover art in {codec}"),
                    "png, mjpeg, gif, webp, bmp",
                ));
            }
        };
        let kind = track.metadata.value("comment").and_then(|comment| {
            let found = PICTURES.iter().position(|name| *name == comment)?;
            u32::try_from(found).ok()
        });
        let (width, height) =
            track.codec.as_video().map_or((0, 0), |video| (video.width, video.height));
        Ok(Self {
            kind: kind.unwrap_or(FRONT),
            media_type: media_type.to_owned(),
            description: track.metadata.value("title").unwrap_or_default().to_owned(),
            width,
            height,
            data: packet.data.clone(),
        })
    }

    /// The cover; `None` where the picture is elsewhere, or in a format that nobody knows.
    pub(crate) fn cover(self) -> Option<CoverArt> {
        if self.media_type == LINK || self.data.is_empty() {
            return None;
        }
        let stated = TYPES.iter().find(|(_, name)| self.media_type.eq_ignore_ascii_case(name));
        let stated = stated.map(|(codec, _)| codec.clone()).or_else(|| {
            self.media_type.eq_ignore_ascii_case("image/jpg").then_some(CodecId::Mjpeg)
        });
        let codec = CoverArt::codec_of(&self.data).or(stated)?;
        let kind = usize::try_from(self.kind).ok().and_then(|kind| PICTURES.get(kind));
        let cover = CoverArt::new(codec, self.data).with_tag("title", &self.description);
        Some(cover.with_tag("comment", kind.unwrap_or(&PICTURES[0])))
    }

    /// The body of the block.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes = self.kind.to_be_bytes().to_vec();
        for text in [&self.media_type, &self.description] {
            push(&mut bytes, text.as_bytes());
        }
        // Bits of a pixel and colours of a palette are not known, which is zero.
        for number in [self.width, self.height, 0, 0] {
            bytes.extend(number.to_be_bytes());
        }
        push(&mut bytes, &self.data);
        bytes
    }
}

/// Appends bytes behind their length. Whoever writes blocks checks that they are not too long.
fn push(bytes: &mut Vec<u8>, data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    bytes.extend(length.to_be_bytes());
    bytes.extend(data);
}

fn take_number(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((u32::from_be_bytes(*number), rest))
}

fn take(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = take_number(bytes)?;
    rest.split_at_checked(usize::try_from(length).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(media_type: &str, data: &[u8]) -> Picture {
        Picture {
            kind: 4,
            media_type: media_type.to_owned(),
            description: "back".to_owned(),
            width: 3,
            height: 2,
            data: Buffer::from(data),
        }
    }

    #[test]
    fn blocks_round_trip_and_are_whole_or_nothing() {
        let picture = picture("image/png", b"\x89PNG");
        let bytes = picture.write();
        assert_eq!(Picture::read(&bytes), Some(picture));
        for cut in 0..bytes.len() {
            assert_eq!(Picture::read(&bytes[..cut]), None, "{cut}");
        }
        let mut huge = bytes;
        huge[4..8].fill(0xff);
        assert_eq!(Picture::read(&huge), None);
    }

    #[test]
    fn covers_are_told_by_bytes_then_by_type() {
        let check = |media_type: &str, data: &[u8], expected: Option<&str>| {
            let cover = picture(media_type, data).cover();
            let codec = cover.map(|cover| cover.track().codec.codec);
            assert_eq!(codec.as_ref().map(CodecId::name), expected, "{media_type}");
        };
        check("image/jpeg", b"\x89PNG", Some("png"));
        check("image/JPEG", b"what", Some("mjpeg"));
        check("image/jpg", b"what", Some("mjpeg"));
        check("image/avif", b"what", None);
        check("-->", b"\x89PNG", None);
        check("image/png", b"", None);
    }

    #[test]
    fn what_a_picture_shows_has_a_name() {
        let track = picture("", b"\x89PNG").cover().expect("a cover").track();
        assert_eq!(track.metadata.value("comment"), Some("Cover (back)"));
        assert_eq!(track.metadata.value("title"), Some("back"));
        let packet = Packet::new(0, &b"\x89PNG"[..]);
        assert_eq!(Picture::of(&track, &packet).expect("png").kind, 4);
        let packet = Packet::new(0, &b"\0\0\x01"[..]);
        let mut track = track;
        track.codec = rushes_core::CodecParameters::other(CodecId::H264);
        assert!(Picture::of(&track, &packet).is_err());
    }
}
