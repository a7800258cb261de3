//! `atrim`: one part of the sound, cut at the very sample.

use rushes_core::{AudioFrame, MediaKind, Result, TimeBase};

use super::super::chain::AudioLink;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use super::super::video::trim::{DURATION, END, END_PTS, Part, START, START_PTS};
use super::{len, pts, set_time};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "atrim",
    kind: MediaKind::Audio,
    help: "Keep one part of the sound, with its times",
    options: &[
        START,
        END,
        START_PTS,
        END_PTS,
        DURATION,
        FilterOption::new(
            &["start_sample"],
            Kind::Integer { min: -1, max: i64::MAX },
            "-1",
            "First sample to keep, by number",
        ),
        FilterOption::new(
            &["end_sample"],
            Kind::Integer { min: 0, max: i64::MAX },
            "9223372036854775807",
            "First sample to drop again, by number",
        ),
    ],
    places: 7,
    left_out: &[],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let base = TimeBase::per_second(link.spec.sample_rate).unwrap_or(TimeBase::nanoseconds());
    let trim = Trim {
        part: Part::new(arguments, base)?,
        start_sample: Some(arguments.integer("start_sample")?).filter(|number| *number >= 0),
        end_sample: Some(arguments.integer("end_sample")?).filter(|number| *number < i64::MAX),
        count: 0,
        first: None,
        ended: false,
    };
    link.stages.push(Box::new(Mapped::new(trim)));
    Ok(())
}

#[derive(Debug)]
struct Trim {
    part: Part,
    start_sample: Option<i64>,
    end_sample: Option<i64>,
    /// Samples before this block.
    count: i64,
    /// Time of the first sample that is kept.
    first: Option<i64>,
    ended: bool,
}

impl Trim {
    /// First sample of a block to keep, and the first to drop again.
    fn cut(&mut self, pts: i64, len: i64) -> Option<(i64, i64)> {
        let Part { start, end, duration } = self.part;
        // Counted from the start of the block.
        let started = [
            self.start_sample.map(|sample| sample.saturating_sub(self.count)),
            start.map(|start| start.saturating_sub(pts)),
        ];
        let first = started.into_iter().flatten().min().unwrap_or(0).max(0);
        if first >= len {
            return None;
        }
        let begin = *self.first.get_or_insert(pts.saturating_add(first));
        let ends = [
            self.end_sample.map(|sample| sample.saturating_sub(self.count)),
            end.map(|end| end.saturating_sub(pts)),
            duration.map(|length| begin.saturating_add(length).saturating_sub(pts)),
        ];
        let last = ends.into_iter().flatten().max().unwrap_or(len).min(len);
        self.ended = last < len;
        (first < last).then_some((first, last))
    }
}

impl Map<AudioFrame> for Trim {
    fn map(&mut self, mut frame: AudioFrame) -> Result<Option<AudioFrame>> {
        let (start, len) = (pts(&frame), len(&frame));
        if self.ended || len == 0 {
            return Ok(None);
        }
        let cut = self.cut(start, len);
        self.count = self.count.saturating_add(len);
        let Some((first, last)) = cut else { return Ok(None) };
        let samples = |count: i64| usize::try_from(count).unwrap_or(usize::MAX);
        frame.trim(samples(first), samples(len - last));
        set_time(&mut frame, start.saturating_add(first));
        Ok(Some(frame))
    }

    fn reset(&mut self) {
        (self.count, self.first, self.ended) = (0, None, false);
    }
}
