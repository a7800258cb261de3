//! Sample format, channels and rate in one step.

use rushes_core::{AudioFrame, ChannelLayout, Result, SampleFormat};

use crate::{AudioPlan, Resampler, ResamplerOptions};

/// Format of sound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AudioSpec {
    /// Type of the samples.
    pub format: SampleFormat,
    /// The channels.
    pub layout: ChannelLayout,
    /// Samples per second and channel.
    pub sample_rate: u32,
}

impl AudioSpec {
    /// What a block is.
    #[must_use]
    pub const fn of(frame: &AudioFrame) -> Self {
        Self { format: frame.format(), layout: frame.layout, sample_rate: frame.sample_rate }
    }
}

/// Converts sound of one format into another; however it is cut, the result is the same.
#[derive(Debug)]
pub struct AudioConverter {
    source: AudioSpec,
    before: Option<AudioPlan>,
    resampler: Option<Resampler>,
    after: Option<AudioPlan>,
}

impl AudioConverter {
    /// Plans a conversion.
    ///
    /// # Errors
    /// As for [`AudioPlan::new`] and [`Resampler::new`].
    pub fn new(source: AudioSpec, target: AudioSpec) -> Result<Self> {
        let plan = |from: (SampleFormat, ChannelLayout), to| {
            (from != to).then(|| AudioPlan::new(from, to)).transpose()
        };
        let (from, to) = ((source.format, source.layout), (target.format, target.layout));
        if source.sample_rate == target.sample_rate {
            return Ok(Self { source, before: plan(from, to)?, resampler: None, after: None });
        }
        // The rate is changed where there are fewer channels, which is less work.
        let fewer_first = target.layout.channels() <= source.layout.channels();
        let layout = if fewer_first { target.layout } else { source.layout };
        // 32-bit integers do not fit the mantissa of f32.
        let wide =
            |format| matches!(format, SampleFormat::F64 | SampleFormat::S32 | SampleFormat::S64);
        let middle = if wide(source.format) && wide(target.format) {
            SampleFormat::F64
        } else {
            SampleFormat::F32
        };
        let options = ResamplerOptions::default().format(middle);
        let (rate, new_rate) = (source.sample_rate, target.sample_rate);
        Ok(Self {
            source,
            before: plan(from, (middle, layout))?,
            resampler: Some(Resampler::with_options(rate, new_rate, layout, options)?),
            after: plan((middle, layout), to)?,
        })
    }

    /// What goes in.
    #[must_use]
    pub const fn source(&self) -> AudioSpec {
        self.source
    }

    /// Takes a block and gives what is ready, perhaps nothing. Times are not kept.
    ///
    /// # Errors
    /// [`Error::Usage`](rushes_core::Error::Usage) if the block is of another format.
    pub fn push(&mut self, frame: &AudioFrame) -> Result<Option<AudioFrame>> {
        let frame = match &mut self.before {
            Some(plan) => plan.convert(frame)?,
            None => frame.clone(),
        };
        match &mut self.resampler {
            Some(resampler) => {
                let frame = resampler.push(&frame)?;
                self.finish_block(frame)
            }
            None => Ok(Some(frame)),
        }
    }

    /// What is still inside; afterwards the converter is as new.
    ///
    /// # Errors
    /// None today.
    pub fn finish(&mut self) -> Result<Option<AudioFrame>> {
        match &mut self.resampler {
            Some(resampler) => {
                let frame = resampler.finish()?;
                self.finish_block(frame)
            }
            None => Ok(None),
        }
    }

    /// Forgets what is inside.
    pub fn reset(&mut self) {
        if let Some(resampler) = &mut self.resampler {
            resampler.reset();
        }
    }

    fn finish_block(&mut self, frame: Option<AudioFrame>) -> Result<Option<AudioFrame>> {
        match (&mut self.after, frame) {
            (Some(plan), Some(frame)) => plan.convert(&frame).map(Some),
            (_, frame) => Ok(frame),
        }
    }
}
