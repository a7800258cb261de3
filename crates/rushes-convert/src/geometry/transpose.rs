//! Rows to columns.
//!
//! Pixels of 1, 2 and 4 bytes go in square tiles of 16 vectors' bytes: zipping the first half of the rows with the second,
//! log2(rows) times over, is the transposition. Tiles are taken column by column in bands of rows, so that whole cache lines of
//! the result are written at once. Pixels of other sizes are copied one by one in the same order.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x16, u16x8, u32x4};
use rushes_core::{Plane, PlaneLayout, Result, VideoFrame};
use rushes_simd::{Level, dispatch};

use super::{planes, with_planes};
use crate::plane::zeroed;

/// What else happens when rows become columns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Turn {
    /// The rows are taken from the bottom to the top: the last one becomes the left column.
    pub(crate) rows_reversed: bool,
    /// The columns are taken from the right to the left: the last one becomes the top row.
    pub(crate) columns_reversed: bool,
}

/// Makes columns of the rows of a frame, whose chroma must be subsampled alike both ways.
pub(crate) fn transpose(frame: &VideoFrame, turn: Turn, level: Level) -> Result<VideoFrame> {
    let turned = planes(frame)?
        .map(|(plane, layout)| turn_plane(plane, layout, (frame.width, frame.height), turn, level))
        .collect::<Result<_>>()?;
    with_planes(frame, (frame.height, frame.width), turned)
}

fn turn_plane(
    plane: &Plane,
    layout: PlaneLayout,
    (width, height): (u32, u32),
    turn: Turn,
    level: Level,
) -> Result<Plane> {
    let (width, height) = (layout.width(width) as usize, layout.height(height) as usize);
    let stride = height * layout.pixel_bytes;
    let mut out = zeroed(stride.saturating_mul(width))?;
    let source = Source { plane, width, height, turn };
    dispatch!(
        level,
        simd => source.turn(layout.pixel_bytes, &mut out, simd),
        source.turn_pixels_of(layout.pixel_bytes, &mut out)
    );
    Ok(Plane::new(out, stride))
}

/// Rows of a band: as many bytes as a cache line has, at 1 byte per pixel.
const BAND: usize = 64;

/// Bytes of a vector.
const VECTOR: usize = 16;

struct Source<'a> {
    plane: &'a Plane,
    /// Size in pixels of the plane.
    width: usize,
    height: usize,
    turn: Turn,
}

