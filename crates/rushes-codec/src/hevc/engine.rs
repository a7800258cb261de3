//! `rust_h265`, fenced in: what goes in was checked, what comes out is one picture at a time, and no panic passes.

use rushes_core::bitstream::hevc::{Nal, ParameterSets};
use rushes_core::{Error, Limits, Result};
use rust_h265::{DecodeError, DecodeLimits, Decoder, Frame, NalUnit, NalUnitType, parse_nal};

use super::picture::SUPPORTED;
use crate::guard::guard;

/// The engine's decoder in decoding order: in output order, pictures would come without a hint of which packet they
/// belong to.
pub(crate) struct Engine {
    decoder: Decoder,
    lost: bool,
}

/// A slice segment with its payload, as the engine takes it.
pub(crate) struct Slice<'a>(NalUnit<'a>);

impl<'a> Slice<'a> {
    /// `None` for what is no NAL unit.
    pub(crate) fn new(nal: Nal<'a>) -> Option<Self> {
        parse_nal(nal.bytes()).map(Self)
    }

    /// The payload without emulation prevention bytes.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.0.rbsp
    }
}

impl Engine {
    /// An engine that knows these parameter sets.
    pub(crate) fn new(sets: &ParameterSets, limits: &Limits) -> Self {
        // What a picture takes besides its pixels grows with their number.
        let limits =
            DecodeLimits { max_picture_pixels: limits.pixels, max_picture_memory_bytes: u64::MAX };
        let mut engine = Self { decoder: Decoder::with_limits(limits), lost: false };
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
        match Slice::new(nal) {
            Some(unit) => self.feed(&unit.0),
            None => Ok(()),
        }
    }

    /// Takes a slice segment.
    pub(crate) fn slice(&mut self, slice: &Slice<'_>) -> Result<()> {
        self.feed(&slice.0)
    }

    /// Learns that the next picture starts a coded video sequence.
    pub(crate) fn end_sequence(&mut self) -> Result<()> {
        let nal_unit_type = NalUnitType::Eos;
        let (rbsp, epb_positions) = ([].as_slice().into(), Vec::new());
        self.feed(&NalUnit { nal_unit_type, nuh_layer_id: 0, temporal_id: 0, rbsp, epb_positions })
    }

    /// Takes out the picture that was fed; `None` where there is none, or none that is to be shown.
    pub(crate) fn finish_picture(&mut self) -> Result<Option<Frame>> {
        self.guard(Decoder::flush)
    }

    fn feed(&mut self, unit: &NalUnit<'_>) -> Result<()> {
        match self.guard(|decoder| decoder.decode_nal(unit))? {
            Ok(None) => Ok(()),
            // Pictures are taken out before the next one begins.
            Ok(Some(_)) => Err(Error::malformed("slices of two pictures are mixed")),
            Err(DecodeError::UnexpectedEof) => Err(Error::malformed("the data end early")),
            Err(DecodeError::Unsupported(what)) => {
                Err(Error::unsupported(format!("HEVC: {what}"), SUPPORTED))
            }
            Err(DecodeError::InvalidSyntax(what)) => Err(Error::malformed(what)),
            Err(error) => Err(Error::malformed(error.to_string())),
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
