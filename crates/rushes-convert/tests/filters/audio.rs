//! Audio chains.

use rushes_convert::{AudioFilter, AudioSpec, FilterChain};
use rushes_core::{AudioFrame, ChannelLayout, Limits, Sample, SampleFormat, TimeBase, Timestamp};

use crate::judge::{Wanted, ffmpeg, field};

pub(crate) const RATE: u32 = 8000;

/// Two tones and a little noise.
pub(crate) fn tone(samples: usize) -> Vec<f64> {
    let mut noise = 1_u32;
    (0..samples * 2)
        .map(|index| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let time = (index / 2) as f64 / f64::from(RATE);
            let frequency = if index % 2 == 0 { 440.0 } else { 1000.0 };
            let tone = (time * frequency * std::f64::consts::TAU).sin();
            0.6 * tone + 0.1 * (f64::from(noise) / f64::from(u32::MAX) - 0.5)
        })
        .collect()
}

/// Types of samples that the tests use, and what FFmpeg calls them.
pub(crate) trait Kind: Sample {
    const NAME: &'static str;
    fn make(value: f64) -> Self;
    fn bytes(self) -> Vec<u8>;
}

macro_rules! kind {
    ($($type:ty, $name:literal, $of:expr;)*) => {
        $(impl Kind for $type {
            const NAME: &'static str = $name;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "tones are within full scale")]
            fn make(value: f64) -> Self {
                $of(value)
            }
            fn bytes(self) -> Vec<u8> {
                self.to_le_bytes().to_vec()
            }
        })*
    };
}

kind! {
    u8, "u8", |value: f64| (value * 127.0 + 128.0) as u8;
    i16, "s16le", |value: f64| (value * 32_767.0) as i16;
    i32, "s32le", |value: f64| (value * 2_147_483_000.0) as i32;
    f32, "f32le", |value: f64| value as f32;
    f64, "f64le", |value: f64| value;
}

/// Blocks of a length, with times from zero on.
pub(crate) fn blocks<T: Kind>(samples: &[f64], len: usize) -> Vec<AudioFrame> {
    let samples: Vec<T> = samples.iter().map(|value| T::make(*value)).collect();
    let mut start = 0;
    samples
        .chunks(len * 2)
        .map(|block| {
            let mut frame =
                AudioFrame::from_interleaved(block, ChannelLayout::STEREO, RATE).expect("divides");
            frame.pts = Some(Timestamp::new(start));
            start += i64::try_from(frame.len()).expect("short");
            frame
        })
        .collect()
}

pub(crate) fn start(chain: &str, spec: AudioSpec) -> rushes_core::Result<AudioFilter> {
    let base = TimeBase::per_second(spec.sample_rate).expect("not zero");
    FilterChain::audio(chain)?.start_audio(spec, base, &Limits::default())
}

/// All that a chain makes of blocks: the time of the first, and interleaved samples as bytes.
pub(crate) fn run(filter: &mut AudioFilter, blocks: &[AudioFrame]) -> (Option<i64>, Vec<f64>) {
    let mut made: Vec<AudioFrame> = Vec::new();
    for block in blocks {
        filter.push(block.clone()).expect("takes it");
        while let Some(block) = filter.next_frame().expect("goes on") {
            made.push(block);
        }
    }
    filter.finish();
    while let Some(block) = filter.next_frame().expect("goes on") {
        made.push(block);
    }
    let first = made.first().and_then(|block| block.pts).map(Timestamp::ticks);
    (first, made.iter().flat_map(interleaved).collect())
}

fn interleaved(frame: &AudioFrame) -> Vec<f64> {
    fn of<T: Sample>(frame: &AudioFrame, real: impl Fn(T) -> f64) -> Vec<f64> {
        let channels = usize::from(frame.layout.channels());
        let planes: Vec<&[T]> = (0..channels).filter_map(|index| frame.plane(index)).collect();
        (0..frame.len())
            .flat_map(|at| planes.iter().map(move |plane| plane[at]))
            .map(real)
            .collect()
    }
    match frame.format() {
        SampleFormat::U8 => of::<u8>(frame, f64::from),
        SampleFormat::S16 => of::<i16>(frame, f64::from),
        SampleFormat::S32 => of::<i32>(frame, f64::from),
        SampleFormat::F32 => of::<f32>(frame, f64::from),
        _ => of::<f64>(frame, |value| value),
    }
}

