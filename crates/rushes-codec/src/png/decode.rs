//! The PNG and APNG decoder.

use rushes_core::{
    CodecId, CodecParameters, ColorInfo, ColorRange, Error, Frame, Limits, MatrixCoefficients,
    Packet, Plane, Ratio, Result, VideoFrame,
};

use super::animation::Animation;
use super::image::Image;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let animation = match parameters.codec {
        CodecId::Apng => Some(Animation::new(&parameters.private)?),
        _ => None,
    };
    let video = parameters.as_video();
    let fallback = ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full);
    Ok(Box::new(PngDecoder {
        animation,
        color: video.map_or(fallback, |video| video.color.or(fallback)),
        aspect: video.and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
        ready: None,
        finished: false,
    }))
}

struct PngDecoder {
    animation: Option<Animation>,
    color: ColorInfo,
    aspect: Ratio,
    limits: Limits,
    ready: Option<VideoFrame>,
    finished: bool,
}

impl Decoder for PngDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let Some(mut frame) = self.decode(packet)? else { return Ok(()) };
        frame.color = self.color;
        frame.sample_aspect = self.aspect;
        frame.pts = packet.pts;
        frame.duration = packet.duration;
        frame.key = packet.key || self.animation.is_none();
        self.ready = Some(frame).filter(|_| !packet.discard);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.take().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        if let Some(animation) = &mut self.animation {
            animation.clear();
        }
        self.ready = None;
        self.finished = false;
    }
}

impl PngDecoder {
    /// The picture of a packet; `None` where it builds on frames that are lost.
    fn decode(&mut self, packet: &Packet) -> Result<Option<VideoFrame>> {
        let (format, width, height, plane) = match &mut self.animation {
            None => {
                let image = Image::decode(&packet.data, &self.limits)?;
                let stride = image.format.planes().first().map_or(0, |l| l.row_bytes(image.width));
                (image.format, image.width, image.height, Plane::new(image.pixels, stride))
            }
            Some(animation) if packet.key || animation.is_started() => {
                let drawn = animation.draw(&packet.data, &self.limits);
                drawn.inspect_err(|_| animation.clear())?
            }
            Some(_) => return Ok(None),
        };
        let frame = VideoFrame::new(format, width, height, vec![plane])
            .map_err(|error| Error::malformed(error.to_string()))?;
        Ok(Some(frame))
    }
}
