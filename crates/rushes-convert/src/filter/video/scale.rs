//! `scale`: another size, and another meaning of the values where it is asked for.

use rushes_core::{
    ColorInfo, ColorRange, Error, MatrixCoefficients, MediaKind, PixelFormat, Result,
};

use super::super::chain::{VideoLink, VideoSpec};
use super::super::expression::Expression;
use super::super::number::{real, rescale, truncated};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::values;
use super::format::nearest;
use crate::{PictureSpec, ScaleKernel};

const VARIABLES: &[&str] = &[
    "in_w", "iw", "in_h", "ih", "out_w", "ow", "out_h", "oh", "a", "sar", "dar", "hsub", "vsub",
    "ohsub", "ovsub",
];

const MATRICES: &[(&str, i64)] = &[
    ("auto", -1),
    ("bt709", 1),
    ("fcc", 4),
    ("bt470", 5),
    ("bt601", 5),
    ("smpte170m", 5),
    ("smpte240m", 7),
    ("bt2020", 9),
];

const RANGES: &[(&str, i64)] = &[
    ("auto", 0),
    ("unknown", 0),
    ("limited", 1),
    ("tv", 1),
    ("mpeg", 1),
    ("full", 2),
    ("pc", 2),
    ("jpeg", 2),
];

const FLAGS: &[&str] =
    &["neighbor", "bilinear", "bicubic", "area", "lanczos", "accurate_rnd", "bitexact"];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "scale",
    kind: MediaKind::Video,
    help: "Scale pictures; towards the format that a later filter asks for, in one step",
    options: &[
        FilterOption::new(
            &["w", "width"],
            Kind::ExpressionOrSize(VARIABLES),
            "iw",
            "Width; 0 for the input's, -1 to keep the shape, -n to keep it with a multiple of n",
        ),
        FilterOption::new(&["h", "height"], Kind::Expression(VARIABLES), "ih", "Height, likewise"),
        FilterOption::new(
            &["flags"],
            Kind::Flags(FLAGS),
            "bicubic",
            "How to scale; accurate_rnd and bitexact hold in any case",
        ),
        FilterOption::new(&["size", "s"], Kind::Size, "", "Width and height in one"),
        FilterOption::new(
            &["in_color_matrix"],
            Kind::Choice(MATRICES),
            "auto",
            "Matrix of the input, instead of what it says",
        ),
        FilterOption::new(
            &["out_color_matrix"],
            Kind::Choice(MATRICES),
            "auto",
            "Matrix of the output; by default the input's",
        ),
        FilterOption::new(
            &["in_range"],
            Kind::Choice(RANGES),
            "auto",
            "Range of the input, instead of what it says",
        ),
        FilterOption::new(
            &["out_range"],
            Kind::Choice(RANGES),
            "auto",
            "Range of the output; by default the input's",
        ),
        FilterOption::new(
            &["force_original_aspect_ratio"],
            Kind::Choice(&[("disable", 0), ("decrease", 1), ("increase", 2)]),
            "disable",
            "Make the picture smaller or larger than asked for, to keep its shape",
        ),
        FilterOption::new(
            &["force_divisible_by"],
            Kind::Integer { min: 1, max: 256 },
            "1",
            "Together with it: make both sides multiples of this",
        ),
    ],
    places: 3,
    left_out: &[
        "interl",
        "in_v_chr_pos",
        "in_h_chr_pos",
        "out_v_chr_pos",
        "out_h_chr_pos",
        "param0",
        "param1",
        "nb_slices",
        "eval",
    ],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let VideoSpec { format, color, .. } = link.spec;
    let formats = if link.wanted.is_empty() { vec![(format, None)] } else { link.wanted.clone() };
    let (target_format, named_range) = nearest(format, color, &formats);
    let (width, height) = size(arguments, &link.spec, target_format)?;

    let mut source = color;
    let mut target = ColorInfo::default();
    for (color, matrix, range, is_rgb) in [
        (&mut source, "in_color_matrix", "in_range", format.is_rgb()),
        (&mut target, "out_color_matrix", "out_range", target_format.is_rgb()),
    ] {
        if let Some(wanted) = matrix_named(arguments.choice(matrix)?)
            && !is_rgb
        {
            color.matrix = wanted;
        }
        if let Some(wanted) = range_named(arguments.choice(range)?) {
            color.range = wanted;
        }
    }
    target.range = named_range.unwrap_or(target.range);
    let kernel = kernel(&arguments.flags("flags")?)?;
    let target = PictureSpec { format: target_format, width, height, color: target };
    link.convert(source, target, kernel)
}

fn matrix_named(name: &str) -> Option<MatrixCoefficients> {
    Some(match name {
        "bt709" => MatrixCoefficients::Bt709,
        "fcc" => MatrixCoefficients::Fcc,
        "bt470" | "bt601" | "smpte170m" => MatrixCoefficients::Smpte170M,
        "smpte240m" => MatrixCoefficients::Smpte240M,
        "bt2020" => MatrixCoefficients::Bt2020Ncl,
        _ => return None,
    })
}

