//! HEVC decoder: ITU-T H.265 (08/2021), with `rust_h265` for the pictures.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;

use rushes_core::bitstream::Reorder;
use rushes_core::bitstream::hevc::hvcc::Configuration;
use rushes_core::bitstream::hevc::{
    Kind, Nal, ParameterSets, Role, SliceHeader, Sps, sei, starts_picture,
};
use rushes_core::bitstream::nal::Framing;
use rushes_core::{CodecParameters, Error, Frame, Limits, Packet, Ratio, Result, VideoFrame};

use super::engine::{Engine, Slice};
use super::picture::{self, Current, Start};
use super::recovery::Recovery;
use crate::groups::{self, Cut, Cutter};
use crate::picture::{Meta, Waiting};
use crate::{Decoder, DecoderOptions, options};

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    // The engine's own threads give pictures and errors back later, in calls that depend on how fast each thread was: groups
    // of pictures are decoded side by side instead.
    options::check(&options.options, &[])?;
    let configuration = Configuration::parse(&parameters.private)?;
    let stream = Stream {
        framing: configuration.framing,
        sets: ParameterSets::default(),
        aspect: parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits: options.limits.clone(),
    };
    let mut decoder = stream.decoder();
    for nal in configuration.nals.into_iter().filter(|nal| !nal.is_enhancement()) {
        decoder.parameter_set(nal).map_err(|error| error.within("hvcC"))?;
    }
    Ok(groups::decoder(decoder.stream, options))
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
    /// The header of a slice segment that starts a picture, and the sequence parameter set that it refers to.
    fn header(&self, role: Role, payload: &[u8]) -> Result<(SliceHeader, &Arc<Sps>)> {
        let header = SliceHeader::parse(role, payload, |id| self.sets.picture(id))?;
        let sps = self.sets.sequence(header.sps);
        let sps = sps.ok_or_else(|| Error::malformed("there is no sequence parameter set"))?;
        picture::check(sps, &self.limits)?;
        Ok((header, sps))
    }

    fn decoder(&self) -> HevcDecoder {
        HevcDecoder {
            engine: Engine::new(&self.sets, &self.limits),
            stream: self.clone(),
            position: Position::default(),
            current: None,
            recovery_point: None,
            recovery: Recovery::default(),
            reorder: Reorder::default(),
            ready: VecDeque::new(),
            finished: false,
        }
    }

    /// A cut before this slice segment, the first one of its packet, if it starts an IDR picture that can be decoded.
    fn cut_at(&self, nal: Nal<'_>) -> Option<Cut> {
        let payload = nal.payload();
        let starts = starts_picture(&payload) && nal.kind() == Kind::Slice(Role::Idr);
        let (header, sps) = self.header(Role::Idr, &payload).ok().filter(|_| starts)?;
        Some(Cut {
            decoder: Box::new(self.decoder()),
            bytes: picture::bytes(sps),
            discards: header.discards_prior,
        })
    }
}

impl Cutter for Stream {
    fn cut(&mut self, packet: &Packet) -> Option<Cut> {
        let mut before_slices = true;
        let mut cut = None;
        let nals = self.framing.split(&packet.data).filter_map(|nal| Nal::new(nal.ok()?));
        for nal in nals.filter(|nal| !nal.is_enhancement()) {
            match nal.kind() {
                // The decoder says what is wrong with one that cannot be read.
                Kind::SequenceSet => drop(self.sets.add_sequence(nal)),
                Kind::PictureSet => drop(self.sets.add_picture(nal)),
                Kind::Slice(_) if mem::take(&mut before_slices) => cut = self.cut_at(nal),
                _ => {}
            }
        }
        cut
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::new(self.decoder())
    }
}

