//! Rows of three components to rows of RGB.
//!
//! All of it is arithmetic of single values in one order, never fused: results are the same at every level.

use crate::color::Transform;
use crate::scale::Rows;
use rushes_simd::Level;

/// Values that are worked out at once.
const STEP: usize = 16;

/// The map from components to RGB of 0 to 1, and what becomes of that.
#[derive(Clone, Debug)]
pub(super) struct Pixels {
    matrix: [[f32; 3]; 3],
    offset: [f32; 3],
    /// What values of 0 to 1 are multiplied by, and what is then added.
    factor: [f32; 3],
    bias: [f32; 3],
    level: Level,
    /// Rows that are interleaved.
    floats: [Vec<f32>; 3],
    bytes: [Vec<u8>; 3],
}

/// A value of an array.
pub(super) trait Value: Copy + Default + Send {
    /// Writes a row of each component.
    fn planes(pixels: &Pixels, rows: &Rows<'_>, out: [&mut [Self]; 3]);

    /// Writes a row of pixels.
    fn triplets(pixels: &mut Pixels, rows: &Rows<'_>, out: &mut [Self]);
}

impl Value for f32 {
    fn planes(pixels: &Pixels, rows: &Rows<'_>, out: [&mut [Self]; 3]) {
        let finish =
            |value: Self, channel: usize| value * pixels.factor[channel] + pixels.bias[channel];
        pixels.convert(rows, out, finish);
    }

    fn triplets(pixels: &mut Pixels, rows: &Rows<'_>, out: &mut [Self]) {
        let mut planes = std::mem::take(&mut pixels.floats);
        Self::planes(pixels, rows, planes.each_mut().map(Vec::as_mut_slice));
        interleave(pixels.level, &planes, out);
        pixels.floats = planes;
    }
}

impl Value for u8 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255.5")]
    fn planes(pixels: &Pixels, rows: &Rows<'_>, out: [&mut [Self]; 3]) {
        pixels.convert(rows, out, |value: f32, _| (value * 255.0 + 0.5) as Self);
    }

    fn triplets(pixels: &mut Pixels, rows: &Rows<'_>, out: &mut [Self]) {
        let mut planes = std::mem::take(&mut pixels.bytes);
        Self::planes(pixels, rows, planes.each_mut().map(Vec::as_mut_slice));
        interleave(pixels.level, &planes, out);
        pixels.bytes = planes;
    }
}

impl Pixels {
    /// From components in multiples of `1 / unit` to values less the mean, divided by the deviation.
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
    pub(super) fn new(
        transform: &Transform,
        unit: f64,
        (mean, std): ([f32; 3], [f32; 3]),
        width: usize,
        level: Level,
    ) -> Self {
        let mut matrix = [[0.0; 3]; 3];
        let mut offset = [0.0; 3];
        match transform {
            Transform::Linear(lines) => {
                for (y, line) in lines.iter().enumerate() {
                    if let Some(component) = line.source {
                        matrix[y][component] = line.factor;
                    }
                    offset[y] = line.offset;
                }
            }
            Transform::YuvToRgb(affine) | Transform::Matrix(affine) => {
                (matrix, offset) = (affine.matrix, affine.offset);
            }
        }
        Self {
            matrix: matrix.map(|row| row.map(|value| (value / unit / 255.0) as f32)),
            offset: offset.map(|value| (value / 255.0) as f32),
            factor: std.map(|std| 1.0 / std),
            bias: [0, 1, 2].map(|channel| -mean[channel] / std[channel]),
            level,
            floats: [(); 3].map(|()| vec![0.0; width]),
            bytes: [(); 3].map(|()| vec![0; width]),
        }
    }

    fn convert<T: Copy + Default>(
        &self,
        rows: &Rows<'_>,
        out: [&mut [T]; 3],
        finish: impl Fn(f32, usize) -> T,
    ) {
        match rows {
            Rows::Words(rows) => self.level.vectorize(
                #[inline(always)]
                || self.each(*rows, out, finish),
            ),
            Rows::Floats(rows) => self.level.vectorize(
                #[inline(always)]
                || self.each(*rows, out, finish),
            ),
        }
    }

    #[inline(always)]
    fn each<I: Copy + Default + Into<f32>, T: Copy + Default>(
        &self,
        [a, b, c]: [&[I]; 3],
        [red, green, blue]: [&mut [T]; 3],
        finish: impl Fn(f32, usize) -> T,
    ) {
        let width = red.len();
        let whole = width / STEP * STEP;
        for x in (0..whole).step_by(STEP) {
            let samples = [block(&a[x..]), block(&b[x..]), block(&c[x..])];
            let [first, second, third] = [
                self.values(0, &samples, &finish),
                self.values(1, &samples, &finish),
                self.values(2, &samples, &finish),
            ];
            red[x..x + STEP].copy_from_slice(&first);
            green[x..x + STEP].copy_from_slice(&second);
            blue[x..x + STEP].copy_from_slice(&third);
        }
        for x in whole..width {
            let sample = [[a[x].into(); 1], [b[x].into(); 1], [c[x].into(); 1]];
            [red[x]] = self.values(0, &sample, &finish);
            [green[x]] = self.values(1, &sample, &finish);
            [blue[x]] = self.values(2, &sample, &finish);
        }
    }

    #[inline(always)]
    fn values<T: Copy + Default, const N: usize>(
        &self,
        channel: usize,
        [a, b, c]: &[[f32; N]; 3],
        finish: &impl Fn(f32, usize) -> T,
    ) -> [T; N] {
        let ([for_a, for_b, for_c], offset) = (self.matrix[channel], self.offset[channel]);
        let mut values = [T::default(); N];
        for index in 0..N {
            let sum = a[index] * for_a + b[index] * for_b;
            let sum = sum + c[index] * for_c + offset;
            // What the instructions for the larger and the smaller one do.
            let sum = if sum > 0.0 { sum } else { 0.0 };
            values[index] = finish(if sum < 1.0 { sum } else { 1.0 }, channel);
        }
        values
    }
}

/// The first samples as floats.
#[inline(always)]
fn block<I: Copy + Into<f32>>(samples: &[I]) -> [f32; STEP] {
    let mut block = [0.0; STEP];
    let samples = &samples[..STEP];
    for index in 0..STEP {
        block[index] = samples[index].into();
    }
    block
}

fn interleave<T: Copy>(level: Level, [red, green, blue]: &[Vec<T>; 3], out: &mut [T]) {
    level.vectorize(
        #[inline(always)]
        || {
            let samples = red.iter().zip(green).zip(blue);
            for (pixel, ((red, green), blue)) in out.as_chunks_mut::<3>().0.iter_mut().zip(samples)
            {
                *pixel = [*red, *green, *blue];
            }
        },
    );
}
