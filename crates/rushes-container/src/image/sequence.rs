//! The demuxer of pictures: a track of one packet, or of one for each frame of an animation.

use std::fmt;

use rushes_core::{
    Error, Limits, Metadata, Packet, Result, Rounding, Ticks, Time, Timestamp, Track,
};

use crate::input::Input;
use crate::{Demuxer, SeekMode, SeekTo, Seeked};

/// A frame that starts at the position of the input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Frame {
    pub(super) length: u64,
    pub(super) duration: Ticks,
    pub(super) key: bool,
    /// It ends before it should.
    pub(super) cut: bool,
}

/// Finds the frames of a format.
pub(super) trait Frames: Send + fmt::Debug {
    /// The frame at the position of the input, which moves only over what is no frame; `None` at the end. A call that failed because
    /// the input would block can be made again.
    fn next(&self, input: &mut Input) -> Result<Option<Frame>>;
}

/// The whole input as one frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whole {
    /// The picture ends before it should.
    pub(super) cut: bool,
}

impl Frames for Whole {
    fn next(&self, input: &mut Input) -> Result<Option<Frame>> {
        let length = super::ahead::bytes_left(input)?;
        let frame = Frame { length, duration: Ticks::new(1), key: true, cut: self.cut };
        Ok((length > 0).then_some(frame))
    }
}

/// What an input holds.
#[derive(Debug)]
pub(super) struct Pictures {
    pub(super) format: &'static str,
    pub(super) track: Track,
    pub(super) metadata: Metadata,
    pub(super) frames: Box<dyn Frames>,
}

/// Where a frame is.
#[derive(Clone, Copy, Debug)]
struct Place {
    position: u64,
    /// Ticks of the frames before.
    elapsed: u64,
    key: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Reading,
    /// The last frame, which starts at this offset, was cut off.
    CutOff(u64),
    Ended,
}

/// Reads pictures.
#[derive(Debug)]
pub(crate) struct PictureDemuxer {
    input: Input,
    format: &'static str,
    tracks: [Track; 1],
    metadata: Metadata,
    frames: Box<dyn Frames>,
    start: u64,
    elapsed: u64,
    state: State,
    /// All frames, once somebody has asked for a time.
    index: Option<Vec<Place>>,
}

impl PictureDemuxer {
    /// Reads the pictures that start at the position of the input.
    pub(super) fn new(input: Input, pictures: Pictures) -> Self {
        let Pictures { format, mut track, metadata, frames } = pictures;
        track.start = Some(Timestamp::ZERO);
        track.disposition.default = true;
        let start = input.position();
        Self {
            input,
            format,
            tracks: [track],
            metadata,
            frames,
            start,
            elapsed: 0,
            state: State::Reading,
            index: None,
        }
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        match self.state {
            State::Reading => {}
            State::CutOff(position) => {
                self.state = State::Ended;
                return Err(Error::malformed("the input ends within the picture").at(position));
            }
            State::Ended => return Ok(None),
        }
        let Some(frame) = self.frames.next(&mut self.input)? else {
            self.state = State::Ended;
            return Ok(None);
        };
        let position = self.input.position();
        let data = self.input.read_payload(frame.length)?;
        if frame.cut {
            self.state = State::CutOff(position);
        }
        let mut packet = Packet::new(0, data).with_duration(frame.duration).with_key(frame.key);
        packet.pts = i64::try_from(self.elapsed).ok().map(Timestamp::new);
        packet.dts = packet.pts;
        packet.position = Some(position);
        self.elapsed = self.elapsed.saturating_add(frame.duration.count());
        Ok(Some(packet))
    }

    /// Finds all frames. Damage is told by whoever reads.
    fn scan(&mut self) -> Result<Vec<Place>> {
        self.input.seek(self.start)?;
        let mut places = Vec::new();
        let mut elapsed = 0_u64;
        loop {
            let frame = match self.frames.next(&mut self.input) {
                Ok(Some(frame)) => frame,
                Ok(None) | Err(Error::Malformed(_)) => return Ok(places),
                Err(error) => return Err(error),
            };
            check_index(places.len(), self.input.limits())?;
            places.push(Place { position: self.input.position(), elapsed, key: frame.key });
            elapsed = elapsed.saturating_add(frame.duration.count());
            self.input.skip(frame.length)?;
        }
    }
}

impl Demuxer for PictureDemuxer {
    fn format(&self) -> &'static str {
        self.format
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        let track = &self.tracks[0];
        track.duration.map(|length| track.time_base.time(Timestamp::ZERO.saturating_add(length)))
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        let packet = self.read_next();
        if let Err(error) = &packet
            && !error.is_would_block()
        {
            self.state = State::Ended;
        }
        packet
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        let index = match self.index.take() {
            Some(index) => index,
            None => self.scan()?,
        };
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down).ticks();
        let time = u64::try_from(time).unwrap_or(0);
        let behind = index.partition_point(|place| place.elapsed <= time);
        let before = index[..behind].iter().rev();
        let wanted = |place: &&Place| to.mode == SeekMode::Any || place.key;
        let place = before.into_iter().find(wanted).or(index.first()).copied();
        let place = place.unwrap_or(Place { position: self.start, elapsed: 0, key: true });
        self.index = Some(index);
        self.input.seek(place.position)?;
        self.elapsed = place.elapsed;
        self.state = State::Reading;
        let pts = i64::try_from(place.elapsed).unwrap_or(i64::MAX);
        Ok(Seeked { track: 0, pts: Timestamp::new(pts) })
    }
}

fn check_index(places: usize, limits: &Limits) -> Result<()> {
    let bytes = (places as u64 + 1) * size_of::<Place>() as u64;
    if bytes > limits.index_bytes {
        return Err(Error::limit("index_bytes", bytes, limits.index_bytes));
    }
    Ok(())
}
