//! Rows of samples between the planes of a picture and what filters take.

use crate::plane::{Component, Layout, Source};
use rushes_simd::Level;

/// A sample that is made of one of a plane.
pub(crate) trait Loaded: Sized + Copy {
    fn of_byte(byte: u8) -> Self;

    /// Of a sample above 8 bits.
    fn of_word(word: u16) -> Self;

    /// Multiplies colours of the whole depth by alpha, and makes alpha as large.
    fn premultiply(colors: &mut [&mut [Self]], alpha: &mut [Self]);
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
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 2^14")]
    fn premultiply(colors: &mut [&mut [Self]], alpha: &mut [Self]) {
        for color in colors {
            for (color, alpha) in color.iter_mut().zip(alpha.iter()) {
                let product = u32::from((*color as u16).wrapping_mul(*alpha as u16));
                // Times 64 / 255.
                *color = ((product * 16_448) >> 16) as Self;
            }
        }
        alpha.iter_mut().for_each(|alpha| *alpha <<= 6);
    }
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
    fn premultiply(colors: &mut [&mut [Self]], alpha: &mut [Self]) {
        for color in colors {
            color.iter_mut().zip(alpha.iter()).for_each(|(color, alpha)| *color *= alpha);
        }
    }
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
                            (*a, *b, *c) = (T::of_byte(pixel[0]), T::of_byte(pixel[1]), T::of_byte(pixel[2]));
                        });
                    } else {
                        rows.for_each(|(pixel, ((a, b), c))| {
                            (*a, *b, *c) = (T::of_byte(pixel[2]), T::of_byte(pixel[1]), T::of_byte(pixel[0]));
                        });
                    }
                }
                _ => {
                    for (component, out) in &mut *list {
                        let row = source.row(component.plane, y);
                        load_one(row.get(component.offset..).unwrap_or_default(), layout, *component, out);
                    }
                }
            }
            if premultiplied && let Some(((_, alpha), colors)) = list.split_last_mut() {
                for (_, color) in colors {
                    T::premultiply(&mut [color], alpha);
                }
            }
        },
    );
}

#[inline(always)]
fn load_one<T: Loaded>(row: &[u8], layout: &Layout, component: Component, out: &mut [T]) {
    match (layout.bytes, component.step) {
        (1, 1) => copy(out, row.iter().map(|byte| T::of_byte(*byte))),
        (1, 2) => copy(out, row.chunks(2).map(|pixel| T::of_byte(pixel[0]))),
        (1, 4) => copy(out, row.chunks(4).map(|pixel| T::of_byte(pixel[0]))),
        (1, step) => copy(out, row.chunks(step).map(|pixel| T::of_byte(pixel[0]))),
        (_, step) => {
            let (align, max) = (layout.align, layout.max());
            let word = |pixel: &[u8]| {
                let word = pixel.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes));
                T::of_word((word >> align) & max)
            };
            match step {
                2 => copy(out, row.chunks_exact(2).map(word)),
                4 => copy(out, row.chunks(4).map(word)),
                6 => copy(out, row.chunks(6).map(word)),
                8 => copy(out, row.chunks(8).map(word)),
                _ => copy(out, row.chunks(step).map(word)),
            }
        }
    }
}

#[inline(always)]
fn copy<T>(out: &mut [T], samples: impl Iterator<Item = T>) {
    out.iter_mut().zip(samples).for_each(|(out, sample)| *out = sample);
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
    word: impl Fn(T) -> u16,
    layout: &Layout,
    component: Component,
    row: &mut [u8],
) {
    let row = row.get_mut(component.offset..).unwrap_or_default();
    let align = layout.align;
    level.vectorize(
        #[inline(always)]
        || match component.step {
            2 => {
                let words = row.as_chunks_mut::<2>().0.iter_mut().zip(samples);
                words.for_each(|(out, sample)| *out = (word(*sample) << align).to_le_bytes());
            }
            step => {
                for (out, sample) in row.chunks_mut(step).zip(samples) {
                    if let Some(out) = out.first_chunk_mut() {
                        *out = (word(*sample) << align).to_le_bytes();
                    }
                }
            }
        },
    );
}

/// Divides colours by alpha, both of 14 bits and perhaps overshooting: to bytes. Without alpha there is no colour.
pub(super) fn divide_bytes(level: Level, colors: &[i16], alpha: &[i16], out: &mut [u8]) {
    level.vectorize(
        #[inline(always)]
        || {
            for ((out, color), alpha) in out.iter_mut().zip(colors).zip(alpha) {
                let quotient = f32::from(*color) * 255.0 / f32::from((*alpha).max(1));
                *out = to_byte(if *alpha > 0 { quotient } else { 0.0 });
            }
        },
    );
}

/// Alpha of 14 bits to bytes.
pub(super) fn alpha_bytes(level: Level, alpha: &[i16], out: &mut [u8]) {
    level.vectorize(
        #[inline(always)]
        || {
            for (out, alpha) in out.iter_mut().zip(alpha) {
                *out = to_byte(f32::from(*alpha) / 64.0);
            }
        },
    );
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

#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
fn to_byte(value: f32) -> u8 {
    (value + 0.5).clamp(0.0, 255.0) as u8
}

/// Rounded to 16 bits at the most.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
pub(super) fn to_word(value: f32, max: f32) -> u16 {
    (value + 0.5).clamp(0.0, max) as u16
}
