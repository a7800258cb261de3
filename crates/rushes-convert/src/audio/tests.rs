//! Values, mixes, noise, and refusals.

use rushes_core::{Sample, Timestamp};
use rushes_simd::each_level;

use super::*;

fn run<A: Sample, B: Sample>(samples: &[A], from: ChannelLayout, to: ChannelLayout) -> Vec<B> {
    let mut frame = AudioFrame::from_interleaved(samples, from, 48_000).expect("divides");
    frame.pts = Some(Timestamp::new(7));
    let mut plan = AudioPlan::new((A::FORMAT, from), (B::FORMAT, to)).expect("known");
    let out = plan.convert(&frame).expect("fits");
    assert_eq!((out.pts, out.layout, out.len()), (frame.pts, to, frame.len()));
    let channels = usize::from(to.channels());
    (0..out.len())
        .flat_map(|i| (0..channels).map(move |channel| (i, channel)))
        .filter_map(|(i, channel)| out.plane::<B>(channel)?.get(i).copied())
        .collect()
}

#[test]
fn channels_are_mixed() {
    let (mono, stereo) = (ChannelLayout::MONO, ChannelLayout::STEREO);
    // These are what FFmpeg 5.1's swresample gives.
    assert_eq!(run::<i16, i16>(&[16_384, 0, 0, 16_384], stereo, mono), [8192, 8192]);
    assert_eq!(run::<i16, i16>(&[16_384], mono, stereo), [11_585, 11_585]);
    let loud = run::<f32, f32>(&[0.5, 0.5], stereo, mono);
    assert!((loud[0] - std::f32::consts::FRAC_1_SQRT_2).abs() < 1e-6);
    assert_eq!(run::<i16, i16>(&[i16::MAX, i16::MAX], stereo, mono), [i16::MAX]);
    assert_eq!(run::<i16, i16>(&[i16::MIN, i16::MIN], stereo, mono), [i16::MIN]);
}

#[test]
fn frames_that_do_not_fit_are_refused() {
    let mono = ChannelLayout::MONO;
    let mut plan =
        AudioPlan::new((SampleFormat::S16, mono), (SampleFormat::F32, mono)).expect("known");
    let frame = AudioFrame::new(vec![0_u8], mono, 8000).expect("divides");
    assert!(plan.convert(&frame).is_err());
    let frame = AudioFrame::new(vec![0_i16; 2], ChannelLayout::STEREO, 8000).expect("divides");
    assert!(plan.convert(&frame).is_err());
    let frame = AudioFrame::new(Vec::<i16>::new(), mono, 8000).expect("divides");
    assert!(plan.convert(&frame).expect("fits").is_empty());
}

#[test]
fn trimmed_frames_keep_their_part() {
    let mono = ChannelLayout::MONO;
    let mut plan =
        AudioPlan::new((SampleFormat::S16, mono), (SampleFormat::S32, mono)).expect("known");
    let mut frame = AudioFrame::new(vec![1_i16, 2, 3, 4], mono, 8000).expect("divides");
    frame.trim(1, 1);
    let out = plan.convert(&frame).expect("fits");
    assert_eq!(out.plane::<i32>(0), Some(&[2 << 16, 3 << 16][..]));
}

/// Values at the edges of a format, what is beyond them, and some in between.
fn edges<T: Scale>() -> Vec<T> {
    let bits = 8 * u32::try_from(T::FORMAT.bytes()).expect("few");
    let mut values = Vec::new();
    if T::FORMAT.is_float() {
        for base in [0.0, 1.0, 0.5, 0.3, 2.0, 1e-3, 1e30, 1e-30, f64::INFINITY, f64::NAN] {
            for step in [7, 8, 15, 16, 31, 32, 63] {
                let step = 2.0_f64.powi(-step);
                for value in [base, base - step, base + step, base + 1.5 * step, base + 0.5 * step]
                {
                    values.extend([T::convert(value), T::convert(-value)]);
                }
            }
        }
        return values;
    }
    for shift in 0..bits {
        for offset in [-1, 0, 1] {
            let value = (1_i64 << (63 - shift)).wrapping_add(offset << (64 - bits));
            values.extend([T::convert(value), T::convert(value.wrapping_neg())]);
        }
    }
    values
}

