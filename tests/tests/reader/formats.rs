//! Sizes, rates and sample formats of outputs: R11, R12, R33.

use ndarray::{Axis, s};
use rushes::{
    AudioOutput, ChannelLayout, PixelFormat, Reader, SampleFormat, Source, Time, TimeBase,
    Timestamp, VideoOutput,
};
use rushes_tests::{corpus, tone};

use crate::media::{CLIP, Media, distance, on_each, sums};

on_each! {
    small_pictures_at_thirty_per_second,
    a_lower_rate_drops_frames,
    a_higher_rate_repeats_frames,
    sound_in_every_format,
    mono_at_sixteen_kilohertz,
    every_pixel_format_gives_an_array,
}

/// The ten lines of the manual: five frames per chunk, 320 x 240, 30 per second.
fn small_pictures_at_thirty_per_second(media: &Media) {
    let mut reader = media.open();
    let output = VideoOutput::new(5).size(320, 240).frame_rate(30).keep_all();
    let video = reader.add_video(output).expect("video");
    let (mut seen, mut last) = (0, 5);
    for chunks in reader.chunks() {
        let chunks = chunks.expect("reads to the end");
        let chunk = chunks.video(video).expect("a chunk");
        assert_eq!(last, 5, "only the last chunk is short");
        last = chunk.frames();
        assert_eq!(chunk.shape(), [last, 3, 240, 320]);
        for time in chunk.times() {
            let base = TimeBase::per_second(30).expect("not zero");
            assert_eq!(*time, base.time(Timestamp::new(seen)));
            seen += 1;
        }
    }
    // 2.002 s and 13.013 s at 30 per second, rounded either way.
    let exact = media.time(media.frames).seconds() * 30.0;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let seen = seen as f64;
    assert!((seen - exact).abs() < 1.0, "{seen} frames, not {exact}");
}

/// What a converter of frame rates gives: frames of the source, in order, each at most a frame away.
fn check_rate(media: &Media, rate: (u32, u32)) -> Vec<usize> {
    let linear = media.linear();
    let mut reader = media.open();
    let video = reader.add_video(VideoOutput::unlimited().frame_rate(rate)).expect("video");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_video(video).expect("a chunk");
    let found = sums(&chunk.array().expect("u8"));
    let longest = (f64::from(rate.1) / f64::from(rate.0)).max(media.time(1).seconds());
    let mut from = Vec::new();
    for (index, (time, sum)) in chunk.times().iter().zip(found).enumerate() {
        let base = TimeBase::new(rate.1, rate.0).expect("not zero");
        let tick = i64::try_from(index).expect("few frames");
        assert_eq!(*time, base.time(Timestamp::new(tick)));
        // Frames of the source may be alike: the one that is nearest in time counts.
        let away = |frame: &usize| (media.time(*frame).seconds() - time.seconds()).abs();
        let source = (0..media.frames)
            .filter(|frame| linear.sums[*frame] == sum)
            .min_by(|a, b| away(a).total_cmp(&away(b)))
            .expect("a frame of the source");
        assert!(away(&source) <= longest, "frame {source} at {}", time.seconds());
        from.push(source);
    }
    from
}

fn a_lower_rate_drops_frames(media: &Media) {
    let from = check_rate(media, (10, 1));
    assert!(from.is_sorted());
    let exact = media.time(media.frames).seconds() * 10.0;
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let count = from.len() as f64;
    assert!((count - exact).abs() <= 1.0, "{count} frames, not {exact}");
}

fn a_higher_rate_repeats_frames(media: &Media) {
    let from = check_rate(media, (60_000, 1001));
    let twice: Vec<usize> = (0..media.frames).flat_map(|frame| [frame, frame]).collect();
    let linear = media.linear();
    let sums = |frames: &[usize]| frames.iter().map(|f| linear.sums[*f]).collect::<Vec<u64>>();
    assert!(from.len().abs_diff(twice.len()) <= 1, "{} frames", from.len());
    let most = from.len().min(twice.len());
    assert!(
        sums(&from)[..most] == sums(&twice)[..most]
            || sums(&from)[1..most] == sums(&twice)[..most - 1],
        "every frame comes twice: {from:?}"
    );
}

