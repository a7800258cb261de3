//! Times of the frames that go into a video encoder.

use rushes_core::{
    Error, FrameRate, Result, Rounding, Ticks, TimeBase, Timestamp, VideoFrame, VideoParameters,
};

/// Gives each frame its time, and sees that time goes forward.
#[derive(Debug)]
pub(crate) struct Clock {
    base: TimeBase,
    /// How long a frame is shown that does not say so.
    frame: Option<Ticks>,
    /// Time of a frame that has none.
    next: Timestamp,
    last: Option<Timestamp>,
}

impl Clock {
    /// A clock in the unit that was asked for; else in one in which each frame of a constant rate lasts a whole number of
    /// ticks, and others lose little: frame rates of few ticks are doubled until there are 10000 in a second.
    pub(crate) fn new(video: &VideoParameters, asked: Option<TimeBase>) -> Self {
        let rate = video.frame_rate.map(FrameRate::time_base);
        let base = asked.unwrap_or_else(|| {
            let mut denom = rate.map_or(90_000, TimeBase::denom);
            while denom < 10_000 {
                denom *= 2;
            }
            TimeBase::per_second(denom).unwrap_or_else(TimeBase::nanoseconds)
        });
        let frame = rate
            .map(|rate| Ticks::new(rate.rescale(1, base, Rounding::Nearest).unsigned_abs().max(1)));
        Self { base, frame, next: Timestamp::ZERO, last: None }
    }

    pub(crate) const fn base(&self) -> TimeBase {
        self.base
    }

    /// Time and duration of the next frame.
    ///
    /// # Errors
    /// [`Error::Usage`] where it is not after the one before it.
    pub(crate) fn stamp(&mut self, frame: &VideoFrame) -> Result<(Timestamp, Option<Ticks>)> {
        let pts = frame.pts.unwrap_or(self.next);
        if let Some(last) = self.last.filter(|last| pts <= *last) {
            return Err(Error::usage(format!(
                "video does not go forward in time: {} after {}",
                self.base.time(pts),
                self.base.time(last)
            )));
        }
        let duration = frame.duration.or(self.frame);
        self.last = Some(pts);
        self.next = pts.saturating_add(duration.unwrap_or(Ticks::new(1)));
        Ok((pts, duration))
    }
}
