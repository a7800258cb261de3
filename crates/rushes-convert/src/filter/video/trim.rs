//! `trim`: one part of the pictures.

use rushes_core::{MediaKind, Result, TimeBase, Timestamp, VideoFrame};

use super::super::chain::VideoLink;
use super::super::number::from_microseconds;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "trim",
    kind: MediaKind::Video,
    help: "Keep one part of the pictures, with their times",
    options: &[
        START,
        END,
        START_PTS,
        END_PTS,
        DURATION,
        FilterOption::new(
            &["start_frame"],
            Kind::Integer { min: -1, max: i64::MAX },
            "-1",
            "First picture to keep, by number",
        ),
        FilterOption::new(
            &["end_frame"],
            Kind::Integer { min: 0, max: i64::MAX },
            "9223372036854775807",
            "First picture to drop again, by number",
        ),
    ],
    places: 7,
    left_out: &[],
    build: Build::Video(build),
};

pub(in super::super) const START: FilterOption =
    FilterOption::new(&["start", "starti"], Kind::Duration, "", "Time of what is kept first");
pub(in super::super) const END: FilterOption =
    FilterOption::new(&["end", "endi"], Kind::Duration, "", "Time of what is dropped again");
pub(in super::super) const START_PTS: FilterOption = FilterOption::new(
    &["start_pts"],
    Kind::Integer { min: i64::MIN, max: i64::MAX },
    "",
    "The same in ticks: of the input, or samples",
);
pub(in super::super) const END_PTS: FilterOption = FilterOption::new(
    &["end_pts"],
    Kind::Integer { min: i64::MIN, max: i64::MAX },
    "",
    "The same in ticks: of the input, or samples",
);
pub(in super::super) const DURATION: FilterOption = FilterOption::new(
    &["duration", "durationi"],
    Kind::Duration,
    "0",
    "How much is kept, at most; 0 for all",
);

/// The part in time, in ticks: what `trim` and `atrim` have in common.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Part {
    pub(in super::super) start: Option<i64>,
    pub(in super::super) end: Option<i64>,
    pub(in super::super) duration: Option<i64>,
}

impl Part {
    /// Of two starts the earlier one counts, of two ends the later.
    pub(in super::super) fn new(arguments: &Arguments, base: TimeBase) -> Result<Self> {
        let time = |name| {
            let time: Result<_> = arguments.duration(name);
            time.map(|time| time.map(|time| from_microseconds(time, base)))
        };
        let ticks = |name| arguments.given(name).map(|_| arguments.integer(name)).transpose();
        let join = |a: Option<i64>, b: Option<i64>, pick: fn(i64, i64) -> i64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            (a, b) => a.or(b),
        };
        Ok(Self {
            start: join(time("start")?, ticks("start_pts")?, i64::min),
            end: join(time("end")?, ticks("end_pts")?, i64::max),
            duration: time("duration")?.filter(|duration| *duration != 0),
        })
    }
}

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let trim = Trim {
        part: Part::new(arguments, link.spec.time_base)?,
        start_frame: Some(arguments.integer("start_frame")?).filter(|number| *number >= 0),
        end_frame: Some(arguments.integer("end_frame")?).filter(|number| *number < i64::MAX),
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
    start_frame: Option<i64>,
    end_frame: Option<i64>,
    count: i64,
    /// Time of the first picture that is kept.
    first: Option<i64>,
    ended: bool,
}

impl Trim {
    fn keeps(&mut self, pts: Option<i64>) -> bool {
        let Part { start, end, duration } = self.part;
        let is = |value: Option<i64>, test: fn(i64, i64) -> bool| {
            pts.zip(value).is_some_and(|(pts, value)| test(pts, value))
        };
        let started = self.start_frame.is_some_and(|first| self.count >= first)
            || is(start, |pts, start| pts >= start)
            || self.start_frame.is_none() && start.is_none();
        if !started {
            return false;
        }
        self.first = self.first.or(pts);
        let limited = self.end_frame.is_some() || end.is_some() || duration.is_some();
        let first = self.first.unwrap_or_default();
        let inside = self.end_frame.is_some_and(|last| self.count < last)
            || is(end, |pts, end| pts < end)
            || pts.zip(duration).is_some_and(|(pts, length)| pts.saturating_sub(first) < length);
        self.ended = limited && !inside;
        !self.ended
    }
}

impl Map<VideoFrame> for Trim {
    fn map(&mut self, frame: VideoFrame) -> Result<Option<VideoFrame>> {
        if self.ended {
            return Ok(None);
        }
        let kept = self.keeps(frame.pts.map(Timestamp::ticks));
        self.count += 1;
        Ok(kept.then_some(frame))
    }

    fn reset(&mut self) {
        (self.count, self.first, self.ended) = (0, None, false);
    }
}