/// R11: u8, s16, s32, s64, f32 and f64 are the same sound.
fn sound_in_every_format(media: &Media) {
    let linear = media.linear();
    let mut reader = media.open();
    let ids: Vec<_> = SampleFormat::ALL
        .iter()
        .map(|format| reader.add_audio(AudioOutput::unlimited().format(*format)).expect("audio"))
        .collect();
    let own = reader.add_audio(AudioOutput::unlimited().source_format()).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let mut chunks = reader.pop_chunks();
    let own = chunks.take_audio(own).expect("a chunk");
    assert_eq!(own.format(), SampleFormat::F32, "what AAC is decoded to");
    let clipped: Vec<f32> = linear.samples.iter().map(|sample| sample.clamp(-1.0, 1.0)).collect();
    for (format, id) in SampleFormat::ALL.into_iter().zip(ids) {
        let chunk = chunks.take_audio(id).expect("a chunk");
        assert_eq!((chunk.format(), chunk.shape()), (format, [media.samples, 2]));
        assert_eq!(chunk.layout(), ChannelLayout::STEREO);
        let (samples, step) = as_floats(chunk, format);
        let wanted = if format.is_float() { &linear.samples } else { &clipped };
        let distance = distance(&samples.view(), wanted);
        assert!(distance <= step, "{format}: off by {distance}");
    }
}

/// Samples at a full scale of one, and the step of their type.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "for comparison")]
fn as_floats(chunk: rushes::AudioChunk, format: SampleFormat) -> (ndarray::Array2<f32>, f32) {
    let wrong = "the type of the format";
    match format {
        SampleFormat::U8 => {
            let samples = chunk.into_array::<u8>().expect(wrong);
            (samples.mapv(|sample| (f32::from(sample) - 128.0) / 128.0), 1.01 / 128.0)
        }
        SampleFormat::S16 => {
            let samples = chunk.into_array::<i16>().expect(wrong);
            (samples.mapv(|sample| f32::from(sample) / 32_768.0), 1.01 / 32_768.0)
        }
        SampleFormat::S32 => {
            let samples = chunk.into_array::<i32>().expect(wrong);
            (samples.mapv(|sample| (f64::from(sample) / 2_f64.powi(31)) as f32), 1e-6)
        }
        SampleFormat::S64 => {
            let samples = chunk.into_array::<i64>().expect(wrong);
            (samples.mapv(|sample| (sample as f64 / 2_f64.powi(63)) as f32), 1e-6)
        }
        SampleFormat::F64 => {
            let samples = chunk.into_array::<f64>().expect(wrong);
            (samples.mapv(|sample| sample as f32), 0.0)
        }
        _ => (chunk.into_array::<f32>().expect(wrong), 0.0),
    }
}

