//! Conversions of sound that are measured, beside those of `peers/audio.c`.

use rushes_convert::{
    AudioOptions, AudioPlan, Level, RateSample, Resampler, ResamplerOptions, Samples, SamplesMut,
};
use rushes_core::{ChannelLayout, Result};

/// Samples of a channel that go in at a time, as decoders give them.
const BLOCK: usize = 1024;

/// A conversion of sound that is measured.
#[derive(Clone, Copy, Debug)]
pub struct AudioCase {
    /// Rates in and out.
    pub rates: [u32; 2],
    /// Formats in and out, by FFmpeg's names: a `p` at the end stands for planes.
    pub formats: [&'static str; 2],
    /// Layouts in and out.
    pub layouts: [&'static str; 2],
}

/// Rates between which sound is resampled, one channel and two.
pub const RATES: [[u32; 2]; 6] = [
    [44_100, 48_000],
    [48_000, 44_100],
    [48_000, 16_000],
    [16_000, 48_000],
    [44_100, 16_000],
    [44_100, 44_101],
];

/// All cases.
#[must_use]
pub fn audio_cases() -> Vec<AudioCase> {
    let resample = |layout, format| {
        let (formats, layouts) = ([format, format], [layout, layout]);
        RATES.map(|rates| AudioCase { rates, formats, layouts })
    };
    let convert = |from, to, layout, mixed| AudioCase {
        rates: [48_000, 48_000],
        formats: [from, to],
        layouts: [layout, mixed],
    };
    let mut cases = Vec::from(resample("stereo", "fltp"));
    cases.extend(resample("mono", "fltp"));
    cases.extend(resample("stereo", "dblp"));
    for (from, to) in [
        ("s16p", "fltp"),
        ("fltp", "s16p"),
        ("s32p", "fltp"),
        ("fltp", "s32p"),
        ("s16", "fltp"),
        ("fltp", "s16"),
        ("flt", "fltp"),
        ("fltp", "flt"),
    ] {
        cases.push(convert(from, to, "stereo", "stereo"));
    }
    cases.push(convert("fltp", "flt", "5.1", "5.1"));
    for (format, from, to) in [
        ("fltp", "5.1", "stereo"),
        ("s16", "5.1", "stereo"),
        ("fltp", "stereo", "mono"),
        ("s16p", "stereo", "mono"),
        ("fltp", "7.1", "5.1"),
    ] {
        cases.push(convert(format, format, from, to));
    }
    cases
}

impl std::fmt::Display for AudioCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ([from, to], [format, new_format], [layout, new_layout]) =
            (self.rates, self.formats, self.layouts);
        match (from == to, layout == new_layout) {
            (false, _) => write!(f, "resample {from} to {to} Hz, {layout} {format}"),
            (true, true) => write!(f, "{format} to {new_format}, {layout}"),
            (true, false) => write!(f, "{layout} to {new_layout}, {format}"),
        }
    }
}

/// Seconds of sound.
pub const SECONDS: usize = 10;

/// Buffers and plan of a case.
pub struct AudioRun(Box<dyn FnMut() -> Result<()>>);

impl std::fmt::Debug for AudioRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioRun").finish_non_exhaustive()
    }
}

impl AudioRun {
    /// Makes the buffers and the plan.
    ///
    /// # Errors
    /// As for the plans.
    pub fn new(case: AudioCase, level: Level) -> Result<Self> {
        if case.rates[0] != case.rates[1] {
            return if case.formats[0] == "dblp" {
                resampling::<f64>(case, level)
            } else {
                resampling::<f32>(case, level)
            };
        }
        let format = |name: &str| name.trim_end_matches('p').to_owned();
        match case.formats.map(format).each_ref().map(String::as_str) {
            ["s16", "flt"] => conversion::<i16, f32>(case, level),
            ["flt", "s16"] => conversion::<f32, i16>(case, level),
            ["s32", "flt"] => conversion::<i32, f32>(case, level),
            ["flt", "s32"] => conversion::<f32, i32>(case, level),
            ["s16", "s16"] => conversion::<i16, i16>(case, level),
            _ => conversion::<f32, f32>(case, level),
        }
    }

