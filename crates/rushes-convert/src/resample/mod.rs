//! Sample rates.
//!
//! The filter is rubato's: a windowed sinc (squared Blackman-Harris) applied block by block through Fourier transforms, as
//! long as the block. Blocks of at least 1024 samples at the lower of both rates leave the band flat to 0.95 of the
//! narrower Nyquist frequency, with images and aliases below -140 dB.

use std::fmt;

use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, WindowFunction};
use rushes_core::{AudioFrame, ChannelLayout, Error, Result};

use crate::audio::Scale;

/// Streaming change of sample rate, f32 in and out. However the input is cut, the output is the same, with the filter's
/// delay removed: `n` samples in are `ceil(n * to / from)` samples out in total. Samples that are not finite count as
/// silence.
pub struct Resampler {
    from: u32,
    to: u32,
    layout: ChannelLayout,
    /// None is needed between equal rates.
    engine: Option<Box<dyn Engine>>,
    /// Samples in and out since the start.
    taken: u64,
    given: u64,
}

/// What changes the rate: blocks, in f32 or f64.
trait Engine: Send + Sync {
    /// Samples of a channel in a block of input and of output.
    fn block(&self) -> (usize, usize);

    /// Copies samples from `start` on, as many as there is room for in the block, and tells how many.
    fn fill(&mut self, planes: &[&[f32]], start: usize) -> usize;

    /// Ends the block with silence.
    fn fill_with_silence(&mut self);

    /// Appends what comes out of the block, if it is full.
    fn transform(&mut self, ready: &mut [Vec<f32>]) -> Result<()>;

    /// Forgets all samples.
    fn reset(&mut self);
}

struct Blocks<T> {
    fft: Fft<T>,
    /// Samples in a block of a channel, on either side.
    block_in: usize,
    block_out: usize,
    /// The block that is being filled, channel after channel, and how far it is.
    input: Vec<T>,
    filled: usize,
    output: Vec<T>,
    /// Output samples that come before the first one of the signal.
    skip: usize,
}

/// Samples in a block at the lower rate, at least.
const MIN_BLOCK: u64 = 1024;
/// Samples in a block at the higher rate, at the most: rates without a common divisor make long blocks.
const MAX_BLOCK: u64 = 1 << 20;
/// Samples in an input block, and thereby in the filter, that f32 is good for: longer filters lose precision.
const MAX_SINGLE: usize = 4096;
/// Samples in a block of all channels, at the most.
const MAX_SAMPLES: u64 = 1 << 24;

impl Resampler {
    /// Plans a change of rate.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate of zero or no channels; [`Error::Unsupported`] for rates that are too far apart (above 1:1024), or whose
    /// ratio has too large terms to be planned.
    pub fn new(from: u32, to: u32, layout: ChannelLayout) -> Result<Self> {
        if from == 0 || to == 0 {
            return Err(Error::usage(format!("no sample rate: {from} to {to} Hz")));
        }
        if layout.channels() == 0 {
            return Err(Error::usage("no channels to resample"));
        }
        let engine = if from == to { None } else { Some(engine(from, to, layout)?) };
        Ok(Self { from, to, layout, engine, taken: 0, given: 0 })
    }

    /// Takes samples (f32) and returns those that are ready, perhaps none. Output frames have no times.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame has another rate, layout or format.
    pub fn push(&mut self, frame: &AudioFrame) -> Result<Option<AudioFrame>> {
        let channels = usize::from(self.layout.channels());
        let planes: Vec<&[f32]> =
            (0..channels).filter_map(|channel| frame.plane(channel)).collect();
        if frame.sample_rate != self.from || frame.layout != self.layout || planes.len() < channels
        {
            return Err(Error::usage(format!(
                "{} {} samples at {} Hz for a resampler of {} f32 at {} Hz",
                frame.layout,
                frame.format(),
                frame.sample_rate,
                self.layout,
                self.from
            )));
        }
        self.taken = self.taken.saturating_add(frame.len() as u64);
        let Some(engine) = &mut self.engine else {
            let mut frame = frame.clone();
            (frame.pts, frame.duration) = (None, None);
            return Ok((!frame.is_empty()).then_some(frame));
        };
        let mut ready = vec![Vec::new(); channels];
        let mut start = 0;
        while start < frame.len() {
            start += engine.fill(&planes, start);
            engine.transform(&mut ready)?;
        }
        self.give(ready)
    }

    /// The samples still inside; afterwards the resampler is as new.
    ///
    /// # Errors
    /// None today.
    pub fn finish(&mut self) -> Result<Option<AudioFrame>> {
        let total = u128::from(self.taken) * u128::from(self.to);
        let total = total.div_ceil(u128::from(self.from));
        let missing = total.saturating_sub(u128::from(self.given));
        let mut ready = vec![Vec::new(); usize::from(self.layout.channels())];
        if let Some(engine) = &mut self.engine {
            let missing = usize::try_from(missing).unwrap_or_default();
            while ready[0].len() < missing {
                engine.fill_with_silence();
                engine.transform(&mut ready)?;
            }
            ready.iter_mut().for_each(|samples| samples.truncate(missing));
        }
        let last = self.give(ready);
        self.reset();
        last
    }

