//! Writing AAC as ADTS frames.

use rushes_core::{CodecId, Error, Packet, Result, Timestamp, Track};

use crate::bitstream::{AdtsWriter, header_of};
use crate::checks::{check_order, check_track};
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Writes ADTS frames: headers in front of packets that have none.
///
/// The format has no timeline and no tags: packets follow one another, and what an encoder added at the start stays.
#[derive(Debug)]
pub(super) struct AdtsMuxer {
    output: Output,
    writer: Option<AdtsWriter>,
    last: Option<Timestamp>,
}

impl AdtsMuxer {
    /// Checks the track; there is nothing to write yet.
    pub(super) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        options.check_none("aac")?;
        let [track] = tracks else {
            return Err(Error::usage(format!("aac takes 1 audio track, not {}", tracks.len())));
        };
        if track.codec.codec != CodecId::Aac {
            let what = format!("codec {} in aac", track.codec.codec);
            return Err(Error::unsupported(what, CodecId::Aac.name()));
        }
        // Packets that come with headers need no configuration.
        let private = &track.codec.private;
        let writer = if private.is_empty() { None } else { Some(AdtsWriter::new(private)?) };
        Ok(Self { output: Output::new(sink)?, writer, last: None })
    }
}

impl Muxer for AdtsMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        let time = packet.dts.or(packet.pts);
        check_order(time, self.last)?;
        if header_of(&packet.data).is_none() {
            let Some(writer) = &self.writer else {
                return Err(Error::usage(
                    "packets without ADTS headers need an AudioSpecificConfig",
                ));
            };
            let front = writer.front(packet.data.len())?;
            self.output.write(&front)?;
        }
        self.last = time.or(self.last);
        self.output.write(&packet.data)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.output.flush()
    }
}