/// The nearest integer, halves to even.
#[expect(clippy::cast_possible_truncation, reason = "checked")]
fn nearest(value: f64) -> i128 {
    if value.abs() > 1e30 {
        return if value > 0.0 { i128::from(i64::MAX) << 1 } else { i128::from(i64::MIN) << 1 };
    }
    let floor = value.floor() as i128;
    let rest = value - value.floor();
    floor + i128::from(rest > 0.5 || rest == 0.5 && floor % 2 != 0)
}

/// The nearest number of so many bits, halves to even.
fn cut(value: i128, bits: u32) -> i128 {
    let over = (i128::BITS - value.unsigned_abs().leading_zeros()).saturating_sub(bits);
    if over == 0 {
        return value;
    }
    let (floor, rest, half) = (value >> over, value & ((1 << over) - 1), 1 << (over - 1));
    (floor + i128::from(rest > half || rest == half && floor % 2 != 0)) << over
}

/// A sample as the definition has it: in integers, without a type's own casts of floats.
#[expect(clippy::cast_precision_loss, reason = "what is left fits")]
fn by_definition<A: Scale, B: Scale>(value: A) -> f64 {
    let is_nan = A::FORMAT.is_float() && value.double().is_nan();
    let bits = 8 * u32::try_from(B::FORMAT.bytes()).expect("few");
    match (A::FORMAT.is_float(), B::FORMAT.is_float()) {
        _ if is_nan => 0.0,
        (true, true) if bits == 32 => f64::from(f32::convert(value.double())),
        (true, true) => value.double(),
        (true, false) => {
            let half = 1_i128 << (bits - 1);
            let steps = nearest(value.double() * half as f64).clamp(-half, half - 1);
            (steps << (64 - bits)) as f64
        }
        (false, true) => {
            let mantissa = if bits == 32 { 24 } else { 53 };
            cut(i128::from(value.left()), mantissa) as f64 / (1_u64 << 63) as f64
        }
        (false, false) => (value.left() >> (64 - bits) << (64 - bits)) as f64,
    }
}

#[test]
fn every_pair_of_formats_is_exact_at_the_edges() {
    #[expect(clippy::cast_precision_loss, reason = "as the definition")]
    fn check<A: AudioSample + std::fmt::Debug, B: AudioSample>() {
        let (from, mono) = (edges::<A>(), ChannelLayout::MONO);
        let mut to = vec![B::default(); from.len()];
        let mut plan = AudioPlan::new((A::FORMAT, mono), (B::FORMAT, mono)).expect("known");
        plan.run(Samples::Interleaved(&from), SamplesMut::Interleaved(&mut to)).expect("fits");
        for (from, to) in from.into_iter().zip(to) {
            let expected = by_definition::<A, B>(from);
            let value = if B::FORMAT.is_float() { to.double() } else { to.left() as f64 };
            assert!(value == expected, "{from:?} to {}: {value}, not {expected}", B::FORMAT);
        }
    }
    fn check_all<A: AudioSample + std::fmt::Debug>() {
        check::<A, u8>();
        check::<A, i16>();
        check::<A, i32>();
        check::<A, i64>();
        check::<A, f32>();
        check::<A, f64>();
    }
    check_all::<u8>();
    check_all::<i16>();
    check_all::<i32>();
    check_all::<i64>();
    check_all::<f32>();
    check_all::<f64>();
}

/// Samples of all sizes, the same each time.
fn noise<T: Scale>(len: usize) -> Vec<T> {
    let mut state = 1_u64;
    let next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = i64::from_ne_bytes(state.to_ne_bytes());
        if T::FORMAT.is_float() {
            T::convert(f64::convert(value) * 1.25)
        } else {
            T::convert(value)
        }
    };
    std::iter::repeat_with(next).take(len).collect()
}

