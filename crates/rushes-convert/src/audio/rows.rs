//! Rows of samples: copied, taken apart, put together and mixed.
//!
//! Loops are written for one sample, and the compiler makes them of vectors at each level; no operation depends on another
//! sample, so that results are the same.

use rushes_simd::Level;

use super::sample::{Real, Scale};
use super::{Samples, SamplesMut};

/// Samples of a channel that are mixed at a time, so that a block of all channels stays in the cache.
pub(super) const BLOCK: usize = 256;

/// Noise for a stream of samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dither {
    seed: u64,
    /// Samples of a channel so far.
    place: u64,
}

impl Dither {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed, place: 0 }
    }

    pub(super) const fn reset(&mut self) {
        self.place = 0;
    }

    pub(super) const fn advance(&mut self, len: usize) {
        self.place = self.place.wrapping_add(len as u64);
    }

    /// The noise of a channel from sample `start` of this call on.
    fn channel(&self, channel: usize, start: usize) -> Noise {
        let mut key = self.seed ^ (channel as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // The finalizer of SplitMix64.
        key = (key ^ key >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        key = (key ^ key >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Noise { key: key ^ key >> 31, place: self.place.wrapping_add(start as u64) }
    }
}

/// Noise of one channel.
#[derive(Clone, Copy, Debug)]
struct Noise {
    key: u64,
    place: u64,
}

impl Noise {
    /// The noise of sample `i`, in 65536ths of a step: the difference of two numbers of 16 bits, thus triangular.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        reason = "bits are mixed"
    )]
    const fn at(self, i: usize) -> i32 {
        let place = self.place.wrapping_add(i as u64);
        // Places above 32 bits turn the key, so that the noise does not repeat.
        let turn = ((place >> 32) as u32).wrapping_mul(0x9e37_79b9);
        let mut bits = (place as u32) ^ (self.key as u32).wrapping_add(turn);
        // An integer hash of low bias, with the other half of the key between its rounds.
        bits = (bits ^ bits >> 16).wrapping_mul(0x7feb_352d) ^ (self.key >> 32) as u32;
        bits = (bits ^ bits >> 15).wrapping_mul(0x846c_a68b);
        bits ^= bits >> 16;
        (bits & 0xffff) as i32 - (bits >> 16) as i32
    }
}

/// Converts all channels at once, frame by frame. Frames are whole arrays: a sample at a time, the compiler would scatter
/// them.
macro_rules! interleave {
    ($to:ident, $count:literal: $($channel:ident)*) => {{
        let frames = $to.as_chunks_mut::<$count>().0;
        let len = frames.len();
        $(let $channel = &$channel[..len];)*
        for i in 0..len {
            frames[i] = [$(B::convert($channel[i])),*];
        }
        true
    }};
}

/// Converts all samples of as many channels on both sides, which are as long as each other.
pub(super) fn copy_rows<A: Scale, B: Scale>(
    level: Level,
    source: Samples<'_, A>,
    target: &mut SamplesMut<'_, '_, B>,
    channels: usize,
    dither: Option<&Dither>,
) {
    // Without noise, channels that lie alike need not be told apart.
    if let (Samples::Interleaved(from), SamplesMut::Interleaved(to), None) =
        (source, &mut *target, dither)
    {
        level.vectorize(
            #[inline(always)]
            || convert(from, to),
        );
        return;
    }
    if let (Samples::Planar([left, right]), SamplesMut::Interleaved(to), None) =
        (source, &mut *target, dither)
    {
        level.vectorize(
            #[inline(always)]
            || {
                let frames = to.as_chunks_mut::<2>().0;
                let (left, right) = (&left[..frames.len()], &right[..frames.len()]);
                for i in 0..frames.len() {
                    frames[i] = [B::convert(left[i]), B::convert(right[i])];
                }
            },
        );
        return;
    }
    if let (Samples::Interleaved(from), SamplesMut::Planar([left, right]), None) =
        (source, &mut *target, dither)
    {
        level.vectorize(
            #[inline(always)]
            || {
                let frames = from.as_chunks::<2>().0;
                let (left, right) = (&mut left[..frames.len()], &mut right[..frames.len()]);
                for i in 0..frames.len() {
                    left[i] = B::convert(frames[i][0]);
                    right[i] = B::convert(frames[i][1]);
                }
            },
        );
        return;
    }
    if let (Samples::Planar(from), SamplesMut::Interleaved(to), None) =
        (source, &mut *target, dither)
    {
        let whole = level.vectorize(
            #[inline(always)]
            || match from {
                [a, b, c] => interleave!(to, 3: a b c),
                [a, b, c, d] => interleave!(to, 4: a b c d),
                [a, b, c, d, e] => interleave!(to, 5: a b c d e),
                [a, b, c, d, e, f] => interleave!(to, 6: a b c d e f),
                [a, b, c, d, e, f, g, h] => interleave!(to, 8: a b c d e f g h),
                _ => false,
            },
        );
        if whole {
            return;
        }
    }
    for channel in 0..channels {
        let noise = dither.map(|dither| dither.channel(channel, 0));
        match (source, &mut *target) {
            (Samples::Planar(from), SamplesMut::Planar(to)) => {
                scatter(level, from[channel], to[channel], [1, 0], noise);
            }
            (Samples::Planar(from), SamplesMut::Interleaved(to)) => {
                scatter(level, from[channel], to, [channels, channel], noise);
            }
            (Samples::Interleaved(from), SamplesMut::Planar(to)) => {
                gather(level, from, to[channel], [channels, channel], noise);
            }
            (Samples::Interleaved(from), SamplesMut::Interleaved(to)) => {
                let frames = from.chunks_exact(channels).zip(to.chunks_exact_mut(channels));
                for (i, (from, to)) in frames.enumerate() {
                    let noise = noise.map_or(0, |noise| noise.at(i));
                    to[channel] = B::dithered(from[channel], noise);
                }
            }
        }
    }
}

