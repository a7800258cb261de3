//! One audio output: format, channels and rate, then chunks with exact times.

use rushes_core::{
    AudioFrame, ChannelLayout, Error, Limits, Result, Rounding, SampleFormat, Time, TimeBase,
    Timestamp,
};

use super::buffer::{ChunkBuffer, Growing};
use super::output::AudioOutput;
use crate::AudioChunk;
use crate::array::Samples;
use crate::filter::AudioFiltering;
use rushes_convert::{AudioConverter, AudioSpec};

#[derive(Debug)]
pub(super) struct AudioPipe {
    format: Option<SampleFormat>,
    sample_rate: Option<u32>,
    layout: Option<ChannelLayout>,
    filter: Option<AudioFiltering>,
    /// Unit of the times of the track, or behind the filters.
    base: TimeBase,
    /// What comes out, settled by the first frame.
    target: Option<AudioSpec>,
    converter: Option<AudioConverter>,
    run: Option<Run>,
    pub(super) buffer: ChunkBuffer<AudioChunk>,
}

/// Sound without gaps: times are counted in samples from its start.
#[derive(Clone, Copy, Debug)]
struct Run {
    start: Time,
    taken: u64,
    given: u64,
}

impl Growing for AudioChunk {
    fn frames(&self) -> usize {
        Self::frames(self)
    }
}

impl AudioPipe {
    pub(super) fn new(output: &AudioOutput, base: TimeBase, limits: &Limits) -> Self {
        let filtering = |chain: &rushes_convert::FilterChain| {
            AudioFiltering::new(chain.clone(), base, limits.clone())
        };
        Self {
            filter: output.extended.as_ref().map(filtering),
            format: output.format,
            sample_rate: output.sample_rate,
            layout: output.layout,
            base,
            target: None,
            converter: None,
            run: None,
            buffer: ChunkBuffer::new(output.common.frames_per_chunk, output.common.chunks),
        }
    }

    /// What comes out, once known.
    pub(super) const fn target(&self) -> Option<AudioSpec> {
        self.target
    }

    pub(super) fn push(&mut self, frame: &AudioFrame) -> Result<()> {
        match &mut self.filter {
            Some(filter) => filter.push(frame.clone())?,
            None => return self.convert(frame),
        }
        self.convert_filtered()
    }

    fn convert_filtered(&mut self) -> Result<()> {
        while let Some(filter) = &mut self.filter
            && let Some((frame, base)) = filter.next()?
        {
            self.base = base;
            self.convert(&frame)?;
        }
        Ok(())
    }

    fn convert(&mut self, frame: &AudioFrame) -> Result<()> {
        let source = AudioSpec::of(frame);
        let target = *self.target.get_or_insert(AudioSpec {
            format: self.format.unwrap_or(source.format),
            layout: self.layout.unwrap_or(source.layout),
            sample_rate: self.sample_rate.unwrap_or(source.sample_rate),
        });
        if self.converter.as_ref().is_some_and(|converter| converter.source() != source) {
            self.flush()?;
            self.converter = None;
        }
        if self.is_gap(frame) {
            self.flush()?;
        }
        let converter = match &mut self.converter {
            Some(converter) => converter,
            None => self.converter.insert(AudioConverter::new(source, target)?),
        };
        let run = match &mut self.run {
            Some(run) => run,
            None => {
                let pts = frame.pts.ok_or_else(|| {
                    Error::malformed("sound has no time, and none follows from what is before")
                })?;
                self.run.insert(Run { start: self.base.time(pts), taken: 0, given: 0 })
            }
        };
        run.taken += frame.len() as u64;
        if let Some(block) = converter.push(frame)? {
            self.add(&block)?;
        }
        Ok(())
    }

    /// The source has ended.
    pub(super) fn finish(&mut self) -> Result<()> {
        if let Some(filter) = &mut self.filter {
            filter.finish();
        }
        let result = self.convert_filtered().and_then(|()| self.flush());
        self.buffer.end();
        result
    }

