//! `reverse`: from the last picture to the first.

use std::collections::VecDeque;

use rushes_core::{Error, MediaKind, Result, Ticks, Timestamp, VideoFrame};

use super::super::registry::{Build, FilterEntry};
use super::super::stage::Stage;

pub(in super::super) const ENTRY: FilterEntry = FilterEntry {
    name: "reverse",
    kind: MediaKind::Video,
    help: "Show pictures in reverse; holds all of them, up to the limit filter_bytes",
    options: &[],
    places: 0,
    left_out: &[],
    build: Build::Video(|_, link| {
        link.stages.push(Box::new(Reverse::new(link.limits.filter_bytes)));
        Ok(())
    }),
};

/// The times stay in their order: the last picture comes at the time of the first.
#[derive(Debug)]
struct Reverse {
    frames: Vec<VideoFrame>,
    times: VecDeque<(Option<Timestamp>, Option<Ticks>)>,
    bytes: u64,
    limit: u64,
    ended: bool,
}

impl Reverse {
    const fn new(limit: u64) -> Self {
        Self { frames: Vec::new(), times: VecDeque::new(), bytes: 0, limit, ended: false }
    }
}

impl Stage<VideoFrame> for Reverse {
    fn push(&mut self, frame: VideoFrame) -> Result<()> {
        let planes = frame.planes().unwrap_or_default();
        let bytes: u64 = planes.iter().map(|plane| plane.data().len() as u64).sum();
        let held = self.bytes.saturating_add(bytes);
        if held > self.limit {
            return Err(Error::limit("filter_bytes", held, self.limit));
        }
        self.bytes = held;
        self.times.push_back((frame.pts, frame.duration));
        self.frames.push(frame);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<VideoFrame>> {
        let Some(mut frame) = self.frames.pop_if(|_| self.ended) else { return Ok(None) };
        if let Some((pts, duration)) = self.times.pop_front() {
            (frame.pts, frame.duration) = (pts, duration);
        }
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
