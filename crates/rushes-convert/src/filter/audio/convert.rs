//! What is put between filters: sample format, channels and rate.

use std::collections::VecDeque;

use rushes_core::{AudioFrame, Result, Rounding, SampleFormat, TimeBase};

use super::super::chain::AudioLink;
use super::super::option::Arguments;
use super::super::stage::Stage;
use super::{aformat, len, pts, set_time};
use crate::{AudioConverter, AudioSpec};

/// The format in which a filter takes samples of a format.
pub(in super::super) fn taken(
    filter: &str,
    arguments: &Arguments,
    format: SampleFormat,
) -> Result<SampleFormat> {
    use SampleFormat as F;
    Ok(match (filter, format) {
        ("volume", _) => match (arguments.choice("precision")?, format) {
            ("fixed", F::U8 | F::S16 | F::S32) => format,
            ("fixed", _) => F::S32,
            ("double", _) => F::F64,
            _ => F::F32,
        },
        ("afade" | "lowpass" | "highpass", F::U8) => F::S16,
        ("afade" | "lowpass" | "highpass", F::S64) => F::F64,
        ("atempo", _) => F::F32,
        _ => format,
    })
}

/// The format that a filter makes or takes of samples of a format: where a conversion in front of it may go at once.
pub(in super::super) fn wanted(
    filter: &str,
    arguments: &Arguments,
    format: SampleFormat,
) -> Result<SampleFormat> {
    match filter {
        "aformat" => aformat::sample_format(arguments, format),
        _ => taken(filter, arguments, format),
    }
}

/// Adds a conversion, if there is something to convert.
pub(in super::super) fn add(link: &mut AudioLink<'_>, target: AudioSpec) -> Result<()> {
    let source = link.spec;
    if source == target {
        return Ok(());
    }
    let base = |rate| TimeBase::per_second(rate).unwrap_or(TimeBase::nanoseconds());
    link.stages.push(Box::new(Convert {
        converter: AudioConverter::new(source, target)?,
        from: base(source.sample_rate),
        to: base(target.sample_rate),
        run: None,
        ready: VecDeque::new(),
    }));
    link.spec = target;
    Ok(())
}

#[derive(Debug)]
struct Convert {
    converter: AudioConverter,
    from: TimeBase,
    to: TimeBase,
    run: Option<Run>,
    ready: VecDeque<AudioFrame>,
}

/// Sound without gaps, counted in samples.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Where the next block that comes in belongs.
    taken: i64,
    /// Where the next block that goes out belongs.
    given: i64,
}

impl Convert {
    fn flush(&mut self) -> Result<()> {
        if let Some(block) = self.converter.finish()? {
            self.give(block);
        }
        self.run = None;
        Ok(())
    }

    fn give(&mut self, mut block: AudioFrame) {
        if let Some(run) = &mut self.run {
            set_time(&mut block, run.given);
            run.given = run.given.saturating_add(len(&block));
        }
        if !block.is_empty() {
            self.ready.push_back(block);
        }
    }
}

impl Stage<AudioFrame> for Convert {
    fn push(&mut self, frame: AudioFrame) -> Result<()> {
        let start = pts(&frame);
        if self.run.is_some_and(|run| run.taken != start) {
            self.flush()?;
        }
        let (from, to) = (self.from, self.to);
        let run = self.run.get_or_insert_with(|| Run {
            taken: start,
            given: from.rescale(start, to, Rounding::Nearest),
        });
        run.taken = start.saturating_add(len(&frame));
        if let Some(block) = self.converter.push(&frame)? {
            self.give(block);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<AudioFrame>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        self.flush()
    }

    fn reset(&mut self) {
        self.converter.reset();
        self.run = None;
        self.ready.clear();
    }
}