    /// Converts all once.
    ///
    /// # Errors
    /// As for the plans.
    pub fn run(&mut self) -> Result<()> {
        (self.0)()
    }
}

fn layout(name: &str) -> ChannelLayout {
    ChannelLayout::from_name(name).unwrap_or(ChannelLayout::MONO)
}

fn resampling<T: AudioNoise + RateSample>(case: AudioCase, level: Level) -> Result<AudioRun> {
    let ([from, to], layout) = (case.rates, layout(case.layouts[0]));
    let channels = usize::from(layout.channels());
    let len = from as usize * SECONDS;
    let input: Vec<T> = noise(len * channels);
    let room = (to as usize * SECONDS) + (1 << 17);
    let mut output = vec![Vec::with_capacity(room); channels];
    Ok(AudioRun(Box::new(move || {
        let options = ResamplerOptions::default().level(level).format(T::FORMAT);
        let mut resampler = Resampler::with_options(from, to, layout, options)?;
        output.iter_mut().for_each(Vec::clear);
        for start in (0..len).step_by(BLOCK) {
            let end = len.min(start + BLOCK);
            let planes: Vec<&[T]> =
                input.chunks_exact(len).map(|plane| &plane[start..end]).collect();
            resampler.push_into(&planes, &mut output)?;
        }
        resampler.finish_into(&mut output)
    })))
}

fn conversion<A: AudioNoise, B: AudioNoise>(case: AudioCase, level: Level) -> Result<AudioRun> {
    let layouts = case.layouts.map(layout);
    let channels = layouts.map(|layout| usize::from(layout.channels()));
    let len = case.rates[0] as usize * SECONDS;
    let input: Vec<A> = noise(len * channels[0]);
    let mut output = vec![B::default(); len * channels[1]];
    let is_planar = case.formats.map(|name| name.ends_with('p'));
    let options = AudioOptions::default().level(level);
    let mut plan =
        AudioPlan::with_options((A::FORMAT, layouts[0]), (B::FORMAT, layouts[1]), options)?;
    Ok(AudioRun(Box::new(move || {
        for start in (0..len).step_by(BLOCK) {
            let end = len.min(start + BLOCK);
            let planes: Vec<&[A]> =
                input.chunks_exact(len).map(|plane| &plane[start..end]).collect();
            let source = if is_planar[0] {
                Samples::Planar(&planes)
            } else {
                Samples::Interleaved(&input[start * channels[0]..end * channels[0]])
            };
            if is_planar[1] {
                let mut planes: Vec<&mut [B]> =
                    output.chunks_exact_mut(len).map(|plane| &mut plane[start..end]).collect();
                plan.run(source, SamplesMut::Planar(&mut planes))?;
            } else {
                let output = &mut output[start * channels[1]..end * channels[1]];
                plan.run(source, SamplesMut::Interleaved(output))?;
            }
        }
        Ok(())
    })))
}

/// A sample that noise can be made of.
trait AudioNoise: rushes_convert::AudioSample {
    fn from_bits(bits: u32) -> Self;
}

impl AudioNoise for i16 {
    fn from_bits(bits: u32) -> Self {
        let [_, _, low, high] = bits.to_le_bytes();
        Self::from_le_bytes([low, high]) / 2
    }
}

impl AudioNoise for i32 {
    fn from_bits(bits: u32) -> Self {
        bits.cast_signed() / 2
    }
}

impl AudioNoise for f32 {
    #[expect(clippy::cast_precision_loss, reason = "noise")]
    fn from_bits(bits: u32) -> Self {
        bits.cast_signed() as Self / 4_294_967_296.0
    }
}

impl AudioNoise for f64 {
    fn from_bits(bits: u32) -> Self {
        Self::from(bits.cast_signed()) / 4_294_967_296.0
    }
}

/// Samples that look random, within half of full scale; as in `peers/audio.c`.
fn noise<T: AudioNoise>(len: usize) -> Vec<T> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        T::from_bits(state)
    };
    std::iter::repeat_with(next).take(len).collect()
}
