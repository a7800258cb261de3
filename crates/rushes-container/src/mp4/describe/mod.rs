//! What a sample description says of a track: codec, format, private data.

mod audio;
mod pcm;
mod private;
mod video;

use rushes_core::{Buffer, CodecId, CodecParameters, MediaKind, Result};

use super::boxes::{
    AudioEntry, BoxReader, DecoderConfig, Esds, FourCc, FullBox, RawBox, SampleEntry, VisualEntry,
    read_boxes,
};
use super::layout::Grouping;
use super::movie::TrackBoxes;

pub(super) use video::describe_item;

/// What a track is.
#[derive(Clone, Debug)]
pub(super) struct Description {
    pub(super) codec: CodecParameters,
    /// Why it cannot be decoded although its codec is known.
    pub(super) unsupported: Option<String>,
    /// Set for uncompressed sound, and other sound in tiny samples.
    pub(super) grouping: Option<Grouping>,
    /// The samples are in a file that we do not open.
    pub(super) external: bool,
}

/// What the boxes of a sample entry say, whatever the codec.
#[derive(Clone, Debug, Default)]
struct Extensions {
    /// Name of the entry before encryption, or the format in QuickTime's `wave`.
    original: Option<FourCc>,
    /// Scheme of the encryption.
    scheme: Option<FourCc>,
    encrypted: bool,
    esds: Option<DecoderConfig>,
    boxes: Vec<RawBox>,
}

/// Describes a track by one of its sample entries, numbered from zero.
pub(super) fn describe(track: &TrackBoxes, number: usize, quicktime: bool) -> Description {
    let kind = track.handler.as_ref().map_or(MediaKind::Data, |hdlr| kind_of_handler(hdlr.handler));
    let Some(entry) = track.descriptions.entries.get(number) else {
        let codec = CodecParameters::other(CodecId::Unknown(kind, "none".to_owned()));
        let unsupported = Some("no sample description".to_owned());
        return Description { codec, unsupported, grouping: None, external: false };
    };
    let described = match kind {
        MediaKind::Video => video::describe(track, entry),
        MediaKind::Audio => audio::describe(track, entry, quicktime),
        _ => describe_other(kind, entry),
    };
    let mut description = described.unwrap_or_else(|error| {
        let codec = CodecParameters::other(CodecId::Unknown(kind, entry.kind.to_string()));
        let unsupported = Some(format!("broken sample description: {error}"));
        Description { codec, unsupported, grouping: None, external: false }
    });
    let external = usize::from(entry.data_reference)
        .checked_sub(1)
        .and_then(|index| track.references.entries.get(index))
        .filter(|entry| {
            entry.kind.0 == *b"alis" && entry.flags & 1 == 0 && entry.location.len() > 150
        });
    if external.is_some() {
        description.external = true;
        description.unsupported = Some("the samples are in another file".to_owned());
    }
    description
}

/// The encryption of the first of several sample entries that is encrypted.
pub(super) fn protection_of_any(track: &TrackBoxes) -> Option<String> {
    let entries = track.descriptions.entries.iter().enumerate();
    let mut encrypted = entries.filter(|(_, entry)| matches!(&entry.kind.0, b"encv" | b"enca"));
    let (number, _) = encrypted.next()?;
    describe(track, number, false).unsupported.map(|why| format!("in parts {why}"))
}

/// What a handler holds: ISO/IEC 14496-12, 12, and QuickTime's media types.
pub(super) fn kind_of_handler(handler: FourCc) -> MediaKind {
    match &handler.0 {
        b"vide" | b"pict" | b"auxv" => MediaKind::Video,
        b"soun" | b"m1a " => MediaKind::Audio,
        b"text" | b"sbtl" | b"subt" | b"subp" | b"clcp" => MediaKind::Subtitle,
        _ => MediaKind::Data,
    }
}

fn describe_other(kind: MediaKind, entry: &SampleEntry) -> Result<Description> {
    let (codec, private) = match &entry.kind.0 {
        b"tx3g" | b"text" => (CodecId::MovText, entry.body.clone()),
        b"wvtt" => (CodecId::WebVtt, entry.body.clone()),
        b"c608" => (CodecId::Eia608, Vec::new()),
        b"tmcd" => (CodecId::Timecode, entry.body.clone()),
        b"mp4s" => {
            let extensions = Extensions::read(&read_boxes(&entry.body))?;
            match extensions.esds {
                Some(config) if config.object_type == 0xe0 => {
                    (CodecId::DvdSubtitle, config.specific)
                }
                _ => (CodecId::Unknown(kind, entry.kind.to_string()), Vec::new()),
            }
        }
        _ => (CodecId::Unknown(kind, entry.kind.to_string()), entry.body.clone()),
    };
    let mut codec = CodecParameters::other(codec);
    codec.private = Buffer::from(private);
    Ok(Description { codec, unsupported: None, grouping: None, external: false })
}

