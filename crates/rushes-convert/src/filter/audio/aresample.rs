//! `aresample`: another sample rate.

use rushes_core::{MediaKind, Result};

use super::super::chain::AudioLink;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::values;
use super::convert;
use crate::AudioSpec;

/// What FFmpeg takes as a rate, as far as it makes sense.
const RATES: Kind = Kind::Integer { min: 0, max: 0x7fff_ffff };

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "aresample",
    kind: MediaKind::Audio,
    help: "Change the sample rate; samples that are not finite count as silence",
    options: &[
        FilterOption::new(&["sample_rate"], RATES, "0", "Samples per second; 0 for the input's"),
        FilterOption::new(&["osr", "out_sample_rate"], RATES, "0", "The same"),
        FilterOption::new(&["osf", "out_sample_fmt"], Kind::SampleFormats, "", "Sample format"),
        FilterOption::new(
            &["ochl", "out_chlayout", "ocl", "out_channel_layout"],
            Kind::ChannelLayouts,
            "",
            "Layout",
        ),
    ],
    places: 1,
    left_out: &[
        "ich",
        "in_channel_count",
        "och",
        "out_channel_count",
        "uch",
        "used_channel_count",
        "isr",
        "in_sample_rate",
        "isf",
        "in_sample_fmt",
        "tsf",
        "internal_sample_fmt",
        "icl",
        "in_channel_layout",
        "ichl",
        "in_chlayout",
        "clev",
        "center_mix_level",
        "slev",
        "surround_mix_level",
        "lfe_mix_level",
        "rmvol",
        "rematrix_volume",
        "rematrix_maxval",
        "flags",
        "swr_flags",
        "dither_scale",
        "dither_method",
        "filter_size",
        "phase_shift",
        "linear_interp",
        "exact_rational",
        "cutoff",
        "resample_cutoff",
        "resampler",
        "precision",
        "cheby",
        "min_comp",
        "min_hard_comp",
        "comp_duration",
        "max_soft_comp",
        "async",
        "first_pts",
        "matrix_encoding",
        "filter_type",
        "kaiser_beta",
        "output_sample_bits",
        "uchl",
        "used_chlayout",
    ],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let AudioSpec { layout, sample_rate, .. } = link.spec;
    let rate = |name| {
        arguments.integer(name).map(|rate| u32::try_from(rate).ok().filter(|rate| *rate > 0))
    };
    let formats = arguments.given("osf").map(values::sample_formats).transpose()?;
    let layouts = arguments.given("ochl").map(values::layouts).transpose()?;
    let target = AudioSpec {
        format: formats.and_then(|formats| formats.first().copied()).unwrap_or(link.wanted),
        layout: layouts.and_then(|layouts| layouts.first().copied()).unwrap_or(layout),
        sample_rate: rate("sample_rate")?.or(rate("osr")?).unwrap_or(sample_rate),
    };
    convert::add(link, target)
}
