//! Blocks of audio of one length, however the samples come in.

use std::collections::VecDeque;

use rushes_core::{AudioFrame, ChannelLayout, Error, Result, Sample, SampleFormat};

/// Samples of a block, per channel.
pub(crate) const BLOCK: usize = 1024;

/// Puts samples together into blocks of [`BLOCK`], so that what is made of them does not depend on how they came in. All frames
/// are of one format.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    parts: VecDeque<AudioFrame>,
    held: usize,
}

impl Blocks {
    /// Takes samples; blocks come from [`next_block`](Self::next_block).
    pub(crate) fn push(&mut self, frame: AudioFrame) {
        if !frame.is_empty() {
            self.held += frame.len();
            self.parts.push_back(frame);
        }
    }

    /// The next full block.
    pub(crate) fn next_block(&mut self) -> Result<Option<AudioFrame>> {
        if self.held < BLOCK { Ok(None) } else { self.take(BLOCK) }
    }

    /// What is left, less than a block once there are no full ones.
    pub(crate) fn rest(&mut self) -> Result<Option<AudioFrame>> {
        self.take(self.held)
    }

    fn take(&mut self, wanted: usize) -> Result<Option<AudioFrame>> {
        let mut parts = Vec::new();
        let mut missing = wanted;
        while missing > 0 {
            let Some(mut part) = self.parts.pop_front() else { break };
            if part.len() > missing {
                let mut later = part.clone();
                later.trim(missing, 0);
                part.trim(0, part.len() - missing);
                self.parts.push_front(later);
            }
            missing -= part.len();
            self.held -= part.len();
            parts.push(part);
        }
        match &parts[..] {
            [] => Ok(None),
            [_] => Ok(parts.pop()),
            [first, ..] => by_format(first.format(), Join(&parts)).map(Some),
        }
    }
}

/// So many samples of silence.
pub(crate) fn silence(
    format: SampleFormat,
    layout: ChannelLayout,
    sample_rate: u32,
    len: usize,
) -> Result<AudioFrame> {
    by_format(format, Silence { layout, sample_rate, len })
}

/// Something that is done to samples of any type.
trait Job {
    fn run<T: Sample>(self, zero: T) -> Result<AudioFrame>;
}

fn by_format(format: SampleFormat, job: impl Job) -> Result<AudioFrame> {
    match format {
        SampleFormat::U8 => job.run(128_u8),
        SampleFormat::S16 => job.run(0_i16),
        SampleFormat::S32 => job.run(0_i32),
        SampleFormat::S64 => job.run(0_i64),
        SampleFormat::F32 => job.run(0_f32),
        SampleFormat::F64 => job.run(0_f64),
        other => Err(Error::unsupported(format!("sample format {other}"), "")),
    }
}

struct Join<'a>(&'a [AudioFrame]);

impl Job for Join<'_> {
    fn run<T: Sample>(self, _: T) -> Result<AudioFrame> {
        let first = self.0.first().ok_or_else(|| Error::usage("no samples to join"))?;
        let (layout, rate) = (first.layout, first.sample_rate);
        let mut samples: Vec<T> = Vec::new();
        for channel in 0..usize::from(layout.channels()) {
            for part in self.0 {
                let plane = part
                    .plane::<T>(channel)
                    .ok_or_else(|| Error::usage("samples of two formats cannot be joined"))?;
                samples.extend_from_slice(plane);
            }
        }
        AudioFrame::new(samples, layout, rate)
    }
}

struct Silence {
    layout: ChannelLayout,
    sample_rate: u32,
    len: usize,
}

impl Job for Silence {
    fn run<T: Sample>(self, zero: T) -> Result<AudioFrame> {
        let samples = vec![zero; self.len.saturating_mul(usize::from(self.layout.channels()))];
        AudioFrame::new(samples, self.layout, self.sample_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_do_not_depend_on_the_cut() {
        let samples: Vec<i16> = (0..5000).collect();
        let run = |sizes: &[usize]| {
            let mut blocks = Blocks::default();
            let mut out: Vec<(usize, Vec<i16>)> = Vec::new();
            let mut at = 0;
            for size in sizes.iter().copied().cycle() {
                let end = (at + size).min(samples.len());
                let plane = samples[at..end].to_vec();
                blocks.push(AudioFrame::new(plane, ChannelLayout::MONO, 8000).expect("divides"));
                while let Some(block) = blocks.next_block().expect("joins") {
                    out.push((block.len(), block.plane(0).expect("16 bits").to_vec()));
                }
                at = end;
                if at == samples.len() {
                    break;
                }
            }
            let rest = blocks.rest().expect("joins").expect("a rest");
            out.push((rest.len(), rest.plane(0).expect("16 bits").to_vec()));
            assert!(blocks.rest().expect("nothing").is_none());
            out
        };
        let whole = run(&[5000]);
        assert_eq!(
            whole.iter().map(|(len, _)| *len).collect::<Vec<_>>(),
            [1024, 1024, 1024, 1024, 904]
        );
        assert_eq!(whole.iter().flat_map(|(_, block)| block.clone()).collect::<Vec<_>>(), samples);
        for sizes in [&[1, 2, 3][..], &[1024], &[1023, 1], &[0, 700, 0, 4000]] {
            assert_eq!(run(sizes), whole, "{sizes:?}");
        }
    }

    #[test]
    fn silence_is_the_middle() {
        let check = |format, expected: f64| {
            let block = silence(format, ChannelLayout::STEREO, 8000, 3).expect("known");
            assert_eq!((block.len(), block.format()), (3, format));
            let first = match format {
                SampleFormat::U8 => f64::from(block.plane::<u8>(1).expect("bytes")[2]),
                _ => block.plane::<f64>(1).map_or(0.0, |plane| plane[2]),
            };
            assert_eq!(first, expected);
        };
        check(SampleFormat::U8, 128.0);
        check(SampleFormat::F64, 0.0);
    }
}
