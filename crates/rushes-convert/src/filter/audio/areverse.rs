//! `areverse`: from the last sample to the first.

use rushes_core::{AudioFrame, Error, MediaKind, Result, SampleFormat};

use super::super::registry::{Build, FilterEntry};
use super::super::stage::Stage;
use super::{len, pts, remade, set_time, with_type};

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "areverse",
    kind: MediaKind::Audio,
    help: "Play sound in reverse; holds all of it, up to the limit filter_bytes",
    options: &[],
    places: 0,
    left_out: &[],
    build: Build::Audio(|_, link| {
        link.stages.push(Box::new(Reverse::new(link.limits.filter_bytes)));
        Ok(())
    }),
};

/// The reversed sound starts when the sound did, and has no gaps.
#[derive(Debug)]
struct Reverse {
    /// Blocks that are reversed already.
    frames: Vec<AudioFrame>,
    /// Time of the first sample, and then of the next one that goes out.
    next: Option<i64>,
    bytes: u64,
    limit: u64,
    ended: bool,
}

impl Reverse {
    const fn new(limit: u64) -> Self {
        Self { frames: Vec::new(), next: None, bytes: 0, limit, ended: false }
    }
}

impl Stage<AudioFrame> for Reverse {
    fn push(&mut self, frame: AudioFrame) -> Result<()> {
        let sample = frame.format().bytes() as u64 * u64::from(frame.layout.channels());
        let held = self.bytes.saturating_add(frame.len() as u64 * sample);
        if held > self.limit {
            return Err(Error::limit("filter_bytes", held, self.limit));
        }
        self.bytes = held;
        self.next = self.next.or(Some(pts(&frame)));
        let reversed = with_type!(frame.format(), S => remade::<S>(&frame, |_, samples, out| {
            out.extend(samples.iter().rev());
        }))?;
        self.frames.push(reversed);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<AudioFrame>> {
        let Some(mut frame) = self.frames.pop_if(|_| self.ended) else { return Ok(None) };
        let start = self.next.unwrap_or_default();
        set_time(&mut frame, start);
        self.next = Some(start.saturating_add(len(&frame)));
        Ok(Some(frame))
    }

    fn finish(&mut self) -> Result<()> {
        self.ended = true;
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::new(self.limit);
    }
}