/// Mixes all samples with `rows` of weights; `space` has room for a block of every channel of the source and one more.
pub(super) fn mix_rows<A: Scale, R: Real, B: Scale>(
    level: Level,
    rows: &[Vec<f64>],
    source: Samples<'_, A>,
    target: &mut SamplesMut<'_, '_, B>,
    space: &mut [R],
    dither: Option<&Dither>,
) {
    let channels = rows.first().map_or(0, Vec::len);
    let len = source.len(channels).unwrap_or_default();
    if let (Samples::Planar(from), SamplesMut::Planar(to), None) = (source, &mut *target, dither) {
        for (row, to) in rows.iter().zip(to.iter_mut()) {
            level.vectorize(
                #[inline(always)]
                || mix_planes::<A, R, B>(row, from, to),
            );
        }
        return;
    }
    let (sums, planes) = space.split_at_mut(BLOCK);
    for start in (0..len).step_by(BLOCK) {
        let count = BLOCK.min(len - start);
        for (channel, plane) in planes.chunks_exact_mut(BLOCK).enumerate() {
            let plane = &mut plane[..count];
            match source {
                Samples::Planar(from) => {
                    gather(level, &from[channel][start..][..count], plane, [1, 0], None);
                }
                Samples::Interleaved(from) => {
                    let from = &from[start * channels..][..count * channels];
                    gather(level, from, plane, [channels, channel], None);
                }
            }
        }
        for (channel, row) in rows.iter().enumerate() {
            let (sums, noise) =
                (&mut sums[..count], dither.map(|dither| dither.channel(channel, start)));
            mix(level, row, planes, sums);
            match &mut *target {
                SamplesMut::Planar(to) => {
                    scatter(level, sums, &mut to[channel][start..][..count], [1, 0], noise);
                }
                SamplesMut::Interleaved(to) => {
                    let to = &mut to[start * rows.len()..][..count * rows.len()];
                    scatter(level, sums, to, [rows.len(), channel], noise);
                }
            }
        }
    }
}

/// Samples that are summed up in registers.
const SUMS: usize = 64;

/// One channel of the target, in one pass over those of the source.
#[inline(always)]
fn mix_planes<A: Scale, R: Real, B: Scale>(row: &[f64], from: &[&[A]], to: &mut [B]) {
    let whole = to.len() / SUMS * SUMS;
    for start in (0..whole).step_by(SUMS) {
        let mut sums = [R::default(); SUMS];
        let mut first = true;
        for channel in 0..from.len() {
            if row[channel] == 0.0 {
                continue;
            }
            let (factor, samples) = (R::convert(row[channel]), &from[channel][start..start + SUMS]);
            if first {
                for i in 0..SUMS {
                    sums[i] = R::convert(samples[i]) * factor;
                }
            } else {
                for i in 0..SUMS {
                    sums[i] = sums[i] + R::convert(samples[i]) * factor;
                }
            }
            first = false;
        }
        let to = &mut to[start..start + SUMS];
        for i in 0..SUMS {
            to[i] = B::convert(sums[i]);
        }
    }
    for i in whole..to.len() {
        let mut sum: Option<R> = None;
        for channel in 0..from.len() {
            if row[channel] != 0.0 {
                let product = R::convert(from[channel][i]) * R::convert(row[channel]);
                sum = Some(sum.map_or(product, |sum| sum + product));
            }
        }
        to[i] = B::convert(sum.unwrap_or_default());
    }
}