struct HevcDecoder {
    engine: Engine,
    stream: Stream,
    position: Position,
    /// The picture whose slice segments are coming in.
    current: Option<Current>,
    /// The count of a recovery point message that waits for its picture.
    recovery_point: Option<i32>,
    recovery: Recovery,
    reorder: Reorder<Waiting>,
    ready: VecDeque<VideoFrame>,
    finished: bool,
}

/// Where in the stream decoding is.
#[derive(Debug, Default)]
struct Position {
    /// A picture was begun.
    begun: bool,
    /// The sequence has ended: the next random access picture starts another.
    ended: bool,
    /// Leading pictures that refer to what came before their random access picture are skipped, for that was the first
    /// of its sequence.
    skips_leading: bool,
    /// The slice segments that are coming in belong to a picture that is not decoded.
    skips_picture: bool,
}

impl Decoder for HevcDecoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let meta = Meta::of(packet);
        // Whatever is whole in a broken packet is decoded; the first thing that is not is the error.
        let mut result = Ok(());
        for nal in self.stream.framing.split(&packet.data) {
            let step = match nal.map(Nal::new) {
                Ok(Some(nal)) if !nal.is_enhancement() => self.nal(nal, meta),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            if step.is_err() {
                self.damage();
            }
            result = result.and(step);
        }
        result.and(self.finish_picture())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        let result = self.finish_picture();
        self.drain();
        result
    }

    fn reset(&mut self) {
        self.replace_engine();
        self.reorder.clear();
        self.ready.clear();
        self.finished = false;
    }
}

impl HevcDecoder {
    fn nal(&mut self, nal: Nal<'_>, meta: Meta) -> Result<()> {
        match nal.kind() {
            Kind::Slice(role) => self.slice(role, nal, meta).map_err(|error| error.within("slice")),
            Kind::SequenceSet | Kind::PictureSet => self.parameter_set(nal),
            Kind::Message => {
                self.recovery_point = sei::recovery_point(&nal.payload()).or(self.recovery_point);
                Ok(())
            }
            Kind::End => {
                let result = self.finish_picture();
                self.position.ended = true;
                result.and(self.engine.end_sequence())
            }
            Kind::Other => Ok(()),
        }
    }

    fn parameter_set(&mut self, nal: Nal<'_>) -> Result<()> {
        match nal.kind() {
            Kind::SequenceSet => match self.stream.sets.add_sequence(nal)? {
                Some(sps) => {
                    picture::check(&sps, &self.stream.limits).and(self.engine.parameter_set(nal))
                }
                None => Ok(()),
            },
            Kind::PictureSet if self.stream.sets.add_picture(nal)? => {
                self.engine.parameter_set(nal)
            }
            _ => Ok(()),
        }
    }

    fn slice(&mut self, role: Role, nal: Nal<'_>, meta: Meta) -> Result<()> {
        let Some(slice) = Slice::new(nal) else { return Ok(()) };
        if starts_picture(slice.payload()) {
            let ended = self.finish_picture();
            // Until it is known that the picture can be decoded, none of its slice segments is.
            self.position.skips_picture = true;
            if !self.begin(role, slice.payload(), meta)? {
                return ended;
            }
            self.position.skips_picture = false;
            ended.and(self.decode(&slice))
        } else if self.position.skips_picture || !self.recovery.is_entered() {
            Ok(())
        } else if self.current.is_none() {
            Err(Error::malformed("the first slice of the picture is missing"))
        } else {
            self.decode(&slice)
        }
    }

    /// Starts the picture of this slice segment; says whether there is a point in decoding it.
    fn begin(&mut self, role: Role, payload: &[u8], meta: Meta) -> Result<bool> {
        let recovery_point = self.recovery_point.take();
        let random_access = role.is_random_access();
        if !(self.recovery.is_entered() || random_access || recovery_point.is_some()) {
            return Ok(false);
        }
        let (header, sps) = self.stream.header(role, payload)?;
        let sps = Arc::clone(sps);
        let start = self.position.start(role, header);
        if role == Role::SkippedLeading && self.position.skips_leading {
            return Ok(false);
        }
        self.recovery.enter();
        self.current = Some(Current {
            sps,
            meta,
            random_access,
            recovery_point,
            start,
            shown: header.shown,
            decoded: false,
            broken: false,
        });
        Ok(true)
    }

