//! One audio track of a writer: arrays or blocks to the encoder's format, with their times.

use ndarray::{ArrayView2, Axis};
use rushes_codec::{Encoder, EncoderOptions};
use rushes_container::Format;
use rushes_core::{
    AudioFrame, AudioParameters, Error, Frame, Limits, MediaKind, MediaParameters, Result,
    Rounding, SampleFormat, Time, TimeBase, Timestamp, Track,
};

use super::Output;
use super::choose;
use super::input::AudioInput;
use crate::AudioElement;
use crate::blocks::{BLOCK, Blocks, silence};
use crate::filter::AudioFiltering;
use rushes_convert::{AudioConverter, AudioSpec};

/// Longest gap between samples that is filled with silence, in seconds: beyond it, a wrong time is likelier than a pause.
const LONGEST_GAP: u64 = 600;

pub(super) struct AudioLane {
    track: usize,
    input: AudioInput,
    encoder: Box<dyn Encoder>,
    /// What the encoder takes.
    target: AudioSpec,
    filter: Option<AudioFiltering>,
    converter: Option<AudioConverter>,
    /// What came in last without a gap.
    run: Option<Run>,
    blocks: Blocks,
    /// Time of the first sample that the encoder got or will get, in its unit.
    start: Option<Timestamp>,
    /// Samples for the encoder so far, per channel, those that wait in `blocks` included.
    made: i64,
    /// Samples that the encoder got.
    encoded: i64,
}

/// Sound without gaps: its samples are counted from its start.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: Time,
    /// One tick per sample that goes in.
    samples: TimeBase,
    /// Samples that went in, per channel.
    taken: i64,
}

impl Run {
    /// Where the next sample that goes in belongs, in samples.
    fn end(self) -> Timestamp {
        self.start.to_base(self.samples, Rounding::Nearest).saturating_offset(self.taken)
    }
}

impl AudioLane {
    pub(super) fn new(track: usize, input: AudioInput, format: &Format) -> Result<Self> {
        let entry = choose::encoder(
            input.common.encoder.as_deref(),
            format.default_audio.as_ref(),
            MediaKind::Audio,
        )?;
        let given = AudioSpec {
            format: input.format,
            layout: input.layout,
            sample_rate: input.sample_rate,
        };
        let base = TimeBase::per_second(input.sample_rate)
            .ok_or_else(|| Error::usage("sound with a sample rate of zero"))?;
        let chain = input.common.filter.clone();
        let source = match &chain {
            Some(chain) => chain.start_audio(given, base, &Limits::default())?.output(),
            None => given,
        };
        let target = AudioSpec {
            format: choose::sample_format(entry, input.encoder_format, source.format)?,
            layout: choose::layout(entry, input.encoder_layout, source.layout)?,
            sample_rate: choose::sample_rate(entry, input.encoder_sample_rate, source.sample_rate)?,
        };
        let mut audio = AudioParameters::new(target.sample_rate, target.layout);
        audio.sample_format = Some(target.format);
        let mut options = EncoderOptions::new(MediaParameters::Audio(audio));
        options.config = input.common.config.clone();
        options.options.clone_from(&input.common.options);
        if source != target && target.format == SampleFormat::S32 {
            // Converted samples are rounded anyway: they may lose the bits that the encoder does not keep.
            let bits = entry.implementation.options.iter().find(|option| option.name == "bits");
            if let Some(bits) = bits {
                let value = options.options.entry(bits.name.to_owned());
                value.or_insert_with(|| bits.default.to_owned());
            }
        }
        let encoder = entry.create(&options)?;
        Ok(Self {
            track,
            input,
            encoder,
            target,
            filter: chain.map(|chain| {
                AudioFiltering::new(chain, TimeBase::nanoseconds(), Limits::default())
            }),
            converter: None,
            run: None,
            blocks: Blocks::default(),
            start: None,
            made: 0,
            encoded: 0,
        })
    }

