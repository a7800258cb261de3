//! Rows of samples between the planes of a picture and what filters take.

use crate::plane::{Component, Layout, Source};
use rushes_simd::Level;

/// A sample that is made of one of a plane.
pub(crate) trait Loaded: Sized + Copy {
    fn of_byte(byte: u8) -> Self;

    /// Of a sample above 8 bits.
    fn of_word(word: u16) -> Self;

    /// Multiplies a colour of the whole depth by alpha.
    fn premultiply(color: &mut [Self], alpha: &[Self]);

    /// Makes alpha as large as what was multiplied by it is.
    fn lift(alpha: &mut [Self]);

    /// All of this at once for pixels of four bytes, alpha the last of these places; false where there is no such way.
    #[inline(always)]
    fn of_pixels(_pixels: &[[u8; 4]], _places: [usize; 4], _out: [&mut [Self]; 4]) -> bool {
        false
    }
}

impl Loaded for i16 {
    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        byte.into()
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_wrap, reason = "samples of 12 bits")]
    fn of_word(word: u16) -> Self {
        word as Self
    }

    /// From 8 bits to 14.
    #[inline(always)]
    #[expect(clippy::cast_sign_loss, reason = "8 bits")]
    fn premultiply(color: &mut [Self], alpha: &[Self]) {
        for (color, alpha) in color.iter_mut().zip(alpha) {
            let product = u32::from((*color as u16).wrapping_mul(*alpha as u16));
            // Times 64 / 255.
            *color = ((product * 16_448) >> 16) as Self;
        }
    }

    #[inline(always)]
    fn lift(alpha: &mut [Self]) {
        alpha.iter_mut().for_each(|alpha| *alpha <<= 6);
    }

    #[inline(always)]
    fn of_pixels(pixels: &[[u8; 4]], places: [usize; 4], out: [&mut [Self]; 4]) -> bool {
        let [red, green, blue, alpha] = out;
        let whole = pixels.len() / STEP * STEP;
        for x in (0..whole).step_by(STEP) {
            let block = premultiplied::<STEP>(&pixels[x..x + STEP], places);
            red[x..x + STEP].copy_from_slice(&block[0]);
            green[x..x + STEP].copy_from_slice(&block[1]);
            blue[x..x + STEP].copy_from_slice(&block[2]);
            alpha[x..x + STEP].copy_from_slice(&block[3]);
        }
        for x in whole..pixels.len() {
            let block = premultiplied::<1>(&pixels[x..x + 1], places);
            (red[x], green[x], blue[x], alpha[x]) =
                (block[0][0], block[1][0], block[2][0], block[3][0]);
        }
        true
    }
}

/// What [`Loaded::premultiply`] and [`Loaded::lift`] make of `N` pixels.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "bytes, and 14 bits")]
fn premultiplied<const N: usize>(pixels: &[[u8; 4]], places: [usize; 4]) -> [[i16; N]; 4] {
    let pixels = &pixels[..N];
    let shifts = [8 * places[0], 8 * places[1], 8 * places[2], 8 * places[3]];
    let mut block = [[0; N]; 4];
    for index in 0..N {
        let pixel = u32::from_le_bytes(pixels[index]);
        let alpha = (pixel >> shifts[3]) as u8;
        for color in 0..3 {
            let color_of_pixel = (pixel >> shifts[color]) as u8;
            let product = u16::from(color_of_pixel) * u16::from(alpha);
            block[color][index] = ((u32::from(product) * 16_448) >> 16) as i16;
        }
        block[3][index] = i16::from(alpha) << 6;
    }
    block
}

impl Loaded for f32 {
    #[inline(always)]
    fn of_byte(byte: u8) -> Self {
        byte.into()
    }

    #[inline(always)]
    fn of_word(word: u16) -> Self {
        word.into()
    }

    #[inline(always)]
    fn premultiply(color: &mut [Self], alpha: &[Self]) {
        color.iter_mut().zip(alpha).for_each(|(color, alpha)| *color *= alpha);
    }

    #[inline(always)]
    fn lift(_alpha: &mut [Self]) {}
}

