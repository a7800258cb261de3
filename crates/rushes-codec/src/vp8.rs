//! VP8 decoder: RFC 6386, with `oxideav-vp8` for the pictures.

use std::collections::VecDeque;

use oxideav_vp8::{Vp8DecodedFrame, Vp8DecoderState};
use rushes_core::bitstream::vp8;
use rushes_core::{
    CodecParameters, ColorInfo, ColorRange, Error, Frame, Limits, MatrixCoefficients, Packet,
    PixelFormat, Plane, Ratio, Result, VideoFrame,
};

use crate::guard::guard;
use crate::picture::Meta;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    // The engine has no threads: one serves every `threads` alike.
    options::check(&options.options, &[])?;
    Ok(Box::new(Vp8Decoder {
        engine: Vp8DecoderState::new(),
        entered: false,
        ready: VecDeque::new(),
        aspect: parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
        finished: false,
    }))
}

struct Vp8Decoder {
    engine: Vp8DecoderState,
    /// A key frame was decoded, and nothing was lost since.
    entered: bool,
    ready: VecDeque<VideoFrame>,
    /// Sample aspect ratio: the stream does not say any.
    aspect: Ratio,
    limits: Limits,
    finished: bool,
}

impl Decoder for Vp8Decoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        // Encoders that drop a picture leave an empty packet: what is shown stays.
        if packet.data.is_empty() {
            return Ok(());
        }
        let key = vp8::is_key(&packet.data);
        if !(key || self.entered) {
            return Ok(());
        }
        let decoded = self.decode(&packet.data, key);
        // Whatever refers to a broken picture is wrong until the next key frame.
        self.entered = decoded.is_ok();
        let Some(picture) = decoded.map_err(|error| error.within("frame"))? else { return Ok(()) };
        let meta = Meta::of(packet);
        if !meta.discard {
            let mut frame = into_frame(picture)?;
            frame.sample_aspect = self.aspect;
            frame.pts = meta.pts;
            frame.duration = meta.duration;
            frame.key = meta.key || key;
            self.ready.push_back(frame);
        }
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.engine = Vp8DecoderState::new();
        self.entered = false;
        self.ready.clear();
        self.finished = false;
    }
}

impl Vp8Decoder {
    /// Decodes a frame; `None` for one that is not shown.
    fn decode(&mut self, frame: &[u8], key: bool) -> Result<Option<Vp8DecodedFrame>> {
        if key {
            let (width, height) =
                vp8::size(frame).ok_or_else(|| Error::malformed("a key frame without a size"))?;
            self.limits.check_picture(width, height)?;
        }
        let decoded = guard(|| self.engine.decode_frame(frame));
        match decoded {
            Ok(Ok(picture)) => {
                Ok((self.engine.last_frame_shown() != Some(false)).then_some(picture))
            }
            Ok(Err(error)) => {
                Err(Error::malformed(error.to_string().trim_start_matches("vp8 decode: ")))
            }
            Err(_) => {
                self.engine = Vp8DecoderState::new();
                Err(Error::malformed("the data lead out of the picture"))
            }
        }
    }
}

/// Moves the engine's planes into a frame.
fn into_frame(picture: Vp8DecodedFrame) -> Result<VideoFrame> {
    let format = PixelFormat::Yuv420p;
    let planes = [picture.y, picture.u, picture.v]
        .into_iter()
        .zip(format.planes())
        .map(|(plane, layout)| Plane::new(plane, layout.row_bytes(picture.width)))
        .collect();
    // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
    let mut frame = VideoFrame::new(format, picture.width, picture.height, planes)
        .map_err(|error| Error::malformed(error.to_string()))?;
    // The only colour space of the format: BT.601.
    frame.color = ColorInfo::new(MatrixCoefficients::Bt470Bg, ColorRange::Limited);
    Ok(frame)
}