fn planes<T>(samples: &[T], len: usize) -> Vec<&[T]> {
    samples.chunks_exact(len).collect()
}

const LAYOUTS: [(ChannelLayout, ChannelLayout); 7] = [
    (ChannelLayout::MONO, ChannelLayout::MONO),
    (ChannelLayout::STEREO, ChannelLayout::STEREO),
    (ChannelLayout::SURROUND_5_1, ChannelLayout::SURROUND_5_1),
    (ChannelLayout::MONO, ChannelLayout::STEREO),
    (ChannelLayout::STEREO, ChannelLayout::MONO),
    (ChannelLayout::SURROUND_5_1, ChannelLayout::STEREO),
    (ChannelLayout::SURROUND_7_1, ChannelLayout::SURROUND_5_1),
];

/// Every pair of formats at a level, planar and interleaved on either side: what the scalar code gives for planes.
fn every_level(level: Level) {
    fn check<A: AudioSample, B: AudioSample + PartialEq>(level: Level) {
        for (from, to) in LAYOUTS {
            for (len, dither) in [(1, false), (67, true), (300, false)] {
                let channels = [from, to].map(|layout| usize::from(layout.channels()));
                let samples = noise::<A>(len * channels[0]);
                let interleaved: Vec<A> = (0..samples.len())
                    .map(|i| samples[i % channels[0] * len + i / channels[0]])
                    .collect();
                let run = |level, source: Samples<'_, A>, target: SamplesMut<'_, '_, B>| {
                    let mut options = AudioOptions::default().level(level);
                    options.dither = dither.then_some(7);
                    let mut plan =
                        AudioPlan::with_options((A::FORMAT, from), (B::FORMAT, to), options)
                            .expect("known");
                    plan.run(source, target).expect("fits");
                };
                let mut expected = vec![B::default(); len * channels[1]];
                let mut rows: Vec<_> = expected.chunks_exact_mut(len).collect();
                let source = planes(&samples, len);
                run(Level::SCALAR, Samples::Planar(&source), SamplesMut::Planar(&mut rows));
                for source in [Samples::Planar(&source), Samples::Interleaved(&interleaved)] {
                    let mut out = vec![B::default(); expected.len()];
                    let mut rows: Vec<_> = out.chunks_exact_mut(len).collect();
                    run(level, source, SamplesMut::Planar(&mut rows));
                    assert!(out == expected, "{from} {} to {to} {}", A::FORMAT, B::FORMAT);
                    run(level, source, SamplesMut::Interleaved(&mut out));
                    let same = (0..out.len())
                        .all(|i| out[i] == expected[i % channels[1] * len + i / channels[1]]);
                    assert!(same, "{from} {} to {to} {}, interleaved", A::FORMAT, B::FORMAT);
                }
            }
        }
    }
    fn check_all<A: AudioSample>(level: Level) {
        check::<A, u8>(level);
        check::<A, i16>(level);
        check::<A, i32>(level);
        check::<A, i64>(level);
        check::<A, f32>(level);
        check::<A, f64>(level);
    }
    check_all::<u8>(level);
    check_all::<i16>(level);
    check_all::<i32>(level);
    check_all::<i64>(level);
    check_all::<f32>(level);
    check_all::<f64>(level);
}

each_level!(every_level);

/// A constant with dither, in steps of 16 bits, cut into pieces of the sizes in turn.
fn dithered(value: f32, len: usize, sizes: &[usize]) -> Vec<i16> {
    let stereo = ChannelLayout::STEREO;
    let options = AudioOptions::default().dither(1);
    let (from, to) = ((SampleFormat::F32, stereo), (SampleFormat::S16, stereo));
    let mut plan = AudioPlan::with_options(from, to, options).expect("known");
    let mut out = vec![0; 2 * len];
    let (left, right) = out.split_at_mut(len);
    let input = vec![value / 32_768.0; len];
    let (mut start, mut sizes) = (0, sizes.iter().cycle());
    while start < len {
        let end = len.min(start + sizes.next().expect("cycles"));
        let source = &input[start..end];
        let mut rows = [&mut left[start..end], &mut right[start..end]];
        plan.run(Samples::Planar(&[source, source]), SamplesMut::Planar(&mut rows)).expect("fits");
        start = end;
    }
    out
}

