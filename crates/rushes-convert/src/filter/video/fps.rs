//! `fps`: a constant frame rate.

use rushes_core::{IntoTime, MediaKind, Result, VideoFrame};

use super::super::chain::{VideoLink, VideoSpec};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::Stage;
use super::super::values;
use crate::{FrameRateConverter, FrameRateRounding};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "fps",
    kind: MediaKind::Video,
    help: "Make a constant frame rate by dropping and repeating pictures",
    options: &[
        FilterOption::new(
            &["fps"],
            Kind::Rate,
            "25",
            "Frames per second: 30, 30000/1001, ntsc, source_fps*2",
        ),
        FilterOption::new(
            &["start_time"],
            Kind::Number { min: -1e9, max: 1e9 },
            "",
            "When the first picture comes, in seconds; by default when the input's first does",
        ),
        FilterOption::new(
            &["round"],
            Kind::Choice(&[("zero", 0), ("inf", 1), ("down", 2), ("up", 3), ("near", 5)]),
            "near",
            "How times are rounded",
        ),
        FilterOption::new(
            &["eof_action"],
            Kind::Choice(&[("round", 0), ("pass", 1)]),
            "round",
            "Whether the end is rounded like all else, or up",
        ),
    ],
    places: 4,
    left_out: &[],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let VideoSpec { time_base, frame_rate, .. } = link.spec;
    let rate = values::rate(arguments.text("fps"), frame_rate)?;
    let rounding = match arguments.choice("round")? {
        "zero" => FrameRateRounding::Zero,
        "inf" => FrameRateRounding::Away,
        "down" => FrameRateRounding::Down,
        "up" => FrameRateRounding::Up,
        _ => FrameRateRounding::Nearest,
    };
    let mut converter = FrameRateConverter::new(time_base, rate).rounding(rounding);
    if arguments.given("start_time").is_some() {
        converter = converter.start(arguments.number("start_time")?.into_time()?);
    }
    if arguments.choice("eof_action")? == "pass" {
        converter = converter.whole_last_frame();
    }
    link.stages.push(Box::new(converter));
    (link.spec.time_base, link.spec.frame_rate) = (rate.time_base(), Some(rate));
    Ok(())
}

impl Stage<VideoFrame> for FrameRateConverter {
    fn push(&mut self, frame: VideoFrame) -> Result<()> {
        Self::push(self, frame)
    }

    fn next(&mut self) -> Result<Option<VideoFrame>> {
        Ok(self.next_frame())
    }

    fn finish(&mut self) -> Result<()> {
        Self::finish(self);
        Ok(())
    }

    fn reset(&mut self) {
        Self::reset(self);
    }
}
