//! Counting frames, where nothing in a stream tells how many there are.

use rushes_core::{Error, Result};

use super::{FrameHeader, Frames};
use crate::input::Input;

/// How long a stream is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Length {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
    pub(crate) ticks: u64,
}

impl Length {
    /// Bits per second, where so many ticks are a second.
    pub(crate) fn bit_rate(&self, ticks: u32) -> Option<u64> {
        let scaled = u128::from(self.bytes) * 8 * u128::from(ticks);
        u64::try_from(scaled.checked_div(self.ticks.into())?).ok()
    }
}

impl<H: FrameHeader> Frames<H> {
    /// Counts the frames from the position to `end`, if that is no more than may be searched: a guess by the bit rate would be
    /// far off where that varies.
    pub(crate) fn count(&self, input: &mut Input, end: u64) -> Result<Option<Length>> {
        let limit = input.limits().probe_bytes;
        let end = input.length().map(|length| length.min(end));
        let left = end.map(|end| end.saturating_sub(input.position()));
        if left.is_none_or(|left| left > limit) || !input.is_seekable() {
            return Ok(None);
        }
        let (mut frames, mut length) = (self.clone(), Length::default());
        loop {
            let frame = match frames.next(input) {
                Ok(Some(frame)) => frame,
                // Damage is told by whoever reads.
                Ok(None) | Err(Error::Malformed(_)) => break,
                Err(error) => return Err(error),
            };
            length.frames += 1;
            length.bytes += frame.length as u64;
            length.ticks = length.ticks.saturating_add(frame.header.ticks());
            input.skip(frame.length as u64)?;
        }
        input.unmark();
        Ok(Some(length))
    }
}