    /// What the muxer must know.
    pub(super) fn describe(&self) -> Track {
        let id = self.track as u64 + 1;
        let mut track = Track::new(id, self.encoder.parameters().clone(), self.encoder.time_base());
        track.metadata = self.input.common.metadata.clone();
        track.disposition = self.input.common.disposition;
        track
    }

    /// Writes the samples of an array.
    pub(super) fn write<T: AudioElement>(
        &mut self,
        samples: ArrayView2<'_, T>,
        pts: Option<Time>,
        output: &mut Output,
    ) -> Result<()> {
        let (frames, channels) = samples.dim();
        if T::FORMAT != self.input.format {
            return Err(Error::usage(format!(
                "this input takes {} samples, not {}",
                self.input.format,
                T::FORMAT
            )));
        }
        if channels != usize::from(self.input.layout.channels()) {
            return Err(Error::usage(format!(
                "samples of shape ({frames}, {channels}) were given; this input takes (frame, channel) with {} channels",
                self.input.layout.channels()
            )));
        }
        let planar: Vec<T> = samples.axis_iter(Axis(1)).flatten().copied().collect();
        let frame = AudioFrame::new(planar, self.input.layout, self.input.sample_rate)?;
        self.push(&frame, pts, output)
    }

    /// Writes a block in its own format.
    pub(super) fn write_frame(
        &mut self,
        frame: &AudioFrame,
        time_base: TimeBase,
        output: &mut Output,
    ) -> Result<()> {
        self.push(frame, frame.pts.map(|pts| time_base.time(pts)), output)
    }

    pub(super) fn finish(&mut self, output: &mut Output) -> Result<()> {
        if let Some(filter) = &mut self.filter {
            filter.finish();
        }
        let filtered = self.push_filtered(output);
        let result =
            filtered.and_then(|()| self.flush(output)).and_then(|()| match self.blocks.rest()? {
                Some(block) => self.encode(block, output),
                None => Ok(()),
            });
        result.and(output.end(&mut *self.encoder, self.track, self.start.unwrap_or_default()))
    }

    fn push(&mut self, frame: &AudioFrame, pts: Option<Time>, output: &mut Output) -> Result<()> {
        let Some(filter) = &mut self.filter else { return self.add_run(frame, pts, output) };
        let mut frame = frame.clone();
        frame.pts = pts.map(|pts| pts.to_base(TimeBase::nanoseconds(), Rounding::Nearest));
        filter.push(frame)?;
        self.push_filtered(output)
    }

    fn push_filtered(&mut self, output: &mut Output) -> Result<()> {
        while let Some(filter) = &mut self.filter
            && let Some((frame, base)) = filter.next()?
        {
            let pts = frame.pts.map(|pts| base.time(pts));
            self.add_run(&frame, pts, output)?;
        }
        Ok(())
    }

    fn add_run(
        &mut self,
        frame: &AudioFrame,
        pts: Option<Time>,
        output: &mut Output,
    ) -> Result<()> {
        let source = AudioSpec::of(frame);
        let samples = TimeBase::per_second(source.sample_rate)
            .ok_or_else(|| Error::usage("sound with a sample rate of zero"))?;
        let pts = self.check_time(pts, samples)?;
        if frame.is_empty() && pts.is_none() {
            return Ok(());
        }
        let same = self.converter.as_ref().is_none_or(|converter| converter.source() == source);
        if pts.is_some() || !same {
            let end = self.run.map(|run| run.samples.time(run.end()));
            self.flush(output)?;
            let start = pts.or(end).unwrap_or(Time::ZERO);
            self.start_run(Run { start, samples, taken: 0 }, output)?;
        } else if self.run.is_none() {
            self.start_run(Run { start: Time::ZERO, samples, taken: 0 }, output)?;
        }
        if !same {
            self.converter = None;
        }
        if let Some(run) = &mut self.run {
            run.taken = run.taken.saturating_add(i64::try_from(frame.len()).unwrap_or(i64::MAX));
        }
        let converter = match &mut self.converter {
            Some(converter) => converter,
            None => self.converter.insert(AudioConverter::new(source, self.target)?),
        };
        let block = converter.push(frame)?;
        block.map_or(Ok(()), |block| self.add(block, output))
    }

