//! `asetpts`: other times.

use rushes_core::{AudioFrame, MediaKind, Result};

use super::super::chain::AudioLink;
use super::super::expression::Expression;
use super::super::number::{real, truncated};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use super::{len, pts, set_time};

const VARIABLES: &[&str] = &[
    "PTS",
    "STARTPTS",
    "PREV_INPTS",
    "PREV_OUTPTS",
    "N",
    "NB_CONSUMED_SAMPLES",
    "NB_SAMPLES",
    "S",
    "T",
    "STARTT",
    "TB",
    "SAMPLE_RATE",
    "SR",
];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "asetpts",
    kind: MediaKind::Audio,
    help: "Give sound other times",
    options: &[FilterOption::new(
        &["expr"],
        Kind::Expression(VARIABLES),
        "PTS",
        "The time of a block in samples: PTS-STARTPTS, NB_CONSUMED_SAMPLES",
    )],
    places: 1,
    left_out: &[],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let expression = arguments.expression("expr")?;
    let rate = f64::from(link.spec.sample_rate);
    let times =
        Times { expression, rate, start: None, last: (f64::NAN, f64::NAN), consumed: 0, next: 0 };
    link.stages.push(Box::new(Mapped::new(times)));
    Ok(())
}

#[derive(Debug)]
struct Times {
    expression: Expression,
    rate: f64,
    start: Option<f64>,
    /// Times of the block before, as it came and as it went.
    last: (f64, f64),
    /// Samples of all blocks before.
    consumed: i64,
    /// Where a block goes whose time is no number: behind the one before.
    next: i64,
}

impl Map<AudioFrame> for Times {
    fn map(&mut self, mut frame: AudioFrame) -> Result<Option<AudioFrame>> {
        let came = real(pts(&frame));
        let start = *self.start.get_or_insert(came);
        let (before, made) = self.last;
        let (consumed, samples) = (real(self.consumed), real(len(&frame)));
        let made = self.expression.value(&[
            came,
            start,
            before,
            made,
            consumed,
            consumed,
            samples,
            samples,
            came / self.rate,
            start / self.rate,
            1.0 / self.rate,
            self.rate,
            self.rate,
        ]);
        let went = truncated(made).unwrap_or(self.next);
        set_time(&mut frame, went);
        self.last = (came, real(went));
        self.consumed = self.consumed.saturating_add(len(&frame));
        self.next = went.saturating_add(len(&frame));
        Ok(Some(frame))
    }

    fn reset(&mut self) {
        (self.start, self.last) = (None, (f64::NAN, f64::NAN));
        (self.consumed, self.next) = (0, 0);
    }
}
