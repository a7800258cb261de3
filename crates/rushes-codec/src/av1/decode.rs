//! AV1 decoder: AV1 Bitstream & Decoding Process Specification 1.0.0 with Errata 1, with `rav1d` for the pictures.

use std::collections::VecDeque;
use std::thread;

use rushes_core::bitstream::av1::{Sequence, av1c};
use rushes_core::{
    Buffer, CodecParameters, Error, Frame, Limits, Packet, Ratio, Result, Ticks, Timestamp,
    VideoFrame,
};

use super::memory::Setup;
use super::picture;
use super::rav1d::{Data, Engine, Failure, Picture, Props};
use super::unit::Unit;
use crate::picture::Meta;
use crate::{Decoder, DecoderOptions, options};

/// Threads where nobody chooses: more of them decode no more frames at a time, and each takes memory.
const MAX_THREADS: u8 = 16;

/// Makes a decoder for the registry.
pub(crate) fn create(
    parameters: &CodecParameters,
    options: &DecoderOptions,
) -> Result<Box<dyn Decoder>> {
    options::check(&options.options, &[])?;
    let limits = options.limits.clone();
    let sequence = av1c::sequence(&parameters.private).ok().flatten();
    let widest = Setup::new(threads(options.threads), &limits);
    let setup = sequence.as_ref().map_or(widest, |sequence| widest.fit(sequence, &limits));
    Ok(Box::new(Av1Decoder {
        engine: Engine::new(setup)?,
        setup,
        widest,
        steps: VecDeque::new(),
        late: None,
        private: parameters.private.clone(),
        sequence,
        configured: false,
        epoch: Epoch(0),
        lost: None,
        shown: None,
        ready: VecDeque::new(),
        aspect: parameters.as_video().and_then(|video| video.sample_aspect).unwrap_or(Ratio::ONE),
        limits,
        finished: false,
    }))
}

fn threads(asked: Option<u16>) -> u8 {
    let automatic = || thread::available_parallelism().map_or(1, |count| count.get());
    match asked {
        Some(count) => u8::try_from(count).unwrap_or(u8::MAX),
        None => u8::try_from(automatic()).unwrap_or(u8::MAX).min(MAX_THREADS),
    }
}

struct Av1Decoder {
    engine: Engine,
    /// How the engine is set up, and how it is for sequences that do not ask for less.
    setup: Setup,
    widest: Setup,
    /// What is still to be done, up to the next picture. One packet may ask for thousands: they come one at a time.
    steps: VecDeque<Step>,
    /// The first error of a step that was taken after the packet: it comes behind the pictures.
    late: Option<Error>,
    /// The configuration record.
    private: Buffer,
    /// The sequence header that holds: that of the record until there is one in a packet.
    sequence: Option<Sequence>,
    /// The engine has a sequence header. If the first packet has none it gets that of the record, which is not looked at
    /// otherwise: packets are right where records are wrong.
    configured: bool,
    epoch: Epoch,
    /// The last one in which something was lost.
    lost: Option<Epoch>,
    /// Epoch and time of the last picture that was shown.
    shown: Option<(Epoch, Timestamp)>,
    ready: VecDeque<VideoFrame>,
    /// Sample aspect ratio for streams that do not say theirs.
    aspect: Ratio,
    limits: Limits,
    finished: bool,
}

/// The packets from one key frame to the next; 0 are those before the first.
///
/// After an error nothing more of its epoch is shown: the engine knows which references it lost by an error in a tile, but not
/// which ones a broken header would have replaced. It decodes several frames at a time and gives errors back later, but
/// in the order of the packets, so that what is shown does not depend on how many.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Epoch(usize);

/// What the engine is to do.
enum Step {
    Take(Buffer, Props),
    SetUp(Setup),
    /// To give out all pictures that are on their way, before the error in this epoch. It has answered so many times that it has
    /// none: the first time it is asked what is ready, the second one it waits for what is not.
    Drain(u8, Option<(Epoch, Error)>),
}

