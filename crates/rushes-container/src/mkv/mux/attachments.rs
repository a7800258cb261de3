//! Attached files: RFC 9559, 5.1.6. Cover art is one whose name starts with `cover`.

use rushes_core::{Buffer, CodecId, MediaKind, Metadata, Track};

use super::uid::Uids;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;

/// A file that is to be attached.
#[derive(Clone, Debug)]
pub(super) struct Attachment {
    name: String,
    media_type: String,
    description: Option<String>,
    uid: u64,
    /// `None` as long as the packet that holds a picture has not come.
    data: Option<Buffer>,
}

impl Attachment {
    /// The file of a track of attachments, whose bytes are its private data, or of cover art, whose bytes are its packet.
    pub(super) fn new(index: usize, track: &Track, uids: Uids) -> Self {
        let is_picture = track.disposition.attached_picture;
        let (stem, extension, media_type) = nature(&track.codec.codec);
        let stem = if is_picture { "cover" } else { stem };
        let value = |key: &str| track.metadata.value(key).map(str::to_owned);
        Self {
            name: value("filename").unwrap_or_else(|| format!("{stem}.{extension}")),
            media_type: value("mimetype").unwrap_or_else(|| media_type.to_owned()),
            description: description(&track.metadata),
            uid: uids.uid("attachment", index),
            data: (!is_picture).then(|| track.codec.private.clone()),
        }
    }

    pub(super) const fn is_whole(&self) -> bool {
        self.data.is_some()
    }

    /// Takes the picture. Of several packets the first one counts.
    pub(super) fn fill(&mut self, data: &Buffer) {
        self.data.get_or_insert_with(|| data.clone());
    }
}

/// The element; `None` where nothing is attached.
pub(super) fn write(files: &[Attachment], checked: bool) -> Option<Vec<u8>> {
    if !files.iter().any(Attachment::is_whole) {
        return None;
    }
    let mut w = EbmlWriter::new();
    w.checked_master(ids::ATTACHMENTS, checked, |w| {
        for file in files {
            let Some(data) = &file.data else { continue };
            w.master(ids::ATTACHED_FILE, |w| {
                if let Some(description) = &file.description {
                    w.text(ids::FILE_DESCRIPTION, description);
                }
                w.text(ids::FILE_NAME, &file.name);
                w.text(ids::FILE_MEDIA_TYPE, &file.media_type);
                w.binary(ids::FILE_DATA, data);
                w.uint(ids::FILE_UID, file.uid);
            });
        }
    });
    Some(w.into_bytes())
}

fn description(metadata: &Metadata) -> Option<String> {
    metadata.value("title").filter(|title| !title.is_empty()).map(str::to_owned)
}

/// Name without extension, extension and media type of a file in this codec.
fn nature(codec: &CodecId) -> (&'static str, &'static str, &str) {
    match codec {
        CodecId::Mjpeg => ("picture", "jpg", "image/jpeg"),
        CodecId::Png => ("picture", "png", "image/png"),
        CodecId::Gif => ("picture", "gif", "image/gif"),
        CodecId::WebP => ("picture", "webp", "image/webp"),
        CodecId::TrueType => ("font", "ttf", "font/ttf"),
        CodecId::OpenType => ("font", "otf", "font/otf"),
        CodecId::Unknown(MediaKind::Attachment, name) if name.contains('/') => {
            ("attachment", "bin", name)
        }
        _ => ("attachment", "bin", "application/octet-stream"),
    }
}