/// R11: rate and channels, as for speech recognition.
fn mono_at_sixteen_kilohertz(media: &Media) {
    let mut reader = media.open();
    let output = AudioOutput::new(16_000).sample_rate(16_000).channels(1).keep_all();
    let audio = reader.add_audio(output).expect("audio");
    let mut samples = Vec::new();
    for chunks in reader.chunks() {
        let chunk = chunks.expect("reads to the end").take_audio(audio).expect("a chunk");
        assert_eq!((chunk.sample_rate(), chunk.channels()), (16_000, 1));
        let base = TimeBase::per_second(16_000).expect("not zero");
        let tick = i64::try_from(samples.len()).expect("few samples");
        assert_eq!(chunk.pts(), base.time(Timestamp::new(tick)), "times count samples");
        samples.extend(chunk.into_array::<f32>().expect("f32"));
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred thousand")]
    let (exact, count) =
        (media.samples as f64 * 16_000.0 / f64::from(media.sample_rate), samples.len() as f64);
    assert!((count - exact).abs() <= 1.0, "{count} samples, not {exact}");

    if media.sample_rate == 16_000 {
        // FFmpeg's gain for floats: the sum, 3 dB down.
        let mix = |pair: &[f32]| (pair[0] + pair[1]) * std::f32::consts::FRAC_1_SQRT_2;
        let mixed: Vec<f32> = media.linear().samples.chunks(2).map(mix).collect();
        let found = ndarray::ArrayView2::from_shape((samples.len(), 1), &samples).expect("mono");
        assert!(distance(&found, &mixed) < 1e-6);
    }
}

/// Pure tones come through the mix and the resampler as what they are. The mix has FFmpeg's gain for floats.
#[test]
fn resampled_tones_are_the_tones() {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).expect("writes");
    for sample in &tone(88_200, 2, 44_100) {
        writer.write_sample(*sample).expect("writes");
    }
    writer.finalize().expect("finishes");

    let mut reader = Reader::new(Source::bytes(file.into_inner())).expect("opens");
    let output = AudioOutput::unlimited().sample_rate(16_000).channels(1);
    let audio = reader.add_audio(output).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunk = reader.pop_chunks().take_audio(audio).expect("a chunk");
    let samples = chunk.array::<f32>().expect("f32");
    assert_eq!(samples.nrows(), 32_000);
    let (mut noise, mut signal) = (0.0, 0.0);
    for index in 500..31_500_u32 {
        let turn = std::f64::consts::TAU * f64::from(index) / 16_000.0;
        let sum = 0.5 * (440.0 * turn).sin() + 0.5 * (660.0 * turn).sin();
        let wanted = sum * std::f64::consts::FRAC_1_SQRT_2;
        let found = f64::from(samples[[index as usize, 0]]);
        noise += (found - wanted).powi(2);
        signal += wanted.powi(2);
    }
    let decibels = 10.0 * (signal / noise).log10();
    assert!(decibels > 80.0, "signal to noise is {decibels} dB");
}

/// R12: all formats that a picture can be made in; their arrays have the format's channels and type.
fn every_pixel_format_gives_an_array(media: &Media) {
    use PixelFormat as P;
    for format in [P::Rgb24, P::Bgr24, P::Yuv420p, P::Gray8, P::Nv12, P::Yuv444p, P::Rgba, P::Rgb48]
    {
        let mut reader = media.open();
        let video = reader.add_video(VideoOutput::new(2).format(format)).expect("video");
        reader.fill_buffer().expect("fills");
        let chunk = reader.pop_chunks().take_video(video).expect("a chunk");
        assert_eq!(chunk.shape(), [2, format.channels(), media.height, media.width], "{format}");
        let deep = format.bit_depth() > 8;
        assert_eq!(chunk.array::<u16>().is_ok(), deep, "{format}");
        assert_eq!(chunk.array::<u8>().is_ok(), !deep, "{format}");
        if format == P::Rgba {
            let array = chunk.array::<u8>().expect("u8");
            assert!(array.index_axis(Axis(1), 3).iter().all(|alpha| *alpha == 255));
        }
    }
}

/// Odd sizes, one pixel, larger and smaller, one side alone.
#[test]
fn any_size_will_do() {
    for (width, height) in [(1, 1), (33, 17), (161, 121), (640, 7), (160, 120)] {
        let mut reader = CLIP.open();
        let video = reader.add_video(VideoOutput::new(1).size(width, height)).expect("video");
        reader.fill_buffer().expect("fills");
        let chunk = reader.pop_chunks().take_video(video).expect("a chunk");
        assert_eq!(chunk.shape(), [1, 3, height as usize, width as usize]);
    }
    let mut reader = CLIP.open();
    let wide = reader.add_video(VideoOutput::new(1).width(80)).expect("video");
    let high = reader.add_video(VideoOutput::new(1).height(60)).expect("video");
    reader.fill_buffer().expect("fills");
    let chunks = reader.pop_chunks();
    assert_eq!(chunks.video(wide).expect("a chunk").shape(), [1, 3, 120, 80]);
    assert_eq!(chunks.video(high).expect("a chunk").shape(), [1, 3, 60, 160]);
}