impl Decoder for Av1Decoder {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        if self.finished {
            return Err(Error::usage("the decoder was finished: reset it before the next packet"));
        }
        let unit = Unit::read(&packet.data, &mut self.sequence, &self.limits);
        if unit.as_ref().is_ok_and(|unit| unit.key) {
            self.epoch = Epoch(self.epoch.0.saturating_add(1));
        }
        if self.is_lost(self.epoch) {
            return Ok(());
        }
        let mut result = self.go_on();
        let unit = match unit {
            Ok(unit) if unit.has_data => unit,
            Ok(_) => return result,
            Err(error) => {
                self.steps.push_back(Step::Drain(0, Some((self.epoch, error))));
                return result.and(self.run());
            }
        };
        let mut meta = Meta::of(packet);
        meta.key |= unit.key;
        let mut record = None;
        if !self.configured && !unit.has_sequence {
            match self.record() {
                Ok(units) => record = units,
                Err(error) => result = result.and(Err(error)),
            }
        }
        if unit.has_sequence || !self.configured {
            self.set_up();
        }
        self.configured = true;
        record.into_iter().for_each(|units| self.push(units, meta));
        self.push(packet.data.clone(), meta);
        result.and(self.run())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        if let Err(error) = self.run() {
            self.late.get_or_insert(error);
        }
        match self.ready.pop_front() {
            Some(frame) => Ok(Some(Frame::Video(frame))),
            None => self.late.take().map_or(Ok(None), Err),
        }
    }

    fn finish(&mut self) -> Result<()> {
        self.finished = true;
        self.steps.push_back(Step::Drain(0, None));
        self.run()
    }

    fn reset(&mut self) {
        self.steps.clear();
        self.late = None;
        self.engine.flush();
        self.configured = false;
        self.epoch = Epoch(0);
        self.lost = None;
        self.shown = None;
        self.ready.clear();
        self.finished = false;
    }
}

impl Av1Decoder {
    /// The units of the configuration record, where there are some.
    fn record(&mut self) -> Result<Option<Buffer>> {
        if self.private.is_empty() {
            return Ok(None);
        }
        let units = av1c::units(&self.private)?;
        Unit::read(units, &mut self.sequence, &self.limits)
            .map_err(|error| error.within("av1C"))?;
        let start = self.private.len() - units.len();
        Ok(self.private.slice(start..self.private.len()))
    }

    fn push(&mut self, data: Buffer, meta: Meta) {
        self.steps.push_back(Step::Take(data, props(meta, self.epoch)));
    }

    /// Asks for another engine where the sequence is of another size: nothing refers to what came before one.
    fn set_up(&mut self) {
        let sequence = self.sequence.as_ref();
        let setup = sequence.map(|sequence| self.widest.fit(sequence, &self.limits));
        if let Some(setup) = setup.filter(|setup| *setup != self.setup) {
            self.steps.extend([Step::Drain(0, None), Step::SetUp(setup)]);
        }
    }

    /// Does what is to be done, up to the next picture; the first error of several.
    fn run(&mut self) -> Result<()> {
        let mut result = Ok(());
        while self.ready.is_empty() && !self.steps.is_empty() {
            result = result.and(self.step());
        }
        result
    }

    /// Does all that is to be done: what is left of the packet before where its pictures were not taken.
    fn go_on(&mut self) -> Result<()> {
        let mut result = Ok(());
        while !self.steps.is_empty() {
            result = result.and(self.step());
        }
        result
    }