impl Extensions {
    fn read(boxes: &[RawBox]) -> Result<Self> {
        let mut extensions = Self::default();
        for extension in boxes {
            match &extension.kind.0 {
                b"sinf" => extensions.read_protection(&extension.payload)?,
                b"wave" => extensions.read_wave(&extension.payload)?,
                b"esds" => extensions.read_esds(&extension.payload)?,
                _ => extensions.boxes.push(extension.clone()),
            }
        }
        Ok(extensions)
    }

    /// The payload of a box; of several of the same name the first counts.
    fn payload(&self, kind: [u8; 4]) -> Option<&[u8]> {
        self.boxes.iter().find(|extension| extension.kind.0 == kind).map(|found| &*found.payload)
    }

    /// The payload of a full box behind version and flags.
    fn full_payload(&self, kind: [u8; 4]) -> Option<&[u8]> {
        self.payload(kind).and_then(|payload| payload.get(4..))
    }

    /// Protection scheme information, ISO/IEC 14496-12, 8.12.
    fn read_protection(&mut self, payload: &[u8]) -> Result<()> {
        self.encrypted = true;
        for child in read_boxes(payload) {
            let mut r = BoxReader::new(&child.payload, 0);
            match &child.kind.0 {
                b"frma" => self.original = Some(r.fourcc()?),
                b"schm" => {
                    r.read_version()?;
                    self.scheme = Some(r.fourcc()?);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// QuickTime's sound extensions: the boxes of an ISO file, one level deeper.
    fn read_wave(&mut self, payload: &[u8]) -> Result<()> {
        for child in read_boxes(payload) {
            match &child.kind.0 {
                b"frma" => self.original = Some(BoxReader::new(&child.payload, 0).fourcc()?),
                b"esds" => self.read_esds(&child.payload)?,
                _ => self.boxes.push(child),
            }
        }
        Ok(())
    }

    fn read_esds(&mut self, payload: &[u8]) -> Result<()> {
        let esds = Esds::parse(BoxReader::new(payload, 0)).map_err(|error| error.within("esds"))?;
        self.esds.get_or_insert(esds.config);
        Ok(())
    }

    /// The name of the entry before encryption.
    fn clear_kind(&self, entry: &SampleEntry) -> FourCc {
        match &entry.kind.0 {
            b"encv" | b"enca" => self.original.unwrap_or(entry.kind),
            _ => entry.kind,
        }
    }

    /// Why an encrypted track cannot be decoded.
    fn protection(&self, entry: &SampleEntry) -> Option<String> {
        let entry_is_encrypted = matches!(&entry.kind.0, b"encv" | b"enca");
        (self.encrypted || entry_is_encrypted).then(|| {
            let scheme =
                self.scheme.map_or("unknown scheme".to_owned(), |scheme| scheme.to_string());
            format!("encrypted ({scheme})")
        })
    }
}

/// The codec of an MPEG-4 object type indication (ISO/IEC 14496-1, table 5, and the MP4 registration authority).
fn codec_of_object_type(object_type: u8, kind: MediaKind) -> CodecId {
    match object_type {
        0x20 => CodecId::Mpeg4,
        0x21 => CodecId::H264,
        0x23 => CodecId::Hevc,
        0x40 | 0x66..=0x68 => CodecId::Aac,
        0x60..=0x65 => CodecId::Mpeg2Video,
        0x69 | 0x6b => CodecId::Mp3,
        0x6a => CodecId::Mpeg1Video,
        0x6c => CodecId::Mjpeg,
        0x6d => CodecId::Png,
        0xa5 => CodecId::Ac3,
        0xa6 => CodecId::Eac3,
        0xa9..=0xac => CodecId::Dts,
        0xad => CodecId::Opus,
        0xb1 => CodecId::Vp9,
        0xc1 => CodecId::Flac,
        0xdd => CodecId::Vorbis,
        0xe0 => CodecId::DvdSubtitle,
        other => CodecId::Unknown(kind, format!("mp4 object type {other:#04x}")),
    }
}

/// Average bits per second of an elementary stream; `None` where unknown.
fn bit_rate_of(config: Option<&DecoderConfig>, btrt: Option<&[u8]>) -> Option<u64> {
    let average = config.map(|config| config.average_bit_rate).filter(|rate| *rate > 0);
    let from_btrt = || btrt?.get(8..12)?.first_chunk().map(|rate| u32::from_be_bytes(*rate));
    average.or_else(from_btrt).filter(|rate| *rate > 0).map(u64::from)
}
