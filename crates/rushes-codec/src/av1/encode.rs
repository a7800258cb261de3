//! AV1 encoder: AV1 Bitstream & Decoding Process Specification 1.0.0 with Errata 1, with `rav1e`.
//!
//! rav1e 0.8.1 counts errors of chroma by squares of 4x4 samples and none in what is left over at the right and at the
//! bottom: where a plane is no multiple of 4 wide and high, up to three columns and rows there stay between key frames as
//! motion compensation leaves them, at any quantiser. Pictures of multiples of 8 have none of that.

use std::collections::VecDeque;
use std::sync::Arc;

use rav1e::prelude::{
    Context, EncoderStatus, FrameParameters, FrameType, FrameTypeOverride, Opaque, Pixel,
};
use rushes_core::bitstream::av1::{Kind, Obus, av1c};
use rushes_core::{
    CodecId, CodecParameters, Error, Frame, MediaParameters, Packet, PixelFormat, Plane, Result,
    Ticks, TimeBase, Timestamp, VideoFrame,
};

use super::settings::Settings;
use crate::clock::Clock;
use crate::guard::guard;
use crate::{Encoder, EncoderOptions};

/// Makes an encoder for the registry.
pub(crate) fn create(options: &EncoderOptions) -> Result<Box<dyn Encoder>> {
    let MediaParameters::Video(video) = &options.media else {
        return Err(Error::usage("rav1e takes video"));
    };
    let settings = Settings::new(video, options)?;
    let mut output = video.clone();
    output.pixel_format = Some(settings.format);
    output.reorder_depth = Some(0);
    let mut parameters = CodecParameters::video(CodecId::Av1, output);
    parameters.private = private_data(&settings)?.into();
    parameters.bit_rate = options.config.bit_rate;
    Ok(Box::new(Av1Encoder {
        engine: Some(Engine::new(&settings)?),
        parameters,
        format: settings.format,
        clock: Clock::new(video, options.time_base),
        ready: VecDeque::new(),
        begun: false,
        finished: false,
    }))
}

struct Av1Encoder {
    /// `None` after it panicked.
    engine: Option<Engine>,
    parameters: CodecParameters,
    format: PixelFormat,
    clock: Clock,
    ready: VecDeque<Packet>,
    /// A frame came in.
    begun: bool,
    finished: bool,
}

impl Encoder for Av1Encoder {
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
            return Err(Error::usage("rav1e takes video frames"));
        };
        self.check(frame)?;
        let (pts, duration) = self.clock.stamp(frame)?;
        self.begun = true;
        self.run(|engine, ready| engine.encode(Some((frame, Stamp { pts, duration })), ready))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        Ok(self.ready.pop_front())
    }

    fn finish(&mut self) -> Result<()> {
        if self.finished || !self.begun {
            self.finished = true;
            return Ok(());
        }
        self.finished = true;
        self.run(|engine, ready| engine.encode(None, ready))
    }
}

impl Av1Encoder {
    fn check(&self, frame: &VideoFrame) -> Result<()> {
        let size = self.parameters.as_video().map(|video| (video.width, video.height));
        if frame.planes().is_none() {
            return Err(Error::usage("rav1e takes frames in host memory"));
        }
        if frame.format == self.format && Some((frame.width, frame.height)) == size {
            return Ok(());
        }
        let (width, height) = size.unwrap_or_default();
        Err(Error::usage(format!(
            "rav1e was made for {} of {width}x{height}, not {} of {}x{}",
            self.format, frame.format, frame.width, frame.height
        )))
    }

    fn run(
        &mut self,
        run: impl FnOnce(&mut Engine, &mut VecDeque<Packet>) -> Result<()>,
    ) -> Result<()> {
        let mut engine = self.engine.take().ok_or_else(panicked)?;
        let ready = &mut self.ready;
        let (engine, result) = guard(move || {
            let result = run(&mut engine, ready);
            (engine, result)
        })
        .map_err(|_| panicked())?;
        self.engine = Some(engine);
        result
    }
}

fn panicked() -> Error {
    Error::unsupported("AV1 encoding of these pictures (rav1e gave up)", "")
}

/// What a frame brings and its packet takes.
#[derive(Clone, Copy, Debug)]
struct Stamp {
    pts: Timestamp,
    duration: Option<Ticks>,
}

/// rav1e, by the bytes of a sample.
enum Engine {
    Narrow(Box<Context<u8>>),
    Wide(Box<Context<u16>>),
}

