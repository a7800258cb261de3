//! Sample rates.
//!
//! The filter is a sinc in Kaiser's window, which leaves the band flat to 0.953 of the lower Nyquist frequency and removes
//! all from there on, by 150 dB in f32 and 180 dB in f64. It is some 440 samples long between 44.1 and 48 kHz, too many
//! to be summed up sample by sample: blocks of samples become spectra, which are multiplied by the filter's, cut or filled
//! to the other rate, and become samples again (overlap and save). Where the ratio of the rates has large terms, that
//! makes twice the lower rate or more, and a short filter gives samples between samples.

mod blocks;
mod fft;
mod interpolate;
mod plan;
mod rate;
mod real;

use std::fmt;

use rushes_core::{AudioFrame, ChannelLayout, Error, Result, SampleFormat};
use rushes_simd::Level;

use self::blocks::Blocks;
use self::plan::Plan;
pub use self::rate::RateSample;

/// Options of a [`Resampler`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ResamplerOptions {
    /// Format of the samples: f32 or f64. Default: f32.
    pub format: SampleFormat,
    /// Vector instructions to use. Default: the best of this machine, as [`Level::detect`] finds it.
    pub level: Option<Level>,
}

impl Default for ResamplerOptions {
    fn default() -> Self {
        Self { format: SampleFormat::F32, level: None }
    }
}

impl ResamplerOptions {
    /// Sets the format of the samples.
    #[must_use]
    pub const fn format(mut self, format: SampleFormat) -> Self {
        self.format = format;
        self
    }

    /// Sets the vector instructions to use.
    #[must_use]
    pub const fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }
}

/// Streaming change of sample rate, f32 or f64 in and out. However the input is cut, the output is the same, with the
/// filter's delay removed: `n` samples in are `ceil(n * to / from)` samples out in total, and a sample's time is what it
/// was. Samples that are not finite count as silence; between equal rates, all samples are passed on as they are.
///
/// Samples are taken in blocks of some thousands, more for rates that are far apart: until a block is full, or the end is
/// known, nothing comes out.
pub struct Resampler {
    from: u32,
    to: u32,
    layout: ChannelLayout,
    engine: Engine,
    /// Samples in and out since the start.
    taken: u64,
    given: u64,
}

/// What changes the rate, by format of the samples; none is needed between equal rates.
#[derive(Debug)]
enum Engine {
    F32(Option<Box<Blocks<f32>>>),
    F64(Option<Box<Blocks<f64>>>),
}

/// Highest ratio of rates.
const MAX_RATIO: u32 = 1024;
/// Samples of all channels that are kept, at the most.
const MAX_SAMPLES: usize = 1 << 24;

impl Resampler {
    /// Plans a change of rate of f32 samples.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate of zero or no channels; [`Error::Unsupported`] for rates more than 1:1024 apart, and for
    /// more channels than fit the space of 2^24 samples.
    pub fn new(from: u32, to: u32, layout: ChannelLayout) -> Result<Self> {
        Self::with_options(from, to, layout, ResamplerOptions::default())
    }

    /// Plans a change of rate.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`Error::Unsupported`] for samples of integers; [`Error::Usage`] for an unknown level
    /// in `RUSHES_CPU`.
    pub fn with_options(
        from: u32,
        to: u32,
        layout: ChannelLayout,
        options: ResamplerOptions,
    ) -> Result<Self> {
        if from == 0 || to == 0 {
            return Err(Error::usage(format!("no sample rate: {from} to {to} Hz")));
        }
        if layout.channels() == 0 {
            return Err(Error::usage("no channels to resample"));
        }
        let level = options.level.map_or_else(Level::detect, Ok)?;
        let engine = match options.format {
            SampleFormat::F32 => Engine::F32(blocks(from, to, layout, level)?),
            SampleFormat::F64 => Engine::F64(blocks(from, to, layout, level)?),
            other => {
                return Err(Error::unsupported(format!("resampling {other}"), "f32 and f64"));
            }
        };
        Ok(Self { from, to, layout, engine, taken: 0, given: 0 })
    }

    /// Format of the samples, f32 or f64.
    #[must_use]
    pub const fn format(&self) -> SampleFormat {
        match self.engine {
            Engine::F32(_) => SampleFormat::F32,
            Engine::F64(_) => SampleFormat::F64,
        }
    }

    /// Takes samples and returns those that are ready, perhaps none. Output frames have no times.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame has another rate, layout or format.
    pub fn push(&mut self, frame: &AudioFrame) -> Result<Option<AudioFrame>> {
        let (layout, rate) = (frame.layout, frame.sample_rate);
        if (frame.format(), layout, rate) != (self.format(), self.layout, self.from) {
            return Err(Error::usage(format!(
                "{layout} {} samples at {rate} Hz for a resampler of {} {} at {} Hz",
                frame.format(),
                self.layout,
                self.format(),
                self.from
            )));
        }
        match &self.engine {
            Engine::F32(None) | Engine::F64(None) => {
                let mut frame = frame.clone();
                (frame.pts, frame.duration) = (None, None);
                Ok((!frame.is_empty()).then_some(frame))
            }
            Engine::F32(Some(_)) => self.push_frame::<f32>(frame),
            Engine::F64(Some(_)) => self.push_frame::<f64>(frame),
        }
    }

