//! Reading plain AV1 streams.

use rushes_core::bitstream::av1::av1c;
use rushes_core::{
    CodecId, CodecParameters, Error, FrameRate, MediaParameters, Metadata, Packet, Result,
    Rounding, Ticks, Time, TimeBase, Timestamp, Track, VideoParameters,
};

use super::{Layout, units};
use crate::bitstream::{self, EntryFinder};
use crate::input::Input;
use crate::seek_index::{Place, SeekIndex};
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Bytes at the start that tell the layout.
const LAYOUT_BYTES: usize = 256;

/// Pictures per second of a stream that does not say: FFmpeg's choice.
const DEFAULT_RATE: u32 = 25;

/// Reads plain AV1 streams.
#[derive(Debug)]
pub(crate) struct ObuDemuxer {
    input: Input,
    layout: Layout,
    tracks: [Track; 1],
    metadata: Metadata,
    finder: EntryFinder,
    /// Number of the next packet.
    number: u64,
    /// The first temporal unit, which was read to describe the track.
    first: Option<Packet>,
    /// What is said once, behind the last packet.
    failure: Option<Error>,
    ended: bool,
    index: Option<SeekIndex>,
}

impl ObuDemuxer {
    /// Reads the first temporal unit.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        options.check_none("obu")?;
        let layout = Layout::of(input.peek(LAYOUT_BYTES)?);
        let layout = layout.ok_or_else(|| Error::malformed("no AV1 stream starts so").at(0))?;
        let codec = CodecParameters::video(CodecId::Av1, VideoParameters::default());
        let base = TimeBase::per_second(DEFAULT_RATE).unwrap_or(TimeBase::nanoseconds());
        let mut demuxer = Self {
            input,
            layout,
            tracks: [Track::new(0, codec, base)],
            metadata: Metadata::new(),
            finder: EntryFinder::new(&CodecId::Av1),
            number: 0,
            first: None,
            failure: None,
            ended: false,
            index: None,
        };
        let first = demuxer.read_unit()?;
        demuxer.describe(&first.as_ref().map(|packet| packet.data.clone()).unwrap_or_default())?;
        demuxer.first = first;
        demuxer.number = 0;
        Ok(demuxer)
    }

    fn describe(&mut self, first: &[u8]) -> Result<()> {
        let track = &mut self.tracks[0];
        bitstream::describe(&mut track.codec, first, None);
        let sequence = av1c::sequence(&track.codec.private)?;
        let sequence = sequence.ok_or_else(|| Error::malformed("there is no sequence header"))?;
        self.input.limits().check_picture(sequence.width, sequence.height)?;
        let timing = sequence.timing.filter(|_| sequence.constant_rate);
        if let Some(base) = timing.and_then(|timing| TimeBase::new(timing.units, timing.scale)) {
            track.time_base = base;
        }
        if let MediaParameters::Video(video) = &mut track.codec.media {
            video.frame_rate = FrameRate::new(track.time_base.denom(), track.time_base.numer());
            video.constant_frame_rate = true;
        }
        track.start = Some(Timestamp::ZERO);
        track.disposition.default = true;
        Ok(())
    }

    fn read_unit(&mut self) -> Result<Option<Packet>> {
        if let Some(failure) = self.failure.take() {
            self.ended = true;
            return Err(failure);
        }
        if self.ended {
            return Ok(None);
        }
        let position = self.input.position();
        let Some(unit) = units::next(self.layout, &mut self.input)? else { return Ok(None) };
        self.failure = unit.failure;
        let time = Timestamp::new(i64::try_from(self.number).unwrap_or(i64::MAX));
        let mut packet =
            Packet::new(0, unit.data).with_pts(time).with_dts(time).with_duration(Ticks::new(1));
        packet.key = self.finder.is_key(&packet.data);
        packet.position = Some(position);
        self.number += 1;
        Ok(Some(packet))
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(first) = self.first.take() {
            self.number = 1;
            return Ok(Some(first));
        }
        self.read_unit()
    }

    fn restart(&mut self, place: Option<Place>) -> Result<()> {
        (self.first, self.failure, self.ended) = (None, None, false);
        self.number = place.map_or(0, |place| place.number);
        self.input.seek(place.map_or(0, |place| place.position))
    }

    fn scan(&mut self) -> Result<SeekIndex> {
        self.restart(None)?;
        let mut index = SeekIndex::default();
        loop {
            let number = self.number;
            let packet = match self.read_unit() {
                Ok(Some(packet)) => packet,
                // The packets before the damage can be sought; reading tells of it.
                Ok(None) | Err(Error::Malformed(_)) => return Ok(index),
                Err(error) => return Err(error),
            };
            let pts = packet.pts.unwrap_or(Timestamp::ZERO);
            let position = packet.position.unwrap_or(0);
            let (duration, key) = (Ticks::new(1), packet.key);
            let place = Place { position, pts, dts: pts, duration, number, key };
            index.push(place, self.input.limits())?;
        }
    }
}

impl Demuxer for ObuDemuxer {
    fn format(&self) -> &'static str {
        "obu"
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
        let result = self.read_next();
        match &result {
            Err(error) if error.is_would_block() => self.input.rewind()?,
            Err(Error::Malformed(_) | Error::Limit(_)) => self.ended = true,
            _ => {}
        }
        result
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        if self.index.is_none() {
            let here = Place {
                position: self.input.position(),
                pts: Timestamp::ZERO,
                dts: Timestamp::ZERO,
                duration: Ticks::ZERO,
                number: self.number,
                key: false,
            };
            let first = self.first.clone();
            match self.scan() {
                Ok(index) => self.index = Some(index),
                Err(error) => {
                    self.restart(Some(here))?;
                    self.first = first;
                    return Err(error);
                }
            }
        }
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down);
        let place = self.index.as_ref().and_then(|index| index.find(time, to.mode));
        self.restart(place)?;
        Ok(Seeked { track: 0, pts: place.map_or(Timestamp::ZERO, |place| place.pts) })
    }
}