fn range_named(name: &str) -> Option<ColorRange> {
    match name {
        "limited" | "tv" | "mpeg" => Some(ColorRange::Limited),
        "full" | "pc" | "jpeg" => Some(ColorRange::Full),
        _ => None,
    }
}

fn kernel(flags: &[&str]) -> Result<ScaleKernel> {
    let kernels = flags.iter().filter_map(|flag| match *flag {
        "neighbor" => Some(ScaleKernel::Nearest),
        "bilinear" => Some(ScaleKernel::Bilinear),
        "bicubic" => Some(ScaleKernel::Bicubic),
        "area" => Some(ScaleKernel::Area),
        "lanczos" => Some(ScaleKernel::Lanczos3),
        _ => None,
    });
    let kernels: Vec<ScaleKernel> = kernels.collect();
    match kernels[..] {
        [] => Ok(ScaleKernel::default()),
        [kernel] => Ok(kernel),
        _ => Err(Error::usage("option 'flags' of filter 'scale' names more than one way to scale")),
    }
}

fn size(arguments: &Arguments, spec: &VideoSpec, format: PixelFormat) -> Result<(u32, u32)> {
    if let Some(size) = named_size(arguments)? {
        return Ok(size);
    }
    let (iw, ih) = (i64::from(spec.width), i64::from(spec.height));
    let (width, height) = (arguments.expression("w")?, arguments.expression("h")?);
    let shift = |format: PixelFormat| {
        let chroma = format.planes().get(1).or(format.planes().first());
        chroma.map_or((1.0, 1.0), |plane| {
            (f64::from(1 << plane.shift_x), f64::from(1 << plane.shift_y))
        })
    };
    let (sub, out_sub) = (shift(spec.format), shift(format));
    let aspect = real(iw) / real(ih);
    let sample_aspect = spec.sample_aspect.as_f64();
    let mut values = [
        real(iw),
        real(iw),
        real(ih),
        real(ih),
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        aspect,
        sample_aspect,
        aspect * sample_aspect,
        sub.0,
        sub.1,
        out_sub.0,
        out_sub.1,
    ];
    // The width may depend on the height, and the other way round.
    let rough = truncated(width.value(&values)).map_or(f64::NAN, |width| real(or(width, iw)));
    (values[4], values[5]) = (rough, rough);
    let h = or(whole(&height, &values)?, ih);
    (values[6], values[7]) = (real(h), real(h));
    let w = or(whole(&width, &values)?, iw);
    let (w, h) = fitted((w, h), (iw, ih), arguments)?;
    let side = |value: i64| u32::try_from(value).ok().filter(|side| *side > 0);
    side(w)
        .zip(side(h))
        .ok_or_else(|| Error::usage(format!("filter 'scale' makes {w}x{h} of {iw}x{ih}: no size")))
}

/// The size in one word: as an option of its own, or in the place of the width without a height.
fn named_size(arguments: &Arguments) -> Result<Option<(u32, u32)>> {
    let (width, height) = (arguments.given("w"), arguments.given("h"));
    match (arguments.given("size"), width, height) {
        (None, Some(width), None) if Expression::parse(width, VARIABLES).is_err() => {
            values::size(width).map(Some)
        }
        (None, ..) => Ok(None),
        (Some(size), None, None) => values::size(size).map(Some),
        (Some(_), ..) => {
            Err(Error::usage("filter 'scale' has a size, and a width or a height besides"))
        }
    }
}

fn whole(expression: &Expression, values: &[f64]) -> Result<i64> {
    let value = expression.value(values);
    truncated(value).ok_or_else(|| {
        Error::usage(format!("'{}' of filter 'scale' is {value}: no size", expression.text()))
    })
}

const fn or(value: i64, fallback: i64) -> i64 {
    if value == 0 { fallback } else { value }
}

/// Sides below zero follow from the other one; FFmpeg's `ff_scale_adjust_dimensions`.
fn fitted(
    (mut w, mut h): (i64, i64),
    (iw, ih): (i64, i64),
    arguments: &Arguments,
) -> Result<(i64, i64)> {
    const FAR: std::ops::RangeInclusive<i64> = -(1 << 31)..=1 << 31;
    if !FAR.contains(&w) || !FAR.contains(&h) {
        return Err(Error::usage(format!("filter 'scale' makes {w}x{h}: no size")));
    }
    let (factor_w, factor_h) = ((-w).max(1), (-h).max(1));
    if w < 0 && h < 0 {
        (w, h) = (iw, ih);
    }
    if w < 0 {
        w = rescale(h, iw, ih * factor_w) * factor_w;
    }
    if h < 0 {
        h = rescale(w, ih, iw * factor_h) * factor_h;
    }
    let multiple = arguments.integer("force_divisible_by")?;
    let other = (rescale(h, iw, ih), rescale(w, ih, iw));
    Ok(match arguments.choice("force_original_aspect_ratio")? {
        "decrease" => {
            let down = |side: i64| side / multiple * multiple;
            (down(other.0.min(w)), down(other.1.min(h)))
        }
        "increase" => {
            let up = |side: i64| (side + multiple - 1) / multiple * multiple;
            (up(other.0.max(w)), up(other.1.max(h)))
        }
        _ => (w, h),
    })
}
