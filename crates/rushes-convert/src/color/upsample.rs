//! Chroma of half the width or height between its samples: linear, from where they lie (H.273, figure 1).
//!
//! A row at a time is brought to full width in one plane per component, and converted from there. The samples on both
//! sides count with quarters across and quarters down, in a sum of sixteenths that is rounded once; at the edges the last
//! sample stands in for what is beyond.

use std::ops::Range;

use rushes_core::{ChromaLocation, ColorInfo, PlaneMut, Result};
use rushes_simd::Level;

use super::Conversion;
use crate::plane::{Component, Layout, PLANES, Source, Target};
use crate::rows::{load, store};

/// A conversion of rows whose chroma was upsampled.
#[derive(Clone, Debug)]
pub(super) struct Upsampled {
    from: Layout,
    /// The same components, each in a plane of its own, of full width.
    full: Layout,
    /// Samples lie on the columns, and on the rows, of luma, not between them.
    sited: (bool, bool),
    level: Level,
    size: (usize, usize),
    /// From the rows of full width.
    conversion: Box<Conversion>,
    rows: [Vec<u8>; PLANES],
    /// Two rows of chroma, and one of full width.
    samples: [Vec<u16>; 3],
}

impl Upsampled {
    /// Plans a conversion; `None` where there is nothing between the samples of chroma to find.
    pub(super) fn new(
        (from, from_color): (Layout, ColorInfo),
        (to, to_color): (Layout, ColorInfo),
        size: (usize, usize),
        level: Level,
    ) -> Result<Option<Self>> {
        let (shift, to_shift) = (from.chroma_shift(), to.chroma_shift());
        if shift == (0, 0) || shift.0 > 1 || shift.1 > 1 || to_shift != (0, 0) || to.colors < 3 {
            return Ok(None);
        }
        let full = from.planar(0, 0);
        let row = (size.0, 1);
        let conversion = Conversion::new((full, from_color), (to, to_color), row, level)?;
        let location = from_color.chroma_location;
        let sited = (location != ChromaLocation::Center, location == ChromaLocation::TopLeft);
        let bytes = size.0 * full.bytes;
        let mut rows: [Vec<u8>; PLANES] = Default::default();
        full.components().iter().for_each(|component| rows[component.plane] = vec![0; bytes]);
        Ok(Some(Self {
            from,
            full,
            sited,
            level,
            size,
            conversion: Box::new(conversion),
            rows,
            samples: [(); 3].map(|()| vec![0; size.0]),
        }))
    }

    /// Converts the rows of a band, to planes that begin at its first row.
    pub(super) fn run_rows(
        &mut self,
        source: &Source<'_>,
        target: &mut Target<'_>,
        rows: Range<usize>,
    ) {
        for y in rows.clone() {
            self.level.vectorize(
                #[inline(always)]
                || self.fill_rows(source, y),
            );
            let width = self.size.0 * self.full.bytes;
            let planes = self.rows.each_ref().map(|row| (row.as_slice(), width));
            let below = y - rows.start;
            let mut row = target.each_mut().map(|plane| {
                let start = plane.data.len().min(below.saturating_mul(plane.stride));
                PlaneMut { data: &mut plane.data[start..], stride: plane.stride }
            });
            self.conversion.run(&Source::from_planes(planes), &mut row);
        }
    }

    /// Row `y` of every component at full width.
    #[inline(always)]
    fn fill_rows(&mut self, source: &Source<'_>, y: usize) {
        let count = self.from.components().len();
        for index in 0..count {
            let (from, to) = (self.from.components()[index], self.full.components()[index]);
            if from.shift_x + from.shift_y == 0 {
                load(source.row(from.plane, y), &self.from, from, &mut self.samples[2]);
            } else {
                self.between(source, from, y);
            }
            store(&self.samples[2], &self.full, to, &mut self.rows[to.plane]);
        }
    }

    /// Row `y` of a component of chroma.
    #[inline(always)]
    fn between(&mut self, source: &Source<'_>, from: Component, y: usize) {
        let width = from.width(self.size.0);
        let [near, far, out] = &mut self.samples;
        let (near, far) = (&mut near[..width], &mut far[..width]);
        let last = from.height(self.size.1) - 1;
        // Quarters of the nearer row, and the other one.
        let (weight, other) = match (from.shift_y, self.sited.1, y % 2) {
            (0, ..) | (_, true, 0) => (4, y >> from.shift_y),
            (_, true, _) => (2, y / 2 + 1),
            (_, false, 0) => (3, (y / 2).saturating_sub(1)),
            (_, false, _) => (3, y / 2 + 1),
        };
        load(source.row(from.plane, y >> from.shift_y), &self.from, from, near);
        load(source.row(from.plane, other.min(last)), &self.from, from, far);
        let column = |x: usize| u32::from(near[x]) * weight + u32::from(far[x]) * (4 - weight);
        if from.shift_x == 0 {
            for (x, out) in out.iter_mut().enumerate().take(width) {
                *out = rounded(4 * column(x));
            }
            return;
        }
        let sited = self.sited.0;
        for (x, pair) in out.chunks_mut(2).enumerate().take(width) {
            let here = column(x);
            let right = column((x + 1).min(width - 1));
            pair[0] =
                rounded(if sited { 4 * here } else { 3 * here + column(x.saturating_sub(1)) });
            if let Some(odd) = pair.get_mut(1) {
                *odd = rounded(if sited { 2 * (here + right) } else { 3 * here + right });
            }
        }
    }
}

/// A sum of sixteenths.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "an average of u16 fits u16")]
const fn rounded(sum: u32) -> u16 {
    ((sum + 8) >> 4) as u16
}
