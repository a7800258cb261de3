//! The first fields of frame headers: AV1 specification, 5.9.2.

use super::{Kind, Obu, Sequence};
use crate::Result;
use crate::bitstream::BitReader;

/// How a frame header starts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FrameStart {
    /// A frame that was decoded before is shown.
    pub shows_existing: bool,
    /// The frame is a key frame.
    pub key: bool,
    /// The frame is shown as soon as it is decoded.
    pub shown: bool,
}

impl FrameStart {
    /// Reads a frame or frame header OBU; `None` for other units.
    ///
    /// # Errors
    /// [`Error::Malformed`](crate::Error::Malformed) where it ends early.
    pub fn parse(obu: &Obu<'_>, sequence: &Sequence) -> Result<Option<Self>> {
        if !matches!(obu.kind, Kind::Frame | Kind::FrameHeader) {
            return Ok(None);
        }
        if sequence.reduced_still {
            return Ok(Some(Self { shows_existing: false, key: true, shown: true }));
        }
        let r = &mut BitReader::new(obu.payload);
        if r.flag()? {
            return Ok(Some(Self { shows_existing: true, key: false, shown: true }));
        }
        let kind = r.bits(2)?;
        let shown = r.flag()?;
        if shown && let Some(bits) = sequence.presentation_bits() {
            r.skip(bits as usize)?; // frame_presentation_time
        }
        Ok(Some(Self { shows_existing: false, key: kind == 0, shown }))
    }
}
