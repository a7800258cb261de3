//! `rust_h264`, fenced in: what goes in was checked, what comes out is one picture at a time, and no panic passes.

use std::borrow::Cow;

use rushes_core::bitstream::h264::{Nal, ParameterSets};
use rushes_core::{Error, Result};
use rust_h264::decoder::{Decoder, Frame};
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnit, NalUnitType};

use crate::guard::guard;

/// The engine's decoder in decoding order. Its own reordering would wait longer than it must, and would lose the picture
/// before a broken one.
pub(crate) struct Engine {
    decoder: Decoder,
    /// The sequence parameter set that the engine read last: it takes the size of its picture buffer from that one,
    /// whichever the pictures use.
    sized_by: Option<u8>,
    lost: bool,
}

impl Engine {
    /// An engine that knows these parameter sets.
    pub(crate) fn new(sets: &ParameterSets) -> Self {
        let mut engine = Self { decoder: Decoder::new(), sized_by: None, lost: false };
        for nal in sets.nals() {
            // Each was fed when it came, and its error returned then.
            engine.parameter_set(nal).ok();
        }
        engine
    }

    /// True once a panic left the engine in no state to go on: a new one must take its place.
    pub(crate) const fn is_lost(&self) -> bool {
        self.lost
    }

    /// Takes a parameter set.
    pub(crate) fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()> {
        self.sized_by = None;
        self.feed(nal, nal.payload())
    }

    /// Takes a slice of a picture that uses the sequence parameter set `sps`.
    pub(crate) fn slice(
        &mut self,
        nal: Nal<'_>,
        payload: Cow<'_, [u8]>,
        sps: u8,
        sets: &ParameterSets,
    ) -> Result<()> {
        if self.sized_by != Some(sps) {
            if let Some(set) = sets.sequence_nal(sps) {
                self.parameter_set(set)?;
            }
            self.sized_by = Some(sps);
        }
        self.feed(nal, payload)
    }

    /// Takes out the picture that was fed; `None` where nothing of it could be decoded. A field whose partner did not
    /// come has half the height.
    pub(crate) fn finish_picture(&mut self) -> Result<Option<Frame>> {
        self.guard(Decoder::flush)
    }

    fn feed(&mut self, nal: Nal<'_>, payload: Cow<'_, [u8]>) -> Result<()> {
        let unit = NalUnit {
            nal_ref_idc: nal.reference(),
            nal_unit_type: NalUnitType::from(nal.kind()),
            rbsp: payload,
        };
        match self.guard(|decoder| decoder.decode_nal(&unit))? {
            Ok(None) => Ok(()),
            // Pictures are taken out before the next one begins.
            Ok(Some(_)) => Err(Error::malformed("slices of two pictures are mixed")),
            // What the engine does not support was refused before, by the parameter sets and slice headers: what it calls
            // so is a value that no stream may have.
            Err(DecodeError::InvalidSyntax(what) | DecodeError::Unsupported(what)) => {
                Err(Error::malformed(what))
            }
            Err(DecodeError::UnexpectedEof) => Err(Error::malformed("the data end early")),
        }
    }
    /// Runs the engine, and marks it as lost if it panics.
    fn guard<T>(&mut self, run: impl FnOnce(&mut Decoder) -> T) -> Result<T> {
        guard(|| run(&mut self.decoder)).map_err(|_| {
            self.lost = true;
            Error::malformed("the data lead out of the picture")
        })
    }
}
