//! RGB to another order of bytes, or from 8 to 16 bits and back, in vectors.

use fearless_simd::prelude::*;
use rushes_simd::{Level, dispatch};

use super::lanes::Lanes;
use super::pixels::{Halves, MAX_BLOCK, Pixels, store_bytes, store_words};
use super::to_rgb::rows_of;
use crate::plane::{Layout, PLANES, Source, Target};

/// A vector kernel for pictures of two layouts.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    level: Level,
    from: Pixels,
    to: Pixels,
    width: usize,
}

impl Kernel {
    /// The kernel for two layouts, if there is one: both of the same depth, or of 8 and of 16 bits.
    pub(super) fn new(level: Level, (from, to): (&Layout, &Layout), width: usize) -> Option<Self> {
        level.vectors()?;
        let depths = (from.depth, to.depth);
        if depths.0 != depths.1 && depths != (8, 16) && depths != (16, 8) {
            return None;
        }
        let (from, to) = (Pixels::of(from)?, Pixels::of(to)?);
        cfg!(target_endian = "little").then_some(Self { level, from, to, width })
    }

    /// Converts `height` rows.
    pub(super) fn run(&self, source: &Source<'_>, target: &mut Target<'_>, height: usize) {
        dispatch!(self.level, simd => self.picture(simd, source, (target, height)), ());
    }

    #[inline(always)]
    fn picture<S: Lanes>(
        &self,
        simd: S,
        source: &Source<'_>,
        (target, height): (&mut Target<'_>, usize),
    ) {
        let step = S::u8s::LEN;
        let whole = self.width / step * step;
        for y in 0..height {
            let input = self.from.rows(source, y);
            let [mut output, _] = rows_of(target, y, 1);
            for x in (0..whole).step_by(step) {
                self.block(simd, (input, x), (&mut output, x));
            }
            if whole == self.width {
                continue;
            }
            let mut copy = [[0; MAX_BLOCK]; 3];
            for ((copy, row), size) in copy.iter_mut().zip(input).zip(self.from.pixel_bytes()) {
                let row = &row[whole * size..self.width * size];
                copy[..row.len()].copy_from_slice(row);
            }
            let mut pixels = [[0; MAX_BLOCK]; PLANES];
            let mut padded = pixels.each_mut().map(|row| row.as_mut_slice());
            let input = copy.each_ref().map(|row| row.as_slice());
            self.block(simd, (input, 0), (&mut padded, 0));
            let size = self.to.pixel_bytes()[0];
            for plane in self.to.planes {
                let row = &mut output[plane][whole * size..self.width * size];
                row.copy_from_slice(&pixels[plane][..row.len()]);
            }
        }
    }

    #[inline(always)]
    fn block<S: Lanes>(
        &self,
        simd: S,
        (input, x): ([&[u8]; 3], usize),
        (output, to_x): (&mut [&mut [u8]; PLANES], usize),
    ) {
        if !self.to.words
            && let Some(components) = self.from.load_bytes(simd, input, x)
        {
            let opaque = S::u8s::splat(simd, u8::MAX);
            return store_bytes(simd, &self.to, (components, opaque), output, to_x);
        }
        let ([red, green, blue], alpha) = self.from.load_four(simd, input, x);
        if self.to.words {
            let components = [self.words::<S>(red), self.words::<S>(green), self.words::<S>(blue)];
            store_words(simd, &self.to, (components, self.words::<S>(alpha)), output, to_x);
        } else {
            let components = [self.bytes::<S>(red), self.bytes::<S>(green), self.bytes::<S>(blue)];
            store_bytes(simd, &self.to, (components, self.bytes::<S>(alpha)), output, to_x);
        }
    }

    /// Samples of one byte from left to right.
    #[inline(always)]
    fn bytes<S: Lanes>(&self, [even, odd]: Halves<S>) -> S::u8s {
        if !self.from.words {
            return ((even >> 8) | (odd & 0xff00)).bitcast();
        }
        // To the nearest multiple of 257.
        let (even, odd) = (even.saturating_add(128), odd.saturating_add(128));
        let (even, odd) = (even - (even >> 8), odd - (odd >> 8));
        ((even >> 8) | (odd & 0xff00)).bitcast()
    }

    /// Samples of two bytes from left to right.
    #[inline(always)]
    fn words<S: Lanes>(&self, [even, odd]: Halves<S>) -> [S::u8s; 2] {
        let [even, odd] = if self.from.words {
            [even >> self.to.shift, odd >> self.to.shift]
        } else {
            [even | (even >> 8), odd | (odd >> 8)]
        };
        let (low, high) = even.interleave(odd);
        [low.bitcast(), high.bitcast()]
    }
}
