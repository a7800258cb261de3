//! Chapters: RFC 9559, 5.1.7.

use rushes_core::{Chapter, Rounding, Time, TimeBase};

use super::uid::Uids;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;

/// The element; `None` without chapters.
pub(super) fn write(chapters: &[Chapter], uids: Uids, checked: bool) -> Option<Vec<u8>> {
    if chapters.is_empty() {
        return None;
    }
    let mut w = EbmlWriter::new();
    w.checked_master(ids::CHAPTERS, checked, |w| {
        w.master(ids::EDITION_ENTRY, |w| {
            w.uint(ids::EDITION_UID, uids.uid("edition", 0));
            for (index, chapter) in chapters.iter().enumerate() {
                w.master(ids::CHAPTER_ATOM, |w| {
                    w.uint(ids::CHAPTER_UID, uids.uid("chapter", index));
                    w.uint(ids::CHAPTER_TIME_START, nanoseconds(chapter.start));
                    if let Some(end) = chapter.end {
                        w.uint(ids::CHAPTER_TIME_END, nanoseconds(end));
                    }
                    if !chapter.title.is_empty() {
                        w.master(ids::CHAPTER_DISPLAY, |w| {
                            w.text(ids::CHAP_STRING, &chapter.title);
                            // Silence would mean English.
                            w.text(ids::CHAP_LANGUAGE, "und");
                        });
                    }
                });
            }
        });
    });
    Some(w.into_bytes())
}

fn nanoseconds(time: Time) -> u64 {
    let ticks = time.to_base(TimeBase::nanoseconds(), Rounding::Nearest).ticks();
    u64::try_from(ticks).unwrap_or(0)
}
