//! Tags: RFC 9559, 5.1.8.

use rushes_core::Metadata;

use super::track::TrackWriter;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;

/// Keys of a file that have elements of their own, or that say what a file was, not what it holds.
const OF_THE_FILE: [&str; 5] =
    ["title", "creation_time", "major_brand", "minor_version", "compatible_brands"];
/// Keys of a track that have elements of their own.
const OF_A_TRACK: [&str; 2] = ["title", "language"];

/// Keys, and the names that are written for them, where those are not simply the keys in capitals.
const NAMES: [(&str, &str); 2] = [("track", "PART_NUMBER"), ("performer", "LEAD_PERFORMER")];

/// The element; `None` without tags.
pub(super) fn write(
    metadata: &Metadata,
    has_date: bool,
    tracks: &[TrackWriter],
    checked: bool,
) -> Option<Vec<u8>> {
    let mut body = EbmlWriter::new();
    // A creation time that is no time is kept as a tag.
    let is_elsewhere =
        |key: &str| OF_THE_FILE.contains(&key) && (key != "creation_time" || has_date);
    write_tag(None, metadata, is_elsewhere, &mut body);
    for track in tracks {
        let is_elsewhere = |key: &str| OF_A_TRACK.contains(&key);
        write_tag(Some(track.uid), &track.track.metadata, is_elsewhere, &mut body);
    }
    if body.bytes().is_empty() {
        return None;
    }
    let mut w = EbmlWriter::new();
    w.checked_master(ids::TAGS, checked, |w| w.raw(body.bytes()));
    Some(w.into_bytes())
}

/// The tags of one target, or of everything.
fn write_tag(
    target: Option<u64>,
    metadata: &Metadata,
    is_elsewhere: impl Fn(&str) -> bool,
    w: &mut EbmlWriter,
) {
    if metadata.iter().all(|(key, _)| is_elsewhere(key)) {
        return;
    }
    w.master(ids::TAG, |w| {
        w.master(ids::TARGETS, |w| {
            if let Some(uid) = target {
                w.uint(ids::TAG_TRACK_UID, uid);
            }
        });
        for (key, value) in metadata.iter().filter(|(key, _)| !is_elsewhere(key)) {
            w.master(ids::SIMPLE_TAG, |w| {
                w.text(ids::TAG_NAME, &name_of(key));
                w.text(ids::TAG_STRING, value);
            });
        }
    });
}

/// The name under which a key is stored.
fn name_of(key: &str) -> String {
    let known = NAMES.iter().find(|(known, _)| *known == key);
    known.map_or_else(|| key.to_ascii_uppercase(), |(_, name)| (*name).to_owned())
}