    /// Starts a run: the gap to the one before is filled.
    fn start_run(&mut self, run: Run, output: &mut Output) -> Result<()> {
        self.run = Some(run);
        let base = self.encoder.time_base();
        let wanted = run.start.to_base(base, Rounding::Nearest);
        let Some(start) = self.start else {
            self.start = Some(wanted);
            return Ok(());
        };
        let AudioSpec { format, layout, sample_rate } = self.target;
        let samples = TimeBase::per_second(sample_rate).unwrap_or(base);
        let since = wanted.ticks().saturating_sub(start.ticks());
        let mut gap = base.rescale(since, samples, Rounding::Nearest).saturating_sub(self.made);
        while gap > 0 {
            let len = usize::try_from(gap).unwrap_or(BLOCK).min(BLOCK);
            self.add(silence(format, layout, sample_rate, len)?, output)?;
            gap = gap.saturating_sub(i64::try_from(len).unwrap_or(gap));
        }
        Ok(())
    }

    /// The time at which a new run starts; `None` where the samples follow on those before.
    fn check_time(&self, pts: Option<Time>, samples: TimeBase) -> Result<Option<Time>> {
        let Some(pts) = pts else { return Ok(None) };
        let pts = pts.to_base(samples, Rounding::Nearest);
        if pts < Timestamp::ZERO {
            return Err(Error::usage(format!(
                "sound at {} s is before the start",
                samples.time(pts).seconds()
            )));
        }
        let Some(run) = self.run else { return Ok(Some(samples.time(pts))) };
        let end = run.samples.convert(run.end(), samples, Rounding::Nearest);
        if pts < end {
            return Err(Error::usage(format!(
                "time goes backwards: sound at {} s, before {} s where the last ends",
                samples.time(pts).seconds(),
                samples.time(end).seconds()
            )));
        }
        if pts.since(end).count() / u64::from(samples.denom()) >= LONGEST_GAP {
            return Err(Error::usage(format!(
                "sound at {} s, but the last ends at {} s: a gap of more than {LONGEST_GAP} s is taken for a wrong time",
                samples.time(pts).seconds(),
                samples.time(end).seconds()
            )));
        }
        Ok((pts > end).then(|| samples.time(pts)))
    }

    /// Ends a run: what the converter still holds is encoded.
    fn flush(&mut self, output: &mut Output) -> Result<()> {
        let rest = match &mut self.converter {
            Some(converter) => converter.finish()?,
            None => None,
        };
        rest.map_or(Ok(()), |block| self.add(block, output))
    }

    /// Takes samples in the encoder's format, and gives it those that fill a block.
    fn add(&mut self, samples: AudioFrame, output: &mut Output) -> Result<()> {
        self.made = self.made.saturating_add(i64::try_from(samples.len()).unwrap_or(i64::MAX));
        self.blocks.push(samples);
        while let Some(block) = self.blocks.next_block()? {
            self.encode(block, output)?;
        }
        Ok(())
    }

    fn encode(&mut self, mut block: AudioFrame, output: &mut Output) -> Result<()> {
        let base = self.encoder.time_base();
        let samples = TimeBase::per_second(block.sample_rate).unwrap_or(base);
        let offset = samples.rescale(self.encoded, base, Rounding::Nearest);
        let start = self.start.unwrap_or_default();
        block.pts = Some(start.saturating_offset(offset));
        self.encoded = self.encoded.saturating_add(i64::try_from(block.len()).unwrap_or(i64::MAX));
        output.encode(&mut *self.encoder, self.track, &Frame::Audio(block), start)
    }
}

impl std::fmt::Debug for AudioLane {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AudioLane")
            .field("track", &self.track)
            .field("target", &self.target)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}
