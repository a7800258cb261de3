//! VP8 decoder: RFC 6386, with `rushes-vp8` for the pictures.

use std::collections::VecDeque;
use std::num::NonZero;
use std::thread;

use rushes_core::bitstream::vp8;
use rushes_core::{
    CodecParameters, ColorInfo, ColorRange, Error, Frame, MatrixCoefficients, Packet, PixelFormat,
    Plane, Ratio, Result, VideoFrame,
};
use rushes_vp8::{Decoder as Engine, Options, Picture};

use crate::groups::{self, Cut, Cutter};
use crate::picture::Meta;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let mut settings = Options::new()?;
    settings.limits = options.limits.clone();
    settings.threads = match options.threads {
        Some(threads) => threads.into(),
        None => thread::available_parallelism().map_or(1, NonZero::get),
    };
    let aspect = parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE);
    Ok(groups::decoder(Stream { settings, aspect, packets: 0 }, options))
}

/// What is known of a stream.
#[derive(Clone)]
struct Stream {
    settings: Options,
    /// Sample aspect ratio: the stream does not say any.
    aspect: Ratio,
    /// Packets since the last cut.
    packets: usize,
}

/// Packets of a group, at least: each takes memory for its references anew.
const SHORTEST_GROUP: usize = 12;

impl Stream {
    fn decoder(&self, threads: usize) -> Box<dyn Decoder> {
        let mut settings = self.settings.clone();
        settings.threads = threads;
        Box::new(Vp8Decoder {
            engine: Engine::new(settings),
            entered: false,
            ready: VecDeque::new(),
            aspect: self.aspect,
            finished: false,
        })
    }
}

impl Cutter for Stream {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        self.packets += 1;
        let starts = self.packets > SHORTEST_GROUP && rushes_vp8::starts_anew(&packet.data);
        let (width, height) = vp8::size(&packet.data).filter(|_| starts)?;
        self.packets = 0;
        let macroblocks = u64::from(width.div_ceil(16)) * u64::from(height.div_ceil(16));
        // Groups side by side gain more than rows of a picture.
        Some(Cut { decoder: self.decoder(1), bytes: macroblocks * 5 * 384, discards: false })
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        self.decoder(self.settings.threads)
    }
}

struct Vp8Decoder {
    engine: Engine,
    /// A key frame was decoded, and nothing was lost since.
    entered: bool,
    ready: VecDeque<VideoFrame>,
    /// Sample aspect ratio: the stream does not say any.
    aspect: Ratio,
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
        let decoded = self.engine.decode(&packet.data);
        // Whatever refers to a broken picture is wrong until the next key frame.
        self.entered = decoded.is_ok();
        let Some(picture) = decoded.map_err(|error| error.within("frame"))? else { return Ok(()) };
        let meta = Meta::of(packet);
        if !meta.discard {
            let mut frame = into_frame(&picture)?;
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
        self.engine.reset();
        self.entered = false;
        self.ready.clear();
        self.finished = false;
    }
}

/// Lets a frame share the engine's planes.
fn into_frame(picture: &Picture) -> Result<VideoFrame> {
    let planes = (0..3)
        .map(|plane| {
            let (samples, stride) = picture.buffer(plane);
            Plane::new(samples, stride)
        })
        .collect();
    let mut frame =
        VideoFrame::new(PixelFormat::Yuv420p, picture.width(), picture.height(), planes)?;
    // The only colour space of the format: BT.601.
    frame.color = ColorInfo::new(MatrixCoefficients::Bt470Bg, ColorRange::Limited);
    Ok(frame)
}
