//! Reading IVF.

use rushes_core::{
    CodecParameters, Error, FrameRate, Metadata, Packet, Result, Rounding, Ticks, Time, Timestamp,
    Track, VideoParameters,
};

use super::Header;
use crate::bitstream::{self, ENTRY_BYTES, EntryFinder, NalCodec};
use crate::input::Input;
use crate::seek_index::{Place, SeekIndex};
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Bytes in front of each frame: its length and its time.
const FRAME_HEADER: usize = 12;
/// Bytes of the first frame that are looked at to describe the track.
const FIRST_BYTES: usize = 64 << 10;

/// Reads IVF.
#[derive(Debug)]
pub(crate) struct IvfDemuxer {
    input: Input,
    tracks: [Track; 1],
    metadata: Metadata,
    finder: EntryFinder,
    first: u64,
    /// Number of the next packet.
    number: u64,
    /// How long the last packet lasted that says so.
    pace: Option<Ticks>,
    index: Option<SeekIndex>,
    /// What is said once, behind the last packet.
    failure: Option<Error>,
    ended: bool,
}

/// A frame that is next in the input.
#[derive(Clone, Copy)]
struct Frame {
    position: u64,
    /// Bytes that there are, and should be.
    length: u64,
    wanted: u64,
    time: u64,
}

impl IvfDemuxer {
    /// Reads the header, and looks at the first frame.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("ivf")?;
        let header = Header::read(&input.read_array()?)?;
        // What a longer header holds is unknown; a shorter one was written by somebody who did not fill it in.
        if header.length > Header::SIZE {
            input.skip(u64::from(header.length - Header::SIZE))?;
        }
        let video = VideoParameters::new(header.width.into(), header.height.into());
        let mut codec = CodecParameters::video(header.codec(), video);
        let mut finder = EntryFinder::new(&codec.codec);
        let first = input.position();
        let start = input.peek(FRAME_HEADER + FIRST_BYTES)?;
        let frame = start.get(FRAME_HEADER..).unwrap_or_default();
        let length = start.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        let frame = &frame[..frame.len().min(usize::try_from(length).unwrap_or(usize::MAX))];
        // A tick is how long a frame lasts, unless it is far too short for that.
        let is_pace = u64::from(header.base.denom()) <= 1000 * u64::from(header.base.numer());
        bitstream::describe(&mut codec, frame, Some(header.base).filter(|_| is_pace));
        if let Some(kind) = NalCodec::of(&codec.codec) {
            codec.private = kind.parameter_sets(frame).into();
        }
        finder.is_key(frame);
        let time = start.get(4..FRAME_HEADER).and_then(|time| time.first_chunk());
        let time = time.and_then(|time| timestamp(u64::from_le_bytes(*time)));
        if let rushes_core::MediaParameters::Video(video) = &mut codec.media {
            input.limits().check_picture(video.width, video.height)?;
            video.frame_rate =
                FrameRate::new(header.base.denom(), header.base.numer()).filter(|_| is_pace);
        }
        let mut track = Track::new(0, codec, header.base);
        track.disposition.default = true;
        track.start = time;
        Ok(Self {
            input,
            tracks: [track],
            metadata: Metadata::new(),
            finder,
            first,
            number: 0,
            pace: None,
            index: None,
            failure: None,
            ended: false,
        })
    }

    /// The next frame that has bytes; where it is cut off, what should be there is more than what is.
    fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            let position = self.input.position();
            let found = self.input.peek(FRAME_HEADER)?.len();
            if found == 0 {
                return Ok(None);
            }
            if found < FRAME_HEADER {
                let message = format!("the file ends after {found} of {FRAME_HEADER} bytes");
                return Err(Error::malformed(message).at(position).within("frame header"));
            }
            let [a, b, c, d, time @ ..] = self.input.read_array::<FRAME_HEADER>()?;
            let wanted = u64::from(u32::from_le_bytes([a, b, c, d]));
            let time = u64::from_le_bytes(time);
            self.input.limits().check_alloc(wanted)?;
            let length = match self.input.length() {
                Some(end) => wanted.min(end.saturating_sub(self.input.position())),
                None => {
                    let most = usize::try_from(wanted).unwrap_or(usize::MAX);
                    self.input.peek(most)?.len() as u64
                }
            };
            // A frame without bytes says that the last picture stays: there is nothing to decode.
            if length > 0 || wanted > 0 {
                return Ok(Some(Frame { position, length, wanted, time }));
            }
        }
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(failure) = self.failure.take() {
            self.ended = true;
            return Err(failure);
        }
        if self.ended {
            return Ok(None);
        }
        let Some(frame) = self.next_frame()? else { return Ok(None) };
        if frame.length < frame.wanted {
            let message = format!("a frame ends after {} of {} bytes", frame.length, frame.wanted);
            let failure = Error::malformed(message).at(frame.position);
            if frame.length == 0 {
                return Err(failure);
            }
            self.failure = Some(failure);
        }
        let data = self.input.read_payload(frame.length)?;
        let mut packet = Packet::new(0, data);
        packet.pts = timestamp(frame.time);
        packet.dts = packet.pts;
        packet.key = self.finder.is_key(&packet.data);
        packet.position = Some(frame.position);
        packet.duration = self.duration(frame.time)?;
        self.number += 1;
        Ok(Some(packet))
    }

    /// How long a frame of this time lasts: up to the next one, which is looked at.
    fn duration(&mut self, time: u64) -> Result<Option<Ticks>> {
        let next = self.input.peek(FRAME_HEADER)?.get(4..FRAME_HEADER);
        let next = next.and_then(|next| next.first_chunk()).map(|next| u64::from_le_bytes(*next));
        if let Some(next) = next
            && let Some(length) = next.checked_sub(time).filter(|length| *length > 0)
            && timestamp(next).is_some()
        {
            self.pace = Some(Ticks::new(length));
            return Ok(self.pace);
        }
        // The last frame lasts as long as the one before it.
        Ok(if next.is_none() { self.pace } else { None })
    }

    /// Finds all frames, reading as little as tells whether they are key frames.
    fn scan(&mut self) -> Result<SeekIndex> {
        let mut index = SeekIndex::default();
        let mut number = 0;
        self.input.seek(self.first)?;
        loop {
            let frame = match self.next_frame() {
                Ok(Some(frame)) if frame.length > 0 => frame,
                // The packets before the damage can be sought; reading tells of it.
                Ok(_) | Err(Error::Malformed(_)) => return Ok(index),
                Err(error) => return Err(error),
            };
            let seen = usize::try_from(frame.length).map_or(ENTRY_BYTES, |n| n.min(ENTRY_BYTES));
            let key = self.finder.is_key(self.input.peek(seen)?);
            let pts = timestamp(frame.time).unwrap_or(Timestamp::new(i64::MAX));
            let place = Place {
                position: frame.position,
                pts,
                dts: pts,
                duration: Ticks::ZERO,
                number,
                key,
            };
            index.push(place, self.input.limits())?;
            self.input.skip(frame.length)?;
            number += 1;
        }
    }
}

