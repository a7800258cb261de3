//! VP9 decoder: VP9 Bitstream & Decoding Process Specification 0.6, with `rusty_vp9` for the pictures.

use std::collections::VecDeque;

use rushes_core::bitstream::vp9::{
    Format, FrameHeader, FrameKind, FrameSize, FrameStart, SLOTS, frames,
};
use rushes_core::{
    CodecParameters, Error, Frame, Limits, Packet, Plane, Ratio, Result, VideoFrame,
};
use rusty_vp9::DecodedFrame;

use super::engine::Engine;
use crate::groups::{self, Cut, Cutter};
use crate::picture::Meta;
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    // The engine has no threads: groups of pictures are decoded side by side.
    options::check(&options.options, &[])?;
    let stream = Stream {
        aspect: parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
    };
    Ok(groups::decoder(stream, options))
}

/// What is known of a stream.
#[derive(Clone)]
struct Stream {
    /// Sample aspect ratio: the stream does not say any.
    aspect: Ratio,
    limits: Limits,
}

impl Cutter for Stream {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        let first = frames(&packet.data).into_iter().next()?.ok()?;
        match FrameStart::parse(first).ok()? {
            FrameStart::Coded(FrameHeader {
                kind: FrameKind::Key(format),
                size: FrameSize::Explicit(width, height),
                ..
            }) => {
                let picture = Picture { index: 0, format, width, height };
                let bytes = (SLOTS as u64 + 1) * picture.kept() + picture.beside();
                Some(Cut { decoder: self.decoder(), bytes, discards: false })
            }
            _ => None,
        }
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(Vp9Decoder {
            engine: Engine::default(),
            slots: [None; SLOTS],
            decoded: 0,
            ready: VecDeque::new(),
            stream: self.clone(),
            finished: false,
        })
    }
}

struct Vp9Decoder {
    engine: Engine,
    /// The pictures that can be referred to; `None` where there is none, or where damage made it wrong.
    slots: [Option<Picture>; SLOTS],
    /// How many pictures were decoded.
    decoded: u64,
    ready: VecDeque<VideoFrame>,
    stream: Stream,
    finished: bool,
}

/// A picture that the engine holds.
#[derive(Clone, Copy, Debug)]
struct Picture {
    /// Which one it is of all that were decoded: several slots may hold the same.
    index: u64,
    format: Format,
    width: u32,
    height: u32,
}

/// Pixels of the largest picture that the engine decodes.
const MAX_PIXELS: u64 = 1 << 26;

impl Decoder for Vp9Decoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let meta = Meta::of(packet);
        // Several pictures to show in one packet all have its time, as those that FFmpeg's `vp9_superframe_split` makes of it.
        let mut result = Ok(());
        for frame in frames(&packet.data) {
            match frame.and_then(|frame| self.frame(frame, meta)) {
                Ok(picture) => self.ready.extend(picture.filter(|_| !meta.discard)),
                Err(error) => {
                    // Without this frame, nothing is right before the next one that refers to no other.
                    self.slots = [None; SLOTS];
                    result = result.and(Err(error.within("frame")));
                }
            }
        }
        result
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        Ok(())
    }

    fn reset(&mut self) {
        self.engine = Engine::default();
        self.slots = [None; SLOTS];
        self.ready.clear();
        self.finished = false;
    }
}

impl Vp9Decoder {
    /// Decodes a frame; `None` for one that is not shown, or that comes before the first one that refers to no other.
    fn frame(&mut self, frame: &[u8], meta: Meta) -> Result<Option<VideoFrame>> {
        if frame.is_empty() {
            return Ok(None);
        }
        let start = FrameStart::parse(frame)?;
        let refers = !matches!(
            start,
            FrameStart::Coded(FrameHeader {
                kind: FrameKind::Key(_) | FrameKind::IntraOnly(_),
                ..
            })
        );
        if refers && self.slots.iter().all(Option::is_none) {
            return Ok(None);
        }
        let (picture, key) = match start {
            FrameStart::Existing(slot) => (self.slot(slot)?, false),
            FrameStart::Coded(header) => {
                self.decoded += 1;
                (self.picture(&header)?, matches!(header.kind, FrameKind::Key(_)))
            }
        };
        let decoded = self.engine.decode(frame)?;
        if let FrameStart::Coded(header) = start {
            for (index, slot) in self.slots.iter_mut().enumerate() {
                if key || header.refresh >> index & 1 == 1 {
                    *slot = Some(picture);
                }
            }
        }
        let Some(decoded) = decoded else { return Ok(None) };
        let mut shown = picture.into_frame(decoded)?;
        shown.sample_aspect = self.stream.aspect;
        shown.pts = meta.pts;
        shown.duration = meta.duration;
        shown.key = meta.key || key;
        Ok(Some(shown))
    }