/// The sums of one channel of the target, one channel of the source after the other.
fn mix<R: Real>(level: Level, row: &[f64], planes: &[R], sums: &mut [R]) {
    sums.fill(R::default());
    let used = || planes.chunks_exact(BLOCK).zip(row).filter(|(_, factor)| **factor != 0.0);
    for (i, (plane, factor)) in used().enumerate() {
        let factor = R::convert(*factor);
        level.vectorize(
            #[inline(always)]
            || {
                if i == 0 {
                    for (sum, value) in sums.iter_mut().zip(plane) {
                        *sum = *value * factor;
                    }
                } else {
                    for (sum, value) in sums.iter_mut().zip(plane) {
                        *sum = *sum + *value * factor;
                    }
                }
            },
        );
    }
}

/// Converts one channel of so many that lie interleaved.
fn gather<A: Scale, B: Scale>(
    level: Level,
    from: &[A],
    to: &mut [B],
    [channels, channel]: [usize; 2],
    noise: Option<Noise>,
) {
    let noise = noise.filter(|_| B::FORMAT.bytes() < 8 && !B::FORMAT.is_float());
    level.vectorize(
        #[inline(always)]
        || match (channels, noise) {
            (1, None) => convert(from, to),
            (2, None) => gather_of::<A, B, 2>(from, to, channel),
            (6, None) => gather_of::<A, B, 6>(from, to, channel),
            (8, None) => gather_of::<A, B, 8>(from, to, channel),
            (_, None) => {
                for (to, from) in to.iter_mut().zip(from.chunks_exact(channels)) {
                    *to = B::convert(from[channel]);
                }
            }
            (_, Some(noise)) => {
                for (i, (to, from)) in to.iter_mut().zip(from.chunks_exact(channels)).enumerate() {
                    *to = B::dithered(from[channel], noise.at(i));
                }
            }
        },
    );
}

/// Converts a channel to one of so many that lie interleaved.
fn scatter<A: Scale, B: Scale>(
    level: Level,
    from: &[A],
    to: &mut [B],
    [channels, channel]: [usize; 2],
    noise: Option<Noise>,
) {
    let noise = noise.filter(|_| B::FORMAT.bytes() < 8 && !B::FORMAT.is_float());
    level.vectorize(
        #[inline(always)]
        || match (channels, noise) {
            (1, None) => convert(from, to),
            (1, Some(noise)) => {
                for (i, (to, from)) in to.iter_mut().zip(from).enumerate() {
                    *to = B::dithered(*from, noise.at(i));
                }
            }
            (2, None) => scatter_of::<A, B, 2>(from, to, channel),
            (6, None) => scatter_of::<A, B, 6>(from, to, channel),
            (8, None) => scatter_of::<A, B, 8>(from, to, channel),
            (_, None) => {
                for (to, from) in to.chunks_exact_mut(channels).zip(from) {
                    to[channel] = B::convert(*from);
                }
            }
            (_, Some(noise)) => {
                for (i, (to, from)) in to.chunks_exact_mut(channels).zip(from).enumerate() {
                    to[channel] = B::dithered(*from, noise.at(i));
                }
            }
        },
    );
}

#[inline(always)]
fn gather_of<A: Scale, B: Scale, const N: usize>(from: &[A], to: &mut [B], channel: usize) {
    if channel < N {
        let frames = from.as_chunks::<N>().0;
        let len = to.len().min(frames.len());
        let (to, frames) = (&mut to[..len], &frames[..len]);
        for i in 0..len {
            to[i] = B::convert(frames[i][channel]);
        }
    }
}

#[inline(always)]
fn scatter_of<A: Scale, B: Scale, const N: usize>(from: &[A], to: &mut [B], channel: usize) {
    if channel < N {
        let frames = to.as_chunks_mut::<N>().0;
        let len = from.len().min(frames.len());
        let (from, frames) = (&from[..len], &mut frames[..len]);
        for i in 0..len {
            frames[i][channel] = B::convert(from[i]);
        }
    }
}

#[inline(always)]
fn convert<A: Scale, B: Scale>(from: &[A], to: &mut [B]) {
    let len = to.len().min(from.len());
    let (to, from) = (&mut to[..len], &from[..len]);
    for i in 0..len {
        to[i] = B::convert(from[i]);
    }
}
