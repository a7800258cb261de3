//! H.264 decoder: ITU-T H.264 (08/2021), with `rust_h264` and `oxideav-h264` for the pictures.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use rushes_core::bitstream::Reorder;
use rushes_core::bitstream::h264::avcc::Configuration;
use rushes_core::bitstream::h264::{Nal, ParameterSets, SliceHeader, sei};
use rushes_core::bitstream::nal::Framing;
use rushes_core::{CodecParameters, Error, Frame, Limits, Packet, Ratio, Result, VideoFrame};

use super::engine::{Engine, Kind};
use super::picture::{self, Current};
use super::recovery::Recovery;
use crate::groups::{self, Cut, Cutter};
use crate::picture::{Meta, Waiting};
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    // The engine's own threads would gain nothing where cores are shared (each picture waits for rows of the one before),
    // and conceal damage without a word: groups of pictures are decoded side by side instead.
    options::check(&options.options, &[])?;
    let configuration = Configuration::parse(&parameters.private)?;
    let mut stream = Stream {
        framing: configuration.framing,
        sets: ParameterSets::default(),
        aspect: parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
    };
    for set in configuration.sets {
        stream.parameter_set(set).map_err(|error| error.within("avcC"))?;
    }
    Ok(groups::decoder(stream, options))
}

/// What is known of a stream.
#[derive(Clone)]
struct Stream {
    framing: Framing,
    sets: ParameterSets,
    /// Sample aspect ratio for streams that do not say theirs.
    aspect: Ratio,
    limits: Limits,
}

impl Stream {
    /// Stores a parameter set; says whether it is news.
    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<bool> {
        if nal.kind() == 8 { self.sets.add_picture(nal) } else { self.sets.add_sequence(nal) }
    }

    fn header(&self, nal: Nal<'_>, payload: &[u8]) -> Result<SliceHeader> {
        SliceHeader::parse(nal, payload, |id| self.sets.find(id).map(|(sps, pps)| (&**sps, pps)))
    }

    fn decoder(&self) -> H264Decoder {
        H264Decoder {
            engine: Engine::new(Kind::High422, &self.sets),
            stream: self.clone(),
            current: None,
            recovery_point: None,
            recovery: Recovery::default(),
            reorder: Reorder::default(),
            ready: VecDeque::new(),
            finished: false,
        }
    }

    /// A cut before this slice, the first one of its packet, if it starts an IDR picture that can be decoded.
    fn cut_at(&self, nal: Nal<'_>) -> Option<Cut> {
        let header = self.header(nal, &nal.payload()).ok()?;
        let sps = self.sets.sequence(header.sps)?;
        let starts = header.idr && !header.redundant && header.first_macroblock == 0;
        let kind = Kind::of(sps, &self.limits).ok().filter(|_| starts)?;
        Some(Cut { decoder: Box::new(self.decoder()), bytes: kind.bytes(sps), discards: false })
    }
}

impl Cutter for Stream {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        let mut before_slices = true;
        let mut cut = None;
        for nal in self.framing.split(&packet.data).filter_map(|nal| Nal::new(nal.ok()?)) {
            match nal.kind() {
                // The decoder says what is wrong with one that cannot be read.
                7 | 8 => drop(self.parameter_set(nal)),
                1..=5 if mem::take(&mut before_slices) => cut = self.cut_at(nal),
                _ => {}
            }
        }
        cut
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(self.decoder())
    }
}

struct H264Decoder {
    engine: Engine,
    stream: Stream,
    /// The picture whose slices are coming in: inside of a packet, or a first field between two.
    current: Option<Current>,
    /// The count of a recovery point message that waits for its picture.
    recovery_point: Option<u32>,
    recovery: Recovery,
    reorder: Reorder<Waiting>,
    ready: VecDeque<VideoFrame>,
    finished: bool,
}

impl Decoder for H264Decoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let meta = Meta::of(packet);
        // Whatever is whole in a broken packet is decoded; the first thing that is not is the error.
        let mut result = Ok(());
        for nal in self.stream.framing.split(&packet.data) {
            let step = match nal.map(Nal::new) {
                Ok(Some(nal)) => self.nal(nal, meta),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if step.is_err() {
                self.damage();
            }
            result = result.and(step);
        }
        // The packet ends the picture, unless its other field may come in the next packet.
        let first_field = self.current.as_ref().is_some_and(Current::is_first_field);
        if first_field { result } else { result.and(self.finish_picture()) }
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        let result = self.finish_picture();
        let Self { reorder, recovery, ready, .. } = self;
        reorder.drain(|picture| show(picture, recovery, ready));
        result
    }

    fn reset(&mut self) {
        self.engine = Engine::new(self.engine.kind(), &self.stream.sets);
        self.current = None;
        self.recovery_point = None;
        self.recovery = Recovery::default();
        self.reorder.clear();
        self.ready.clear();
        self.finished = false;
    }
}

