//! The WebP decoder: stills as they are coded, animations on their canvas.

use std::io::Cursor;

use image_webp::{UpsamplingMethod, WebPDecoder};
use rushes_core::{
    CodecParameters, ColorInfo, ColorRange, Error, Frame, Limits, MatrixCoefficients, Packet,
    PixelFormat, Plane, Ratio, Result, VideoFrame,
};

use super::chunks::{AnimationFrame, Parts, canvas_size, file};
use super::picture::{self, Lossless, Lossy};
use crate::canvas::{Canvas, Disposal, blend};
use crate::guard::guard;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let animation = match &parameters.private[..] {
        [] => None,
        chunks => Some(Animation { size: canvas_size(chunks)?, canvas: None }),
    };
    let video = parameters.as_video();
    Ok(Box::new(WebPDecoding {
        animation,
        aspect: video.and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
        ready: None,
        finished: false,
    }))
}

struct WebPDecoding {
    animation: Option<Animation>,
    aspect: Ratio,
    limits: Limits,
    ready: Option<VideoFrame>,
    finished: bool,
}

/// An animation in progress.
struct Animation {
    size: (u32, u32),
    canvas: Option<Canvas>,
}

impl Decoder for WebPDecoding {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let drawn = match &mut self.animation {
            None => Some(still(Parts::of_file(&packet.data)?, &self.limits)?),
            Some(animation) if packet.key || animation.canvas.is_some() => {
                let drawn = animation.draw(&packet.data, &self.limits);
                Some(drawn.inspect_err(|_| animation.canvas = None)?)
            }
            // It builds on frames that are lost.
            Some(_) => None,
        };
        let Some(mut frame) = drawn else { return Ok(()) };
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
            animation.canvas = None;
        }
        self.ready = None;
        self.finished = false;
    }
}

/// A still: luma and chroma where it is lossy, else alpha, red, green and blue, as FFmpeg has them.
fn still(parts: Parts<'_>, limits: &Limits) -> Result<VideoFrame> {
    let (format, (width, height), planes) = match parts {
        Parts { vp8: Some(data), alpha, .. } => {
            let Lossy { width, height, planes } = Lossy::decode(data, limits)?;
            let mut planes: Vec<Plane> =
                planes.into_iter().map(|(data, stride)| Plane::new(data, stride)).collect();
            let mut format = PixelFormat::Yuv420p;
            if let Some(alpha) = alpha {
                let alpha = picture::alpha(alpha, (width, height), limits)?;
                planes.push(Plane::new(alpha, width as usize));
                format = PixelFormat::Yuva420p;
            }
            (format, (width, height), planes)
        }
        Parts { vp8l: Some(data), .. } => {
            let Lossless { width, height, mut pixels } = Lossless::decode(data, limits)?;
            pixels.as_chunks_mut::<4>().0.iter_mut().for_each(|pixel| pixel.rotate_right(1));
            let plane = Plane::new(pixels, width as usize * 4);
            (PixelFormat::Argb, (width, height), vec![plane])
        }
        _ => return Err(Error::malformed("there is no picture")),
    };
    let frame = VideoFrame::new(format, width, height, planes);
    let mut frame = frame.map_err(|error| Error::malformed(error.to_string()))?;
    frame.color = if format == PixelFormat::Argb {
        ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full)
    } else {
        ColorInfo::new(MatrixCoefficients::Bt470Bg, ColorRange::Limited)
    };
    Ok(frame)
}

impl Animation {
    /// Draws the frame of a packet; the whole canvas.
    fn draw(&mut self, data: &[u8], limits: &Limits) -> Result<VideoFrame> {
        let frame = AnimationFrame::read(data)?;
        let ((width, height), pixels) = colors(frame.parts, limits)?;
        let area = frame.area;
        if (width as usize, height as usize) != (area.width, area.height) {
            return Err(Error::malformed("a frame of another size than announced"));
        }
        let canvas = match self.canvas.take() {
            Some(canvas) => canvas,
            // The background colour is a hint that no player takes.
            None => Canvas::new(self.size, 4, [0; 8], limits)?,
        };
        let canvas = self.canvas.insert(canvas);
        canvas.start(area, if frame.clears { Disposal::Fill([0; 8]) } else { Disposal::Keep })?;
        for (target, source) in canvas.rows(area).zip(pixels.chunks(area.width * 4)) {
            if frame.blends {
                blend::<1>(target, source);
            } else {
                target.copy_from_slice(source);
            }
        }
        let (width, height) = self.size;
        let frame = VideoFrame::new(PixelFormat::Rgba, width, height, vec![canvas.plane()]);
        let mut frame = frame.map_err(|error| Error::malformed(error.to_string()))?;
        frame.color = ColorInfo::new(MatrixCoefficients::Identity, ColorRange::Full);
        Ok(frame)
    }
}

/// A picture in red, green, blue and alpha, with its size. Frames of an animation may be lossy beside others that are not.
fn colors(parts: Parts<'_>, limits: &Limits) -> Result<((u32, u32), Vec<u8>)> {
    let (Some(data), alpha) = (parts.vp8, parts.alpha) else {
        let data = parts.vp8l.ok_or_else(|| Error::malformed("there is no picture"))?;
        let Lossless { width, height, pixels } = Lossless::decode(data, limits)?;
        return Ok(((width, height), pixels));
    };
    // Checks the size, too.
    let Lossy { width, height, .. } = Lossy::decode(data, limits)?;
    limits.check_alloc(u64::from(width) * u64::from(height) * 4)?;
    let file = file(*b"VP8 ", [data, &[]])?;
    let decoded = guard(|| {
        let mut decoder = WebPDecoder::new(Cursor::new(&file[..]))?;
        decoder.set_lossy_upsampling(UpsamplingMethod::Bilinear);
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap_or(0)];
        decoder.read_image(&mut pixels).map(|()| pixels)
    });
    let pixels = match decoded {
        Ok(Ok(pixels)) => pixels,
        Ok(Err(error)) => return Err(Error::malformed(error.to_string())),
        Err(_) => return Err(Error::malformed("the data led the decoder astray")),
    };
    let alpha = alpha.map(|alpha| picture::alpha(alpha, (width, height), limits)).transpose()?;
    let mut opacity = alpha.into_iter().flatten();
    let colors = pixels.as_chunks::<3>().0.iter();
    let pixels = colors
        .flat_map(|[red, green, blue]| [*red, *green, *blue, opacity.next().unwrap_or(255)])
        .collect();
    Ok(((width, height), pixels))
}
