//! `pad`: a border around pictures.

use rushes_core::{Error, MediaKind, Result};

use super::super::chain::{VideoLink, VideoSpec};
use super::super::expression::Expression;
use super::super::number::{real, truncated};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::values;
use super::draw;
use crate::geometry::{PadFrame, pad};

const VARIABLES: &[&str] = &[
    "in_w", "iw", "in_h", "ih", "out_w", "ow", "out_h", "oh", "x", "y", "a", "sar", "dar", "hsub",
    "vsub",
];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "pad",
    kind: MediaKind::Video,
    help: "Put pictures into a larger one of one colour; edges lie on whole samples of chroma",
    options: &[
        FilterOption::new(
            &["w", "width"],
            Kind::Expression(VARIABLES),
            "iw",
            "Width; 0 for the input's",
        ),
        FilterOption::new(
            &["h", "height"],
            Kind::Expression(VARIABLES),
            "ih",
            "Height; 0 for the input's",
        ),
        FilterOption::new(
            &["x"],
            Kind::Expression(VARIABLES),
            "0",
            "Left edge of the picture; below zero for the middle",
        ),
        FilterOption::new(
            &["y"],
            Kind::Expression(VARIABLES),
            "0",
            "Upper edge of the picture; below zero for the middle",
        ),
        FilterOption::new(&["color"], Kind::Color, "black", "Colour of the border"),
    ],
    places: 5,
    left_out: &["eval", "aspect"],
    build: Build::Video(build),
};

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    link.convert_paired()?;
    let VideoSpec { format, width, height, .. } = link.spec;
    let planes = format.planes();
    let chroma = planes.get(1).copied().unwrap_or(planes[0]);
    let (size, place) = area(arguments, &link.spec, (chroma.shift_x, chroma.shift_y))?;
    let down = |value: i64, shift: u32| value >> shift << shift;
    // FFmpeg paints the right border over the picture, and the picture over the lower one: half a sample of chroma is kept
    // below, and not on the right.
    let kept = (down(width.into(), chroma.shift_x), i64::from(height));
    let pair = |x: i64, y: i64| u32::try_from(x).ok().zip(u32::try_from(y).ok());
    let size = (down(size.0, chroma.shift_x), down(size.1, chroma.shift_y));
    let place = (down(place.0, chroma.shift_x), down(place.1, chroma.shift_y));
    let inside = place.0 >= 0
        && place.1 >= 0
        && kept.0 > 0
        && kept.1 > 0
        && place.0 + kept.0 <= size.0
        && place.1 + kept.1 <= size.1
        && size.0 >= i64::from(width)
        && size.1 >= i64::from(height);
    let whole = pair(size.0, size.1).zip(pair(place.0, place.1)).zip(pair(kept.0, kept.1));
    let Some(((size, place), kept)) = whole.filter(|_| inside) else {
        return Err(Error::usage(format!(
            "filter 'pad' puts {}x{} at {},{} into {}x{}: it does not fit",
            kept.0, kept.1, place.0, place.1, size.0, size.1
        )));
    };
    link.limits.check_picture(size.0, size.1)?;
    let fill = draw::fill(format, values::color(arguments.text("color"))?);
    (link.spec.width, link.spec.height) = size;
    let around = PadFrame { size, place, kept, fill };
    link.each("pad", move |frame| pad(&frame, &around));
    Ok(())
}

type Sides = (i64, i64);

/// Size of the whole, and place of the picture in it.
fn area(arguments: &Arguments, spec: &VideoSpec, shifts: (u32, u32)) -> Result<(Sides, Sides)> {
    let (iw, ih) = (i64::from(spec.width), i64::from(spec.height));
    let aspect = real(iw) / real(ih);
    let sample_aspect = spec.sample_aspect.as_f64();
    let mut values = [f64::NAN; 15];
    values[..4].copy_from_slice(&[real(iw), real(iw), real(ih), real(ih)]);
    values[10..].copy_from_slice(&[
        aspect,
        sample_aspect,
        aspect * sample_aspect,
        f64::from(1 << shifts.0),
        f64::from(1 << shifts.1),
    ]);
    let [width, height, x, y] = ["w", "h", "x", "y"].map(|name| arguments.expression(name));
    let (width, height, x, y) = (width?, height?, x?, y?);
    let or = |value: i64, fallback: i64| if value == 0 { fallback } else { value };
    // The width may depend on the height, and the other way round.
    let rough = width.value(&values);
    (values[4], values[5]) = (rough, rough);
    let h = or(side(&height, &values)?, ih);
    (values[6], values[7]) = (real(h), real(h));
    let w = or(side(&width, &values)?, iw);
    (values[4], values[5], values[6], values[7]) = (real(w), real(w), real(h), real(h));
    values[8] = x.value(&values);
    values[9] = y.value(&values);
    let left = x.value(&values);
    let edge = |value: f64, whole: i64, part: i64| {
        truncated(value)
            .filter(|edge| *edge >= 0 && edge.saturating_add(part) <= whole)
            .unwrap_or((whole - part) / 2)
    };
    Ok(((w, h), (edge(left, w, iw), edge(values[9], h, ih))))
}

fn side(expression: &Expression, values: &[f64]) -> Result<i64> {
    let value = expression.value(values);
    truncated(value).filter(|side| (0..=1 << 31).contains(side)).ok_or_else(|| {
        Error::usage(format!("'{}' of filter 'pad' is {value}: no size", expression.text()))
    })
}
