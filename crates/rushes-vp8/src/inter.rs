//! Prediction from other frames: RFC 6386, 18.
//!
//! Pictures continue beyond their edges without end. Planes have no borders for that: a block that needs pixels from beyond is
//! first gathered in a small buffer.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "places in pictures are below 2^15, and clamped or looked at where they may be negative"
)]

use crate::kernels::Kernels;
use crate::macroblock::{Macroblock, Partition};
use crate::picture::Plane;
use crate::vectors::Vector;

/// Filters of a version of the format: RFC 6386, 9.1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Filters {
    /// Two taps rather than six.
    pub(crate) bilinear: bool,
    /// Vectors of chroma are of whole pixels.
    pub(crate) whole_chroma: bool,
}

impl Filters {
    pub(crate) fn of(version: u8) -> Self {
        Self { bilinear: version != 0, whole_chroma: version >= 3 }
    }
}

/// Predicts the luma of a macroblock.
#[inline(always)]
pub(crate) fn predict_luma<K: Kernels>(
    kernels: K,
    filters: Filters,
    reference: &Plane,
    plane: &mut [u8],
    (column, row): (usize, usize),
    macroblock: &Macroblock,
) {
    let mut block = |x: usize, y: usize, size: usize, vector: Vector| {
        let (x, y) = (column * 16 + x, row * 16 + y);
        let vector = (i32::from(vector.x) * 2, i32::from(vector.y) * 2);
        predict(kernels, filters, reference, plane, (x, y), size, vector);
    };
    match macroblock.partition {
        Partition::Whole => block(0, 0, 16, macroblock.vector),
        Partition::Quarters => {
            for (x, y) in [(0, 0), (8, 0), (0, 8), (8, 8)] {
                block(x, y, 8, macroblock.vectors[y + x / 4]);
            }
        }
        Partition::Sixteenths => {
            for (index, &vector) in macroblock.vectors.iter().enumerate() {
                block(index % 4 * 4, index / 4 * 4, 4, vector);
            }
        }
    }
}

/// Predicts a plane of chroma of a macroblock.
#[inline(always)]
pub(crate) fn predict_chroma<K: Kernels>(
    kernels: K,
    filters: Filters,
    references: [&Plane; 2],
    planes: [&mut [u8]; 2],
    (column, row): (usize, usize),
    macroblock: &Macroblock,
) {
    let (x, y) = (column * 8, row * 8);
    let mask = if filters.whole_chroma { !7 } else { !0 };
    if macroblock.partition == Partition::Whole {
        // Quarters of a pixel of luma are eighths of one of chroma.
        let vector = macroblock.vector;
        let vector = (i32::from(vector.x) & mask, i32::from(vector.y) & mask);
        for (plane, reference) in planes.into_iter().zip(references) {
            predict(kernels, filters, reference, plane, (x, y), 8, vector);
        }
        return;
    }
    let mut vectors = [(0, 0); 4];
    for (index, mean) in vectors.iter_mut().enumerate() {
        let first = index / 2 * 8 + index % 2 * 2;
        let four = [0, 1, 4, 5].map(|offset| macroblock.vectors[first + offset]);
        let sum = |part: fn(&Vector) -> i16| four.iter().map(|v| i32::from(part(v))).sum::<i32>();
        // Rounded away from zero.
        let mean_of = |sum: i32| (sum + 2 - i32::from(sum < 0)) >> 2 & mask;
        *mean = (mean_of(sum(|vector| vector.x)), mean_of(sum(|vector| vector.y)));
    }
    for (plane, reference) in planes.into_iter().zip(references) {
        for (index, vector) in vectors.into_iter().enumerate() {
            let place = (x + index % 2 * 4, y + index / 2 * 4);
            predict(kernels, filters, reference, plane, place, 4, vector);
        }
    }
}

/// Rows of a gathered block are so far apart.
const GATHERED: usize = 32;

/// Predicts a square block by a vector in eighths of a pixel.
#[inline(always)]
fn predict<K: Kernels>(
    kernels: K,
    filters: Filters,
    reference: &Plane,
    plane: &mut [u8],
    (x, y): (usize, usize),
    size: usize,
    vector: (i32, i32),
) {
    let stride = reference.stride;
    let pixels = &mut plane[y * stride + x..];
    let fraction = ((vector.0 & 7) as usize, (vector.1 & 7) as usize);
    let is_whole = fraction == (0, 0);
    // The first pixel that the filters read, and how many there are.
    let (before, count) = if is_whole { (0, size) } else { (2, size + 5) };
    let left = i64::from(vector.0 >> 3) + x as i64 - before;
    let top = i64::from(vector.1 >> 3) + y as i64 - before;
    let is_inside = left >= 0
        && top >= 0
        && left as usize + count <= reference.width
        && top as usize + count <= reference.height;
    if is_inside {
        let source = &reference.samples[top as usize * stride + left as usize..];
        interpolate(kernels, filters, (source, stride), (pixels, stride), size, fraction);
    } else {
        // Only here, as making room costs more than many predictions.
        let mut gathered = [0; GATHERED * 22];
        gather(reference, left, top, count, &mut gathered);
        let source = (&gathered[..], GATHERED);
        interpolate(kernels, filters, source, (pixels, stride), size, fraction);
    }
}

#[inline(always)]
fn interpolate<K: Kernels>(
    kernels: K,
    filters: Filters,
    (source, source_stride): (&[u8], usize),
    (pixels, stride): (&mut [u8], usize),
    size: usize,
    fraction: (usize, usize),
) {
    if fraction == (0, 0) {
        copy(source, source_stride, pixels, stride, size);
    } else if filters.bilinear {
        kernels.bilinear(source, source_stride, pixels, stride, (size, size), fraction);
    } else {
        kernels.six_tap(source, source_stride, pixels, stride, (size, size), fraction);
    }
}

#[inline(always)]
fn copy(source: &[u8], source_stride: usize, pixels: &mut [u8], stride: usize, size: usize) {
    #[inline(always)]
    fn rows<const N: usize>(source: &[u8], source_stride: usize, pixels: &mut [u8], stride: usize) {
        for row in 0..N {
            let from: &[u8; N] =
                source[row * source_stride..].first_chunk().expect("all rows are there");
            *pixels[row * stride..].first_chunk_mut().expect("all rows are there") = *from;
        }
    }
    match size {
        16 => rows::<16>(source, source_stride, pixels, stride),
        8 => rows::<8>(source, source_stride, pixels, stride),
        _ => rows::<4>(source, source_stride, pixels, stride),
    }
}

/// Gathers a square of pixels, some of which are outside of the picture.
#[inline(never)]
fn gather(plane: &Plane, left: i64, top: i64, count: usize, out: &mut [u8; GATHERED * 22]) {
    let within = |place: i64, size: usize| place.clamp(0, size as i64 - 1) as usize;
    for (row, out) in out.chunks_mut(GATHERED).take(count).enumerate() {
        let line = &plane.samples[within(top + row as i64, plane.height) * plane.stride..];
        for (column, pixel) in out[..count].iter_mut().enumerate() {
            *pixel = line[within(left + column as i64, plane.width)];
        }
    }
}