    /// Forgets all samples, as after a seek.
    pub(super) fn reset(&mut self) {
        if let Some(converter) = &mut self.converter {
            converter.reset();
        }
        if let Some(filter) = &mut self.filter {
            filter.reset();
        }
        self.run = None;
        self.buffer.clear();
    }

    /// Ends a run: what is still inside comes out with its times.
    fn flush(&mut self) -> Result<()> {
        let rest = match &mut self.converter {
            Some(converter) => converter.finish()?,
            None => None,
        };
        if let Some(block) = rest {
            self.add(&block)?;
        }
        self.run = None;
        Ok(())
    }

    /// True if a frame does not follow on the one before: by more than a tick of the track and a sample, which is what rounding
    /// to the track's ticks explains.
    fn is_gap(&self, frame: &AudioFrame) -> bool {
        let (Some(run), Some(pts)) = (&self.run, frame.pts) else { return false };
        let Some(samples) = TimeBase::per_second(frame.sample_rate) else { return false };
        let expected = after(run.start, run.taken, samples);
        let fine = TimeBase::nanoseconds();
        let difference = |time: Time| time.to_base(fine, Rounding::Nearest).ticks();
        let off = difference(self.base.time(pts)).abs_diff(difference(expected));
        let allowed = self.base.rescale(1, fine, Rounding::Up).saturating_add(samples.rescale(
            1,
            fine,
            Rounding::Up,
        ));
        off > allowed.unsigned_abs()
    }

    fn add(&mut self, block: &AudioFrame) -> Result<()> {
        let Some(samples) = TimeBase::per_second(block.sample_rate) else { return Ok(()) };
        let mut done = 0;
        while done < block.len() {
            let pts = self.run.map_or(Time::ZERO, |run| after(run.start, run.given, samples));
            let empty = Samples::of(block.format())?;
            let (chunk, room) = self.buffer.open(|| AudioChunk {
                samples: empty,
                pts,
                layout: block.layout,
                sample_rate: block.sample_rate,
            });
            let count = room.min(block.len() - done);
            if !chunk.samples.append(block, done..done + count) {
                return Err(Error::usage("a block of samples changed its format"));
            }
            done += count;
            if let Some(run) = &mut self.run {
                run.given += count as u64;
            }
            self.buffer.added();
        }
        Ok(())
    }
}

/// The time `count` samples after `start`, exact where 32 bits suffice for a common unit, else to the nanosecond.
fn after(start: Time, count: u64, samples: TimeBase) -> Time {
    let base = common(start.base(), samples).unwrap_or(TimeBase::nanoseconds());
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let offset = samples.rescale(count, base, Rounding::Nearest);
    let start = start.to_base(base, Rounding::Nearest);
    base.time(Timestamp::new(start.ticks().saturating_add(offset)))
}

/// The largest unit that both are multiples of; `None` if it does not fit 32 bits.
fn common(a: TimeBase, b: TimeBase) -> Option<TimeBase> {
    let [a_numer, a_denom, b_numer, b_denom] =
        [a.numer(), a.denom(), b.numer(), b.denom()].map(u64::from);
    let numer = gcd(a_numer * b_denom, b_numer * a_denom);
    let denom = a_denom * b_denom;
    let shared = gcd(numer, denom);
    TimeBase::new(u32::try_from(numer / shared).ok()?, u32::try_from(denom / shared).ok()?)
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R21: counted in samples, exact.
    #[test]
    fn times_are_counted_exactly() {
        let base = |rate| TimeBase::per_second(rate).expect("not zero");
        let check = |start: (i64, u32), count, rate, expected: (i64, u32)| {
            let time = after(base(start.1).time(Timestamp::new(start.0)), count, base(rate));
            let (ticks, denom) = expected;
            assert_eq!((time.ticks().ticks(), time.base()), (ticks, base(denom)));
        };
        check((0, 16_000), 16_000, 16_000, (16_000, 16_000));
        check((1, 1000), 48, 48_000, (96, 48_000));
        check((1, 90_000), 441, 44_100, (49 + 44_100, 4_410_000));
    }
}
