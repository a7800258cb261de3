//! Lengths, cuts, delay and quality of the resampler.

use std::f64::consts::TAU;

use rushes_core::{AudioFrame, ChannelLayout, SampleFormat};
use rushes_simd::{Level, each_level};

use super::{RateSample, Resampler, ResamplerOptions};

fn frame(samples: &[f32], rate: u32) -> AudioFrame {
    AudioFrame::new(samples.to_vec(), ChannelLayout::MONO, rate).expect("divides")
}

/// All samples, pushed in pieces of the sizes in turn.
fn resample(samples: &[f32], (from, to): (u32, u32), sizes: &[usize]) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to, ChannelLayout::MONO).expect("can be planned");
    let mut out = Vec::new();
    let mut take = |frame: Option<AudioFrame>| {
        if let Some(frame) = frame {
            assert_eq!(frame.sample_rate, to);
            out.extend_from_slice(frame.plane::<f32>(0).expect("f32"));
        }
    };
    let (mut rest, mut sizes) = (samples, sizes.iter().cycle());
    while !rest.is_empty() {
        let size = rest.len().min(*sizes.next().expect("cycles"));
        let (piece, after) = rest.split_at(size);
        take(resampler.push(&frame(piece, from)).expect("fits"));
        rest = after;
    }
    take(resampler.finish().expect("ends"));
    out
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "a test signal")]
fn sine(frequency: f64, rate: u32, len: usize) -> Vec<f32> {
    let step = TAU * frequency / f64::from(rate);
    (0..len).map(|i| (step * i as f64).sin() as f32).collect()
}

const RATES: [(u32, u32); 13] = [
    (44_100, 48_000),
    (48_000, 44_100),
    (48_000, 16_000),
    (16_000, 48_000),
    (8000, 192_000),
    (192_000, 8000),
    (11_025, 8000),
    (44_100, 44_101),
    (44_101, 44_100),
    (44_100, 15_991),
    (44_100, 16_000),
    (16_000, 44_100),
    (48_000, 48_000),
];

#[test]
fn lengths_are_exact() {
    for (from, to) in RATES {
        for len in [0_usize, 1, 2, 1000, 30_011] {
            let samples = vec![0.25; len];
            let wanted = (len as u64 * u64::from(to)).div_ceil(u64::from(from));
            let out = resample(&samples, (from, to), &[777]);
            assert_eq!(out.len() as u64, wanted, "{len} samples from {from} to {to}");
        }
    }
}

#[test]
fn cuts_do_not_matter() {
    for (from, to) in [(44_100, 48_000), (48_000, 16_000), (16_000, 44_100), (44_100, 44_101)] {
        let samples = sine(997.0, from, 20_000);
        let whole = resample(&samples, (from, to), &[samples.len()]);
        for sizes in [&[1][..], &[1, 1023, 1024, 1025, 3], &[4096], &[7777]] {
            assert!(resample(&samples, (from, to), sizes) == whole, "{from} to {to}, {sizes:?}");
        }
    }
}

#[test]
fn a_finished_or_reset_resampler_is_as_new() {
    let samples = sine(440.0, 44_100, 5000);
    let fresh = resample(&samples, (44_100, 48_000), &[5000]);
    let mut resampler =
        Resampler::new(44_100, 48_000, ChannelLayout::MONO).expect("can be planned");
    for _ in 0..2 {
        let mut out = Vec::new();
        let first = resampler.push(&frame(&samples, 44_100)).expect("fits");
        let last = resampler.finish().expect("ends");
        for frame in first.iter().chain(&last) {
            out.extend_from_slice(frame.plane::<f32>(0).expect("f32"));
        }
        assert!(out == fresh);
        resampler.push(&frame(&samples[..700], 44_100)).expect("fits");
        resampler.reset();
    }
}

/// The largest difference from the ideal sine away from the ends, in dB of full scale.
fn error_db(frequency: f64, (from, to): (u32, u32), audible: bool) -> f64 {
    // Long against the filter, so that the ends do not reach the middle.
    let len = 40_000.max(from as usize / 2);
    let out = resample(&sine(frequency, from, len), (from, to), &[4096]);
    let ideal = if audible { sine(frequency, to, out.len()) } else { vec![0.0; out.len()] };
    let margin = out.len() / 5;
    let inside = margin..out.len() - margin;
    let most = out[inside.clone()].iter().zip(&ideal[inside]).map(|(a, b)| (a - b).abs());
    20.0 * f64::from(most.fold(0.0, f32::max).max(1e-9)).log10()
}

#[test]
fn the_band_is_flat_and_in_time() {
    for (from, to) in RATES {
        let nyquist = f64::from(from.min(to)) / 2.0;
        for part in [0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95] {
            let error = error_db(part * nyquist, (from, to), true);
            assert!(error < -120.0, "{from} to {to} at {part} of Nyquist: {error:.1} dB");
        }
    }
}

