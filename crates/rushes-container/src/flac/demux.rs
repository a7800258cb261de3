//! The demuxer of FLAC files: tags and metadata blocks in front, then frames one after another.

use rushes_core::{
    Chapter, CodecId, CodecParameters, Error, Metadata, Packet, Result, Ticks, Time, TimeBase,
    Timestamp, Track,
};

use super::blocks::{Blocks, SeekPoint};
use super::frames::{Frame, Frames};
use super::header::FrameHeader;
use super::stream_info::{MARKER, StreamInfo};
use crate::cover::CoverArt;
use crate::id3::Tags;
use crate::input::Input;
use crate::tags::{front, tail};
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Reads FLAC files.
#[derive(Debug)]
pub(crate) struct FlacDemuxer {
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    covers: Vec<CoverArt>,
    /// Covers that were handed out since the start or the last seek.
    pub(super) covers_given: usize,
    pub(super) frames: Frames,
    pub(super) points: Vec<SeekPoint>,
    /// Where the first frame is, and its first sample.
    pub(super) first: Place,
    /// Samples of the frames of a stream that numbers frames.
    pub(super) block_size: u32,
    /// The sample that comes next.
    pub(super) next: u64,
    /// The number of samples that the file promises.
    samples: Option<u64>,
    pub(super) state: State,
}

/// Where a frame is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) position: u64,
    pub(super) sample: u64,
}

/// How far reading has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum State {
    /// The first frame since the start or a seek is next: what is in front of it is of no interest.
    Starting,
    Reading,
    /// A frame behind junk is next, and the junk has been told of.
    BehindJunk,
    /// The last frame, which started at this offset, was damaged or cut off.
    CutOff(u64),
    Ended,
}

impl FlacDemuxer {
    /// Reads everything up to the first frame.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("flac")?;
        let mut tags = Tags::default();
        front::read(&mut input, &mut tags)?;
        let mut blocks = Blocks::default();
        let has_marker = input.peek(MARKER.len())? == MARKER;
        if has_marker {
            input.skip(MARKER.len() as u64)?;
            blocks = Blocks::read(&mut input)?;
        }
        let behind = input.position();
        let end = tail::read(&mut input, behind, &mut tags)?;
        input.seek(behind)?;
        let mut frames = Frames {
            end,
            bits: blocks.info.as_ref().map(|info| info.bits),
            max_frame: blocks.info.as_ref().map_or(0, |info| info.max_frame),
        };
        let first = match frames.next(&mut input) {
            // Of a file that says what is in it, the tracks can be shown even so.
            Err(Error::Malformed(_)) if blocks.info.is_some() => {
                input.seek(behind)?;
                None
            }
            first => first?,
        };
        let stated = blocks.info.take();
        let info = stated.or_else(|| StreamInfo::of_frame(&first.as_ref()?.header));
        let Some(info) = info else {
            let what = "neither stream information nor a frame that says as much";
            return Err(Error::malformed(what).at(behind));
        };
        frames.bits.get_or_insert(info.bits);
        let block_size = first.map_or(u32::from(info.max_block), |frame| frame.header.block_size);
        let position = input.position();
        let sample = first.map_or(0, |frame| sample_of(&frame.header, block_size));
        let base = TimeBase::per_second(info.sample_rate).unwrap_or(TimeBase::nanoseconds());
        let (covers, chapters) = (std::mem::take(&mut blocks.covers), blocks.chapters(base));
        let comments = blocks.comments.take().unwrap_or_default();
        let mut track = describe(&info, base, sample, comments.channel_mask);
        let mut metadata = comments.metadata;
        for (key, value) in tags.metadata.iter() {
            if metadata.value(key).is_none() {
                metadata.set(key, value);
            }
        }
        if let Some(language) = metadata.value("language").map(str::to_owned) {
            track.metadata.set("language", language);
        }
        let mut covers = if covers.is_empty() { tags.covers } else { covers };
        let limit = usize::try_from(input.limits().tracks.saturating_sub(1)).unwrap_or(usize::MAX);
        covers.truncate(limit);
        let mut tracks = vec![track];
        tracks.extend(covers.iter().map(CoverArt::track));
        Ok(Self {
            input,
            tracks,
            metadata,
            chapters: if chapters.is_empty() { tags.chapters } else { chapters },
            covers,
            covers_given: 0,
            frames,
            points: blocks.points,
            first: Place { position, sample },
            block_size,
            next: sample,
            samples: Some(info.samples).filter(|samples| *samples > 0),
            state: State::Starting,
        })
    }

    /// Goes to the next frame, and says which sample it starts with.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>> {
        let Some(frame) = self.frames.next(&mut self.input)? else { return Ok(None) };
        let stated = sample_of(&frame.header, self.block_size);
        // Numbers leave room where frames are missing. They start again where files were put together.
        if frame.whole && stated > self.next {
            self.next = stated;
        }
        Ok(Some(frame))
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(cover) = self.covers.get(self.covers_given) {
            self.covers_given += 1;
            return Ok(Some(cover.packet(self.covers_given)));
        }
        match self.state {
            State::Starting | State::Reading | State::BehindJunk => {}
            State::CutOff(position) => {
                self.state = State::Ended;
                let message = "the last frame is damaged or cut off";
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
        if frame.junk > 0 && self.state == State::Reading {
            self.state = State::BehindJunk;
            // The frame has been found: nothing before it is needed again.
            self.input.mark();
            let message = format!("{} bytes that are no frame of FLAC", frame.junk);
            return Err(Error::malformed(message).at(position - frame.junk));
        }
        let data = self.input.read_payload(frame.length as u64)?;
        let pts = Timestamp::new(i64::try_from(self.next).unwrap_or(i64::MAX));
        let duration = u64::from(frame.header.block_size);
        self.next = self.next.saturating_add(duration);
        // What is behind the last sample that was promised is not missed.
        let complete = frame.whole || self.samples.is_some_and(|samples| self.next >= samples);
        self.state = if frame.last && !complete { State::CutOff(position) } else { State::Reading };
        let mut packet = Packet::new(0, data)
            .with_pts(pts)
            .with_dts(pts)
            .with_duration(Ticks::new(duration))
            .with_key(true);
        packet.position = Some(position);
        Ok(Some(packet))
    }

    /// The end, unless samples are missing.
    fn end(&mut self) -> Result<Option<Packet>> {
        self.state = State::Ended;
        match self.samples {
            Some(samples) if self.next < samples => {
                let message = format!("the stream ends after {} of {samples} samples", self.next);
                Err(Error::malformed(message).at(self.input.position()))
            }
            _ => Ok(None),
        }
    }
}

impl Demuxer for FlacDemuxer {
    fn format(&self) -> &'static str {
        "flac"
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

/// The first sample of a frame, by its number.
pub(super) fn sample_of(header: &FrameHeader, block_size: u32) -> u64 {
    if header.counts_samples { header.number } else { header.number * u64::from(block_size) }
}

fn describe(info: &StreamInfo, base: TimeBase, start: u64, mask: Option<u32>) -> Track {
    let mut codec = CodecParameters::audio(CodecId::Flac, info.parameters(mask));
    codec.private = info.private().into();
    let mut track = Track::new(0, codec, base);
    track.start = i64::try_from(start).ok().map(Timestamp::new);
    let samples = Some(info.samples).filter(|samples| *samples > 0);
    track.duration = samples.map(|samples| Ticks::new(samples.saturating_sub(start)));
    track.disposition.default = true;
    track
}
