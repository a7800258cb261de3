//! Both passes over samples of 16 bits: sums of products with weights of 14 bits.
//!
//! `(sum of sample * weight + half) >> shift`, kept within 16 bits with a sign: as the scalar functions say, whatever the
//! level.

use fearless_simd::prelude::*;
use fearless_simd::{Bytes as _, i16x8};

use super::filter::{FRACTION, Filter};
use super::lanes::Lanes;
use super::table::{BLOCK, Gather, Table, WORDS};
use super::wide;
use rushes_simd::{Level, dispatch};

/// Bits of samples between the two passes, and of those that are not rounded to their depth: overshoot fits, with a sign.
pub(super) const MIDDLE: u32 = 14;

/// Samples that rows have beyond those of the picture.
pub(super) const PADDING: usize = 64;

/// What becomes of a sum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// Bits that sums lose.
    shift: u32,
    /// The lowest and the highest sample.
    range: (i16, i16),
}

impl Scale {
    /// From samples of so many bits to [`MIDDLE`].
    pub(super) const fn to_middle(bits: u32) -> Self {
        Self { shift: FRACTION + bits - MIDDLE, range: (i16::MIN, i16::MAX) }
    }

    /// From [`MIDDLE`] to samples of a depth.
    pub(super) const fn to_depth(depth: u32) -> Self {
        Self { shift: FRACTION + MIDDLE - depth, range: (0, i16::MAX >> (15 - depth)) }
    }

    pub(super) const fn shift(self) -> u32 {
        self.shift
    }

    pub(super) const fn half(self) -> i32 {
        1 << (self.shift - 1)
    }

    #[expect(clippy::cast_possible_truncation, reason = "clamped to 16 bits")]
    pub(super) fn apply(self, sum: i32) -> i16 {
        let (low, high) = self.range;
        ((sum + self.half()) >> self.shift).clamp(low.into(), high.into()) as i16
    }
}

/// A row that samples are written to.
pub(super) trait Output {
    /// What a sample is stored as.
    type Sample: Copy + Default;

    fn one(sample: i16) -> Self::Sample;

    /// Two vectors, already rounded, to the start of a row that has room for them.
    fn store<S: Lanes>(simd: S, samples: [S::i16s; 2], scale: Scale, row: &mut [Self::Sample]);
}

/// Samples of 8 bits; those beyond are clipped.
#[derive(Debug)]
pub(super) struct Bytes;

/// Samples of 16 bits within a range.
#[derive(Debug)]
pub(super) struct Signed;

/// Samples between the passes, of 16 bits.
#[derive(Debug)]
pub(super) struct Middle;

impl Output for Bytes {
    type Sample = u8;

    #[expect(clippy::cast_sign_loss, reason = "clamped")]
    fn one(sample: i16) -> u8 {
        sample.clamp(0, 255) as u8
    }

    #[inline(always)]
    fn store<S: Lanes>(simd: S, [low, high]: [S::i16s; 2], _scale: Scale, row: &mut [u8]) {
        simd.bytes(low, high).store_slice(&mut row[..S::u8s::LEN]);
    }
}

impl Output for Signed {
    type Sample = i16;

    fn one(sample: i16) -> i16 {
        sample
    }

    #[inline(always)]
    fn store<S: Lanes>(_simd: S, [low, high]: [S::i16s; 2], scale: Scale, row: &mut [i16]) {
        let (lowest, highest) = scale.range;
        let row = &mut row[..2 * S::i16s::LEN];
        low.max(lowest).min(highest).store_slice(&mut row[..S::i16s::LEN]);
        high.max(lowest).min(highest).store_slice(&mut row[S::i16s::LEN..]);
    }
}

impl Output for Middle {
    type Sample = i16;

    fn one(sample: i16) -> i16 {
        sample
    }

    #[inline(always)]
    fn store<S: Lanes>(_simd: S, [low, high]: [S::i16s; 2], _scale: Scale, row: &mut [i16]) {
        let row = &mut row[..2 * S::i16s::LEN];
        low.store_slice(&mut row[..S::i16s::LEN]);
        high.store_slice(&mut row[S::i16s::LEN..]);
    }
}

/// A horizontal filter, in the form that a level wants.
#[derive(Clone, Debug)]
pub(super) struct Across {
    filter: Filter<i16>,
    table: Option<Table>,
}

impl Across {
    pub(super) fn new(filter: Filter<i16>, level: Level) -> Self {
        let table = dispatch!(level, simd => Some(table(simd, &filter)), None);
        Self { filter, table }
    }

    /// Filters a row from left to right; the row has [`PADDING`] samples more than it needs.
    pub(super) fn run<O: Output>(
        &self,
        level: Level,
        scale: Scale,
        row: &[i16],
        out: &mut [O::Sample],
    ) {
        match &self.table {
            None => scalar::across::<O>(&self.filter, scale, row, out),
            Some(table) => dispatch!(
                level,
                simd => across::<_, O>(simd, table, scale, row, out),
                scalar::across::<O>(&self.filter, scale, row, out)
            ),
        }
    }
}

