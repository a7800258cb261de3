//! The demuxer: tags in front, what the encoder says, frames one after another.

use rushes_core::{
    AudioParameters, Buffer, Chapter, CodecParameters, Error, Metadata, MpegAudioHeader, Packet,
    Result, SampleFormat, Ticks, Time, TimeBase, Timestamp, Track, Trim,
};

use super::frames::{Frame, Frames};
use super::info::{Gaps, Info};
use super::seek::{Index, Place};
use super::tail;
use crate::cover::CoverArt;
use crate::id3::{self, Tags};
use crate::input::Input;
use crate::probe;
use crate::{DemuxOptions, Demuxer, SeekTo, Seeked};

/// Ticks per second: the least that every sample rate of MPEG audio divides.
const RATE: u32 = 14_112_000;

/// Reads streams of MPEG audio.
#[derive(Debug)]
pub(crate) struct MpaDemuxer {
    pub(super) input: Input,
    pub(super) tracks: Vec<Track>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    covers: Vec<CoverArt>,
    /// Covers that were handed out since the start or the last seek.
    pub(super) covers_given: usize,
    pub(super) frames: Frames,
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
#[derive(Clone, Copy, Debug)]
struct Cut {
    start: u64,
    /// Where padding starts, and where the stream ends by what the encoder says.
    end: Option<(u64, u64)>,
}

impl MpaDemuxer {
    /// Reads everything up to the first frame.
    pub(crate) fn open(mut input: Input, options: &DemuxOptions) -> Result<Self> {
        if let Some(name) = options.options.keys().next() {
            return Err(Error::usage(format!(
                "the mp3 demuxer has no option '{name}'; it has none"
            )));
        }
        let mut tags = Tags::default();
        let sound = read_front(&mut input, &mut tags)?;
        let end = tail::read(&mut input, sound, &mut tags)?;
        input.seek(sound)?;
        let (frames, first) = Frames::open(&mut input, end)?;
        let Some(first) = first else { return Err(no_sound(&mut input, sound)) };
        let header = first.header;
        let start = input.position();
        let info = Info::read(&header, input.peek(first.length)?);
        if info.is_some() {
            input.skip(first.length as u64)?;
        }
        let info = info.unwrap_or_default();
        let left = input.length().map(|_| end.saturating_sub(start));
        let promised = info.frames.filter(|_| is_whole(&info, left)).map(u64::from);
        let samples = promised.map(|frames| frames.saturating_mul(u64::from(header.samples())));
        let samples = match samples {
            None if info == Info::default() => constant_samples(&mut input, &header, start, end)?,
            samples => samples,
        };
        let gaps = info.gaps.filter(|_| options.apply_edits).unwrap_or_default();
        let track = describe(&header, &info, gaps, samples, promised);
        let cut = Cut::new(&header, gaps, promised);
        let limit = usize::try_from(input.limits().tracks.saturating_sub(1)).unwrap_or(usize::MAX);
        tags.covers.truncate(limit);
        let place = Place { position: input.position(), elapsed: 0, number: 0 };
        let mut tracks = vec![track];
        tracks.extend(tags.covers.iter().map(CoverArt::track));
        if !info.encoder.is_empty() && tags.metadata.value("encoder").is_none() {
            tags.metadata.set("encoder", info.encoder);
        }
        Ok(Self {
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
        })
    }

    /// When the frame at this place is heard.
    pub(super) fn pts(&self, place: Place) -> Timestamp {
        let elapsed = i64::try_from(place.elapsed).unwrap_or(i64::MAX);
        Timestamp::new(elapsed).saturating_sub(Ticks::new(self.cut.start))
    }

    /// Goes to the next frame and notes where it is.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>> {
        let frame = self.frames.next(&mut self.input)?;
        if frame.is_some() {
            self.place.position = self.input.position();
            self.index.note(self.place, self.input.limits())?;
        }
        Ok(frame)
    }

