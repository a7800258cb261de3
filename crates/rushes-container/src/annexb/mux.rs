//! Writing plain byte streams of H.264 and HEVC.

use rushes_core::{Error, Packet, Result, Track};

use crate::bitstream::{self, NalCodec, PlainForm};
use crate::checks::check_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Writes access units one after another. Times are not stored.
#[derive(Debug)]
pub(crate) struct AnnexBMuxer {
    output: Output,
    form: PlainForm,
}

impl AnnexBMuxer {
    pub(crate) fn create(
        codec: NalCodec,
        sink: Sink,
        tracks: &[Track],
        options: &MuxOptions,
    ) -> Result<Self> {
        let track = bitstream::only_video(codec.name(), tracks, options)?;
        if NalCodec::of(&track.codec.codec) != Some(codec) {
            let what = format!("{} inside {}", track.codec.codec, codec.name());
            return Err(Error::unsupported(what, codec.name()));
        }
        Ok(Self { output: Output::new(sink)?, form: PlainForm::new(&track.codec)? })
    }
}

impl Muxer for AnnexBMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        self.output.write(&self.form.packet(packet)?)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.output.flush()
    }
}
