//! Sample rates.

use rushes_core::{AudioFrame, ChannelLayout, Error, Result};

/// Streaming change of sample rate, f32 (or f64) in and out. However the input is cut, the output is the same, with the
/// filter's delay removed: `n` samples in are `ceil(n * to / from)` samples out in total.
#[derive(Debug)]
pub struct Resampler {
    from: u32,
    to: u32,
}

impl Resampler {
    /// Plans a change of rate.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate of zero; [`Error::Unsupported`] for a ratio that cannot be planned.
    pub fn new(from: u32, to: u32, _layout: ChannelLayout) -> Result<Self> {
        Ok(Self { from, to })
    }

    /// Takes samples (f32) and returns those that are ready, perhaps none. Output frames have no times.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame has another rate, layout or format.
    pub fn push(&mut self, _frame: &AudioFrame) -> Result<Option<AudioFrame>> {
        Err(Error::unsupported(format!("{} to {} Hz", self.from, self.to), ""))
    }

    /// The samples still inside; afterwards the resampler is as new.
    ///
    /// # Errors
    /// None today.
    pub fn finish(&mut self) -> Result<Option<AudioFrame>> {
        Err(Error::unsupported(format!("{} to {} Hz", self.from, self.to), ""))
    }

    /// Forgets all samples.
    pub fn reset(&mut self) {}
}