#[test]
fn dither_is_the_same_however_samples_are_cut() {
    let whole = dithered(0.25, 5000, &[5000]);
    for sizes in [&[1][..], &[7, 300, 16], &[4096]] {
        assert!(dithered(0.25, 5000, sizes) == whole, "{sizes:?}");
    }
    let (left, right) = whole.split_at(5000);
    assert!(left != right, "channels have noise of their own");
}

#[test]
fn dither_is_triangular() {
    const LEN: usize = 1 << 18;
    for value in [0.0_f32, 0.25, 0.5, -100.3] {
        let out = dithered(value, LEN, &[LEN]);
        let count = f64::from(u32::try_from(out.len()).expect("few"));
        let errors = || out.iter().map(|out| f64::from(*out) - f64::from(value));
        let mean = errors().sum::<f64>() / count;
        // The noise, 1/6, and the rounding after it, 1/12, whatever the value is.
        let variance = errors().map(|error| error * error).sum::<f64>() / count;
        assert!(mean.abs() < 0.004, "mean of {value}: {mean}");
        assert!((variance - 0.25).abs() < 0.004, "variance of {value}: {variance}");
        assert!(errors().all(|error| error.abs() <= 1.5), "{value}");
        let next = errors().zip(errors().skip(1)).map(|(a, b)| a * b).sum::<f64>() / count;
        assert!(next.abs() < 0.004, "neighbours of {value}: {next}");
    }
}

#[test]
fn dither_clips_and_leaves_what_fits() {
    for (value, most) in [(40_000.0, i16::MAX), (-40_000.0, i16::MIN), (f32::INFINITY, i16::MAX)] {
        assert!(dithered(value, 500, &[500]).iter().all(|out| *out == most), "{value}");
    }
    assert!(dithered(f32::NAN, 500, &[500]).iter().all(|out| out.abs() <= 1));
    let mono = ChannelLayout::MONO;
    let options = AudioOptions::default().dither(1);
    let (from, to) = ((SampleFormat::S16, mono), (SampleFormat::S32, mono));
    let mut plan = AudioPlan::with_options(from, to, options).expect("known");
    let mut out = [0; 3];
    plan.run(Samples::Interleaved(&[1_i16, 0, -7]), SamplesMut::Interleaved(&mut out))
        .expect("fits");
    assert_eq!(out, [1 << 16, 0, -7 << 16]);
}

#[test]
fn the_mix_of_the_user_is_used_as_it_is() {
    let (stereo, mono) = (ChannelLayout::STEREO, ChannelLayout::MONO);
    let plan = |rows: Vec<Vec<f64>>| {
        let options = AudioOptions::default().matrix(rows);
        AudioPlan::with_options((SampleFormat::F32, stereo), (SampleFormat::S16, mono), options)
    };
    let mut difference = plan(vec![vec![1.0, -1.0]]).expect("fits");
    let mut out = [0_i16; 3];
    let input = [0.5_f32, 0.25, 1.0, -1.0, f32::NAN, 0.125];
    difference.run(Samples::Interleaved(&input), SamplesMut::Interleaved(&mut out)).expect("fits");
    assert_eq!(out, [8192, i16::MAX, -4096]);
    assert!(plan(vec![vec![1.0]]).is_err());
    assert!(plan(vec![vec![1.0, 0.0], vec![0.0, 1.0]]).is_err());
    assert!(plan(vec![vec![f64::NAN, 0.0]]).is_err());
    let mut short = [0_i16; 2];
    let rows = SamplesMut::Interleaved(&mut short[..]);
    assert!(difference.run(Samples::Interleaved(&input), rows).is_err());
    let rows = SamplesMut::Interleaved(&mut out[..]);
    assert!(difference.run(Samples::Interleaved(&[0_i16; 6]), rows).is_err());
}
