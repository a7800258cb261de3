//! Writing pictures and animations: what an encoder, or a demuxer, gives as packets.

use rushes_core::{CodecId, Error, Packet, Result, Track};

use super::apng::Control;
use super::{gif, png, webp};
use crate::checks::check_track;
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Writes a picture, or the frames of an animation.
///
/// Tags have no place here: what a picture says of itself is in its packet.
#[derive(Debug)]
pub(super) struct PictureMuxer {
    output: Output,
    format: &'static str,
    form: Form,
    packets: u32,
    last: u8,
}

/// What is written around the packets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    /// One packet is the whole file.
    Still,
    /// Packets one after another.
    Stream,
    /// Packets, then a trailer.
    Gif,
    /// A signature, the private data, packets, the end chunk. The number of frames is in the control chunk.
    Apng(Control),
    /// A RIFF header, the private data, packets.
    WebP,
}

impl PictureMuxer {
    /// Checks the track and writes what stands in front of the first packet.
    pub(super) fn create(
        format: &'static str,
        sink: Sink,
        tracks: &[Track],
        options: &MuxOptions,
    ) -> Result<Self> {
        options.check_none(format)?;
        let [track] = tracks else {
            let count = tracks.len();
            return Err(Error::usage(format!("{format} takes 1 video track, not {count}")));
        };
        let private = &track.codec.private[..];
        let (codec, mut output) = (&track.codec.codec, Output::new(sink)?);
        let form = match (format, codec) {
            ("jpeg", CodecId::Mjpeg) | ("png", CodecId::Png) => Form::Still,
            ("mjpeg", CodecId::Mjpeg) => Form::Stream,
            ("png", CodecId::Apng) => Form::Apng(Control::write_front(&mut output, private)?),
            ("gif", CodecId::Gif) => Form::Gif,
            ("webp", CodecId::WebP) if private.is_empty() => Form::Still,
            ("webp", CodecId::WebP) if output.is_seekable() => {
                output.write(b"RIFF\0\0\0\0WEBP")?;
                output.write(private)?;
                Form::WebP
            }
            ("webp", CodecId::WebP) => {
                let what = "an animation in webp on a sink that cannot seek";
                return Err(Error::unsupported(what, "sinks that seek"));
            }
            _ => {
                let supported = match format {
                    "jpeg" | "mjpeg" => "mjpeg",
                    "png" => "png, apng",
                    other => other,
                };
                return Err(Error::unsupported(format!("codec {codec} in {format}"), supported));
            }
        };
        Ok(Self { output, format, form, packets: 0, last: 0 })
    }

    /// The bytes that a packet must start with.
    fn starts_right(&self, data: &[u8]) -> bool {
        match (self.format, self.form) {
            ("jpeg" | "mjpeg", _) => data.starts_with(b"\xff\xd8"),
            ("gif", _) => self.packets > 0 || data.starts_with(b"GIF8"),
            ("png", Form::Still) => data.starts_with(&png::SIGNATURE),
            ("png", _) => data.get(4..8) == Some(b"fcTL"),
            (_, Form::Still) => data.starts_with(b"RIFF") && data.get(8..12) == Some(b"WEBP"),
            _ => data.starts_with(b"ANMF"),
        }
    }
}

impl Muxer for PictureMuxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        check_track(packet.track, 1)?;
        if self.form == Form::Still && self.packets > 0 {
            return Err(Error::usage(format!(
                "{} holds one picture, and there is a second packet",
                self.format
            )));
        }
        if !self.starts_right(&packet.data) {
            let (format, number) = (self.format, self.packets);
            return Err(Error::malformed(format!("packet {number} is none of {format}")));
        }
        self.packets = self.packets.saturating_add(1);
        self.last = packet.data.last().copied().unwrap_or(0);
        self.output.write(&packet.data)?;
        if self.form == Form::WebP && packet.data.len() % 2 == 1 {
            self.output.write(&[0])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.packets == 0 {
            return Err(Error::usage(format!("{} needs a picture", self.format)));
        }
        match self.form {
            Form::Still | Form::Stream => {}
            // The last block of an image ends with a zero, so that this is a trailer that the encoder wrote.
            Form::Gif if self.last == gif::TRAILER => {}
            Form::Gif => self.output.write(&[gif::TRAILER])?,
            Form::Apng(control) => control.write_end(&mut self.output, self.packets)?,
            Form::WebP => {
                let size = self.output.position() - 8;
                let size = u32::try_from(size).map_err(|_| {
                    Error::usage(format!("{size} bytes do not fit into a webp file"))
                })?;
                self.output.patch(webp::HEADER - 8, &size.to_le_bytes())?;
            }
        }
        self.output.flush()
    }
}
