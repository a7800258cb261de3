//! `rusty_vp9`, fenced in: one frame goes in, at most one picture comes out, and no panic passes.

use std::borrow::Cow;

use rushes_core::{Error, Result};
use rusty_vp9::{DecodedFrame, Error as EngineError, Vp9Decoder};

use crate::guard::guard;

/// The engine's decoder.
#[derive(Default)]
pub(crate) struct Engine(Vp9Decoder);

impl Engine {
    /// Decodes a frame; `None` for one that is not shown.
    pub(crate) fn decode(&mut self, frame: &[u8]) -> Result<Option<DecodedFrame>> {
        let frame = as_one(frame);
        let decoded = guard(|| {
            self.0.push(&frame, None)?;
            self.0.next_frame()
        });
        match decoded {
            Ok(Ok(picture)) => Ok(Some(picture)),
            Ok(Err(EngineError::Again)) => Ok(None),
            Ok(Err(EngineError::InvalidData(what) | EngineError::Unsupported(what))) => {
                Err(Error::malformed(what.trim_start_matches("vp9: ")))
            }
            Ok(Err(error)) => Err(Error::malformed(error.to_string())),
            Err(_) => {
                *self = Self::default();
                Err(Error::malformed("the data lead out of the picture"))
            }
        }
    }
}

/// The frame, in a form that the engine does not take for a superframe, whose frames would go unchecked. Encoders end none so,
/// and bytes behind a frame mean nothing.
fn as_one(frame: &[u8]) -> Cow<'_, [u8]> {
    match frame.last() {
        Some(last) if last & 0xe0 == 0xc0 => Cow::Owned([frame, &[0]].concat()),
        _ => Cow::Borrowed(frame),
    }
}