/// Loads row `y` of components of one plane.
pub(super) fn load<T: Loaded>(
    level: Level,
    source: &Source<'_>,
    layout: &Layout,
    y: usize,
    list: &mut [(Component, &mut [T])],
    premultiplied: bool,
) {
    if let ([red, green, blue, alpha], true, 1) = (&mut *list, premultiplied, layout.bytes) {
        let pixels = source.row(red.0.plane, y).as_chunks::<4>().0;
        let pixels = &pixels[..pixels.len().min(red.1.len())];
        let places = [red.0.offset, green.0.offset, blue.0.offset, alpha.0.offset];
        let packed = red.0.step == 4 && red.0.plane == alpha.0.plane;
        let done = packed
            && level.vectorize(
                #[inline(always)]
                || T::of_pixels(pixels, places, [red.1, green.1, blue.1, alpha.1]),
            );
        if done {
            return;
        }
    }
    level.vectorize(
        #[inline(always)]
        || {
            let pixel = list.first().map_or(0, |(component, _)| component.step);
            match list {
                [first, second, third] if layout.bytes == 1 && pixel == 3 => {
                    let row = source.row(first.0.plane, y);
                    let samples = first.1.iter_mut().zip(&mut *second.1).zip(&mut *third.1);
                    let rows = row.as_chunks::<3>().0.iter().zip(samples);
                    if first.0.offset == 0 {
                        rows.for_each(|(pixel, ((a, b), c))| {
                            (*a, *b, *c) =
                                (T::of_byte(pixel[0]), T::of_byte(pixel[1]), T::of_byte(pixel[2]));
                        });
                    } else {
                        rows.for_each(|(pixel, ((a, b), c))| {
                            (*a, *b, *c) =
                                (T::of_byte(pixel[2]), T::of_byte(pixel[1]), T::of_byte(pixel[0]));
                        });
                    }
                }
                _ => {
                    for (component, out) in &mut *list {
                        let row = source.row(component.plane, y);
                        load_one(
                            row.get(component.offset..).unwrap_or_default(),
                            layout,
                            *component,
                            out,
                        );
                    }
                }
            }
            if premultiplied && let Some(((_, alpha), colors)) = list.split_last_mut() {
                for (_, color) in colors {
                    T::premultiply(color, alpha);
                }
                T::lift(alpha);
            }
        },
    );
}

#[inline(always)]
fn load_one<T: Loaded>(row: &[u8], layout: &Layout, component: Component, out: &mut [T]) {
    let (align, max) = (layout.align, layout.max());
    let word = |low: u8, high: u8| T::of_word((u16::from_le_bytes([low, high]) >> align) & max);
    // Constants, so that the compiler finds the shuffles.
    match (layout.bytes, component.step) {
        (1, 1) => strided::<1, _>(row, out, |[byte]| T::of_byte(*byte)),
        (1, 2) => strided::<2, _>(row, out, |pixel| T::of_byte(pixel[0])),
        (1, 3) => strided::<3, _>(row, out, |pixel| T::of_byte(pixel[0])),
        (1, _) => strided::<4, _>(row, out, |pixel| T::of_byte(pixel[0])),
        (_, 2) => strided::<2, _>(row, out, |pixel| word(pixel[0], pixel[1])),
        (_, 4) => strided::<4, _>(row, out, |pixel| word(pixel[0], pixel[1])),
        (_, 6) => strided::<6, _>(row, out, |pixel| word(pixel[0], pixel[1])),
        (_, _) => strided::<8, _>(row, out, |pixel| word(pixel[0], pixel[1])),
    }
}

/// One sample of each `STEP` bytes, of which there may be fewer for the last one.
#[inline(always)]
fn strided<const STEP: usize, T>(row: &[u8], out: &mut [T], sample: impl Fn(&[u8; STEP]) -> T) {
    let (pixels, rest) = row.as_chunks::<STEP>();
    out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = sample(pixel));
    if let Some(out) = out.get_mut(pixels.len()) {
        let mut last = [0; STEP];
        last[..rest.len()].copy_from_slice(rest);
        *out = sample(&last);
    }
}

