//! `setpts`: other times.

use rushes_core::{FrameRate, MediaKind, Result, Ticks, TimeBase, Timestamp, VideoFrame};

use super::super::chain::VideoLink;
use super::super::expression::Expression;
use super::super::number::{real, truncated};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};

const VARIABLES: &[&str] = &[
    "PTS",
    "STARTPTS",
    "PREV_INPTS",
    "PREV_OUTPTS",
    "N",
    "T",
    "STARTT",
    "PREV_INT",
    "PREV_OUTT",
    "TB",
    "FRAME_RATE",
    "FR",
];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "setpts",
    kind: MediaKind::Video,
    help: "Give pictures other times",
    options: &[FilterOption::new(
        &["expr"],
        Kind::Expression(VARIABLES),
        "PTS",
        "The time in ticks of the input: PTS-STARTPTS, 2*PTS, N/FR/TB",
    )],
    places: 1,
    left_out: &[],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let times = Times {
        expression: arguments.expression("expr")?,
        base: link.spec.time_base,
        rate: link.spec.frame_rate.map_or(f64::NAN, FrameRate::as_f64),
        start: None,
        last: (f64::NAN, f64::NAN),
        count: 0,
    };
    link.stages.push(Box::new(Mapped::new(times)));
    Ok(())
}

#[derive(Debug)]
struct Times {
    expression: Expression,
    base: TimeBase,
    rate: f64,
    start: Option<f64>,
    /// Times of the frame before, as it came and as it went.
    last: (f64, f64),
    count: i64,
}

impl Times {
    fn at(&self, pts: f64) -> f64 {
        let tick = f64::from(self.base.numer()) / f64::from(self.base.denom());
        let start = self.start.unwrap_or(pts);
        let (before, made) = self.last;
        self.expression.value(&[
            pts,
            start,
            before,
            made,
            real(self.count),
            pts * tick,
            start * tick,
            before * tick,
            made * tick,
            tick,
            self.rate,
            self.rate,
        ])
    }
}

impl Map<VideoFrame> for Times {
    fn map(&mut self, mut frame: VideoFrame) -> Result<Option<VideoFrame>> {
        let pts = frame.pts.map_or(f64::NAN, |pts| real(pts.ticks()));
        if self.start.is_none_or(f64::is_nan) {
            self.start = Some(pts);
        }
        let made = self.at(pts);
        // The end of the frame moves as its start does.
        let length = frame.duration.map(|length| {
            let length = i64::try_from(length.count()).unwrap_or(i64::MAX);
            self.at(pts + real(length)) - made
        });
        let ticks = truncated(made);
        frame.pts = ticks.map(Timestamp::new);
        frame.duration = length
            .and_then(truncated)
            .and_then(|length| u64::try_from(length).ok())
            .map(Ticks::new);
        self.last = (pts, ticks.map_or(f64::NAN, real));
        self.count += 1;
        Ok(Some(frame))
    }

    fn reset(&mut self) {
        (self.start, self.last, self.count) = (None, (f64::NAN, f64::NAN), 0);
    }
}