    /// Counts a frame, whose bytes have been passed.
    pub(super) fn advance(&mut self, frame: &Frame) {
        let next = self.place.elapsed.saturating_add(ticks(&frame.header));
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
            let message = format!("{} bytes that are no frame of MPEG audio", frame.junk);
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

    fn packet(&self, frame: &Frame, position: u64, data: Buffer) -> Packet {
        let duration = ticks(&frame.header);
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

impl Demuxer for MpaDemuxer {
    fn format(&self) -> &'static str {
        "mp3"
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
        if let Err(error) = &result
            && error.is_would_block()
        {
            self.input.rewind()?;
        }
        result
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        self.seek_to(to)
    }
}

impl Cut {
    fn new(header: &MpegAudioHeader, gaps: Gaps, frames: Option<u64>) -> Self {
        let tick = u64::from(RATE / header.sample_rate());
        let end = frames.map(|frames| {
            let end = frames.saturating_mul(ticks(header));
            (end.saturating_sub(u64::from(gaps.end) * tick), end)
        });
        Self { start: u64::from(gaps.start) * tick, end }
    }

    /// What is cut from a frame that starts after so many ticks.
    fn trim(&self, elapsed: u64, duration: u64) -> Trim {
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

/// Length of a frame. All sample rates divide the time base.
pub(super) fn ticks(header: &MpegAudioHeader) -> u64 {
    u64::from(header.samples()) * u64::from(RATE / header.sample_rate())
}

pub(super) fn time_base() -> TimeBase {
    TimeBase::per_second(RATE).unwrap_or(TimeBase::nanoseconds())
}

/// Reads the tags in front of the sound, and returns where they end.
fn read_front(input: &mut Input, tags: &mut Tags) -> Result<u64> {
    while let Some(header) = id3::Header::read(input.peek(id3::Header::SIZE)?) {
        let limit = input.limits().metadata_bytes;
        if header.size > limit {
            return Err(Error::limit("metadata_bytes", header.size, limit));
        }
        input.skip(id3::Header::SIZE as u64)?;
        let body = input.read_payload(header.size).map_err(|error| error.within("ID3"))?;
        id3::read_v2(header, &body, tags);
    }
    Ok(input.position())
}

/// The error for an input without frames, which says what there is instead.
fn no_sound(input: &mut Input, sound: u64) -> Error {
    let start = input.seek(sound).and_then(|()| input.peek(64));
    match start {
        Ok([]) => Error::malformed("there is no sound behind the tags").at(sound),
        Ok(start) if sound > 0 && probe::is_known(start) => {
            let what = probe::nature(start);
            Error::unsupported(format!("{what} behind an ID3 tag"), "MPEG audio")
        }
        Ok(start) => {
            let what = probe::nature(start);
            Error::malformed(format!("no frames of MPEG audio; there is {what}")).at(sound)
        }
        Err(error) => error,
    }
}

/// False where the stream is longer than the encoder says: it has been put together from several, and what the encoder says is
/// about the first.
fn is_whole(info: &Info, left: Option<u64>) -> bool {
    match (info.bytes, left) {
        (Some(stated), Some(left)) => left.saturating_sub(stated.into()) <= u64::from(stated) / 16,
        _ => true,
    }
}

/// Samples of a stream of constant bit rate, which its length tells; `None` where frames are not where they should be then.
fn constant_samples(
    input: &mut Input,
    header: &MpegAudioHeader,
    start: u64,
    end: u64,
) -> Result<Option<u64>> {
    let Some(bit_rate) = header.bit_rate().filter(|_| input.is_seekable()) else { return Ok(None) };
    let samples = u64::from(header.samples());
    // A frame has samples * bit_rate / (8 * sample_rate) bytes, of which padding evens out the fraction.
    let frame = samples * u64::from(bit_rate);
    let unit = 8 * u64::from(header.sample_rate());
    let Some(scaled) = end.saturating_sub(start).checked_mul(unit) else { return Ok(None) };
    let count = (scaled.saturating_add(frame / 2) / frame).max(1);
    for number in [count / 2, count.saturating_sub(1)] {
        let expected = start + number.saturating_mul(frame) / unit;
        // Whether the fraction is rounded up or down is the encoder's choice, and layer 1 pads four bytes at once.
        let first = expected.saturating_sub(4).max(start);
        input.seek(first)?;
        let bytes = input.peek(12)?;
        let found = (0..=8).any(|at| {
            let other = bytes.get(at..).and_then(MpegAudioHeader::read);
            other.is_some_and(|other| other.is_like(header) && other.bit_rate() == Some(bit_rate))
        });
        if !found {
            input.seek(start)?;
            return Ok(None);
        }
    }
    input.seek(start)?;
    Ok(Some(count.saturating_mul(samples)))
}

fn describe(
    header: &MpegAudioHeader,
    info: &Info,
    gaps: Gaps,
    samples: Option<u64>,
    frames: Option<u64>,
) -> Track {
    let rate = u64::from(header.sample_rate());
    let mut audio = AudioParameters::new(header.sample_rate(), header.layout());
    audio.sample_format = Some(SampleFormat::F32);
    (audio.delay, audio.padding) = (gaps.start, gaps.end);
    audio.frame_samples = Some(header.samples());
    let mut codec = CodecParameters::audio(header.codec(), audio);
    let average = samples.filter(|samples| *samples > 0).zip(info.bytes);
    codec.bit_rate = match average {
        Some((samples, bytes)) if !info.constant => Some(u64::from(bytes) * 8 * rate / samples),
        _ => header.bit_rate().map(u64::from).filter(|_| info.constant || samples.is_some()),
    };
    let mut track = Track::new(0, codec, time_base());
    track.start = Some(Timestamp::ZERO);
    track.packets = frames;
    track.disposition.default = true;
    let cut = u64::from(gaps.start) + u64::from(gaps.end);
    track.duration = samples.map(|samples| {
        Ticks::new(samples.saturating_sub(cut).saturating_mul(u64::from(RATE) / rate))
    });
    track
}
