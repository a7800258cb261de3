//! Every level against the scalar kernels, on random pixels.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "random numbers are cut to size"
)]

use rushes_simd::{Level, dispatch, each_level};

use super::scalar::Scalar;
use super::vector::Vectors;
use super::{Edges, Kernels, Strength};
use crate::macroblock::Block;

const STRIDE: usize = 61;
const ROWS: usize = 30;

/// Random numbers, the same each time.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        self.0 >> 33
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Pixels that differ by up to `range`, around a value that drifts.
    fn plane(&mut self, range: u64) -> Vec<u8> {
        let base = self.below(256);
        let pixel = |_| u8::try_from((base + self.below(range)).min(255)).unwrap_or(255);
        (0..STRIDE * ROWS + 64).map(pixel).collect()
    }

    fn block(&mut self) -> Block {
        let range = [16, 512, 65536][self.below(3) as usize];
        [(); 16].map(|()| (self.below(range) as i64 - range as i64 / 2) as i16)
    }

    fn strength(&mut self) -> Strength {
        let mut byte = |end| u8::try_from(self.below(end)).unwrap_or(0);
        Strength { outer: byte(194), inner: byte(190), interior: byte(64), variance: byte(4) }
    }
}

/// Work of a level on a plane and another one.
trait Work {
    fn run<K: Kernels>(&self, kernels: K, planes: &mut [Vec<u8>; 2]);
}

fn check(level: Level, random: &mut Random, what: &str, work: &impl Work) {
    let range = [2, 12, 60, 256][random.below(4) as usize];
    let before = [random.plane(range), random.plane(range)];
    let (mut expected, mut found) = (before.clone(), before);
    work.run(Scalar, &mut expected);
    dispatch!(level, simd => work.run(Vectors(simd), &mut found), work.run(Scalar, &mut found));
    assert!(expected == found, "{what} at {level}");
}

struct Residuals([Block; 2]);

impl Work for Residuals {
    fn run<K: Kernels>(&self, kernels: K, [one, other]: &mut [Vec<u8>; 2]) {
        kernels.add(&self.0[0], &mut one[3..], STRIDE);
        kernels.add_pair([&self.0[0], &self.0[1]], &mut one[20..], STRIDE);
        kernels.add_firsts([self.0[0][0], self.0[1][0]], &mut other[5..], STRIDE);
    }
}

struct Prediction {
    source: Vec<u8>,
    size: usize,
    fraction: (usize, usize),
}

impl Work for Prediction {
    fn run<K: Kernels>(&self, kernels: K, [one, other]: &mut [Vec<u8>; 2]) {
        let size = (self.size, self.size);
        let (one, other) = (&mut one[7..], &mut other[7..]);
        kernels.six_tap(&self.source, STRIDE, one, STRIDE, size, self.fraction);
        kernels.bilinear(&self.source, STRIDE, other, STRIDE, size, self.fraction);
    }
}

struct Filters {
    pair: [Edges; 2],
    kind: u64,
}

impl Work for Filters {
    fn run<K: Kernels>(&self, kernels: K, [one, other]: &mut [Vec<u8>; 2]) {
        match self.kind {
            0 => kernels.filter_luma(one, STRIDE, &self.pair),
            1 => kernels.filter_luma_simply(one, STRIDE, &self.pair),
            _ => kernels.filter_chroma([one, other], STRIDE, &self.pair),
        }
    }
}

const REPEATS: usize = if cfg!(miri) { 2 } else { 200 };

fn residuals_are_alike(level: Level) {
    let mut random = Random(1);
    for _ in 0..REPEATS {
        let blocks = [random.block(), random.block()];
        check(level, &mut random, "transform", &Residuals(blocks));
    }
}

fn predictions_are_alike(level: Level) {
    let mut random = Random(2);
    for repeat in 0..REPEATS.div_ceil(10) {
        for size in [16, 8, 4] {
            for fraction in 1..64 {
                // Black and white are where sums are largest.
                let mut source = random.plane(256);
                if repeat % 2 == 0 {
                    source.iter_mut().for_each(|pixel| *pixel = if *pixel > 127 { 255 } else { 0 });
                }
                let fraction = (fraction % 8, fraction / 8);
                let work = Prediction { source, size, fraction };
                check(level, &mut random, &format!("{size} pixels, {fraction:?}"), &work);
            }
        }
    }
}

fn edges_are_alike(level: Level) {
    let mut random = Random(3);
    for kind in 0..3 {
        for _ in 0..REPEATS {
            let pair = [5 * STRIDE + 9, 7 * STRIDE + 35].map(|at| {
                let mut flag = || random.below(4) > 0;
                let (left, above, inside) = (flag(), flag(), flag());
                Edges { at, strength: random.strength(), left, above, inside }
            });
            check(level, &mut random, &format!("filter {kind}"), &Filters { pair, kind });
        }
    }
}

each_level!(residuals_are_alike);
each_level!(predictions_are_alike);
each_level!(edges_are_alike);
