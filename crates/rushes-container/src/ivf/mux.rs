//! Writing IVF.

use rushes_core::{CodecId, Error, Packet, Result, Timestamp, Track};

use super::{CODES, Header};
use crate::bitstream::{self, PlainForm};
use crate::checks::check_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Offset of the number of frames in the header.
const FRAMES: u64 = 24;

/// Writes IVF.
#[derive(Debug)]
pub(crate) struct IvfMuxer {
    output: Output,
    form: PlainForm,
    frames: u32,
    last: Option<Timestamp>,
}

impl IvfMuxer {
    /// Writes the header.
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        let track = bitstream::only_video("ivf", tracks, options)?;
        let Some(video) = track.codec.as_video() else {
            return Err(Error::usage("ivf takes 1 video track"));
        };
        let code = match &track.codec.codec {
            // The code of a file that was read; there is nothing else to go by.
            CodecId::Unknown(_, code) => code.as_bytes().first_chunk().copied(),
            codec => CODES.iter().find(|(_, known)| known == codec).map(|(code, _)| *code),
        };
        let code = code.ok_or_else(|| {
            let known: Vec<_> = CODES.iter().map(|(_, codec)| codec.name()).collect();
            Error::unsupported(format!("{} inside ivf", track.codec.codec), known.join(", "))
        })?;
        let size = |length: u32| {
            u16::try_from(length)
                .map_err(|_| Error::unsupported(format!("{length} pixels in ivf"), "65535"))
        };
        let header = Header {
            length: Header::SIZE,
            code,
            width: size(video.width)?,
            height: size(video.height)?,
            base: track.time_base,
            frames: 0,
        };
        let mut output = Output::new(sink)?;
        output.write(&header.write())?;
        Ok(Self { output, form: PlainForm::new(&track.codec)?, frames: 0, last: None })
    }
}

impl Muxer for IvfMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        let pts = packet.pts.ok_or_else(|| Error::usage("a packet for ivf needs a pts"))?;
        let time = u64::try_from(pts.ticks())
            .map_err(|_| Error::usage(format!("ivf has no time {}", pts.ticks())))?;
        let dts = packet.dts.unwrap_or(pts);
        if self.last.is_some_and(|last| dts < last) {
            return Err(Error::usage("the decoding times of packets go backwards"));
        }
        let data = self.form.packet(packet)?;
        let length = u32::try_from(data.len())
            .map_err(|_| Error::unsupported("a frame of more than 4 GiB in ivf", ""))?;
        self.output.write(&length.to_le_bytes())?;
        self.output.write(&time.to_le_bytes())?;
        self.output.write(&data)?;
        self.last = Some(dts);
        self.frames = self.frames.saturating_add(1);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.output.is_seekable() {
            self.output.patch(FRAMES, &self.frames.to_le_bytes())?;
        }
        self.output.flush()
    }
}