/// Takes components out of a row in which each has one sample of every `step`, from a place of its own on.
pub(super) fn separate<'a, T: Copy + 'a>(
    level: Level,
    row: &[T],
    step: usize,
    components: impl Iterator<Item = (usize, &'a mut [T])>,
) {
    level.vectorize(
        #[inline(always)]
        || {
            for (offset, out) in components {
                let row = row.get(offset..).unwrap_or_default();
                match step {
                    1 => out.iter_mut().zip(row).for_each(|(out, sample)| *out = *sample),
                    2 => every::<2, _>(row, out),
                    3 => every::<3, _>(row, out),
                    _ => every::<4, _>(row, out),
                }
            }
        },
    );
}

#[inline(always)]
fn every<const STEP: usize, T: Copy>(row: &[T], out: &mut [T]) {
    let (pixels, rest) = row.as_chunks::<STEP>();
    out.iter_mut().zip(pixels).for_each(|(out, pixel)| *out = pixel[0]);
    if let (Some(out), Some(sample)) = (out.get_mut(pixels.len()), rest.first()) {
        *out = *sample;
    }
}

/// Writes the rows of components that lie beside one another in pixels of 3 or 4 bytes, or one component.
pub(super) fn store_bytes(level: Level, rows: &[(Component, &[u8])], row: &mut [u8]) {
    level.vectorize(
        #[inline(always)]
        || match rows {
            [(first, a), (_, b), (_, c)] if first.step == 3 => {
                let samples = a.iter().zip(*b).zip(*c);
                let pixels = row.as_chunks_mut::<3>().0.iter_mut().zip(samples);
                if first.offset == 0 {
                    pixels.for_each(|(out, ((a, b), c))| *out = [*a, *b, *c]);
                } else {
                    pixels.for_each(|(out, ((a, b), c))| *out = [*c, *b, *a]);
                }
            }
            [(first, a), (_, b), (_, c), (last, d)] if first.step == 4 => {
                let samples = a.iter().zip(*b).zip(*c).zip(*d);
                let pixels = row.as_chunks_mut::<4>().0.iter_mut().zip(samples);
                match (first.offset, last.offset) {
                    (0, _) => pixels.for_each(|(out, (((a, b), c), d))| *out = [*a, *b, *c, *d]),
                    (2, _) => pixels.for_each(|(out, (((a, b), c), d))| *out = [*c, *b, *a, *d]),
                    _ => pixels.for_each(|(out, (((a, b), c), d))| *out = [*d, *a, *b, *c]),
                }
            }
            _ => {
                for (component, samples) in rows {
                    let row = row.get_mut(component.offset..).unwrap_or_default();
                    for (out, sample) in row.chunks_mut(component.step).zip(*samples) {
                        out[0] = *sample;
                    }
                }
            }
        },
    );
}

/// Writes samples above 8 bits, already within their depth.
pub(super) fn store_words<T: Copy>(
    level: Level,
    samples: &[T],
    word: impl Fn(T) -> u16 + Copy,
    layout: &Layout,
    component: Component,
    row: &mut [u8],
) {
    let row = row.get_mut(component.offset..).unwrap_or_default();
    let align = layout.align;
    // By value: what lies in memory may change with each sample that is stored, as far as the compiler knows.
    let word = move |sample: T| (word(sample) << align).to_le_bytes();
    level.vectorize(
        #[inline(always)]
        move || match component.step {
            2 => store_strided::<2, _>(row, samples, word),
            4 => store_strided::<4, _>(row, samples, word),
            6 => store_strided::<6, _>(row, samples, word),
            _ => store_strided::<8, _>(row, samples, word),
        },
    );
}

/// One word to each `STEP` bytes, of which there may be fewer for the last one.
#[inline(always)]
fn store_strided<const STEP: usize, T: Copy>(
    row: &mut [u8],
    samples: &[T],
    word: impl Fn(T) -> [u8; 2],
) {
    let (pixels, rest) = row.as_chunks_mut::<STEP>();
    for (out, sample) in pixels.iter_mut().zip(samples) {
        [out[0], out[1]] = word(*sample);
    }
    if let (Some(out), Some(sample)) = (rest.first_chunk_mut(), samples.get(pixels.len())) {
        *out = word(*sample);
    }
}

/// Pixels that are worked out at once.
const STEP: usize = 32;

/// Divides colours by alpha, all of 14 bits and perhaps overshooting: to bytes. Without alpha there is no colour.
pub(super) fn divide_bytes(
    level: Level,
    [reds, greens, blues]: [&[i16]; 3],
    alpha: &[i16],
    [red, green, blue]: [&mut [u8]; 3],
    alpha_out: &mut [u8],
) {
    level.vectorize(
        #[inline(always)]
        || {
            let whole = alpha.len() / STEP * STEP;
            for x in (0..whole).step_by(STEP) {
                let mut factors = [0.0; STEP];
                let alpha = &alpha[x..x + STEP];
                for index in 0..STEP {
                    factors[index] = divisor(alpha[index]);
                }
                scale_block(&reds[x..x + STEP], &factors, &mut red[x..x + STEP]);
                scale_block(&greens[x..x + STEP], &factors, &mut green[x..x + STEP]);
                scale_block(&blues[x..x + STEP], &factors, &mut blue[x..x + STEP]);
                scale_block(alpha, &[1.0 / 64.0; STEP], &mut alpha_out[x..x + STEP]);
            }
            for x in whole..alpha.len() {
                let factor = divisor(alpha[x]);
                red[x] = to_byte(f32::from(reds[x]) * factor);
                green[x] = to_byte(f32::from(greens[x]) * factor);
                blue[x] = to_byte(f32::from(blues[x]) * factor);
                alpha_out[x] = to_byte(f32::from(alpha[x]) / 64.0);
            }
        },
    );
}

/// What a colour is multiplied by.
#[inline(always)]
fn divisor(alpha: i16) -> f32 {
    let quotient = 255.0 / f32::from(alpha.max(1));
    if alpha > 0 { quotient } else { 0.0 }
}

#[inline(always)]
fn scale_block(samples: &[i16], factors: &[f32; STEP], out: &mut [u8]) {
    let (samples, out) = (&samples[..STEP], &mut out[..STEP]);
    for index in 0..STEP {
        out[index] = to_byte(f32::from(samples[index]) * factors[index]);
    }
}

/// Divides colours by alpha.
pub(super) fn divide(level: Level, colors: &mut [f32], alpha: &[f32]) {
    level.vectorize(
        #[inline(always)]
        || {
            for (color, alpha) in colors.iter_mut().zip(alpha) {
                *color = if *alpha > 0.0 { *color / *alpha } else { 0.0 };
            }
        },
    );
}

/// What is added to a float for its lowest bits to be those of an integer: rounded to the nearest one, of two to the even.
const INTEGER: f32 = 8_388_608.0;

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
fn to_byte(value: f32) -> u8 {
    (value.clamp(0.0, 255.0) + INTEGER).to_bits() as u8
}

/// Rounded to 16 bits at the most.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
pub(super) fn to_word(value: f32, max: f32) -> u16 {
    (value.clamp(0.0, max) + INTEGER).to_bits() as u16
}
