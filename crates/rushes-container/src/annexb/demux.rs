//! Reading plain byte streams of H.264 and HEVC.

use rushes_core::{
    Buffer, CodecParameters, Error, FrameRate, Metadata, Packet, Result, Rounding, Time, TimeBase,
    Timestamp, Track, VideoParameters,
};

use super::timeline::{Timeline, Unit};
use super::{h264, hevc};
use crate::bitstream::NalCodec;
use crate::input::Input;
use crate::seek_index::{Place, SeekIndex};
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Frames per second of a stream that does not say: FFmpeg's choice.
const DEFAULT_RATE: u32 = 25;

/// Reads plain byte streams of H.264 and HEVC.
#[derive(Debug)]
pub(crate) struct AnnexBDemuxer {
    input: Input,
    codec: NalCodec,
    tracks: [Track; 1],
    metadata: Metadata,
    pictures: Pictures,
    timeline: Timeline,
    /// Number of the packet that is handed out next.
    number: u64,
    /// What was found when the first seek asked for it: from there on, times are taken from here.
    index: Option<SeekIndex>,
}

/// What follows the stream, by codec.
#[derive(Clone, Debug)]
pub(crate) enum Pictures {
    H264(Box<h264::Pictures>),
    Hevc(Box<hevc::Pictures>),
}

/// Finds the end of a packet, by codec.
enum Splitter {
    H264(h264::Splitter),
    Hevc(hevc::Splitter),
}

impl AnnexBDemuxer {
    /// Reads up to the first packet whose time is known, and at least to the first parameter sets.
    pub(crate) fn open(codec: NalCodec, input: Input, options: &DemuxOptions) -> Result<Self> {
        let name = codec.name();
        options.check_none(name)?;
        let pictures = Pictures::new(codec);
        let parameters = CodecParameters::video(codec.id(), VideoParameters::default());
        let base = TimeBase::per_second(DEFAULT_RATE).unwrap_or(TimeBase::nanoseconds());
        let mut demuxer = Self {
            input,
            codec,
            tracks: [Track::new(0, parameters, base)],
            metadata: Metadata::new(),
            pictures,
            timeline: Timeline::new(1, None),
            number: 0,
            index: None,
        };
        let mut sets = Vec::new();
        let mut read = 0;
        while !(demuxer.pictures.is_known() && demuxer.timeline.is_ready()) {
            let Some((packet, unit)) = demuxer.next_unit()? else {
                demuxer.timeline.finish();
                break;
            };
            read += packet.data.len() as u64;
            let limit = demuxer.input.limits().probe_bytes;
            if read > limit && !demuxer.pictures.is_known() {
                let message = format!("there is no parameter set in the first {limit} bytes");
                return Err(Error::malformed(message));
            }
            sets.extend(codec.parameter_sets(&packet.data));
            demuxer.hold(packet, &unit)?;
        }
        if !demuxer.pictures.is_known() {
            return Err(Error::malformed("there is no parameter set"));
        }
        demuxer.describe(codec.parameter_sets(&sets).into())?;
        Ok(demuxer)
    }

    /// Describes the track by the parameter sets that were found.
    fn describe(&mut self, sets: Buffer) -> Result<()> {
        let mut video = VideoParameters::default();
        let (base, frame) = self.pictures.describe(&mut video);
        let declared = video.reorder_depth.map(u64::from);
        self.input.limits().check_picture(video.width, video.height)?;
        let mut codec = CodecParameters::video(self.codec.id(), video);
        codec.private = sets;
        self.timeline.declare(frame, declared);
        let mut track = Track::new(0, codec, base);
        track.disposition.default = true;
        track.start = Some(Timestamp::ZERO);
        self.tracks = [track];
        Ok(())
    }

    /// The next access unit; its time is not known yet.
    fn next_unit(&mut self) -> Result<Option<(Packet, Unit)>> {
        let position = self.input.position();
        let Some(length) = next_length(self.codec, &mut self.input)? else { return Ok(None) };
        let data = self.input.read_payload(length)?;
        let unit = self.pictures.read(&data);
        let mut packet = Packet::new(0, data).with_key(unit.key);
        packet.position = Some(position);
        Ok(Some((packet, unit)))
    }

    fn hold(&mut self, packet: Packet, unit: &Unit) -> Result<()> {
        self.timeline.push(packet, unit);
        let held = self.timeline.bytes();
        let limit = self.input.limits().alloc_bytes;
        if held > limit { Err(Error::limit("alloc_bytes", held, limit)) } else { Ok(()) }
    }

    fn read_next(&mut self) -> Result<Option<Packet>> {
        if let Some(index) = &self.index {
            let place = index.get(self.number);
            let Some(length) = next_length(self.codec, &mut self.input)? else { return Ok(None) };
            let position = self.input.position();
            let mut packet = Packet::new(0, self.input.read_payload(length)?);
            packet.position = Some(position);
            if let Some(place) = place {
                packet.key = place.key;
                (packet.pts, packet.dts) = (Some(place.pts), Some(place.dts));
                packet.duration = Some(place.duration);
            }
            self.number += 1;
            return Ok(Some(packet));
        }
        while !self.timeline.is_ready() && !self.timeline.is_finished() {
            self.input.mark();
            match self.next_unit()? {
                Some((packet, unit)) => self.hold(packet, &unit)?,
                None => self.timeline.finish(),
            }
        }
        let packet = self.timeline.pop();
        self.number += u64::from(packet.is_some());
        Ok(packet)
    }

