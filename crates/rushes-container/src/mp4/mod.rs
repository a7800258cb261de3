//! MP4, QuickTime, AVIF and HEIF: ISO/IEC 14496-12, 14496-14, 14496-15, 23008-12 and the QuickTime File Format.

pub(crate) mod boxes;
mod configuration;
mod demux;
mod describe;
mod edit;
mod fragment;
mod fragment_index;
mod fragments;
mod header;
mod hints;
mod index;
mod items;
mod layout;
mod mend;
mod metadata;
mod movie;
mod mux;
mod open;
mod runs;
mod search;
mod seek;
mod still;
mod stored;
mod sync;
mod track;

use rushes_core::CodecId;

use self::mux::{Flavor, Mp4Muxer};
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

/// One demuxer reads the whole family; the muxer differs in brands and in what it takes.
pub(crate) static FORMATS: [Entry; 5] = [
    Entry {
        format: Format {
            name: "mp4",
            long_name: "MP4 (MPEG-4 part 14)",
            extensions: &["mp4", "m4v"],
            default_video: Some(CodecId::H264),
            default_audio: Some(CodecId::Aac),
        },
        reader: Some(READER),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(Mp4Muxer::create(Flavor::Mp4, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "m4a",
            long_name: "M4A (MPEG-4 part 14, sound alone)",
            extensions: &["m4a", "m4b"],
            default_video: None,
            default_audio: Some(CodecId::Aac),
        },
        reader: Some(READER),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(Mp4Muxer::create(Flavor::M4a, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "mov",
            long_name: "QuickTime / MOV",
            extensions: &["mov", "qt"],
            default_video: Some(CodecId::H264),
            default_audio: Some(CodecId::Aac),
        },
        reader: Some(READER),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(Mp4Muxer::create(Flavor::Mov, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "avif",
            long_name: "AVIF (AV1 Image File Format)",
            extensions: &["avif", "avifs"],
            default_video: None,
            default_audio: None,
        },
        reader: Some(READER),
        create: None,
    },
    Entry {
        format: Format {
            name: "heic",
            long_name: "HEIF (High Efficiency Image File Format)",
            extensions: &["heic", "heif", "heics", "heifs", "hif"],
            default_video: None,
            default_audio: None,
        },
        reader: Some(READER),
        create: None,
    },
];

const READER: FormatReader = FormatReader { probe, open: open::open };

/// Tells files of this family by the boxes that come first.
fn probe(start: &[u8]) -> Option<Score> {
    let (size, rest) = start.split_first_chunk::<4>()?;
    let size = u32::from_be_bytes(*size);
    // One stands for a large size, zero for the rest of the file.
    if (2..8).contains(&size) {
        return None;
    }
    match rest.first_chunk::<4>()? {
        b"ftyp" | b"styp" | b"moov" | b"moof" => Some(Score::Certain),
        b"mdat" | b"sidx" => Some(Score::Likely),
        // These are common words, and so need a size that makes sense.
        b"free" | b"skip" | b"wide" | b"pnot" | b"uuid" | b"emsg" | b"prft" if size >= 8 => {
            Some(Score::Likely)
        }
        _ => None,
    }
}
