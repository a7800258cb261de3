//! Writing YUV4MPEG2.

use rushes_core::{CodecId, Error, Packet, Result, Track};

use super::header::Header;
use crate::bitstream;
use crate::checks::check_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Writes YUV4MPEG2. All pictures last equally long: their times are not stored.
#[derive(Debug)]
pub(crate) struct Y4mMuxer {
    output: Output,
    /// Bytes of a picture.
    picture: usize,
}

impl Y4mMuxer {
    /// Writes the header.
    pub(crate) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        let track = bitstream::only_video("y4m", tracks, options)?;
        let video = track.codec.as_video().filter(|_| track.codec.codec == CodecId::RawVideo);
        let video = video.ok_or_else(|| {
            Error::unsupported(format!("{} inside y4m", track.codec.codec), "rawvideo")
        })?;
        let header = Header::of(video)?;
        let mut output = Output::new(sink)?;
        output.write(header.write().as_bytes())?;
        let picture = header.format.picture_bytes(header.width, header.height);
        Ok(Self { output, picture })
    }
}

impl Muxer for Y4mMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        if packet.data.len() != self.picture {
            let found = packet.data.len();
            let message = format!("a picture of {found} bytes, where {} are", self.picture);
            return Err(Error::usage(message));
        }
        self.output.write(b"FRAME\n")?;
        self.output.write(&packet.data)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.output.flush()
    }
}
