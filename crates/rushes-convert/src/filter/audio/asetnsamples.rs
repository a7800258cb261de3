//! `asetnsamples`: blocks of one length.

use std::collections::VecDeque;

use rushes_core::{AudioFrame, Error, MediaKind, Result, Sample, SampleFormat};

use super::super::chain::AudioLink;
use super::super::option::{Arguments, FilterOption, FilterOptionKind as Kind};
use super::super::registry::{Build, FilterEntry};
use super::super::stage::Stage;
use super::{pts, set_time, with_type};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "asetnsamples",
    kind: MediaKind::Audio,
    help: "Cut sound into blocks of one length",
    options: &[
        FilterOption::new(
            &["n", "nb_out_samples"],
            Kind::Integer { min: 1, max: 1 << 24 },
            "1024",
            "Samples in a block",
        ),
        FilterOption::new(&["p", "pad"], Kind::Boolean, "1", "Fill the last block up with zeros"),
    ],
    places: 2,
    left_out: &[],
    build: Build::Audio(build),
};

fn build(arguments: &Arguments, link: &mut AudioLink<'_>) -> Result<()> {
    let size = usize::try_from(arguments.integer("n")?).unwrap_or(1);
    let channels = u64::from(link.spec.layout.channels());
    link.limits.check_alloc(size as u64 * channels * link.spec.format.bytes() as u64)?;
    let pad = arguments.boolean("p")?;
    link.stages.push(Box::new(Blocks {
        size,
        pad,
        frames: VecDeque::new(),
        held: 0,
        ended: false,
    }));
    Ok(())
}

#[derive(Debug)]
struct Blocks {
    size: usize,
    pad: bool,
    frames: VecDeque<AudioFrame>,
    /// Samples of all of them.
    held: usize,
    ended: bool,
}

impl Blocks {
    fn take<T: Sample>(&mut self, wanted: usize, padded: usize) -> Result<Option<AudioFrame>> {
        let Some(first) = self.frames.front() else { return Ok(None) };
        let (layout, rate, start) = (first.layout, first.sample_rate, pts(first));
        let channels = usize::from(layout.channels());
        let mut samples = vec![T::default(); padded * channels];
        for (channel, out) in samples.chunks_exact_mut(padded.max(1)).enumerate() {
            let held =
                self.frames.iter().flat_map(|frame| frame.plane::<T>(channel).unwrap_or_default());
            out.iter_mut().zip(held.take(wanted)).for_each(|(out, sample)| *out = *sample);
        }
        self.held -= wanted;
        let mut left = wanted;
        while let Some(frame) = self.frames.front_mut().filter(|_| left > 0) {
            let cut = left.min(frame.len());
            left -= cut;
            let start = pts(frame).saturating_add(i64::try_from(cut).unwrap_or(i64::MAX));
            frame.trim(cut, 0);
            set_time(frame, start);
            if frame.is_empty() {
                self.frames.pop_front();
            }
        }
        let mut block = AudioFrame::new(samples, layout, rate)?;
        set_time(&mut block, start);
        Ok(Some(block))
    }
}

impl Stage<AudioFrame> for Blocks {
    fn push(&mut self, frame: AudioFrame) -> Result<()> {
        if !frame.is_empty() {
            self.held += frame.len();
            self.frames.push_back(frame);
        }
        Ok(())
    }

    fn next(&mut self) -> Result<Option<AudioFrame>> {
        let Some(first) = self.frames.front() else { return Ok(None) };
        let wanted = self.held.min(self.size);
        if wanted < self.size && !self.ended {
            return Ok(None);
        }
        let padded = if self.pad { self.size } else { wanted };
        with_type!(first.format(), S => self.take::<S>(wanted, padded))
    }

    fn finish(&mut self) -> Result<()> {
        self.ended = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.frames.clear();
        (self.held, self.ended) = (0, false);
    }
}
