//! `rust_h264`: all up to the profile High 4:2:2.

use std::borrow::Cow;

use rushes_core::bitstream::h264::{Nal, ParameterSets, SliceHeader, Sps};
use rushes_core::{Error, Result};
use rust_h264::decoder::Decoder;
use rust_h264::error::DecodeError;
use rust_h264::nal::{NalUnit, NalUnitType};

use super::engine::{Core, Picture};

/// The engine's decoder in decoding order. Its own reordering would wait longer than it must, and would lose the picture
/// before a broken one.
pub(crate) struct High422 {
    decoder: Decoder,
    /// The sequence parameter set that the engine read last: it takes the size of its picture buffer from that one,
    /// whichever the pictures use.
    sized_by: Option<u8>,
}

impl High422 {
    pub(crate) fn new() -> Self {
        Self { decoder: Decoder::new(), sized_by: None }
    }

    fn feed(&mut self, nal: Nal<'_>, payload: Cow<'_, [u8]>) -> Result<()> {
        let unit = NalUnit {
            nal_ref_idc: nal.reference(),
            nal_unit_type: NalUnitType::from(nal.kind()),
            rbsp: payload,
        };
        match self.decoder.decode_nal(&unit) {
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
}

impl Core for High422 {
    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()> {
        self.sized_by = None;
        self.feed(nal, nal.payload())
    }

    fn begin(&mut self, _: &SliceHeader, _: &Sps) {}

    fn slice(
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

    fn finish_picture(&mut self) -> Result<Option<Picture>> {
        Ok(self.decoder.flush().map(|picture| {
            let bytes = picture.bytes_per_sample();
            let [luma, chroma] =
                [picture.width, picture.chroma_width()].map(|width| width as usize * bytes);
            let planes = [(picture.y, luma), (picture.u, chroma), (picture.v, chroma)];
            Picture { order: picture.pic_order_cnt, planes }
        }))
    }
}
