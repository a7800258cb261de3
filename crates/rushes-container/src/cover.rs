//! Cover art: pictures of a whole file, which become tracks of one packet.

use rushes_core::{
    Buffer, CodecId, CodecParameters, MediaKind, Metadata, Packet, TimeBase, Timestamp, Track,
    VideoParameters,
};

/// A picture of the whole file.
#[derive(Clone, Debug)]
pub(crate) struct CoverArt {
    codec: CodecId,
    data: Buffer,
    metadata: Metadata,
}

impl CoverArt {
    /// A picture in this codec.
    pub(crate) fn new(codec: CodecId, data: impl Into<Buffer>) -> Self {
        Self { codec, data: data.into(), metadata: Metadata::new() }
    }

    /// The codec of a picture by its first bytes, since many writers call a PNG a JPEG.
    pub(crate) fn codec_of(bytes: &[u8]) -> Option<CodecId> {
        match bytes {
            [0x89, b'P', b'N', b'G', ..] => Some(CodecId::Png),
            [0xff, 0xd8, ..] => Some(CodecId::Mjpeg),
            [b'G', b'I', b'F', b'8', ..] => Some(CodecId::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(CodecId::WebP),
            [b'B', b'M', ..] => Some(CodecId::Unknown(MediaKind::Video, "bmp".to_owned())),
            _ => None,
        }
    }

    /// Adds a tag, unless it is empty.
    #[must_use]
    pub(crate) fn with_tag(mut self, key: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.metadata.set(key, value);
        }
        self
    }

    /// A track of one packet.
    pub(crate) fn track(&self) -> Track {
        let codec = CodecParameters::video(self.codec.clone(), VideoParameters::default());
        let base = TimeBase::per_second(90_000).unwrap_or(TimeBase::nanoseconds());
        let mut track = Track::new(0, codec, base);
        track.packets = Some(1);
        track.disposition.attached_picture = true;
        track.metadata = self.metadata.clone();
        track
    }

    /// The one packet.
    pub(crate) fn packet(&self, track: usize) -> Packet {
        Packet::new(track, self.data.clone()).with_pts(Timestamp::ZERO).with_key(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_bytes() {
        let check = |bytes: &[u8], expected: Option<&str>| {
            let codec = CoverArt::codec_of(bytes);
            assert_eq!(codec.as_ref().map(CodecId::name), expected, "{bytes:?}");
        };
        check(b"\x89PNG\r\n", Some("png"));
        check(b"\xff\xd8\xff\xe0", Some("mjpeg"));
        check(b"GIF89a", Some("gif"));
        check(b"RIFF\0\0\0\0WEBPVP8 ", Some("webp"));
        check(b"BM\0\0", Some("bmp"));
        check(b"RIFF\0\0\0\0WAVE", None);
        check(b"", None);
    }

    #[test]
    fn a_cover_is_a_track_of_one_packet() {
        let cover = CoverArt::new(CodecId::Png, vec![1, 2]).with_tag("title", "x");
        let track = cover.with_tag("comment", "").track();
        assert!(track.disposition.attached_picture);
        assert_eq!(track.metadata.iter().collect::<Vec<_>>(), [("title", "x")]);
    }
}