    fn step(&mut self) -> Result<()> {
        match self.steps.pop_front() {
            Some(Step::Take(buffer, props)) => {
                let Some(mut data) = Data::new(&buffer, props) else { return Ok(()) };
                match self.engine.send(&mut data) {
                    Ok(taken) => {
                        if !taken {
                            self.steps.push_front(Step::Take(buffer, props));
                        }
                        // Once for each piece of data: a second call in a row would wait for all that is being decoded.
                        self.receive().map(drop)
                    }
                    Err(failure) => {
                        // What came before is still on its way and comes first, errors of it included.
                        let drained = self.drain();
                        drained.and(self.fail(failure))
                    }
                }
            }
            Some(Step::SetUp(setup)) => {
                self.engine = Engine::new(setup)?;
                self.setup = setup;
                Ok(())
            }
            Some(Step::Drain(nothing, error)) => {
                let received = self.receive();
                let nothing = nothing + u8::from(matches!(received, Ok(false)));
                if nothing < 2 {
                    self.steps.push_front(Step::Drain(nothing, error));
                    return received.map(drop);
                }
                let Some((epoch, error)) = error else { return Ok(()) };
                self.lost = self.lost.max(Some(epoch));
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// Takes all pictures that are on their way; the first error of several.
    fn drain(&mut self) -> Result<()> {
        let mut result = Ok(());
        let mut nothing = 0;
        while nothing < 2 {
            match self.receive() {
                Ok(true) => {}
                Ok(false) => nothing += 1,
                Err(error) => result = result.and(Err(error)),
            }
        }
        result
    }

    /// Takes a picture where there is one. An error that is known already counts as a picture that is not shown.
    fn receive(&mut self) -> Result<bool> {
        match self.engine.receive() {
            Ok(None) => Ok(false),
            Ok(Some(picture)) => self.show(picture).map(|()| true),
            Err(failure) => self.fail(failure).map(|()| true),
        }
    }

    fn show(&mut self, picture: Picture) -> Result<()> {
        let Some((meta, epoch)) = picture.props().map(meta) else {
            return Err(Error::malformed("a picture that belongs to no packet"));
        };
        if meta.discard || self.is_lost(epoch) {
            return Ok(());
        }
        let mut frame = picture::into_frame(picture, self.aspect)?;
        // Frames are coded in the order in which they are shown: a time that goes back is none.
        frame.pts = meta.pts.map(|pts| match self.shown {
            Some((last, time)) if last == epoch => pts.max(time),
            _ => pts,
        });
        self.shown = frame.pts.map(|pts| (epoch, pts)).or(self.shown);
        frame.duration = meta.duration;
        frame.key = meta.key;
        self.ready.push_back(frame);
        Ok(())
    }

    /// Notes a loss; an error unless it is known.
    fn fail(&mut self, failure: Failure) -> Result<()> {
        let epoch = failure.props.map_or(self.epoch, |props| meta(props).1);
        if self.is_lost(epoch) {
            return Ok(());
        }
        // Before the first key frame there may be others at which decoding can start, and the engine knows of every reference
        // whether it is there.
        if epoch > Epoch(0) {
            self.lost = Some(epoch);
        }
        Err(if failure.too_large && self.setup.pixels < self.widest.pixels {
            Error::malformed("a frame is larger than its sequence says")
        } else if failure.too_large {
            let limit = self.limits.pixels;
            Error::limit("pixels", limit.saturating_add(1), limit)
        } else {
            Error::malformed("the data is no picture")
        })
    }

    fn is_lost(&self, epoch: Epoch) -> bool {
        self.lost.is_some_and(|lost| epoch <= lost)
    }
}

/// What the engine keeps with the data of a packet, in the three numbers that it has for it.
fn props(meta: Meta, epoch: Epoch) -> Props {
    let flags = 4 | usize::from(meta.key) << 1 | usize::from(meta.discard);
    Props {
        timestamp: meta.pts.map_or(i64::MIN, Timestamp::ticks),
        duration: meta.duration.and_then(|ticks| i64::try_from(ticks.count()).ok()).unwrap_or(-1),
        mark: epoch.0 << 3 | flags,
    }
}

/// The reverse of [`props`].
fn meta(props: Props) -> (Meta, Epoch) {
    let meta = Meta {
        pts: Some(props.timestamp).filter(|pts| *pts != i64::MIN).map(Timestamp::new),
        duration: u64::try_from(props.duration).ok().map(Ticks::new),
        key: props.mark & 2 != 0,
        discard: props.mark & 1 != 0,
    };
    (meta, Epoch(props.mark >> 3))
}