    /// Forgets all samples.
    pub fn reset(&mut self) {
        (self.taken, self.given) = (0, 0);
        if let Some(engine) = &mut self.engine {
            engine.reset();
        }
    }

    fn give(&mut self, ready: Vec<Vec<f32>>) -> Result<Option<AudioFrame>> {
        let len = ready.first().map_or(0, Vec::len);
        self.given = self.given.saturating_add(len as u64);
        if len == 0 {
            return Ok(None);
        }
        AudioFrame::new(ready.concat(), self.layout, self.to).map(Some)
    }
}

fn engine(from: u32, to: u32, layout: ChannelLayout) -> Result<Box<dyn Engine>> {
    let common = gcd(from, to);
    let (step_in, step_out) = (u64::from(from / common), u64::from(to / common));
    // An even number of steps puts the filter's centre on a sample of both sides.
    let steps = MIN_BLOCK.div_ceil(step_in.min(step_out)).next_multiple_of(2);
    let longest = steps * step_in.max(step_out);
    if longest > MAX_BLOCK || longest * u64::from(layout.channels()) > MAX_SAMPLES {
        return Err(Error::unsupported(
            format!("resampling {layout} from {from} to {to} Hz"),
            "rates up to 1:1024 apart whose ratio, in lowest terms, is of numbers up to 500000",
        ));
    }
    let block = usize::try_from(steps * step_in).unwrap_or(usize::MAX);
    Ok(if block > MAX_SINGLE {
        Box::new(Blocks::<f64>::new(from, to, block, layout)?)
    } else {
        Box::new(Blocks::<f32>::new(from, to, block, layout)?)
    })
}

impl<T: rubato::Sample + Scale> Blocks<T> {
    fn new(from: u32, to: u32, block: usize, layout: ChannelLayout) -> Result<Self> {
        let channels = usize::from(layout.channels());
        let (window, fixed) = (WindowFunction::BlackmanHarris2, FixedSync::Both);
        let fft = Fft::new_custom(from as usize, to as usize, block, 1, channels, window, fixed)
            .map_err(|error| Error::usage(format!("resampling {from} to {to} Hz: {error}")))?;
        let (block_in, block_out) = (fft.fft_size_in(), fft.fft_size_out());
        Ok(Self {
            fft,
            block_in,
            block_out,
            input: vec![T::default(); block_in * channels],
            filled: 0,
            output: vec![T::default(); block_out * channels],
            skip: block_out / 2,
        })
    }
}

impl<T: rubato::Sample + Scale> Engine for Blocks<T> {
    fn block(&self) -> (usize, usize) {
        (self.block_in, self.block_out)
    }

    fn fill(&mut self, planes: &[&[f32]], start: usize) -> usize {
        let mut count = 0;
        for (plane, block) in planes.iter().zip(self.input.chunks_exact_mut(self.block_in)) {
            let samples = plane.get(start..).unwrap_or_default();
            let room = &mut block[self.filled..];
            count = samples.len().min(room.len());
            for (room, sample) in room.iter_mut().zip(samples) {
                *room = if sample.is_finite() { T::convert(*sample) } else { T::default() };
            }
        }
        self.filled += count;
        count
    }

    fn fill_with_silence(&mut self) {
        for block in self.input.chunks_exact_mut(self.block_in) {
            block[self.filled..].fill(T::default());
        }
        self.filled = self.block_in;
    }

    fn transform(&mut self, ready: &mut [Vec<f32>]) -> Result<()> {
        if self.filled < self.block_in {
            return Ok(());
        }
        let channels = ready.len();
        let failed = |error: &dyn fmt::Display| Error::usage(format!("resampling: {error}"));
        let input = SequentialSlice::new(&self.input, channels, self.block_in)
            .map_err(|error| failed(&error))?;
        let mut output = SequentialSlice::new_mut(&mut self.output, channels, self.block_out)
            .map_err(|error| failed(&error))?;
        rubato::Resampler::process_into_buffer(&mut self.fft, &input, &mut output, None)
            .map_err(|error| failed(&error))?;
        self.filled = 0;
        let skipped = self.skip.min(self.block_out);
        for (ready, block) in ready.iter_mut().zip(self.output.chunks_exact(self.block_out)) {
            ready.extend(block[skipped..].iter().map(|sample| sample.single()));
        }
        self.skip -= skipped;
        Ok(())
    }

    fn reset(&mut self) {
        rubato::Resampler::reset(&mut self.fft);
        self.filled = 0;
        self.skip = self.block_out / 2;
    }
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("layout", &self.layout)
            .field("block", &self.engine.as_ref().map(|engine| engine.block()))
            .finish_non_exhaustive()
    }
}

const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests;
