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
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "bits are mixed")]
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
                for ((to, left), right) in to.chunks_exact_mut(2).zip(*left).zip(*right) {
                    (to[0], to[1]) = (B::convert(*left), B::convert(*right));
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
                for ((from, left), right) in
                    from.chunks_exact(2).zip(left.iter_mut()).zip(right.iter_mut())
                {
                    (*left, *right) = (B::convert(from[0]), B::convert(from[1]));
                }
            },
        );
        return;
    }
    for channel in 0..channels {
        let noise = dither.map(|dither| dither.channel(channel, 0));
        level.vectorize(
            #[inline(always)]
            || match (source, &mut *target, noise) {
                (Samples::Planar(from), SamplesMut::Planar(to), None) => {
                    convert(from[channel], to[channel]);
                }
                (Samples::Planar(from), SamplesMut::Planar(to), Some(noise)) => {
                    for (i, (to, from)) in to[channel].iter_mut().zip(from[channel]).enumerate() {
                        *to = B::dithered(*from, noise.at(i));
                    }
                }
                (Samples::Planar(from), SamplesMut::Interleaved(to), noise) => {
                    let to = to.iter_mut().skip(channel).step_by(channels);
                    convert_each(from[channel].iter(), to, noise);
                }
                (Samples::Interleaved(from), SamplesMut::Planar(to), noise) => {
                    let from = from.iter().skip(channel).step_by(channels);
                    convert_each(from, to[channel].iter_mut(), noise);
                }
                (Samples::Interleaved(from), SamplesMut::Interleaved(to), noise) => {
                    let from = from.iter().skip(channel).step_by(channels);
                    let to = to.iter_mut().skip(channel).step_by(channels);
                    convert_each(from, to, noise);
                }
            },
        );
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
    let (sums, planes) = space.split_at_mut(BLOCK);
    for start in (0..len).step_by(BLOCK) {
        let count = BLOCK.min(len - start);
        for (channel, plane) in planes.chunks_exact_mut(BLOCK).enumerate() {
            level.vectorize(
                #[inline(always)]
                || match source {
                    Samples::Planar(from) => {
                        convert(&from[channel][start..][..count], &mut plane[..count]);
                    }
                    Samples::Interleaved(from) => {
                        let from = from[start * channels..].iter().skip(channel).step_by(channels);
                        convert_each(from, plane[..count].iter_mut(), None);
                    }
                },
            );
        }
        for (channel, row) in rows.iter().enumerate() {
            let noise = dither.map(|dither| dither.channel(channel, start));
            level.vectorize(
                #[inline(always)]
                || {
                    mix(row, planes, &mut sums[..count]);
                    match (&mut *target, noise) {
                        (SamplesMut::Planar(to), None) => {
                            convert(&sums[..count], &mut to[channel][start..][..count]);
                        }
                        (SamplesMut::Planar(to), noise) => {
                            let to = to[channel][start..][..count].iter_mut();
                            convert_each(sums[..count].iter(), to, noise);
                        }
                        (SamplesMut::Interleaved(to), noise) => {
                            let to = to[start * rows.len()..].iter_mut();
                            let to = to.skip(channel).step_by(rows.len());
                            convert_each(sums[..count].iter(), to, noise);
                        }
                    }
                },
            );
        }
    }
}

/// The sums of one channel of the target, one channel of the source after the other.
#[inline(always)]
fn mix<R: Real>(row: &[f64], planes: &[R], sums: &mut [R]) {
    sums.fill(R::default());
    for (plane, factor) in planes.chunks_exact(BLOCK).zip(row) {
        if *factor == 0.0 {
            continue;
        }
        let factor = R::convert(*factor);
        for (sum, value) in sums.iter_mut().zip(plane) {
            *sum = *sum + *value * factor;
        }
    }
}

#[inline(always)]
fn convert<A: Scale, B: Scale>(from: &[A], to: &mut [B]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = B::convert(*from);
    }
}

#[inline(always)]
fn convert_each<'a, A: Scale, B: Scale>(
    from: impl Iterator<Item = &'a A>,
    to: impl Iterator<Item = &'a mut B>,
    noise: Option<Noise>,
) {
    match noise {
        None => to.zip(from).for_each(
            #[inline(always)]
            |(to, from)| *to = B::convert(*from),
        ),
        Some(noise) => to.zip(from).enumerate().for_each(
            #[inline(always)]
            |(i, (to, from))| *to = B::dithered(*from, noise.at(i)),
        ),
    }
}