impl Engine {
    fn new(settings: &Settings) -> Result<Self> {
        let config = settings.rav1e();
        let engine = guard(|| {
            Ok(if settings.config.bit_depth > 8 {
                Self::Wide(Box::new(config.new_context()?))
            } else {
                Self::Narrow(Box::new(config.new_context()?))
            })
        });
        engine.map_err(|_| panicked())?.map_err(|error: rav1e::InvalidConfig| {
            Error::unsupported(format!("AV1 encoding: {error}"), "")
        })
    }

    /// Encodes a frame, or what is left; packets that are done go to `ready`.
    fn encode(
        &mut self,
        frame: Option<(&VideoFrame, Stamp)>,
        ready: &mut VecDeque<Packet>,
    ) -> Result<()> {
        match self {
            Self::Narrow(context) => encode(context, frame, ready, narrow),
            Self::Wide(context) => encode(context, frame, ready, wide),
        }
    }
}

/// Copies a row of samples of one byte.
fn narrow(row: &mut [u8], from: &[u8]) {
    row.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// Copies a row of samples of two bytes.
fn wide(row: &mut [u16], from: &[u8]) {
    let samples = from.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    row.iter_mut().zip(samples).for_each(|(to, from)| *to = from);
}

fn encode<T: Pixel>(
    context: &mut Context<T>,
    frame: Option<(&VideoFrame, Stamp)>,
    ready: &mut VecDeque<Packet>,
    copy: impl Fn(&mut [T], &[u8]),
) -> Result<()> {
    let sent = match frame {
        Some((frame, stamp)) => {
            let mut copied = context.new_frame();
            let planes = frame.format.planes().len();
            for (index, plane) in copied.planes.iter_mut().enumerate().take(planes) {
                plane.rows_iter_mut().zip(frame.rows(index)).for_each(|(to, from)| copy(to, from));
            }
            let parameters = FrameParameters {
                frame_type_override: FrameTypeOverride::No,
                opaque: Some(Opaque::new(stamp)),
                t35_metadata: Box::default(),
            };
            context.send_frame((Arc::new(copied), parameters))
        }
        None => context.send_frame(None),
    };
    sent.map_err(failed)?;
    loop {
        match context.receive_packet() {
            Ok(packet) => {
                let stamp = packet.opaque.and_then(|opaque| opaque.downcast::<Stamp>().ok());
                let stamp = stamp.ok_or_else(|| Error::unsupported("a packet of no frame", ""))?;
                let key = packet.frame_type == FrameType::KEY;
                let mut coded = Packet::new(0, packet.data).with_key(key);
                coded = coded.with_pts(stamp.pts).with_dts(stamp.pts);
                coded.duration = stamp.duration;
                ready.push_back(coded);
            }
            Err(EncoderStatus::Encoded) => {}
            Err(EncoderStatus::NeedMoreData | EncoderStatus::LimitReached) => return Ok(()),
            Err(status) => return Err(failed(status)),
        }
    }
}

/// What goes in was checked: whatever rav1e objects to, it cannot do.
fn failed(status: EncoderStatus) -> Error {
    Error::unsupported(format!("AV1 encoding of these pictures (rav1e says: {status})"), "")
}

/// The configuration record. rav1e writes the sequence header into its first packet only: a context of its own encodes an empty
/// picture for it.
fn private_data(settings: &Settings) -> Result<Vec<u8>> {
    let settings = settings.for_header();
    let mut engine = Engine::new(&settings)?;
    let mut ready = VecDeque::new();
    let stamp = Stamp { pts: Timestamp::ZERO, duration: None };
    let empty = empty_frame(&settings)?;
    guard(|| {
        engine.encode(Some((&empty, stamp)), &mut ready)?;
        engine.encode(None, &mut ready)
    })
    .map_err(|_| panicked())??;
    let data = ready.pop_front().map(|packet| packet.data).unwrap_or_default();
    let header = Obus::new(&data)
        .map_while(Result::ok)
        .find(|obu| obu.kind == Kind::SequenceHeader)
        .ok_or_else(|| Error::unsupported("rav1e without a sequence header", ""))?;
    av1c::write(&header)
}

/// A frame of zeros.
fn empty_frame(settings: &Settings) -> Result<VideoFrame> {
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    let (width, height) = (side(settings.config.width), side(settings.config.height));
    let planes = settings.format.planes().iter().map(|layout| {
        let row = layout.row_bytes(width);
        Plane::new(vec![0; row * layout.height(height) as usize], row)
    });
    VideoFrame::new(settings.format, width, height, planes.collect())
}

#[cfg(all(test, feature = "av1"))]
mod tests {
    use rav1e::prelude::CastFromPrimitive;
    use rushes_core::VideoParameters;

    use super::super::decode;
    use super::super::settings::PIXEL_FORMATS;
    use super::*;
    use crate::DecoderOptions;

    const SIZE: (u32, u32) = (70, 54);
    const FRAMES: usize = 6;

    /// The planes of a picture as values.
    type Samples = Vec<Vec<u32>>;

    #[test]
    fn the_decoder_gets_what_the_encoder_reconstructed() {
        for (format, speed) in PIXEL_FORMATS.into_iter().flat_map(|it| [(it, "6"), (it, "9")]) {
            let mut video = VideoParameters::new(SIZE.0, SIZE.1);
            video.pixel_format = Some(format);
            let mut options = EncoderOptions::new(MediaParameters::Video(video.clone()));
            options.config.crf = Some(30.0);
            options.options.insert("speed".into(), speed.into());
            let settings = Settings::new(&video, &options).expect("valid");
            let coded = match Engine::new(&settings).expect("valid") {
                Engine::Narrow(context) => reconstruct(*context, format, narrow),
                Engine::Wide(context) => reconstruct(*context, format, wide),
            };
            let parameters = CodecParameters::video(CodecId::Av1, video);
            let mut decoder =
                decode::create(&parameters, &DecoderOptions::default()).expect("valid");
            let mut decoded = Vec::new();
            for (data, _) in &coded {
                decoder.submit(&Packet::new(0, data.clone())).expect("good");
                decoded.extend(std::iter::from_fn(|| decoder.next_frame().expect("good")));
            }
            decoder.finish().expect("good");
            decoded.extend(std::iter::from_fn(|| decoder.next_frame().expect("good")));
            assert_eq!(decoded.len(), FRAMES, "{format}");
            for (index, (frame, (_, expected))) in decoded.iter().zip(&coded).enumerate() {
                let Frame::Video(frame) = frame else { panic!("video decodes to pictures") };
                assert!(samples(frame) == *expected, "{format}, speed {speed}, picture {index}");
            }
        }
    }

    /// Packets, and what the encoder has for their pictures.
    fn reconstruct<T: Pixel>(
        mut context: Context<T>,
        format: PixelFormat,
        copy: fn(&mut [T], &[u8]),
    ) -> Vec<(Vec<u8>, Samples)> {
        for index in 0..FRAMES {
            let (frame, mut to) = (picture(format, index), context.new_frame());
            for (plane, to) in to.planes.iter_mut().enumerate().take(format.planes().len()) {
                to.rows_iter_mut().zip(frame.rows(plane)).for_each(|(to, from)| copy(to, from));
            }
            context.send_frame(to).expect("good");
        }
        context.flush();
        let mut coded = Vec::new();
        loop {
            match context.receive_packet() {
                Ok(packet) => {
                    let rec = packet.rec.expect("shown");
                    let plane = |index: usize| {
                        let layout = format.planes()[index];
                        let width = layout.width(SIZE.0) as usize;
                        let rows = rec.planes[index].rows_iter();
                        rows.take(layout.height(SIZE.1) as usize)
                            .flat_map(|row| row[..width].iter().copied().map(u32::cast_from))
                            .collect()
                    };
                    coded.push((packet.data, (0..format.planes().len()).map(plane).collect()));
                }
                Err(EncoderStatus::Encoded) => {}
                Err(EncoderStatus::LimitReached) => return coded,
                Err(status) => panic!("{status}"),
            }
        }
    }

    fn samples(frame: &VideoFrame) -> Samples {
        let plane = |index| {
            let bytes = frame.rows(index).flatten().copied();
            if frame.format.bit_depth() == 8 {
                return bytes.map(u32::from).collect();
            }
            let bytes: Vec<u8> = bytes.collect();
            let pair = |pair: &[u8]| u32::from(u16::from_le_bytes([pair[0], pair[1]]));
            bytes.chunks_exact(2).map(pair).collect()
        };
        (0..frame.format.planes().len()).map(plane).collect()
    }

    /// A pattern that moves, in each plane with another speed.
    fn picture(format: PixelFormat, index: usize) -> VideoFrame {
        let planes = format.planes().iter().enumerate().map(|(number, layout)| {
            let (width, height) = (layout.width(SIZE.0) as usize, layout.height(SIZE.1) as usize);
            let sample = |at: usize| {
                let (x, y) = (at % width + index * 2, at / width + index);
                let sample = (x * (number + 1) + y * 2) % 200 + 20;
                u16::try_from(sample << (format.bit_depth() - 8)).expect("12 bits").to_le_bytes()
            };
            let samples = (0..width * height).map(sample);
            let bytes = samples.flat_map(|bytes| bytes.into_iter().take(layout.pixel_bytes));
            Plane::new(bytes.collect::<Vec<_>>(), width * layout.pixel_bytes)
        });
        VideoFrame::new(format, SIZE.0, SIZE.1, planes.collect()).expect("fits")
    }
}
