//! `aformat`: another sample format, rate or layout, if it is not one of those that are asked for.

use rushes_core::{ChannelLayout, MediaKind, Result, SampleFormat};

use super::super::chain::AudioLink;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::values;
use super::convert;
use crate::AudioSpec;

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "aformat",
    kind: MediaKind::Audio,
    help: "Convert sound to the nearest of these formats",
    options: &[
        FilterOption::new(
            &["sample_fmts", "f"],
            Kind::SampleFormats,
            "",
            "Sample formats, with | between them; without any, all",
        ),
        FilterOption::new(&["sample_rates", "r"], Kind::SampleRates, "", "Sample rates, likewise"),
        FilterOption::new(
            &["channel_layouts", "cl"],
            Kind::ChannelLayouts,
            "",
            "Layouts, likewise",
        ),
    ],
    places: 3,
    left_out: &[],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let AudioSpec { format, layout, sample_rate } = link.spec;
    let rates = arguments.given("sample_rates").map(values::sample_rates).transpose()?;
    let layouts = arguments.given("channel_layouts").map(values::layouts).transpose()?;
    let nearest_rate =
        rates.and_then(|rates| rates.into_iter().min_by_key(|rate| rate.abs_diff(sample_rate)));
    let nearest_layout = layouts.and_then(|layouts| {
        layouts.into_iter().min_by_key(|candidate| distance(layout, *candidate))
    });
    let target = AudioSpec {
        format: sample_format(arguments, format)?,
        layout: nearest_layout.unwrap_or(layout),
        sample_rate: nearest_rate.unwrap_or(sample_rate),
    };
    convert::add(link, target)
}

/// The format that loses least: the same, or the smallest that holds it, or the largest.
pub(super) fn sample_format(arguments: &Arguments, format: SampleFormat) -> Result<SampleFormat> {
    let Some(text) = arguments.given("sample_fmts") else { return Ok(format) };
    // Bits that are kept: f32 holds 24, f64 53.
    let bits = |format: SampleFormat| match format {
        SampleFormat::U8 => 8,
        SampleFormat::S16 => 16,
        SampleFormat::S32 => 32,
        SampleFormat::S64 => 64,
        SampleFormat::F32 => 24,
        _ => 53,
    };
    let best = values::sample_formats(text)?.into_iter().min_by_key(|candidate| {
        let (from, to): (i32, i32) = (bits(format), bits(*candidate));
        // What is beyond full scale is lost in integers.
        let clips = format.is_float() && !candidate.is_float();
        (*candidate != format, clips, (from - to).max(0), to)
    });
    Ok(best.unwrap_or(format))
}

/// Fewer channels are worse than more.
fn distance(from: ChannelLayout, to: ChannelLayout) -> (bool, u16, u16) {
    (to != from, from.channels().saturating_sub(to.channels()), to.channels())
}
