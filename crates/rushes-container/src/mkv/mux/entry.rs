//! Track entries: RFC 9559, 5.1.4.

use rushes_core::{MediaKind, MediaParameters};

use super::flavor::Flavor;
use super::track::TrackWriter;
use super::video;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;

/// `BlockAddID` of alpha, which needs no mapping.
const ALPHA: u64 = 1;
/// `BlockAddIDType` of what ITU-T T.35 registers, such as HDR10+; the identifier is the same by custom.
const ITU_T35: u64 = 4;

/// The `Tracks` element.
pub(super) fn write(tracks: &[TrackWriter], flavor: Flavor, checked: bool) -> Vec<u8> {
    let mut w = EbmlWriter::new();
    w.checked_master(ids::TRACKS, checked, |w| {
        for track in tracks {
            w.master(ids::TRACK_ENTRY, |w| write_entry(track, flavor, w));
        }
    });
    w.into_bytes()
}

fn write_entry(writer: &TrackWriter, flavor: Flavor, w: &mut EbmlWriter) {
    let track = &writer.track;
    w.uint(ids::TRACK_NUMBER, writer.number);
    w.uint(ids::TRACK_UID, writer.uid);
    w.uint(ids::TRACK_TYPE, kind_code(writer.kind()));
    // Silence would mean that it is.
    w.uint(ids::FLAG_DEFAULT, u64::from(track.disposition.default));
    if track.disposition.forced {
        w.uint(ids::FLAG_FORCED, 1);
    }
    w.uint(ids::FLAG_LACING, 0);
    if let Some(duration) = writer.default_duration {
        w.uint(ids::DEFAULT_DURATION, duration);
    }
    write_additions(writer, w);
    if let Some(title) = track.metadata.value("title") {
        w.text(ids::NAME, title);
    }
    write_language(track.metadata.value("language").unwrap_or("und"), w);
    w.text(ids::CODEC_ID, &writer.stored.id);
    if !writer.stored.private.is_empty() {
        w.binary(ids::CODEC_PRIVATE, &writer.stored.private);
    }
    if writer.codec_delay > 0 {
        w.uint(ids::CODEC_DELAY, writer.codec_delay);
    }
    if let Some(pre_roll) = writer.seek_pre_roll() {
        w.uint(ids::SEEK_PRE_ROLL, pre_roll);
    }
    let codec = &track.codec.codec;
    match &track.codec.media {
        MediaParameters::Video(video) => {
            let alpha = writer.additions.contains(&ALPHA);
            video::write(video, codec, alpha, flavor, w);
        }
        MediaParameters::Audio(audio) => w.master(ids::AUDIO, |w| {
            w.float(ids::SAMPLING_FREQUENCY, f64::from(audio.sample_rate));
            w.uint(ids::CHANNELS, u64::from(audio.layout.channels().max(1)));
            let depth = writer.stored.bit_depth.unwrap_or(audio.bits_per_sample);
            if depth > 0 {
                w.uint(ids::BIT_DEPTH, u64::from(depth));
            }
        }),
        _ => {}
    }
}

/// What may come beside the bytes of blocks.
fn write_additions(writer: &TrackWriter, w: &mut EbmlWriter) {
    let most = writer.additions.iter().copied().max();
    // Always said of pictures, so that it can be raised later without moving anything.
    if most.is_some() || writer.kind() == MediaKind::Video {
        w.uint(ids::MAX_BLOCK_ADDITION_ID, most.unwrap_or(0));
    }
    for id in writer.additions.iter().copied().filter(|id| *id > ALPHA) {
        w.master(ids::BLOCK_ADDITION_MAPPING, |w| {
            w.uint(ids::BLOCK_ADD_ID_VALUE, id);
            if id == ITU_T35 {
                w.uint(ids::BLOCK_ADD_ID_TYPE, ITU_T35);
            }
        });
    }
}

/// Three letters are a code of ISO 639-2, as the old element has it. Other tags (`pt-BR`) need the new one, beside which the old
/// one is for old readers.
fn write_language(language: &str, w: &mut EbmlWriter) {
    let is_letters = language.bytes().all(|byte| byte.is_ascii_lowercase());
    if language.len() == 3 && is_letters {
        return w.text(ids::LANGUAGE, language);
    }
    let primary = language.split(['-', '_']).next().unwrap_or_default();
    let old = match primary {
        "ar" => "ara",
        "cs" => "cze",
        "da" => "dan",
        "de" => "ger",
        "el" => "gre",
        "en" => "eng",
        "es" => "spa",
        "fi" => "fin",
        "fr" => "fre",
        "he" => "heb",
        "hi" => "hin",
        "hu" => "hun",
        "it" => "ita",
        "ja" => "jpn",
        "ko" => "kor",
        "nl" => "dut",
        "no" => "nor",
        "pl" => "pol",
        "pt" => "por",
        "ru" => "rus",
        "sv" => "swe",
        "th" => "tha",
        "tr" => "tur",
        "uk" => "ukr",
        "vi" => "vie",
        "zh" => "chi",
        letters if letters.len() == 3 && letters.bytes().all(|b| b.is_ascii_lowercase()) => letters,
        _ => "und",
    };
    w.text(ids::LANGUAGE, old);
    w.text(ids::LANGUAGE_BCP47, language);
}

/// The `TrackType`.
const fn kind_code(kind: MediaKind) -> u64 {
    match kind {
        MediaKind::Video => 1,
        MediaKind::Audio => 2,
        MediaKind::Subtitle => 17,
        _ => 33,
    }
}