    /// Finds all packets and their times.
    fn scan(&mut self) -> Result<SeekIndex> {
        self.input.seek(0)?;
        self.pictures = Pictures::new(self.codec);
        self.timeline = self.timeline.anew();
        let mut index = SeekIndex::default();
        let mut number = 0;
        loop {
            let Some(packet) = self.read_next()? else { return Ok(index) };
            let time = |time: Option<Timestamp>| time.unwrap_or(Timestamp::ZERO);
            let place = Place {
                position: packet.position.unwrap_or(0),
                pts: time(packet.pts),
                dts: time(packet.dts),
                duration: packet.duration.unwrap_or_default(),
                number,
                key: packet.key,
            };
            index.push(place, self.input.limits())?;
            number += 1;
        }
    }
}

impl Demuxer for AnnexBDemuxer {
    fn format(&self) -> &'static str {
        self.codec.name()
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
        self.input.rewind_if_blocked(result)
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        to.check(&self.input, 1)?;
        if self.index.is_none() {
            let number = self.number;
            let scanned = self.scan();
            // Where the scan failed, reading starts anew rather than somewhere in between.
            self.input.seek(0)?;
            self.pictures = Pictures::new(self.codec);
            self.timeline = self.timeline.anew();
            self.number = 0;
            match scanned {
                Ok(index) => self.index = Some(index),
                Err(error) => {
                    for _ in 0..number {
                        self.read_next()?;
                    }
                    return Err(error);
                }
            }
        }
        let time = to.time.to_base(self.tracks[0].time_base, Rounding::Down);
        let place = self.index.as_ref().and_then(|index| index.find(time, to.mode));
        let Some(place) = place else { return Ok(Seeked { track: 0, pts: Timestamp::ZERO }) };
        self.input.seek(place.position)?;
        self.number = place.number;
        Ok(Seeked { track: 0, pts: place.pts })
    }
}

/// Length of the next access unit; `None` at the end.
fn next_length(codec: NalCodec, input: &mut Input) -> Result<Option<u64>> {
    let mut splitter = match codec {
        NalCodec::H264 => Splitter::H264(h264::Splitter::default()),
        NalCodec::Hevc => Splitter::Hevc(hevc::Splitter::default()),
    };
    let limit = input.limits().alloc_bytes;
    let mut wanted = 1;
    loop {
        let bytes = input.peek_available(wanted)?;
        let end = match &mut splitter {
            Splitter::H264(splitter) => splitter.end(bytes),
            Splitter::Hevc(splitter) => splitter.end(bytes),
        };
        let seen = bytes.len();
        if let Some(end) = end {
            return Ok(Some(end as u64));
        }
        if seen < wanted {
            return Ok((seen > 0).then_some(seen as u64));
        }
        if seen as u64 > limit {
            return Err(Error::limit("alloc_bytes", seen as u64, limit));
        }
        wanted = seen + 1;
    }
}

impl Pictures {
    pub(crate) fn new(codec: NalCodec) -> Self {
        match codec {
            NalCodec::H264 => Self::H264(Box::default()),
            NalCodec::Hevc => Self::Hevc(Box::default()),
        }
    }

    /// Reads an access unit behind start codes.
    pub(crate) fn read(&mut self, unit: &[u8]) -> Unit {
        match self {
            Self::H264(pictures) => pictures.read(unit),
            Self::Hevc(pictures) => pictures.read(unit),
        }
    }

    /// True once there is a sequence parameter set.
    fn is_known(&self) -> bool {
        match self {
            Self::H264(pictures) => pictures.sequence().is_some(),
            Self::Hevc(pictures) => pictures.sequence().is_some(),
        }
    }

    /// Describes the pictures; gives the length of a tick, and ticks of a frame.
    pub(crate) fn describe(&self, video: &mut VideoParameters) -> (TimeBase, u64) {
        let (timing, ticks) = match self {
            Self::H264(pictures) => {
                let Some(sps) = pictures.sequence() else { return (TimeBase::nanoseconds(), 1) };
                (video.width, video.height) = (sps.width(), sps.height());
                video.color = sps.vui.color;
                video.sample_aspect = sps.vui.sample_aspect;
                video.pixel_format = sps.chroma.pixel_format(sps.luma_depth, sps.vui.color.matrix);
                video.constant_frame_rate = sps.vui.fixed_rate || sps.vui.timing.is_none();
                video.reorder_depth = sps.vui.reorder_frames.map(u32::from);
                (sps.vui.timing, 2)
            }
            Self::Hevc(pictures) => {
                let Some(sps) = pictures.sequence() else { return (TimeBase::nanoseconds(), 1) };
                video.width = sps.crop.width(sps.width);
                video.height = sps.crop.height(sps.height);
                video.color = sps.vui.color;
                video.sample_aspect = sps.vui.sample_aspect;
                video.pixel_format = sps.chroma.pixel_format(sps.luma_depth, sps.vui.color.matrix);
                video.constant_frame_rate = sps.vui.timing.is_none();
                video.reorder_depth = Some(u32::from(sps.reordered));
                (sps.vui.timing, 1)
            }
        };
        let base = timing.and_then(|timing| TimeBase::new(timing.units, timing.scale));
        let base = base.or_else(|| TimeBase::per_second(DEFAULT_RATE * ticks));
        let base = base.unwrap_or(TimeBase::nanoseconds());
        video.frame_rate =
            base.numer().checked_mul(ticks).and_then(|numer| FrameRate::new(base.denom(), numer));
        (base, u64::from(ticks))
    }
}
