//! What a file has besides its tracks: cover art, and a text track of chapters (QuickTime File Format, "Chapter
//! Lists").

use rushes_core::{
    Buffer, Chapter, CodecId, CodecParameters, Error, Packet, Result, Rounding, Ticks, TimeBase,
    Timestamp, Track,
};

use super::track::TrackWriter;
use crate::bitstream::StoredForm;

/// Ticks per second of chapters.
const CHAPTER_TICKS: u32 = 90_000;
/// Says that a title is UTF-8 (QuickTime File Format, "Text Sample Data").
const UTF8: &[u8] = b"\0\0\0\x0cencd\0\0\x01\0";
/// Longest chapter, in ticks.
const LONGEST: u64 = 1 << 31;

/// Where the packets of a track go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Route {
    /// Into a track.
    Track(usize),
    /// Into the tags.
    Cover(usize),
    /// Nowhere: chapters are written from the options.
    Nowhere,
}

/// A picture of the whole file.
#[derive(Clone, Debug)]
pub(super) struct Cover {
    /// Type of its data in `ilst`.
    pub(super) kind: u32,
    /// Its bytes, once they have come.
    pub(super) data: Option<Buffer>,
}

impl Cover {
    /// For a track that is a picture; `None` for other tracks.
    pub(super) fn of(track: &Track) -> Result<Option<Self>> {
        if !track.disposition.attached_picture {
            return Ok(None);
        }
        let kind = match &track.codec.codec {
            CodecId::Mjpeg => 13,
            CodecId::Png => 14,
            CodecId::Unknown(_, name) if name == "bmp" => 27,
            other => {
                return Err(Error::unsupported(format!("cover art in {other}"), "mjpeg, png"));
            }
        };
        Ok(Some(Self { kind, data: None }))
    }

    /// Takes the one packet of the track.
    pub(super) fn take(&mut self, packet: &Packet, is_late: bool) -> Result<()> {
        if is_late {
            return Err(Error::unsupported(
                "cover art behind the first fragment",
                "cover art in front of all other packets",
            ));
        }
        if self.data.replace(packet.data.clone()).is_some() {
            return Err(Error::usage("cover art is one packet, not several"));
        }
        Ok(())
    }
}

/// The track whose samples are the titles of chapters, which ends with the file at `end`; `None` without chapters.
///
/// Chapters follow one another without a gap, so that each lasts until the next one starts.
pub(super) fn chapter_track(chapters: &[Chapter], end: Timestamp) -> Result<Option<TrackWriter>> {
    let Some(base) = TimeBase::per_second(CHAPTER_TICKS).filter(|_| !chapters.is_empty()) else {
        return Ok(None);
    };
    let mut track = Track::new(0, CodecParameters::other(CodecId::MovText), base);
    track.disposition.chapters = true;
    let form = StoredForm::new(&track.codec)?;
    let mut writer = TrackWriter::new(track, form, false, true)?;
    let mut starts: Vec<_> = chapters
        .iter()
        .map(|chapter| {
            (chapter.start.to_base(base, Rounding::Nearest).max(Timestamp::ZERO), chapter)
        })
        .collect();
    starts.sort_by_key(|(start, _)| *start);
    for (index, (start, chapter)) in starts.iter().enumerate() {
        let own_end = chapter.end.map_or(end, |own| own.to_base(base, Rounding::Nearest));
        let next = starts.get(index + 1).map_or(own_end, |(next, _)| *next);
        let length = u64::try_from(next.ticks().saturating_sub(start.ticks())).unwrap_or(0);
        let title = &chapter.title[..chapter.title.floor_char_boundary(usize::from(u16::MAX))];
        let size = u16::try_from(title.len()).unwrap_or(u16::MAX).to_be_bytes();
        let packet = Packet::new(0, [&size[..], title.as_bytes(), UTF8].concat())
            .with_pts(*start)
            .with_duration(Ticks::new(length.min(LONGEST)))
            .with_key(true);
        let timed = writer.check(&packet)?;
        writer.push(timed, &packet)?;
    }
    Ok(Some(writer))
}

/// The unit of [`chapter_track`].
pub(super) fn chapter_base() -> TimeBase {
    TimeBase::per_second(CHAPTER_TICKS).unwrap_or(TimeBase::nanoseconds())
}