impl Demuxer for IvfDemuxer {
    fn format(&self) -> &'static str {
        "ivf"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn duration(&self) -> Option<Time> {
        None
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        self.input.mark();
        let (number, pace) = (self.number, self.pace);
        let result = self.read_next();
        match &result {
            Err(error) if error.is_would_block() => {
                (self.number, self.pace, self.failure) = (number, pace, None);
                self.input.rewind()?;
            }
            Err(Error::Malformed(_) | Error::Limit(_)) => self.ended = true,
            _ => {}
        }
        result
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        let origin = self.input.position();
        let index = match self.index.take() {
            Some(index) => index,
            None => match self.scan() {
                Ok(index) => index,
                Err(error) => {
                    self.input.seek(origin)?;
                    return Err(error);
                }
            },
        };
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down);
        let place = index.find(time, to.mode);
        self.index = Some(index);
        let (position, pts, number) = place.map_or((self.first, Timestamp::ZERO, 0), |place| {
            (place.position, place.pts, place.number)
        });
        self.input.seek(position)?;
        (self.number, self.failure, self.ended) = (number, None, false);
        Ok(Seeked { track: 0, pts })
    }
}

fn timestamp(time: u64) -> Option<Timestamp> {
    i64::try_from(time).ok().map(Timestamp::new)
}