#[test]
fn what_does_not_fit_is_stopped() {
    for (from, to) in
        [(48_000, 44_100), (48_000, 16_000), (192_000, 8000), (44_100, 8000), (44_100, 15_991)]
    {
        let nyquist = f64::from(to) / 2.0;
        let top = f64::from(from) / 2.0;
        for part in [0.02, 0.1, 0.5, 0.9] {
            let frequency = nyquist + part * (top - nyquist);
            let error = error_db(frequency, (from, to), false);
            assert!(error < -125.0, "{from} to {to} at {frequency} Hz: {error:.1} dB");
        }
    }
}

#[test]
fn channels_are_kept_apart() {
    let left = sine(300.0, 8000, 20_000);
    let planar: Vec<f32> = left.iter().copied().chain(left.iter().map(|value| -value)).collect();
    let stereo = AudioFrame::new(planar, ChannelLayout::STEREO, 8000).expect("divides");
    let mut resampler =
        Resampler::new(8000, 11_025, ChannelLayout::STEREO).expect("can be planned");
    let out = resampler.push(&stereo).expect("fits").expect("more than a block");
    let (left, right) = (out.plane::<f32>(0).expect("f32"), out.plane::<f32>(1).expect("f32"));
    assert!(left.iter().zip(right).all(|(a, b)| (a + b).abs() < 1e-6));
    assert!(left.iter().any(|value| value.abs() > 0.9));
}

#[test]
fn what_is_not_finite_is_silence() {
    let mut samples = vec![0.0; 3000];
    samples[100] = f32::NAN;
    samples[200] = f32::INFINITY;
    let out = resample(&samples, (44_100, 48_000), &[3000]);
    assert!(out.iter().all(|value| *value == 0.0));
}

#[test]
fn what_cannot_be_planned_is_refused() {
    let check = |from, to, channels, fine| {
        let layout = ChannelLayout::default_for(channels);
        assert_eq!(Resampler::new(from, to, layout).is_ok(), fine, "{from} to {to}, {channels}");
    };
    check(0, 48_000, 2, false);
    check(48_000, 0, 2, false);
    check(48_000, 44_100, 0, false);
    check(4_294_967_291, 48_000, 1, false);
    check(4_294_967_291, 4_294_967_290, 1, true);
    check(1, 192_000, 1, false);
    check(192_000, 187, 1, false);
    check(192_000, 188, 1, true);
    check(44_100, 44_101, u16::MAX, false);
    check(44_100, 48_000, 64, true);
    let integers = ResamplerOptions::default().format(SampleFormat::S16);
    assert!(Resampler::with_options(8000, 16_000, ChannelLayout::MONO, integers).is_err());
    let mut resampler =
        Resampler::new(44_100, 48_000, ChannelLayout::MONO).expect("can be planned");
    assert!(resampler.push(&frame(&[0.0], 48_000)).is_err());
    let stereo = AudioFrame::new(vec![0.0_f32; 2], ChannelLayout::STEREO, 44_100).expect("divides");
    assert!(resampler.push(&stereo).is_err());
    let integers = AudioFrame::new(vec![0_i16], ChannelLayout::MONO, 44_100).expect("divides");
    assert!(resampler.push(&integers).is_err());
}

/// All channels at once, in one piece.
fn resample_planes<T: RateSample>(
    planes: &[Vec<T>],
    (from, to): (u32, u32),
    options: ResamplerOptions,
) -> Vec<Vec<T>> {
    let layout = ChannelLayout::default_for(u16::try_from(planes.len()).expect("few"));
    let options = options.format(T::FORMAT);
    let mut resampler = Resampler::with_options(from, to, layout, options).expect("can be planned");
    let mut out = vec![Vec::new(); planes.len()];
    let input: Vec<&[T]> = planes.iter().map(Vec::as_slice).collect();
    resampler.push_into(&input, &mut out).expect("fits");
    resampler.finish_into(&mut out).expect("fits");
    out
}

/// Every level gives what the scalar code gives, to the bit.
fn every_level(level: Level) {
    for rates in [(44_100, 48_000), (48_000, 44_100), (16_000, 48_000), (44_100, 44_101)] {
        for channels in 1..=3 {
            let options = ResamplerOptions::default();
            let planes: Vec<Vec<f32>> =
                (0..channels).map(|i| sine(100.0 * f64::from(i + 3), rates.0, 9000)).collect();
            let expected = resample_planes(&planes, rates, options.level(Level::SCALAR));
            assert!(resample_planes(&planes, rates, options.level(level)) == expected);
            let planes: Vec<Vec<f64>> = (planes.iter())
                .map(|plane| plane.iter().map(|sample| f64::from(*sample)).collect())
                .collect();
            let expected = resample_planes(&planes, rates, options.level(Level::SCALAR));
            assert!(resample_planes(&planes, rates, options.level(level)) == expected);
        }
    }
}

each_level!(every_level);