/// A picture made smaller keeps its mean colour: nothing is shifted or lost at the edges.
#[test]
fn scaling_keeps_the_mean() {
    let mut reader = CLIP.open();
    let whole = reader.add_video(VideoOutput::new(1)).expect("video");
    let half = reader.add_video(VideoOutput::new(1).size(80, 60)).expect("video");
    let double = reader.add_video(VideoOutput::new(1).size(320, 240)).expect("video");
    reader.fill_buffer().expect("fills");
    let chunks = reader.pop_chunks();
    let [whole, half, double] = [whole, half, double].map(|id| {
        let array = chunks.video(id).expect("a chunk").array::<u8>().expect("u8");
        [0, 1, 2].map(|channel| {
            array.slice(s![0, channel, .., ..]).mapv(f64::from).mean().expect("pixels")
        })
    });
    for (channel, whole) in whole.into_iter().enumerate() {
        for scaled in [half[channel], double[channel]] {
            assert!((whole - scaled).abs() < 1.5, "channel {channel}: {whole} became {scaled}");
        }
    }
}

/// R33: rotation is applied unless one wants to see the stored picture.
#[test]
fn rotation_is_applied_by_default() {
    let Some(path) = corpus("torchcodec/nasa_13013_rotated.mp4") else { return };
    let mut reader = Reader::open(path).expect("opens");
    let track = reader.default_video().expect("video");
    let stored = reader.tracks()[track].codec.as_video().expect("video").clone();
    assert!(stored.rotation.swaps_sides(), "{:?}", stored.rotation);
    let shown = reader.add_video(VideoOutput::new(1)).expect("video");
    let raw = reader.add_video(VideoOutput::new(1).raw_orientation(true)).expect("video");
    reader.fill_buffer().expect("fills");
    let chunks = reader.pop_chunks();
    let (shown, raw) = (chunks.video(shown).expect("a chunk"), chunks.video(raw).expect("a chunk"));
    let (width, height) = (stored.width as usize, stored.height as usize);
    assert_eq!(raw.shape(), [1, 3, height, width]);
    assert_eq!(shown.shape(), [1, 3, width, height]);
    let (shown, raw) = (shown.array::<u8>().expect("u8"), raw.array::<u8>().expect("u8"));
    let clockwise = stored.rotation.degrees() == 90;
    for (y, x) in [(0, 0), (0, width - 1), (height - 1, 3), (7, 100)] {
        let (to_y, to_x) = if clockwise { (x, height - 1 - y) } else { (width - 1 - x, y) };
        for channel in 0..3 {
            assert_eq!(raw[[0, channel, y, x]], shown[[0, channel, to_y, to_x]]);
        }
    }
}

/// R33: without edits the encoder's delay is there to be seen.
#[test]
fn raw_times_can_be_seen() {
    let mut reader = Reader::options().apply_edits(false).open(CLIP.path()).expect("opens");
    let video = reader.add_video(VideoOutput::unlimited()).expect("video");
    let audio = reader.add_audio(AudioOutput::unlimited()).expect("audio");
    reader.process_all_packets().expect("reads to the end");
    let chunks = reader.pop_chunks();
    let pictures = chunks.video(video).expect("frames");
    assert_eq!(pictures.frames(), 60);
    assert_eq!(
        pictures.pts(),
        TimeBase::per_second(30_000).expect("not zero").time(Timestamp::new(2002))
    );
    let sound = chunks.audio(audio).expect("samples");
    assert_eq!(sound.pts(), Time::ZERO);
    assert!((89_312..=90_112).contains(&sound.frames()), "{} samples", sound.frames());
}
