//! Pictures as video of one frame, animations as video of several: JPEG, PNG and APNG, GIF, WebP; and streams of JPEG pictures.

mod ahead;
mod apng;
mod exif;
mod gif;
mod jpeg;
mod mux;
mod png;
mod sequence;
mod webp;

use rushes_core::CodecId;

use self::mux::PictureMuxer;
use crate::Format;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 5] = [
    Entry {
        format: Format {
            name: "jpeg",
            long_name: "JPEG picture",
            extensions: &["jpg", "jpeg", "jpe", "jfif"],
            default_video: Some(CodecId::Mjpeg),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| start.starts_with(b"\xff\xd8\xff").then_some(Score::Certain),
            open: jpeg::open,
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(PictureMuxer::create("jpeg", sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "mjpeg",
            long_name: "Stream of JPEG pictures",
            extensions: &["mjpeg", "mjpg"],
            default_video: Some(CodecId::Mjpeg),
            default_audio: None,
        },
        // The reader of pictures finds out whether there are several.
        reader: Some(FormatReader { probe: |_| None, open: jpeg::open_stream }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(PictureMuxer::create("mjpeg", sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "png",
            long_name: "PNG picture, or animation (APNG)",
            extensions: &["png", "apng"],
            default_video: Some(CodecId::Png),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| start.starts_with(&png::SIGNATURE).then_some(Score::Certain),
            open: png::open,
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(PictureMuxer::create("png", sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "gif",
            long_name: "GIF picture or animation",
            extensions: &["gif"],
            default_video: Some(CodecId::Gif),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| {
                let fits = start.starts_with(b"GIF87a") || start.starts_with(b"GIF89a");
                fits.then_some(Score::Certain)
            },
            open: gif::open,
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(PictureMuxer::create("gif", sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "webp",
            long_name: "WebP picture or animation",
            extensions: &["webp"],
            default_video: Some(CodecId::WebP),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| {
                let fits = start.starts_with(b"RIFF") && start.get(8..12) == Some(b"WEBP");
                fits.then_some(Score::Certain)
            },
            open: webp::open,
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(PictureMuxer::create("webp", sink, tracks, options)?))
        }),
    },
];