fn table<S: Lanes>(_simd: S, filter: &Filter<i16>) -> Table {
    Table::new(filter, S::i16s::LEN / WORDS, S::WIDE)
}

/// The specification.
mod scalar {
    use super::{Filter, Output, Scale};

    pub(super) fn across<O: Output>(
        filter: &Filter<i16>,
        scale: Scale,
        row: &[i16],
        out: &mut [O::Sample],
    ) {
        let windows = filter.starts.iter().zip(filter.weights.chunks_exact(filter.taps));
        for (out, (start, weights)) in out.iter_mut().zip(windows) {
            let samples = row.get(*start..).unwrap_or_default().iter().zip(weights);
            let sum = samples.map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            *out = O::one(scale.apply(sum));
        }
    }
}

/// Rounds sums: of two vectors to one.
#[inline(always)]
pub(super) fn round<S: Lanes>(simd: S, scale: Scale, low: S::i32s, high: S::i32s) -> S::i16s {
    simd.narrow(low >> scale.shift, high >> scale.shift)
}

#[inline(always)]
fn across<S: Lanes, O: Output>(
    simd: S,
    table: &Table,
    scale: Scale,
    row: &[i16],
    out: &mut [O::Sample],
) {
    if S::WIDE {
        return wide::across::<S, O>(simd, table, scale, row, out);
    }
    let step = 2 * S::i16s::LEN;
    let mut unit = 0;
    for out in out.chunks_mut(step) {
        // Closures, as of `map`, would not be compiled for the level.
        let samples = match table.gather {
            Gather::Window => {
                [window(simd, table, unit, scale, row), window(simd, table, unit + 1, scale, row)]
            }
            _ => [
                neighbours(simd, table, unit, scale, row),
                neighbours(simd, table, unit + 1, scale, row),
            ],
        };
        unit += 2;
        if out.len() == step {
            O::store(simd, samples, scale, out);
        } else {
            let mut copy = [O::Sample::default(); 64];
            O::store(simd, samples, scale, &mut copy[..step]);
            out.copy_from_slice(&copy[..out.len()]);
        }
    }
}

/// A unit whose samples are shuffled out of windows.
#[inline(always)]
fn window<S: Lanes>(simd: S, table: &Table, unit: usize, scale: Scale, row: &[i16]) -> S::i16s {
    let (blocks, length) = (S::i16s::LEN / WORDS, S::i16s::LEN);
    let bases = &table.bases[2 * blocks * unit..][..2 * blocks];
    let masks = &table.masks[2 * S::u8s::LEN * unit..][..2 * S::u8s::LEN];
    let masks = [
        S::u8s::from_slice(simd, &masks[..S::u8s::LEN]),
        S::u8s::from_slice(simd, &masks[S::u8s::LEN..]),
    ];
    let weights = &table.weights[2 * length * table.steps * unit..][..2 * length * table.steps];
    let mut sums = [S::i32s::splat(simd, scale.half()); 2];
    for (step, weights) in weights.chunks_exact(2 * length).enumerate() {
        for a in 0..2 {
            let samples = simd.blocks(
                #[inline(always)]
                |block| {
                    let base = bases[a * blocks + block] as usize + 2 * step;
                    i16x8::from_slice(simd, &row[base..base + WORDS])
                },
            );
            let samples: S::u8s = samples.bitcast();
            let pairs: S::i16s = samples.swizzle_dyn_within_blocks(masks[a]).bitcast();
            let weights = S::i16s::from_slice(simd, &weights[a * length..][..length]);
            sums[a] = simd.dot(sums[a], pairs, weights);
        }
    }
    round(simd, scale, sums[0], sums[1])
}

/// A unit whose samples each have their own neighbours.
#[inline(always)]
fn neighbours<S: Lanes>(simd: S, table: &Table, unit: usize, scale: Scale, row: &[i16]) -> S::i16s {
    let (blocks, length) = (S::i16s::LEN / WORDS, S::i16s::LEN);
    let mut totals = [S::i32s::splat(simd, scale.half()); 2];
    for (a, total) in totals.iter_mut().enumerate() {
        let place = 2 * unit + a;
        let bases = &table.bases[BLOCK * blocks * place..][..BLOCK * blocks];
        let size = BLOCK * length * table.steps;
        let weights = &table.weights[size * place..][..size];
        let mut sums = [S::i32s::splat(simd, 0); BLOCK];
        for (step, weights) in weights.chunks_exact(BLOCK * length).enumerate() {
            for (sum, sums) in sums.iter_mut().enumerate() {
                let samples = simd.blocks(
                    #[inline(always)]
                    |block| {
                        let base = bases[sum * blocks + block] as usize + WORDS * step;
                        i16x8::from_slice(simd, &row[base..base + WORDS])
                    },
                );
                let weights = S::i16s::from_slice(simd, &weights[sum * length..][..length]);
                *sums = simd.dot(*sums, samples, weights);
            }
        }
        *total += simd.sum_blocks(sums);
    }
    round(simd, scale, totals[0], totals[1])
}
