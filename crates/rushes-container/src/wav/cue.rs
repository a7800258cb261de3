//! Marks in the sound: the chunks `cue `, and `labl` and `ltxt` of `LIST adtl` (RIFF 1.0). Marks that have a label become chapters;
//! those without are loops and the like.

use rushes_core::{Chapter, Error, Result, Rounding, TimeBase, Timestamp};

use super::chunks::chunk;
use crate::text;

/// Bytes of a mark in `cue `.
const POINT: usize = 24;

/// Marks and their labels, which come in different chunks.
#[derive(Clone, Debug, Default)]
pub(super) struct Marks {
    /// Identifier and sample.
    points: Vec<(u32, u32)>,
    labels: Vec<(u32, String)>,
    lengths: Vec<(u32, u32)>,
}

impl Marks {
    /// Reads the payload of `cue `. A list that ends early gives what there is.
    pub(super) fn read_points(&mut self, bytes: &[u8]) {
        let count = number(bytes, 0).unwrap_or(0);
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let points = bytes.get(4..).unwrap_or_default().as_chunks::<POINT>().0;
        for point in points.iter().take(count) {
            self.points.extend(number(point, 0).zip(number(point, 20)));
        }
    }

    /// Reads the payload of `LIST` behind its type `adtl`.
    pub(super) fn read_list(&mut self, mut bytes: &[u8]) {
        while let Some((kind, rest)) = bytes.split_first_chunk::<4>()
            && let Some((size, rest)) = rest.split_first_chunk::<4>()
        {
            let size = usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX);
            let payload = &rest[..size.min(rest.len())];
            match (kind, number(payload, 0)) {
                (b"labl", Some(id)) => self.labels.push((id, text::field(&payload[4..]))),
                (b"ltxt", Some(id)) => self.lengths.extend(number(payload, 4).map(|n| (id, n))),
                _ => {}
            }
            bytes = rest.get(size.saturating_add(size % 2)..).unwrap_or_default();
        }
    }

    /// The chapters, by time.
    pub(super) fn chapters(mut self, rate: u32) -> Vec<Chapter> {
        let Some(base) = TimeBase::per_second(rate) else { return Vec::new() };
        let time =
            |sample: u64| base.time(Timestamp::new(i64::try_from(sample).unwrap_or(i64::MAX)));
        self.points.sort_by_key(|(_, sample)| *sample);
        self.labels.sort_by_key(|(id, _)| *id);
        self.lengths.sort_by_key(|(id, _)| *id);
        let chapter = |(id, sample): &(u32, u32)| {
            let label = self.labels.binary_search_by_key(id, |(id, _)| *id).ok()?;
            let length = self.lengths.binary_search_by_key(id, |(id, _)| *id).ok();
            let end = length.map(|at| u64::from(*sample) + u64::from(self.lengths[at].1));
            Some(Chapter {
                start: time((*sample).into()),
                end: end.filter(|end| *end > u64::from(*sample)).map(time),
                title: self.labels[label].1.clone(),
            })
        };
        self.points.iter().filter_map(chapter).collect()
    }
}

/// The chunks for these chapters; nothing where there are none.
pub(super) fn write(chapters: &[Chapter], rate: u32) -> Result<Vec<u8>> {
    let base = TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
    let sample = |time: rushes_core::Time| {
        let ticks = time.to_base(base, Rounding::Nearest).ticks();
        u32::try_from(ticks).map_err(|_| {
            Error::usage(format!("a chapter at sample {ticks}; wav has room for 0 to {}", u32::MAX))
        })
    };
    if chapters.is_empty() {
        return Ok(Vec::new());
    }
    let (mut points, mut list) = (Vec::new(), b"adtl".to_vec());
    let mut count = 0_u32;
    for chapter in chapters {
        count = count.saturating_add(1);
        let id = count.to_le_bytes();
        let start = sample(chapter.start)?;
        points.extend(id);
        points.extend(start.to_le_bytes());
        points.extend(*b"data\0\0\0\0\0\0\0\0");
        points.extend(start.to_le_bytes());
        list.extend(chunk(*b"labl", &[&id, chapter.title.as_bytes(), b"\0"].concat())?);
        if let Some(end) = chapter.end {
            let length = sample(end)?.saturating_sub(start).to_le_bytes();
            // A region, of no country and no language.
            let region = [&id[..], &length, b"rgn \0\0\0\0\0\0\0\0"].concat();
            list.extend(chunk(*b"ltxt", &region)?);
        }
    }
    let cue = chunk(*b"cue ", &[&count.to_le_bytes()[..], &points].concat())?;
    Ok([cue, chunk(*b"LIST", &list)?].concat())
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chapter(start: i64, end: Option<i64>, title: &str) -> Chapter {
        let base = TimeBase::per_second(8000).expect("not zero");
        let at = |sample| base.time(Timestamp::new(sample));
        Chapter { start: at(start), end: end.map(at), title: title.to_owned() }
    }

    fn read(bytes: &[u8]) -> Vec<Chapter> {
        let mut marks = Marks::default();
        let cue = usize::try_from(number(bytes, 4).unwrap_or(0)).expect("small");
        marks.read_points(bytes.get(8..).unwrap_or_default());
        marks.read_list(bytes.get(8 + cue + 12..).unwrap_or_default());
        marks.chapters(8000)
    }

    #[test]
    fn chapters_round_trip() {
        let chapters = [
            chapter(0, Some(8000), "One"),
            chapter(8000, None, ""),
            chapter(16_001, Some(16_002), "Deux é"),
        ];
        let bytes = write(&chapters, 8000).expect("small");
        assert_eq!(read(&bytes), chapters);
        assert!(write(&[], 8000).expect("nothing").is_empty());
        assert!(write(&[chapter(-1, None, "")], 8000).is_err());
        for length in 0..bytes.len() {
            assert!(read(&bytes[..length]).len() <= 3);
        }
    }

    #[test]
    fn marks_without_labels_are_no_chapters() {
        let mut marks = Marks::default();
        marks.read_points(&[&[2, 0, 0, 0][..], &[1; 48]].concat());
        assert!(marks.clone().chapters(8000).is_empty());
        marks.read_points(&[0xff; 3]);
        marks.read_list(b"labl\x05\0\0\0\x01\x01\x01\x01x");
        assert_eq!(marks.chapters(8000).len(), 2);
    }
}
