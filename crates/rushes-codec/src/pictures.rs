//! What encoders have in common that make a packet of each picture.

use std::collections::VecDeque;

use rushes_core::{
    Buffer, CodecId, CodecParameters, Error, Frame, MediaParameters, Packet, PixelFormat, Result,
    Ticks, TimeBase, VideoFrame, VideoParameters,
};

use crate::clock::Clock;
use crate::{Encoder, EncoderOptions};

/// Codes pictures, each for itself.
pub(crate) trait PictureCoder: Send {
    /// Name for messages.
    const NAME: &'static str;

    /// The bytes of a picture, which is of the format and size that the encoder was made for.
    fn encode(&mut self, frame: &VideoFrame, duration: Option<Ticks>) -> Result<Buffer>;
}

/// An encoder around a coder of pictures: every packet is a key frame.
pub(crate) struct PictureEncoder<C> {
    coder: C,
    parameters: CodecParameters,
    format: PixelFormat,
    size: (u32, u32),
    clock: Clock,
    ready: VecDeque<Packet>,
    finished: bool,
}

/// The format of the pictures, one of `formats`: the first where none is named.
pub(crate) fn pixel_format(
    name: &str,
    video: &VideoParameters,
    formats: &[PixelFormat],
) -> Result<PixelFormat> {
    let format = video.pixel_format.or(formats.first().copied());
    format.filter(|format| formats.contains(format)).ok_or_else(|| {
        let wanted = video.pixel_format.map_or("nothing", PixelFormat::name);
        let known: Vec<_> = formats.iter().map(|format| format.name()).collect();
        Error::unsupported(format!("{name} encoding of {wanted}"), known.join(", "))
    })
}

/// The video of the options.
pub(crate) fn video<'o>(name: &str, options: &'o EncoderOptions) -> Result<&'o VideoParameters> {
    match &options.media {
        MediaParameters::Video(video) if video.width > 0 && video.height > 0 => Ok(video),
        MediaParameters::Video(_) => Err(Error::usage(format!("{name} needs the pictures' size"))),
        _ => Err(Error::usage(format!("{name} takes video"))),
    }
}

impl<C: PictureCoder> PictureEncoder<C> {
    /// An encoder of pictures of this format, with private data where the codec has them.
    pub(crate) fn new(
        coder: C,
        codec: CodecId,
        format: PixelFormat,
        options: &EncoderOptions,
        private: Vec<u8>,
    ) -> Result<Self> {
        let video = video(C::NAME, options)?;
        let clock = Clock::new(video, options.time_base);
        let mut output = video.clone();
        output.pixel_format = Some(format);
        output.reorder_depth = Some(0);
        let mut parameters = CodecParameters::video(codec, output);
        parameters.private = private.into();
        Ok(Self {
            coder,
            parameters,
            format,
            size: (video.width, video.height),
            clock,
            ready: VecDeque::new(),
            finished: false,
        })
    }

    fn check(&self, frame: &VideoFrame) -> Result<()> {
        if (frame.format, (frame.width, frame.height)) != (self.format, self.size) {
            return Err(Error::usage(format!(
                "{} was made for {} of {}x{}, not {} of {}x{}",
                C::NAME,
                self.format,
                self.size.0,
                self.size.1,
                frame.format,
                frame.width,
                frame.height
            )));
        }
        if frame.planes().is_none() {
            return Err(Error::usage(format!("{} takes frames in host memory", C::NAME)));
        }
        Ok(())
    }
}

impl<C: PictureCoder> Encoder for PictureEncoder<C> {
    fn parameters(&self) -> &CodecParameters {
        &self.parameters
    }

    fn time_base(&self) -> TimeBase {
        self.clock.base()
    }

    fn submit(&mut self, frame: &Frame) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the encoder was finished"));
        }
        let Frame::Video(frame) = frame else {
            return Err(Error::usage(format!("{} takes video frames", C::NAME)));
        };
        self.check(frame)?;
        let (pts, duration) = self.clock.stamp(frame)?;
        let data = self.coder.encode(frame, duration)?;
        let mut packet = Packet::new(0, data).with_pts(pts).with_dts(pts).with_key(true);
        packet.duration = duration;
        self.ready.push_back(packet);
        Ok(())
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }
}
