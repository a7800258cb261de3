//! `crop`: a part of each picture.

use rushes_core::{Error, MediaKind, PixelFormat, Result, TimeBase, VideoFrame};

use super::super::chain::{VideoLink, VideoSpec};
use super::super::expression::Expression;
use super::super::number::{nearest, real};
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::{Map, Mapped};
use crate::geometry;

const VARIABLES: &[&str] = &[
    "in_w", "iw", "in_h", "ih", "out_w", "ow", "out_h", "oh", "a", "sar", "dar", "hsub", "vsub",
    "x", "y", "n", "t",
];

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "crop",
    kind: MediaKind::Video,
    help: "Cut a part out of pictures, without a copy",
    options: &[
        FilterOption::new(&["w", "out_w"], Kind::Expression(VARIABLES), "iw", "Width of the part"),
        FilterOption::new(&["h", "out_h"], Kind::Expression(VARIABLES), "ih", "Height of the part"),
        FilterOption::new(
            &["x"],
            Kind::Expression(VARIABLES),
            "(in_w-out_w)/2",
            "Left edge, for each picture",
        ),
        FilterOption::new(
            &["y"],
            Kind::Expression(VARIABLES),
            "(in_h-out_h)/2",
            "Upper edge, for each picture",
        ),
        FilterOption::new(
            &["keep_aspect"],
            Kind::Boolean,
            "0",
            "Keep the shape of the picture by making pixels narrower or wider",
        ),
        FilterOption::new(
            &["exact"],
            Kind::Boolean,
            "0",
            "Do not round to whole samples of chroma",
        ),
    ],
    places: 6,
    left_out: &[],
    build: Build::Video(build),
};

/// Subsampling that edges are rounded to, as bits.
fn shifts(format: PixelFormat) -> (u32, u32) {
    let planes = format.planes();
    let chroma = planes.get(1).or(planes.first());
    chroma.map_or((0, 0), |plane| (plane.shift_x, plane.shift_y))
}

fn build(arguments: &Arguments, link: &mut VideoLink<'_>) -> Result<()> {
    let exact = arguments.boolean("exact")?;
    if exact {
        // A pixel of a pair has no place of its own.
        link.convert_paired()?;
    }
    let VideoSpec { format, width, height, sample_aspect, time_base, .. } = link.spec;
    let (shift_x, shift_y) = shifts(format);
    let round = if exact { (0, 0) } else { (shift_x, shift_y) };
    let aspect = f64::from(width) / f64::from(height);
    let (w, h) = (f64::from(width), f64::from(height));
    let mut values = [
        w,
        w,
        h,
        h,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        f64::NAN,
        aspect,
        sample_aspect.as_f64(),
        aspect * sample_aspect.as_f64(),
        f64::from(1 << shift_x),
        f64::from(1 << shift_y),
        f64::NAN,
        f64::NAN,
        0.0,
        f64::NAN,
    ];
    let (wide, high) = (arguments.expression("w")?, arguments.expression("h")?);
    // The width may depend on the height, and the other way round.
    let rough = wide.value(&values);
    (values[4], values[5]) = (rough, rough);
    let h = high.value(&values);
    (values[6], values[7]) = (h, h);
    let w = wide.value(&values);
    (values[4], values[5]) = (w, w);
    let side = |value: f64, shift: u32, whole: u32| {
        let side = nearest(value).map(|side| side >> shift << shift);
        side.and_then(|side| u32::try_from(side).ok()).filter(|side| (1..=whole).contains(side))
    };
    let size = side(w, round.0, width).zip(side(h, round.1, height)).ok_or_else(|| {
        Error::usage(format!("filter 'crop' takes {w}x{h} of {width}x{height}: not a part of it"))
    })?;
    let mut aspect = sample_aspect;
    if arguments.boolean("keep_aspect")? {
        aspect = super::aspect_after(aspect, (width, height), size);
    }
    (link.spec.width, link.spec.height, link.spec.sample_aspect) = (size.0, size.1, aspect);
    let crop = Crop {
        place: (arguments.expression("x")?, arguments.expression("y")?),
        whole: (width, height),
        size,
        round,
        aspect,
        time_base,
        start: values,
        values,
        count: 0.0,
    };
    link.stages.push(Box::new(Mapped::new(crop)));
    Ok(())
}

#[derive(Debug)]
struct Crop {
    place: (Expression, Expression),
    whole: (u32, u32),
    size: (u32, u32),
    round: (u32, u32),
    aspect: rushes_core::Ratio,
    time_base: TimeBase,
    /// The variables before the first picture, and now.
    start: [f64; 17],
    values: [f64; 17],
    count: f64,
}

impl Crop {
    /// Left and upper edge of the part of a picture.
    fn edges(&mut self) -> (u32, u32) {
        let (left, upper) = &self.place;
        self.values[13] = left.value(&self.values);
        self.values[14] = upper.value(&self.values);
        // Once more, as it may depend on the other.
        self.values[13] = left.value(&self.values);
        let edge = |value: f64, whole: u32, part: u32, shift: u32| {
            let most = whole - part;
            let middle = most / 2;
            let edge = nearest(value).map_or(i64::from(middle), |edge| edge.clamp(0, most.into()));
            u32::try_from(edge).unwrap_or(middle) >> shift << shift
        };
        let (whole, size, round) = (self.whole, self.size, self.round);
        (
            edge(self.values[13], whole.0, size.0, round.0),
            edge(self.values[14], whole.1, size.1, round.1),
        )
    }
}

impl Map<VideoFrame> for Crop {
    fn map(&mut self, frame: VideoFrame) -> Result<Option<VideoFrame>> {
        self.values[15] = self.count;
        self.values[16] = frame.pts.map_or(f64::NAN, |pts| {
            real(pts.ticks()) * f64::from(self.time_base.numer())
                / f64::from(self.time_base.denom())
        });
        let place = self.edges();
        self.count += 1.0;
        let mut cut = geometry::crop(&frame, place, self.size)?;
        cut.sample_aspect = self.aspect;
        Ok(Some(cut))
    }

    fn reset(&mut self) {
        (self.values, self.count) = (self.start, 0.0);
    }
}