impl Source<'_> {
    /// The pixels that become column `column` of the result, from `start` on, as they lie.
    #[inline(always)]
    fn row(&self, column: usize, start: usize, bytes: usize) -> &[u8] {
        let y = if self.turn.rows_reversed { self.height - 1 - column } else { column };
        let at = y * self.plane.stride() + start;
        self.plane.data().get(at..at + bytes).unwrap_or_default()
    }

    /// The row of the result that column `x` becomes.
    #[inline(always)]
    const fn target(&self, x: usize) -> usize {
        if self.turn.columns_reversed { self.width - 1 - x } else { x }
    }

    #[inline(always)]
    fn turn<S: Simd>(&self, pixel: usize, out: &mut [u8], simd: S) {
        match pixel {
            1 => self.turn_tiles::<16>(out, |tile| {
                let mut rows = tile.map(|row| u8x16::load_array(simd, row));
                for _ in 0..4 {
                    rows = zipped(rows, |a, b| (a.zip_low(b), a.zip_high(b)));
                }
                rows.map(stored)
            }),
            2 => self.turn_tiles::<8>(out, |tile| {
                let load = |row| u16x8::from_bytes(u8x16::load_array(simd, row));
                let mut rows = tile.map(load);
                for _ in 0..3 {
                    rows = zipped(rows, |a, b| (a.zip_low(b), a.zip_high(b)));
                }
                rows.map(|row| stored(row.to_bytes()))
            }),
            4 => self.turn_tiles::<4>(out, |tile| {
                let load = |row| u32x4::from_bytes(u8x16::load_array(simd, row));
                let mut rows = tile.map(load);
                for _ in 0..2 {
                    rows = zipped(rows, |a, b| (a.zip_low(b), a.zip_high(b)));
                }
                rows.map(|row| stored(row.to_bytes()))
            }),
            other => self.turn_pixels_of(other, out),
        }
    }

    /// In tiles of `R` by `R` pixels, and pixel by pixel at the right and the lower edge.
    #[inline(always)]
    fn turn_tiles<const R: usize>(
        &self,
        out: &mut [u8],
        tile: impl Fn([[u8; VECTOR]; R]) -> [[u8; VECTOR]; R],
    ) {
        let pixel = VECTOR / R;
        let stride = self.height * pixel;
        let (whole_x, whole_y) = (self.width / R * R, self.height / R * R);
        for band in (0..whole_y).step_by(BAND) {
            for x in (0..whole_x).step_by(R) {
                for column in (band..whole_y.min(band + BAND)).step_by(R) {
                    let mut rows = [[0; VECTOR]; R];
                    for (place, row) in rows.iter_mut().enumerate() {
                        if let Some(bytes) =
                            self.row(column + place, x * pixel, VECTOR).first_chunk()
                        {
                            *row = *bytes;
                        }
                    }
                    for (place, row) in tile(rows).iter().enumerate() {
                        let at = self.target(x + place) * stride + column * pixel;
                        if let Some(out) = out.get_mut(at..at + VECTOR) {
                            out.copy_from_slice(row);
                        }
                    }
                }
            }
        }
        let edges = [(0..whole_x, whole_y..self.height), (whole_x..self.width, 0..self.height)];
        for (columns, rows) in edges {
            match R {
                16 => self.turn_pixels::<1>(columns, rows, out),
                8 => self.turn_pixels::<2>(columns, rows, out),
                _ => self.turn_pixels::<4>(columns, rows, out),
            }
        }
    }

    fn turn_pixels_of(&self, pixel: usize, out: &mut [u8]) {
        let all = (0..self.width, 0..self.height);
        match pixel {
            1 => self.turn_pixels::<1>(all.0, all.1, out),
            2 => self.turn_pixels::<2>(all.0, all.1, out),
            3 => self.turn_pixels::<3>(all.0, all.1, out),
            4 => self.turn_pixels::<4>(all.0, all.1, out),
            6 => self.turn_pixels::<6>(all.0, all.1, out),
            _ => self.turn_pixels::<8>(all.0, all.1, out),
        }
    }

    /// Pixel by pixel: the specification.
    #[inline(always)]
    fn turn_pixels<const N: usize>(
        &self,
        xs: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
        out: &mut [u8],
    ) {
        let stride = self.height * N;
        for band in columns.clone().step_by(BAND / 4) {
            for x in xs.clone() {
                let start = self.target(x) * stride + band * N;
                let end = columns.end.min(band + BAND / 4);
                let row = out.get_mut(start..start + (end - band) * N).unwrap_or_default();
                for (out, column) in row.as_chunks_mut::<N>().0.iter_mut().zip(band..end) {
                    if let Some(pixel) = self.row(column, x * N, N).first_chunk() {
                        *out = *pixel;
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn stored<S: Simd>(row: u8x16<S>) -> [u8; VECTOR] {
    let mut bytes = [0; VECTOR];
    row.store_array(&mut bytes);
    bytes
}

/// The first half of the rows, each zipped with its partner of the second half.
#[inline(always)]
fn zipped<V: Copy, const R: usize>(rows: [V; R], zip: impl Fn(V, V) -> (V, V)) -> [V; R] {
    let mut out = rows;
    for place in 0..R / 2 {
        (out[2 * place], out[2 * place + 1]) = zip(rows[place], rows[place + R / 2]);
    }
    out
}