    fn slot(&self, slot: usize) -> Result<Picture> {
        self.slots[slot].ok_or_else(|| Error::malformed("a picture that is referred to is missing"))
    }

    /// The picture that this header announces, if it can be decoded.
    fn picture(&self, header: &FrameHeader) -> Result<Picture> {
        let (width, height) = match header.size {
            FrameSize::Explicit(width, height) => (width, height),
            FrameSize::Slot(slot) => self.slot(slot).map(|slot| (slot.width, slot.height))?,
        };
        let format = match header.kind {
            FrameKind::Key(format) | FrameKind::IntraOnly(format) => format,
            FrameKind::Inter([first, ..]) => self.slot(first)?.format,
        };
        let picture = Picture { index: self.decoded, format, width, height };
        if let FrameKind::Inter([first, second, third]) = header.kind {
            let references = [self.slot(first)?, self.slot(second)?, self.slot(third)?];
            if !references.iter().all(|reference| reference.format.is_like(format)) {
                return Err(Error::malformed("a picture of another format is referred to"));
            }
            if !references.iter().any(|reference| picture.scales(reference)) {
                return Err(Error::malformed("the pictures that are referred to have other sizes"));
            }
        }
        self.stream.limits.check_picture(width, height)?;
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            let what = format!("VP9 of {width}x{height} pixels");
            return Err(Error::unsupported(what, format!("up to {MAX_PIXELS} pixels")));
        }
        self.stream.limits.check_decoder(self.held() + picture.kept() + picture.beside())?;
        Ok(picture)
    }

    /// Bytes of the pictures in the slots.
    fn held(&self) -> u64 {
        let mut pictures: Vec<Picture> = self.slots.iter().flatten().copied().collect();
        pictures.sort_unstable_by_key(|picture| picture.index);
        pictures.dedup_by_key(|picture| picture.index);
        pictures.iter().map(Picture::kept).sum()
    }
}

impl Picture {
    /// Bytes that the engine keeps of a picture: samples of 16 bits, in rows of a power of two and with a margin.
    fn kept(&self) -> u64 {
        let plane = |(halves, quarters): (bool, bool)| {
            let width = u64::from(self.width) >> u32::from(halves);
            let height = u64::from(self.height) >> u32::from(quarters);
            2 * (width + 73).next_power_of_two() * (height + 73)
        };
        plane((false, false)) + 2 * plane(self.format.subsampled)
    }

    /// Bytes beside it while it is decoded: 80 for each block of 8x8, with the motion of the picture before, and the samples
    /// that are given out, once more while they are taken.
    fn beside(&self) -> u64 {
        let blocks = u64::from(self.width.div_ceil(8)) * u64::from(self.height.div_ceil(8));
        let samples = self.format.pixel_format().picture_bytes(self.width, self.height);
        blocks * 80 + 2 * samples as u64
    }

    /// True where this picture may refer to the other: 8.5.2.3.
    fn scales(&self, reference: &Self) -> bool {
        let fits = |size: u32, other: u32| 2 * size >= other && size <= 16 * other;
        fits(self.width, reference.width) && fits(self.height, reference.height)
    }

    /// Moves the engine's planes into a frame.
    fn into_frame(self, decoded: DecodedFrame) -> Result<VideoFrame> {
        let planes = decoded
            .planes
            .into_iter()
            .zip(decoded.strides)
            .map(|(plane, stride)| Plane::new(plane, stride))
            .collect();
        // The engine's own sizes are consistent; should they not be, that is no mistake of the caller's.
        let mut frame =
            VideoFrame::new(self.format.pixel_format(), self.width, self.height, planes)
                .map_err(|error| Error::malformed(error.to_string()))?;
        frame.color = self.format.color();
        Ok(frame)
    }
}
