//! `transpose`: quarter turns, and rows for columns.

use rushes_core::{MediaKind, PixelFormat, Ratio, Result};
use rushes_simd::Level;

use super::super::chain::{VideoLink, VideoSpec};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use crate::geometry::{Turn, transpose};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "transpose",
    kind: MediaKind::Video,
    help: "Turn pictures by a quarter, or change rows for columns",
    options: &[
        FilterOption::new(
            &["dir"],
            Kind::Choice(&[("cclock_flip", 0), ("clock", 1), ("cclock", 2), ("clock_flip", 3)]),
            "cclock_flip",
            "Which way to turn; _flip mirrors from top to bottom besides",
        ),
        FilterOption::new(
            &["passthrough"],
            Kind::Choice(&[("none", 0), ("landscape", 1), ("portrait", 2)]),
            "none",
            "Which pictures to leave as they are",
        ),
    ],
    places: 2,
    left_out: &[],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let VideoSpec { width, height, .. } = link.spec;
    let passed = match arguments.choice("passthrough")? {
        "landscape" => width >= height,
        "portrait" => height >= width,
        _ => false,
    };
    if passed {
        return Ok(());
    }
    let turn = match arguments.choice("dir")? {
        "clock" => Turn { rows_reversed: true, columns_reversed: false },
        "cclock" => Turn { rows_reversed: false, columns_reversed: true },
        "clock_flip" => Turn { rows_reversed: true, columns_reversed: true },
        _ => Turn { rows_reversed: false, columns_reversed: false },
    };
    if let Some(format) = even_chroma(link.spec.format) {
        link.convert_to(format)?;
    }
    let VideoSpec { sample_aspect, .. } = link.spec;
    let aspect = Ratio::new(sample_aspect.denom(), sample_aspect.numer()).unwrap_or(sample_aspect);
    (link.spec.width, link.spec.height, link.spec.sample_aspect) = (height, width, aspect);
    let level = Level::detect()?;
    link.each("transpose", move |frame| {
        let mut turned = transpose(&frame, turn, level)?;
        turned.sample_aspect = aspect;
        Ok(turned)
    });
    Ok(())
}

/// The format with all chroma, for one with chroma that is subsampled one way only.
const fn even_chroma(format: PixelFormat) -> Option<PixelFormat> {
    use PixelFormat as P;
    match format {
        P::Yuv411p | P::Yuv422p | P::Yuv440p | P::Yuyv422 | P::Uyvy422 => Some(P::Yuv444p),
        P::Yuv422p10 | P::Yuv440p10 => Some(P::Yuv444p10),
        P::Yuv422p12 | P::Yuv440p12 => Some(P::Yuv444p12),
        _ => None,
    }
}
