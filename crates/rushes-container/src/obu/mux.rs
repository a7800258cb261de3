//! Writing plain AV1 streams in the low-overhead layout.

use rushes_core::{CodecId, Error, Packet, Result, Track};

use crate::bitstream::{self, PlainForm};
use crate::checks::check_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Writes temporal units one after another. Times are not stored.
#[derive(Debug)]
pub(crate) struct ObuMuxer {
    output: Output,
    form: PlainForm,
}

impl ObuMuxer {
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        let track = bitstream::only_video("obu", tracks, options)?;
        if track.codec.codec != CodecId::Av1 {
            return Err(Error::unsupported(format!("{} inside obu", track.codec.codec), "av1"));
        }
        Ok(Self { output: Output::new(sink)?, form: PlainForm::new(&track.codec)? })
    }
}

impl Muxer for ObuMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        self.output.write(&self.form.packet(packet)?)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.output.flush()
    }
}