fn numbers(format: SampleFormat, bytes: &[u8]) -> Vec<f64> {
    macro_rules! of {
        ($type:ty, $real:expr) => {
            bytes
                .chunks_exact(size_of::<$type>())
                .map(|bytes| $real(<$type>::from_le_bytes(bytes.try_into().expect("its size"))))
                .collect()
        };
    }
    match format {
        SampleFormat::U8 => of!(u8, f64::from),
        SampleFormat::S16 => of!(i16, f64::from),
        SampleFormat::S32 => of!(i32, f64::from),
        SampleFormat::F32 => of!(f32, f64::from),
        _ => of!(f64, |value| value),
    }
}

fn raw_name(format: SampleFormat) -> String {
    match format {
        SampleFormat::U8 => "u8".to_owned(),
        other => format!("{other}le"),
    }
}

/// How near samples must be.
enum Near {
    /// As many, and none further off than this, in units of the format.
    Samples(f64),
    /// About as many: so many more or fewer.
    Count(usize),
}

/// The chains give what FFmpeg gives: the time of the first sample, rate, channels, and samples that are near.
fn check<T: Kind>(chains: &[&str], near: &Near) {
    let samples = tone(12_000);
    let spec = AudioSpec::of(&blocks::<T>(&samples, 1024)[0]);
    let ours: Vec<_> = chains
        .iter()
        .map(|chain| {
            let mut filter = start(chain, spec).expect(chain);
            let made = run(&mut filter, &blocks::<T>(&samples, 1024));
            for len in [700, 12_000] {
                filter.reset();
                let again = run(&mut filter, &blocks::<T>(&samples, len));
                assert!(made == again, "{chain} in blocks of {len}");
            }
            (made, filter.output())
        })
        .collect();
    let input: Vec<u8> = samples.iter().flat_map(|value| T::make(*value).bytes()).collect();
    let rate = RATE.to_string();
    let before = ["-f", T::NAME, "-ar", &rate, "-ac", "2"];
    let wanted: Vec<Wanted<'_>> = chains
        .iter()
        .zip(&ours)
        .map(|(chain, (_, output))| Wanted { option: "-af", chain, raw: raw_name(output.format) })
        .collect();
    let Some(made) = ffmpeg(&input, &before, &wanted) else { return };
    let mut wrong = Vec::new();
    for ((chain, ((first, ours), output)), made) in chains.iter().zip(&ours).zip(&made) {
        let theirs = numbers(output.format, &made.bytes);
        let channels = usize::from(output.layout.channels());
        let worst = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let counts = (ours.len() / channels, theirs.len() / channels);
        let near = match near {
            Near::Count(allowed) => counts.0.abs_diff(counts.1) <= *allowed,
            Near::Samples(allowed) => counts.0 == counts.1 && worst <= *allowed,
        };
        let told = made
            .lines
            .first()
            .map(|line| ["pts:", "rate:", "channels:"].map(|key| field(line, key).to_owned()));
        let mine = first
            .map(|first| [first.to_string(), output.sample_rate.to_string(), channels.to_string()]);
        if told != mine || !near {
            wrong.push(format!("{chain}: {mine:?} {told:?}, counts {counts:?}, {worst} off"));
        }
    }
    assert!(wrong.is_empty(), "{}: {}", T::NAME, wrong.join("\n"));
}