    /// The samples still inside; afterwards the resampler is as new.
    ///
    /// # Errors
    /// None today.
    pub fn finish(&mut self) -> Result<Option<AudioFrame>> {
        match self.format() {
            SampleFormat::F64 => self.finish_frame::<f64>(),
            _ => self.finish_frame::<f32>(),
        }
    }

    /// Takes a slice of samples per channel, all of the same length, and appends to the output of each channel those that
    /// are ready. Allocates only where the output has no room.
    ///
    /// # Errors
    /// [`Error::Usage`] if samples are of another format, channels are more or fewer, or differ in length.
    pub fn push_into<T: RateSample>(
        &mut self,
        input: &[&[T]],
        output: &mut [Vec<T>],
    ) -> Result<()> {
        let len = input.first().map_or(0, |plane| plane.len());
        if input.iter().any(|plane| plane.len() != len) {
            return Err(Error::usage("channels to resample differ in length"));
        }
        self.check::<T>(input.len(), output.len())?;
        let before = output.first().map_or(0, Vec::len);
        match T::blocks(&mut self.engine) {
            Some(blocks) => blocks.push(input, output),
            None => {
                for (plane, output) in input.iter().zip(&mut *output) {
                    output.extend_from_slice(plane);
                }
            }
        }
        self.taken = self.taken.saturating_add(len as u64);
        let given = output.first().map_or(0, Vec::len) - before;
        self.given = self.given.saturating_add(given as u64);
        Ok(())
    }

    /// Appends the samples still inside; afterwards the resampler is as new.
    ///
    /// # Errors
    /// As for [`push_into`](Self::push_into).
    pub fn finish_into<T: RateSample>(&mut self, output: &mut [Vec<T>]) -> Result<()> {
        self.check::<T>(output.len(), output.len())?;
        let total = u128::from(self.taken) * u128::from(self.to);
        let total = total.div_ceil(u128::from(self.from));
        let missing = total.saturating_sub(u128::from(self.given));
        let missing = usize::try_from(missing).unwrap_or_default();
        let before = output.first().map_or(0, Vec::len);
        if let Some(blocks) = T::blocks(&mut self.engine) {
            while output.first().map_or(0, Vec::len) - before < missing {
                blocks.push_silence(output);
            }
            output.iter_mut().for_each(|samples| samples.truncate(before + missing));
        }
        self.reset();
        Ok(())
    }

    /// Forgets all samples.
    pub fn reset(&mut self) {
        (self.taken, self.given) = (0, 0);
        match &mut self.engine {
            Engine::F32(Some(blocks)) => blocks.reset(),
            Engine::F64(Some(blocks)) => blocks.reset(),
            Engine::F32(None) | Engine::F64(None) => {}
        }
    }

    fn check<T: RateSample>(&self, input: usize, output: usize) -> Result<()> {
        let channels = usize::from(self.layout.channels());
        if T::FORMAT == self.format() && input == channels && output == channels {
            return Ok(());
        }
        Err(Error::usage(format!(
            "{input} channels of {} to {output} for a resampler of {channels} channels of {}",
            T::FORMAT,
            self.format()
        )))
    }

    fn push_frame<T: RateSample>(&mut self, frame: &AudioFrame) -> Result<Option<AudioFrame>> {
        let channels = usize::from(self.layout.channels());
        let planes: Vec<&[T]> = (0..channels).filter_map(|channel| frame.plane(channel)).collect();
        let mut ready = vec![Vec::new(); channels];
        self.push_into(&planes, &mut ready)?;
        self.give(&ready)
    }

    fn finish_frame<T: RateSample>(&mut self) -> Result<Option<AudioFrame>> {
        let mut ready = vec![Vec::<T>::new(); usize::from(self.layout.channels())];
        self.finish_into(&mut ready)?;
        self.give(&ready)
    }

    fn give<T: RateSample>(&self, ready: &[Vec<T>]) -> Result<Option<AudioFrame>> {
        if ready.first().is_none_or(Vec::is_empty) {
            return Ok(None);
        }
        AudioFrame::new(ready.concat(), self.layout, self.to).map(Some)
    }
}

fn blocks<T: real::Real>(
    from: u32,
    to: u32,
    layout: ChannelLayout,
    level: Level,
) -> Result<Option<Box<Blocks<T>>>> {
    if from == to {
        return Ok(None);
    }
    let channels = usize::from(layout.channels());
    let near = from.max(to) / from.min(to) <= MAX_RATIO;
    let plan = if near { Plan::new::<T>(from, to, level) } else { None };
    let blocks = plan
        .filter(|plan| plan.blocking.len[0] * channels <= MAX_SAMPLES)
        .and_then(|plan| Blocks::new(&plan, channels, level));
    match blocks {
        Some(blocks) => Ok(Some(Box::new(blocks))),
        None => Err(Error::unsupported(
            format!("resampling {layout} from {from} to {to} Hz"),
            "rates up to 1:1024 apart, of channels that fit a space of 2^24 samples",
        )),
    }
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let block = match &self.engine {
            Engine::F32(blocks) => blocks.as_ref().map(|blocks| blocks.block()),
            Engine::F64(blocks) => blocks.as_ref().map(|blocks| blocks.block()),
        };
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("layout", &self.layout)
            .field("format", &self.format())
            .field("block", &block)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
