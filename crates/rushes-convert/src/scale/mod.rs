//! Another size, component by component: rows are filtered from left to right as they come in, and from top to bottom as
//! they are needed.

mod across;
mod filter;

use rushes_core::{ChromaLocation, PlaneMut};

use self::across::{Across, Rounding, Scalar, TAPS, Vectors};
use self::filter::{Axis, FRACTION, Filter};
use crate::plane::{Component, Layout, Source, Target, row_mut};
use crate::rows::{load, store};
use crate::video::ScaleKernel;
use rushes_simd::{Level, dispatch};

/// A change of size, planned once.
#[derive(Debug)]
pub(crate) struct Scaler {
    from: Layout,
    to: Layout,
    level: Level,
    components: Vec<Scaled>,
}

/// One component of a change of size.
#[derive(Debug)]
struct Scaled {
    from: Component,
    to: Component,
    horizontal: Filter,
    vertical: Filter,
    /// A row of the source, and the same as the filter takes it.
    row: Vec<u16>,
    centred: Vec<i16>,
    /// As many filtered rows as the vertical filter has taps: row `y` at `y % taps`.
    ring: Vec<i32>,
    /// The row of the target.
    out: Vec<u16>,
}

/// Bits of samples between the two passes, for a depth: 16 at the most, so that sums of two passes fit 32 bits.
fn middle_bits(depth: u32) -> u32 {
    (depth + 6).min(16)
}

impl Scaler {
    /// Plans a change of size between layouts of the same model and depth. Chroma lies as `location` says in both.
    pub(crate) fn new(
        kernel: ScaleKernel,
        (from, from_size): (Layout, (usize, usize)),
        (to, to_size): (Layout, (usize, usize)),
        location: ChromaLocation,
        level: Level,
    ) -> Self {
        let components = (from.components().iter().zip(to.components()))
            .map(|(source, target)| {
                let horizontal = Filter::new(
                    kernel,
                    horizontal_axis(*source, from_size.0, location),
                    horizontal_axis(*target, to_size.0, location),
                    TAPS,
                );
                let vertical = Filter::new(
                    kernel,
                    vertical_axis(*source, from_size.1, location),
                    vertical_axis(*target, to_size.1, location),
                    1,
                );
                let width = target.width(to_size.0);
                Scaled {
                    from: *source,
                    to: *target,
                    row: vec![0; source.width(from_size.0)],
                    centred: vec![0; source.width(from_size.0) + TAPS],
                    ring: vec![0; width * vertical.taps],
                    out: vec![0; width],
                    horizontal,
                    vertical,
                }
            })
            .collect();
        Self { from, to, level, components }
    }

    /// Scales one picture.
    pub(crate) fn run(&mut self, source: &Source<'_>, target: &mut Target<'_>) {
        let (from, to) = (self.from, self.to);
        for component in &mut self.components {
            let plane = &mut target[component.to.plane];
            dispatch!(
                self.level,
                simd => component.run(Vectors(simd), source, plane, &from, &to),
                component.run(Scalar, source, plane, &from, &to)
            );
        }
    }
}

/// Where the samples of a component lie from left to right: beside the left column unless said otherwise (H.273, 8.7).
fn horizontal_axis(component: Component, pixels: usize, location: ChromaLocation) -> Axis {
    let step = f64::from(1_u32 << component.shift_x);
    let first = if location == ChromaLocation::Center { step / 2.0 } else { 0.5 };
    Axis { samples: component.width(pixels), pixels, step, first }
}

/// Where they lie from top to bottom: between rows unless said otherwise.
fn vertical_axis(component: Component, pixels: usize, location: ChromaLocation) -> Axis {
    let step = f64::from(1_u32 << component.shift_y);
    let first = if location == ChromaLocation::TopLeft { 0.5 } else { step / 2.0 };
    Axis { samples: component.height(pixels), pixels, step, first }
}

impl Scaled {
    #[inline(always)]
    fn run(
        &mut self,
        across: impl Across,
        source: &Source<'_>,
        plane: &mut PlaneMut<'_>,
        from: &Layout,
        to: &Layout,
    ) {
        let middle = middle_bits(from.depth);
        let rounding = Rounding {
            centre: if from.depth == 16 { 1 << 15 } else { 0 },
            shift: FRACTION + from.depth - middle,
        };
        let Self { horizontal, vertical, row, centred, ring, out, .. } = self;
        let (width, taps) = (out.len(), vertical.taps);
        let mut next = 0;
        for y in 0..vertical.starts.len() {
            let (start, weights) = vertical.row(y);
            for source_y in next.max(start)..start + taps {
                load(source.row(self.from.plane, source_y), from, self.from, row);
                for (centred, sample) in centred.iter_mut().zip(row.iter()) {
                    *centred = centre(*sample, rounding.centre);
                }
                let filtered = &mut ring[source_y % taps * width..][..width];
                across.filter(centred, horizontal, rounding, filtered);
            }
            next = start + taps;
            let shift = FRACTION + middle - from.depth;
            let rows = (start..).zip(weights).filter(|(_, weight)| **weight != 0);
            let rows = rows.map(|(source_y, weight)| (source_y % taps * width, i32::from(*weight)));
            down(ring, rows, shift, i32::from(to.max()), out);
            store(out, to, self.to, row_mut(plane, y));
        }
    }
}

/// Columns that are summed up in registers.
const COLUMNS: usize = 32;

/// Filters a column of rows, which start at these places in the ring.
#[inline(always)]
fn down(
    ring: &[i32],
    rows: impl Iterator<Item = (usize, i32)> + Clone,
    shift: u32,
    max: i32,
    out: &mut [u16],
) {
    let half = 1 << (shift - 1);
    let mut x = 0;
    let (blocks, rest) = out.as_chunks_mut::<COLUMNS>();
    for block in blocks {
        let mut sums = [half; COLUMNS];
        for (place, weight) in rows.clone() {
            for (sum, sample) in sums.iter_mut().zip(&ring[place + x..][..COLUMNS]) {
                *sum += sample * weight;
            }
        }
        for (out, sum) in block.iter_mut().zip(sums) {
            *out = clamped(sum >> shift, max);
        }
        x += COLUMNS;
    }
    for out in rest {
        let sum: i32 = rows.clone().map(|(place, weight)| ring[place + x] * weight).sum();
        *out = clamped((sum + half) >> shift, max);
        x += 1;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "15 bits, or 16 less half their range")]
fn centre(sample: u16, centre: i32) -> i16 {
    (i32::from(sample) - centre) as i16
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn clamped(value: i32, max: i32) -> u16 {
    value.clamp(0, max) as u16
}