#[test]
fn parts_and_order_are_exact() {
    let chains = [
        "anull",
        "atrim=end=0.5",
        "atrim=start=0.5",
        "atrim=0.25:0.75",
        "atrim=start_sample=100:end_sample=5000",
        "atrim=duration=0.3",
        "atrim=start=0.2:duration=0.3",
        "atrim=start_pts=1000:end_pts=2000",
        "areverse",
        "areverse,atrim=end=0.5",
        "atrim=0.3,asetpts=PTS-STARTPTS",
        "asetpts=PTS+100",
        "asetnsamples=1000",
        "asetnsamples=n=1000:p=0",
        "atrim=start=0.3,areverse",
    ];
    check::<i16>(&chains, &Near::Samples(0.0));
    check::<f32>(&chains, &Near::Samples(0.0));
    check::<u8>(&["areverse"], &Near::Samples(0.0));
}

#[test]
fn volumes_are_exact() {
    let chains = [
        "volume=0.5",
        "volume=-6dB",
        "volume=2",
        "volume=volume=10dB:precision=double",
        "volume=0",
        "volume=1/3:precision=float",
        "volume='min(0.3,0.7)'",
    ];
    check::<f32>(&chains, &Near::Samples(1e-9));
    check::<i16>(&chains, &Near::Samples(1e-7));
    let chains = ["volume=0.37:precision=fixed", "volume=4:fixed", "volume=-3dB:precision=fixed"];
    check::<i16>(&chains, &Near::Samples(0.0));
    // FFmpeg rounds 32 bits by way of f64 on some machines.
    check::<i32>(&chains, &Near::Samples(1.0));
    check::<u8>(&chains, &Near::Samples(0.0));
}

#[test]
fn fades_are_exact() {
    let curves = [
        "tri", "qsin", "esin", "hsin", "log", "ipar", "qua", "cub", "squ", "cbr", "par", "exp",
        "iqsin", "ihsin", "dese", "desi", "losi", "sinc", "isinc", "nofade",
    ];
    let fades = |how: &str| curves.map(|curve| format!("afade={how}:c={curve}"));
    check::<f32>(&fades("d=0.7").each_ref().map(String::as_str), &Near::Samples(1e-5));
    // Behind the end, FFmpeg silences blocks even where the curve is none.
    let out = fades("t=out:st=0.5:d=0.5");
    check::<f32>(&out.each_ref().map(String::as_str)[..19], &Near::Samples(1e-5));
    check::<i16>(&["afade=in:ss=1000:ns=4000"], &Near::Samples(0.0));
    check::<f64>(&["afade=type=out:start_time=1:duration=0.5"], &Near::Samples(1e-12));
}

#[test]
fn filters_are_near() {
    let chains = [
        "lowpass",
        "lowpass=f=1000",
        "lowpass=300:q:1.5",
        "lowpass=p=1",
        "highpass",
        "highpass=f=200",
        "highpass=100:p=1",
        "lowpass=f=1000:t=h:w=500",
        "lowpass=f=1000:t=o:w=1",
        "lowpass=f=1000:t=s:w=0.5",
        "highpass=f=1000:t=k:w=0.4",
        "lowpass=mix=0.3",
        "lowpass=2000,highpass=200,volume=2:precision=double",
    ];
    check::<f64>(&chains, &Near::Samples(1e-12));
    check::<f32>(&chains[..12], &Near::Samples(1e-6));
    check::<i16>(&["lowpass=f=1000"], &Near::Samples(1.0));
}

#[test]
fn formats_rates_and_tempos() {
    let chains = ["aformat=s16", "aformat=channel_layouts=mono", "aresample=8000"];
    check::<i16>(&chains, &Near::Samples(1.0));
    check::<i16>(&["aformat=sample_fmts=flt", "aformat=f=dbl:cl=mono"], &Near::Samples(1e-4));
    // FFmpeg leaves a part of its filter's delay at the end.
    let chains = [
        "aresample=16000",
        "aresample=4000",
        "aformat=r=22050",
        "aresample=48000,aformat=s16:cl=mono",
    ];
    check::<f32>(&chains, &Near::Count(40));
    check::<i16>(&chains, &Near::Count(40));
    let chains =
        ["atempo=2", "atempo=0.5", "atempo=1.25", "atempo=1", "atempo=3.7", "atempo=2,volume=0.5"];
    check::<f32>(&chains, &Near::Count(256));
}