#[test]
fn double_precision_is_kept() {
    #[expect(clippy::cast_precision_loss, reason = "a test signal")]
    fn sine(frequency: f64, rate: u32, len: usize) -> Vec<f64> {
        let step = TAU * frequency / f64::from(rate);
        (0..len).map(|i| (step * i as f64).sin()).collect()
    }
    for (from, to) in [(44_100, 48_000), (48_000, 44_100), (48_000, 16_000), (44_100, 44_101)] {
        let options = ResamplerOptions::default();
        let out = resample_planes(&[sine(997.0, from, 40_000)], (from, to), options).remove(0);
        let ideal = sine(997.0, to, out.len());
        let inside = out.len() / 5..out.len() / 5 * 4;
        let most = out[inside.clone()].iter().zip(&ideal[inside]).map(|(a, b)| (a - b).abs());
        let error = 20.0 * most.fold(0.0, f64::max).log10();
        assert!(error < -160.0, "{from} to {to}: {error:.1} dB");
        if from > to {
            let above = sine(f64::from(to) * 0.51, from, 40_000);
            let out = resample_planes(&[above], (from, to), options).remove(0);
            let most = out[out.len() / 5..out.len() / 5 * 4].iter().map(|a| a.abs());
            let error = 20.0 * most.fold(0.0, f64::max).log10();
            assert!(error < -170.0, "{from} to {to}, above: {error:.1} dB");
        }
    }
}

#[test]
fn an_impulse_stays_where_it_is() {
    for (from, to) in RATES {
        // A time that both rates have.
        let place = 3000_u32;
        let mut samples = vec![0.0; 6000];
        samples[place as usize] = 1.0;
        let out = resample(&samples, (from, to), &[6000]);
        let peak = (0..out.len()).max_by(|a, b| out[*a].total_cmp(&out[*b])).expect("not empty");
        let wanted = f64::from(place) * f64::from(to) / f64::from(from);
        let found = f64::from(u32::try_from(peak).expect("few"));
        assert!((found - wanted).abs() <= 0.5, "{from} to {to}: {found}, not {wanted}");
        if found == wanted {
            let pairs =
                (1..100.min(peak).min(out.len() - peak)).map(|i| out[peak - i] - out[peak + i]);
            let most = pairs.map(f32::abs).fold(0.0, f32::max);
            assert!(most < 1e-6, "{from} to {to}: asymmetric by {most}");
        }
    }
}

#[test]
fn channels_are_as_alone_and_silence_is_silent() {
    let mut planes: Vec<Vec<f32>> =
        (0..8).map(|i| sine(100.0 * f64::from(i + 1), 48_000, 9000)).collect();
    planes[3].fill(0.0);
    planes[6].fill(0.0);
    planes[7].fill(0.0);
    for count in [1, 2, 3, 6, 8] {
        let options = ResamplerOptions::default();
        let all = resample_planes(&planes[..count], (48_000, 44_100), options);
        for (plane, out) in planes.iter().zip(&all) {
            let alone = resample_planes(std::slice::from_ref(plane), (48_000, 44_100), options);
            let most = out.iter().zip(&alone[0]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(most < 2e-6, "{count} channels: {most}");
            let silent = plane.iter().all(|sample| *sample == 0.0);
            assert!(!silent || out.iter().all(|sample| *sample == 0.0));
        }
    }
}

#[test]
fn rates_far_apart_are_changed() {
    for (from, to) in [(8, 8192), (187, 191_488), (192_000, 188), (4_294_967_291, 4_294_967_290)] {
        let out = resample(&[0.5; 3000], (from, to), &[777]);
        assert_eq!(out.len() as u64, (3000 * u64::from(to)).div_ceil(u64::from(from)));
    }
    let constant = vec![0.5; 200_000];
    let out = resample(&constant, (192_000, 750), &[100_000]);
    let middle = out[out.len() / 2];
    assert!((middle - 0.5).abs() < 1e-6, "{middle}");
}

#[test]
fn buffers_that_do_not_fit_are_refused() {
    let stereo = ChannelLayout::STEREO;
    let mut resampler = Resampler::new(8000, 11_025, stereo).expect("can be planned");
    let mut out = [Vec::new(), Vec::new()];
    assert!(resampler.push_into(&[&[0.0_f32; 3][..], &[0.0; 2]], &mut out).is_err());
    assert!(resampler.push_into(&[&[0.0_f32; 3][..]], &mut out).is_err());
    assert!(resampler.push_into(&[&[0.0_f32; 3][..], &[0.0; 3]], &mut out[..1]).is_err());
    assert!(resampler.push_into(&[&[0.0_f64; 3][..], &[0.0; 3]], &mut [vec![], vec![]]).is_err());
    assert!(resampler.finish_into(&mut [Vec::<f64>::new(), Vec::new()]).is_err());
    assert!(resampler.push_into(&[&[0.0_f32; 3][..], &[0.0; 3]], &mut out).is_ok());
}
