//! Frame rates as people write them.

use rushes_core::{Error, FrameRate, Result};

/// A frame rate: `30`, `(30_000, 1001)`, or a [`FrameRate`].
pub trait IntoFrameRate {
    /// The exact rate.
    ///
    /// # Errors
    /// [`Error::Usage`] for a rate that is zero, negative or infinite.
    fn into_frame_rate(self) -> Result<FrameRate>;
}

impl IntoFrameRate for FrameRate {
    fn into_frame_rate(self) -> Result<FrameRate> {
        Ok(self)
    }
}

impl IntoFrameRate for u32 {
    fn into_frame_rate(self) -> Result<FrameRate> {
        FrameRate::try_from(self)
    }
}

impl IntoFrameRate for (u32, u32) {
    fn into_frame_rate(self) -> Result<FrameRate> {
        FrameRate::try_from(self)
    }
}

impl IntoFrameRate for i32 {
    fn into_frame_rate(self) -> Result<FrameRate> {
        (self, 1).into_frame_rate()
    }
}

impl IntoFrameRate for (i32, i32) {
    fn into_frame_rate(self) -> Result<FrameRate> {
        let (numer, denom) = self;
        u32::try_from(numer)
            .ok()
            .zip(u32::try_from(denom).ok())
            .and_then(|(numer, denom)| FrameRate::new(numer, denom))
            .ok_or_else(|| Error::usage(format!("{numer}/{denom} is not a frame rate")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_frame_rates() {
        assert_eq!(30.into_frame_rate().ok(), FrameRate::new(30, 1));
        assert_eq!((30_000, 1001).into_frame_rate().ok(), FrameRate::new(30_000, 1001));
        for bad in [0, -1] {
            assert!(bad.into_frame_rate().is_err());
            assert!((30, bad).into_frame_rate().is_err());
        }
    }
}
