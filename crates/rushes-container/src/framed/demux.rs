//! The demuxer: covers, then frames one after another.

use rushes_core::{
    Buffer, Chapter, Error, Metadata, Packet, Result, Ticks, Time, TimeBase, Timestamp, Track, Trim,
};

use super::FrameHeader;
use super::frames::{Frame, Frames};
use super::seek::{Index, Place};
use crate::cover::CoverArt;
use crate::id3::Tags;
use crate::input::Input;
use crate::{Demuxer, SeekTo, Seeked};

/// What a format has read in front of the frames.
pub(crate) struct Opening<H> {
    pub(crate) track: Track,
    pub(crate) tags: Tags,
    pub(crate) frames: Frames<H>,
    pub(crate) cut: Cut,
    /// Frames that the encoder says there are.
    pub(crate) promised: Option<u64>,
}

/// Reads streams of frames.
#[derive(Debug)]
pub(crate) struct FramedDemuxer<H> {
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    covers: Vec<CoverArt>,
    /// Covers that were handed out since the start or the last seek.
    pub(super) covers_given: usize,
    pub(super) frames: Frames<H>,
    pub(super) index: Index,
    /// The next frame.
    pub(super) place: Place,
    cut: Cut,
    /// Frames that the encoder says there are.
    promised: Option<u64>,
    /// What is told at the end, once.
    pub(super) state: State,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    Reading,
    /// A frame behind junk is next, and the junk has been told of.
    BehindJunk,
    /// The last frame, which started at this offset, lacked bytes: how many it has, and should have.
    CutOff(u64, usize, usize),
    Ended,
}

/// What of the stream is heard, in ticks from its first frame.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cut {
    /// What the encoder added in front.
    pub(crate) start: u64,
    /// Where padding starts, and where the stream ends by what the encoder says.
    pub(crate) end: Option<(u64, u64)>,
}

impl<H: FrameHeader> FramedDemuxer<H> {
    /// A demuxer at the first frame.
    pub(crate) fn new(input: Input, opening: Opening<H>) -> Self {
        let Opening { track, mut tags, frames, cut, promised } = opening;
        let limit = usize::try_from(input.limits().tracks.saturating_sub(1)).unwrap_or(usize::MAX);
        tags.covers.truncate(limit);
        let mut tracks = vec![track];
        tracks.extend(tags.covers.iter().map(CoverArt::track));
        let place = Place { position: input.position(), elapsed: 0, number: 0 };
        Self {
            input,
            tracks,
            metadata: tags.metadata,
            chapters: tags.chapters,
            covers: tags.covers,
            covers_given: 0,
            frames,
            index: Index::new(place),
            place,
            cut,
            promised,
            state: State::Reading,
        }
    }

    /// When the frame at this place is heard.
    pub(super) fn pts(&self, place: Place) -> Timestamp {
        let elapsed = i64::try_from(place.elapsed).unwrap_or(i64::MAX);
        Timestamp::new(elapsed).saturating_sub(Ticks::new(self.cut.start))
    }

    /// Goes to the next frame and notes where it is.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame<H>>> {
        let frame = self.frames.next(&mut self.input)?;
        if frame.is_some() {
            self.place.position = self.input.position();
            self.index.note(self.place, self.input.limits())?;
        }
        Ok(frame)
    }

    /// Counts a frame, whose bytes have been passed.
    pub(super) fn advance(&mut self, frame: &Frame<H>) {
        let next = self.place.elapsed.saturating_add(frame.header.ticks());
        self.place = Place {
            position: self.input.position(),
            elapsed: next,
            number: self.place.number.saturating_add(1),
        };
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(cover) = self.covers.get(self.covers_given) {
            self.covers_given += 1;
            return Ok(Some(cover.packet(self.covers_given)));
        }
        match self.state {
            State::Reading | State::BehindJunk => {}
            State::CutOff(position, length, wanted) => {
                self.state = State::Ended;
                let message = format!("the last frame ends after {length} of {wanted} bytes");
                return Err(Error::malformed(message).at(position));
            }
            State::Ended => return Ok(None),
        }
        let frame = match self.next_frame() {
            Ok(Some(frame)) => frame,
            Ok(None) => return self.end(),
            Err(error) => {
                if !error.is_would_block() {
                    self.state = State::Ended;
                }
                return Err(error);
            }
        };
        let position = self.input.position();
        if frame.junk > 0 && self.place.number > 0 && self.state == State::Reading {
            self.state = State::BehindJunk;
            // The frame has been found: nothing before it is needed again.
            self.input.mark();
            let message = format!("{} bytes that are no frame of {}", frame.junk, H::WHAT);
            return Err(Error::malformed(message).at(position - frame.junk));
        }
        let data = self.input.read_payload(frame.length as u64)?;
        let packet = self.packet(&frame, position, data);
        self.advance(&frame);
        self.state = if frame.length < frame.wanted {
            State::CutOff(position, frame.length, frame.wanted)
        } else {
            State::Reading
        };
        Ok(Some(packet))
    }

    /// The end, unless frames are missing.
    fn end(&mut self) -> Result<Option<Packet>> {
        self.state = State::Ended;
        let found = self.place.number;
        match self.promised {
            // Some encoders count their own frame.
            Some(promised) if found.saturating_add(1) < promised => {
                let message = format!("the stream ends after {found} of {promised} frames");
                Err(Error::malformed(message).at(self.input.position()))
            }
            _ => Ok(None),
        }
    }

    fn packet(&self, frame: &Frame<H>, position: u64, data: Buffer) -> Packet {
        let duration = frame.header.ticks();
        let trim = self.cut.trim(self.place.elapsed, duration);
        let mut packet = Packet::new(0, data)
            .with_pts(self.pts(self.place))
            .with_dts(self.pts(self.place))
            .with_duration(Ticks::new(duration))
            .with_key(true)
            .with_trim(trim);
        packet.discard = trim.start.saturating_add(trim.end).count() >= duration;
        packet.position = Some(position);
        packet
    }
}

impl<H: FrameHeader> Demuxer for FramedDemuxer<H> {
    fn format(&self) -> &'static str {
        H::FORMAT
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn chapters(&self) -> &[Chapter] {
        &self.chapters
    }

    fn duration(&self) -> Option<Time> {
        let track = self.tracks.first()?;
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.input.mark();
        let result = self.read_next();
        self.input.rewind_if_blocked(result)
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}

impl Cut {
    /// What is cut from a frame that starts after so many ticks.
    pub(crate) fn trim(&self, elapsed: u64, duration: u64) -> Trim {
        let start = self.start.saturating_sub(elapsed).min(duration);
        let end = match self.end {
            // Frames behind the end that was stated are more than the encoder knew of, and no padding.
            Some((heard, end)) if elapsed < end => {
                elapsed.saturating_add(duration).saturating_sub(heard).min(duration - start)
            }
            _ => 0,
        };
        Trim { start: Ticks::new(start), end: Ticks::new(end) }
    }
}

/// The unit of times.
pub(super) fn time_base<H: FrameHeader>() -> TimeBase {
    TimeBase::per_second(H::TICKS).unwrap_or(TimeBase::nanoseconds())
}