impl H264Decoder {
    fn nal(&mut self, nal: Nal<'_>, meta: Meta) -> Result<()> {
        match nal.kind() {
            1 | 5 => self.slice(nal, meta).map_err(|error| error.within("slice")),
            2..=4 => Err(Error::unsupported("H.264 with data partitions", "whole slices")),
            6 => {
                self.recovery_point = sei::recovery_point(&nal.payload()).or(self.recovery_point);
                Ok(())
            }
            7 | 8 => self.parameter_set(nal),
            // Delimiters, filler, alpha pictures, and what scalable and multi-view streams add to the base view.
            _ => Ok(()),
        }
    }

    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()> {
        match self.stream.parameter_set(nal)? {
            true if nal.kind() == 8 => self.engine.parameter_set(nal),
            // Engines resolve what picture parameter sets inherit when they read them: they must read them again.
            true => self.engine.parameter_sets(&self.stream.sets),
            false => {}
        }
        Ok(())
    }

    fn slice(&mut self, nal: Nal<'_>, meta: Meta) -> Result<()> {
        let payload = nal.payload();
        let header = self.stream.header(nal, &payload)?;
        if header.redundant {
            return Ok(());
        }
        let before = self.current.as_ref().map(|current| current.header);
        match before {
            Some(before) if !header.starts_picture(&before) => {
                if header.first_macroblock == 0 {
                    return Err(Error::malformed("the slices of a picture are out of order"));
                }
                self.decode(header, nal, payload)
            }
            Some(before) if self.awaits_field() && header.completes(&before) => {
                if header.first_macroblock != 0 {
                    return Err(Error::malformed("the second field lacks its first slice"));
                }
                if let Some(current) = &mut self.current {
                    current.second_field = true;
                    current.restarts |= header.restarts_order;
                    self.engine.begin(&header, &current.sps);
                }
                self.decode(header, nal, payload)
            }
            _ => {
                let ended = self.finish_picture();
                if !self.begin(header, meta)? {
                    return ended;
                }
                ended.and(self.decode(header, nal, payload))
            }
        }
    }

    fn awaits_field(&self) -> bool {
        self.current.as_ref().is_some_and(Current::is_first_field)
    }

    /// Starts the picture of this slice; says whether there is a point in decoding it.
    fn begin(&mut self, header: SliceHeader, meta: Meta) -> Result<bool> {
        let sps = self.stream.sets.sequence(header.sps).map(Arc::clone);
        let sps = sps.ok_or_else(|| Error::malformed("there is no sequence parameter set"))?;
        let kind = Kind::of(&sps, &self.stream.limits)?;
        if kind != self.engine.kind() {
            self.engine = Engine::new(kind, &self.stream.sets);
            if !header.idr {
                // What the picture refers to is in the other engine.
                self.recovery = Recovery::default();
            }
        }
        let point = self.recovery_point.take();
        if !self.recovery.enter(&header, point, meta.key) {
            return Ok(false);
        }
        self.engine.begin(&header, &sps);
        let right = self.recovery.decode(&header, sps.frame_num_bits, point, meta.key);
        self.current = Some(Current {
            header,
            sps,
            meta,
            key: meta.key || header.idr || point.is_some(),
            right,
            restarts: header.idr || header.restarts_order,
            second_field: false,
            decoded: false,
            broken: false,
        });
        Ok(true)
    }

    fn decode(&mut self, header: SliceHeader, nal: Nal<'_>, payload: Cow<'_, [u8]>) -> Result<()> {
        let result = self.engine.slice(nal, payload, header.sps, &self.stream.sets);
        if let Some(current) = &mut self.current {
            current.header = header;
            current.decoded |= result.is_ok();
        }
        self.replace_engine_if_lost();
        result
    }

    /// Something in the packet could not be decoded.
    fn damage(&mut self) {
        match &mut self.current {
            Some(current) => current.broken = true,
            None if self.recovery.is_right() => self.lose(),
            None => {}
        }
    }

    /// What refers to a broken picture is wrong as well: nothing is shown until the stream recovers.
    fn lose(&mut self) {
        self.engine = Engine::new(self.engine.kind(), &self.stream.sets);
        self.current = None;
        self.recovery = Recovery::default();
    }

    fn replace_engine_if_lost(&mut self) {
        if self.engine.is_lost() {
            self.lose();
        }
    }

    /// Ends the picture whose slices came in and sends it on its way to the output.
    fn finish_picture(&mut self) -> Result<()> {
        let Some(current) = self.current.take() else { return Ok(()) };
        let result = self.engine.finish_picture();
        self.replace_engine_if_lost();
        let picture = match result {
            Ok(Some(picture)) if !current.broken => picture,
            result => {
                if current.right {
                    self.lose();
                }
                // Where nothing was decoded, the errors of the slices said so.
                return match result? {
                    None if current.decoded && !current.broken => {
                        Err(Error::malformed("a picture was lost"))
                    }
                    _ => Ok(()),
                };
            }
        };
        let order = picture.order;
        let depth = current.sps.reorder_depth();
        let waiting = Waiting {
            frame: picture::into_frame(picture, &current, self.stream.aspect)?,
            right: current.right,
            discard: current.meta.discard,
        };
        let Self { reorder, recovery, ready, .. } = self;
        reorder.push(order, waiting, current.restarts, depth, |picture| {
            show(picture, recovery, ready);
        });
        Ok(())
    }
}

/// Puts a picture whose turn has come where the caller takes it, if it is to be seen.
fn show(picture: Waiting, recovery: &mut Recovery, ready: &mut VecDeque<VideoFrame>) {
    if recovery.show(picture.right) && !picture.discard {
        ready.push_back(picture.frame);
    }
}
