//! `oxideav-h264`: what the other engine refuses. It is slower by far.

use std::borrow::Cow;
use std::mem;

use oxideav_core::{Decoder, Error as EngineError, Frame, Packet, TimeBase};
use oxideav_h264::CODEC_ID_STR;
use oxideav_h264::h264_decoder::H264CodecDecoder;
use rushes_core::bitstream::h264::{Nal, OrderCounter, ParameterSets, SliceHeader, Sps};
use rushes_core::{Error, Result};

use super::engine::{Core, Picture};

/// The engine's decoder, which is told after each picture that none follows: so it gives pictures out in decoding order,
/// and keeps all the same what others refer to.
pub(crate) struct High444 {
    decoder: H264CodecDecoder,
    counter: OrderCounter,
    /// The order count of the picture that is fed.
    order: Option<i32>,
    /// Errors that the engine counted, and that were returned.
    errors: u64,
}

impl High444 {
    pub(crate) fn new() -> Self {
        let decoder = H264CodecDecoder::new(CODEC_ID_STR.into());
        Self { decoder, counter: OrderCounter::default(), order: None, errors: 0 }
    }

    fn feed(&mut self, nal: Nal<'_>) -> Result<()> {
        let data = [&[0, 0, 0, 1], nal.bytes()].concat();
        let packet = Packet::new(0, TimeBase::new(1, 1), data);
        self.decoder.send_packet(&packet).map_err(|error| malformed(&error))?;
        self.check()
    }

    /// The engine swallows errors inside of slices, but counts them.
    fn check(&mut self) -> Result<()> {
        let errors = self.decoder.decode_error_count();
        if mem::replace(&mut self.errors, errors) == errors {
            Ok(())
        } else {
            Err(Error::malformed("the picture cannot be decoded"))
        }
    }
}

impl Core for High444 {
    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()> {
        self.feed(nal)
    }

    fn begin(&mut self, header: &SliceHeader, sps: &Sps) {
        let order = self.counter.next(header, sps);
        self.order = Some(self.order.map_or(order, |first| first.min(order)));
    }

    fn slice(&mut self, nal: Nal<'_>, _: Cow<'_, [u8]>, _: u8, _: &ParameterSets) -> Result<()> {
        self.feed(nal)
    }

    fn finish_picture(&mut self) -> Result<Option<Picture>> {
        let order = self.order.take();
        self.decoder.flush().map_err(|error| malformed(&error))?;
        let mut picture = None;
        loop {
            match self.decoder.receive_frame() {
                Ok(Frame::Video(frame)) => picture = Some(frame),
                Ok(_) => {}
                Err(EngineError::Eof | EngineError::NeedMore) => break,
                Err(error) => return Err(malformed(&error)),
            }
        }
        self.check()?;
        let Some((order, picture)) = order.zip(picture) else { return Ok(None) };
        let mut planes = picture.planes.into_iter().map(|plane| (plane.data, plane.stride));
        Ok(Some(Picture { order, planes: [(); 3].map(|()| planes.next().unwrap_or_default()) }))
    }
}

fn malformed(error: &EngineError) -> Error {
    Error::malformed(error.to_string())
}
