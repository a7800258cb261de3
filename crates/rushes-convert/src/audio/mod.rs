//! Sample formats and channels.

use rushes_core::{AudioFrame, ChannelLayout, Error, Result, SampleFormat};

/// Conversion of sample format and channels, planned once.
#[derive(Debug)]
pub struct AudioPlan {
    source: (SampleFormat, ChannelLayout),
    target: (SampleFormat, ChannelLayout),
}

impl AudioPlan {
    /// Plans a conversion.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for layouts without a known mix.
    pub fn new(
        source: (SampleFormat, ChannelLayout),
        target: (SampleFormat, ChannelLayout),
    ) -> Result<Self> {
        Ok(Self { source, target })
    }

    /// Converts one block; times stay as they are.
    ///
    /// # Errors
    /// [`Error::Usage`] if the frame does not fit the plan.
    pub fn convert(&mut self, _frame: &AudioFrame) -> Result<AudioFrame> {
        Err(Error::unsupported(format!("{} to {}", self.source.0, self.target.0), ""))
    }
}