    fn decode(&mut self, slice: &Slice<'_>) -> Result<()> {
        let result = self.engine.slice(slice);
        if let Some(current) = &mut self.current {
            current.decoded |= result.is_ok();
        }
        self.replace_engine_if_lost();
        result
    }

    /// Ends the picture whose slice segments came in and sends it on its way to the output.
    fn finish_picture(&mut self) -> Result<()> {
        self.position.skips_picture = false;
        let Some(current) = self.current.take() else { return Ok(()) };
        let picture = self.engine.finish_picture();
        self.replace_engine_if_lost();
        match current.start {
            Start::No => {}
            Start::AfterAll => self.drain(),
            Start::Discarding => self.reorder.clear(),
        }
        if current.broken && (current.random_access || self.recovery.is_right()) {
            // The errors of the slices said so.
            self.replace_engine();
            return Ok(());
        }
        let Some(picture) = picture?.filter(|_| !current.broken) else {
            if !current.decoded || current.broken {
                // The errors of the slices said so.
                self.recovery.fail();
                self.position.begun = self.recovery.is_entered();
            } else if current.shown {
                return Err(Error::malformed("a picture was lost"));
            }
            return Ok(());
        };
        let order = picture.pic_order_cnt;
        let right = self.recovery.decode(order, current.random_access, current.recovery_point);
        let waiting = Waiting {
            frame: picture::into_frame(picture, &current, self.stream.aspect)?,
            right,
            discard: current.meta.discard,
        };
        let (restarts, depth) = (current.start != Start::No, current.sps.reorder_depth());
        let Self { reorder, ready, .. } = self;
        reorder.push(order, waiting, restarts, depth, |picture| show(picture, ready));
        Ok(())
    }

    /// Something in the packet could not be decoded.
    fn damage(&mut self) {
        match &mut self.current {
            Some(current) => current.broken = true,
            // What refers to a broken picture is wrong as well.
            None if self.recovery.is_right() => self.replace_engine(),
            None => {}
        }
    }

    /// Lets all pictures go that wait for their turn.
    fn drain(&mut self) {
        let Self { reorder, ready, .. } = self;
        reorder.drain(|picture| show(picture, ready));
    }

    /// A new engine has no pictures to refer to: nothing is shown until the next random access picture.
    fn replace_engine_if_lost(&mut self) {
        if self.engine.is_lost() {
            self.replace_engine();
        }
    }

    fn replace_engine(&mut self) {
        self.engine = Engine::new(&self.stream.sets, &self.stream.limits);
        self.position = Position::default();
        self.current = None;
        self.recovery_point = None;
        self.recovery = Recovery::default();
    }
}

impl Position {
    /// Moves on to a picture; says whether it starts a sequence: 8.1.3 and C.5.2.2.
    fn start(&mut self, role: Role, header: SliceHeader) -> Start {
        let first = !mem::replace(&mut self.begun, true);
        let ended = mem::take(&mut self.ended);
        let starts = match role {
            Role::Idr | Role::Bla => true,
            Role::Cra => first || ended,
            Role::SkippedLeading | Role::Other => false,
        };
        if role.is_random_access() {
            self.skips_leading = starts;
        }
        if !starts {
            Start::No
        } else if !first && (header.discards_prior || role == Role::Cra) {
            Start::Discarding
        } else {
            Start::AfterAll
        }
    }
}

/// Puts a picture whose turn has come where the caller takes it, if it is to be seen.
fn show(picture: Waiting, ready: &mut VecDeque<VideoFrame>) {
    if picture.right && !picture.discard {
        ready.push_back(picture.frame);
    }
}
