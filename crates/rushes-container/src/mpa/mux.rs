//! Writing MPEG audio: a tag in front, the frame that tells the length and what is to be cut, the sound.

use std::collections::VecDeque;

use rushes_core::{
    Buffer, Chapter, CodecId, Error, Metadata, MpegAudioHeader, Packet, Result, Rounding, Ticks,
    TimeBase, Timestamp, Track,
};

use super::info::Gaps;
use super::info_frame::{self, InfoFrame};
use crate::checks::{check_order, check_track};
use crate::id3::{self, Picture};
use crate::output::Output;
use crate::{MuxOptions, Muxer, Sink};

/// Most bytes of sound that wait for pictures, which come in front of it.
const MOST_WAITING: usize = 64 << 20;

/// Writes streams of MPEG audio.
///
/// The format has no timeline: frames follow one another. What is cut at the start and the end is stated in front, if the sink
/// seeks and the stream is of layer 3.
#[derive(Debug)]
pub(super) struct Mp3Muxer {
    output: Output,
    tracks: Vec<Track>,
    metadata: Metadata,
    chapters: Vec<Chapter>,
    /// The track of the sound.
    sound: usize,
    /// By track; nothing where none is wanted or none came yet.
    pictures: Vec<Option<Buffer>>,
    waiting: VecDeque<Packet>,
    waiting_bytes: usize,
    /// The tag was written.
    started: bool,
    /// What is known of the sound; `None` before its first frame.
    stream: Option<Stream>,
    last: Option<Timestamp>,
}

/// The sound so far.
#[derive(Debug)]
struct Stream {
    header: MpegAudioHeader,
    info: Option<(u64, InfoFrame)>,
    /// Samples to be cut from the start; `None` where nothing says so.
    start: Option<u32>,
    /// Samples to be cut from the end.
    end: u32,
}

impl Mp3Muxer {
    /// Checks the tracks, and writes the tag unless pictures belong into it.
    pub(super) fn create(sink: Sink, tracks: &[Track], options: &MuxOptions) -> Result<Self> {
        options.check_none("mp3")?;
        let is_picture = |track: &Track| track.disposition.attached_picture;
        let mut sounds = tracks.iter().enumerate().filter(|(_, track)| !is_picture(track));
        let (Some((sound, track)), None) = (sounds.next(), sounds.next()) else {
            return Err(Error::usage("mp3 takes 1 audio track, and pictures".to_owned()));
        };
        if !matches!(track.codec.codec, CodecId::Mp1 | CodecId::Mp2 | CodecId::Mp3) {
            let what = format!("codec {} in mp3", track.codec.codec);
            return Err(Error::unsupported(what, "mp3, mp2, mp1; pictures: mjpeg, png, gif, webp"));
        }
        for track in tracks.iter().filter(|track| is_picture(track)) {
            let codec = &track.codec.codec;
            Picture::mime(codec).ok_or_else(|| {
                Error::unsupported(format!("a picture in {codec} in mp3"), "mjpeg, png, gif, webp")
            })?;
        }
        let mut metadata = options.metadata.clone();
        if metadata.value("encoder").is_none() {
            metadata.set("encoder", crate::ENCODER);
        }
        let mut muxer = Self {
            output: Output::new(sink)?,
            tracks: tracks.to_vec(),
            metadata,
            chapters: options.chapters.clone(),
            sound,
            pictures: vec![None; tracks.len()],
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            started: false,
            stream: None,
            last: None,
        };
        if muxer.is_complete() {
            muxer.start()?;
        }
        Ok(muxer)
    }

    /// All pictures are there.
    fn is_complete(&self) -> bool {
        let has =
            |(track, picture): (usize, &Option<Buffer>)| track == self.sound || picture.is_some();
        self.pictures.iter().enumerate().all(has)
    }

    /// Writes the tag, and the sound that waited for its pictures.
    fn start(&mut self) -> Result<()> {
        let pictures: Vec<Picture<'_>> = self
            .tracks
            .iter()
            .zip(&self.pictures)
            .filter_map(|(track, data)| Some(Picture { track, data: data.as_ref()? }))
            .collect();
        self.output.write(&id3::write_v2(&self.metadata, &self.chapters, &pictures)?)?;
        self.started = true;
        self.waiting_bytes = 0;
        while let Some(packet) = self.waiting.pop_front() {
            self.write_sound(&packet)?;
        }
        Ok(())
    }

    fn write_picture(&mut self, packet: &Packet) -> Result<()> {
        let slot = self.pictures.get_mut(packet.track);
        let Some(slot @ None) = slot.filter(|_| !self.started) else {
            let message = format!("a second picture for track {}", packet.track);
            return Err(Error::usage(message));
        };
        *slot = Some(packet.data.clone());
        if self.is_complete() { self.start() } else { Ok(()) }
    }

    fn wait(&mut self, packet: &Packet) -> Result<()> {
        self.waiting_bytes = self.waiting_bytes.saturating_add(packet.data.len());
        if self.waiting_bytes > MOST_WAITING {
            return Err(Error::usage("the pictures of an mp3 file must come before its sound"));
        }
        self.waiting.push_back(packet.clone());
        Ok(())
    }

    fn write_sound(&mut self, packet: &Packet) -> Result<()> {
        let codec = &self.tracks[self.sound].codec.codec;
        let header = MpegAudioHeader::read(&packet.data)
            .filter(|header| header.codec() == *codec)
            .ok_or_else(|| Error::malformed(format!("a packet that is no frame of {codec}")))?;
        if self.stream.is_none() {
            self.stream = Some(self.first(packet, header)?);
        }
        let base = self.tracks[self.sound].time_base;
        let Some(stream) = &mut self.stream else { return Ok(()) };
        stream.cut(packet, base)?;
        let mut rest = &packet.data[..];
        while let Some(frame) = MpegAudioHeader::read(rest) {
            // Frames of the free format come alone.
            let length = frame.frame_bytes().unwrap_or(rest.len()).min(rest.len());
            let (bytes, behind) = rest.split_at(length);
            if let Some((_, info)) = &mut stream.info {
                info.count(bytes);
            }
            rest = behind;
        }
        self.output.write(&packet.data)
    }

    /// Starts the sound with room for the frame that tells of it, which only a sink that seeks can be given later.
    fn first(&mut self, packet: &Packet, header: MpegAudioHeader) -> Result<Stream> {
        let rate = TimeBase::per_second(header.sample_rate());
        let delay = packet.pts.zip(rate).map(|(pts, rate)| {
            let base = self.tracks[self.sound].time_base;
            let before = Timestamp::ZERO.since(pts).max(packet.trim.start);
            base.convert_ticks(before, rate, Rounding::Nearest).count()
        });
        let start = delay.and_then(|delay| u32::try_from(delay).ok()).filter(|delay| *delay > 0);
        if let Some(start) = start
            && !info_frame::fits(Gaps { start, end: 0 })
        {
            let message = format!("{start} samples before the start; mp3 can hide 529 to 4624");
            return Err(Error::usage(message));
        }
        let info = InfoFrame::new(&packet.data).filter(|_| self.output.is_seekable());
        let info = match info {
            Some(info) => {
                let position = self.output.position();
                self.output.write(&info.write(None))?;
                Some((position, info))
            }
            None => None,
        };
        Ok(Stream { header, info, start, end: 0 })
    }
}

impl Stream {
    /// Notes what is cut from the end, which only the end of the stream can be.
    fn cut(&mut self, packet: &Packet, base: TimeBase) -> Result<()> {
        let is_start = packet.pts.is_some_and(|pts| pts < Timestamp::ZERO);
        let end = match (packet.discard, packet.duration) {
            (true, _) if is_start => Ticks::ZERO,
            (true, Some(duration)) => duration,
            _ => packet.trim.end,
        };
        if self.end > 0 && end == Ticks::ZERO {
            return Err(Error::unsupported("cutting inside of an mp3 stream", "cuts at its end"));
        }
        let rate = TimeBase::per_second(self.header.sample_rate()).unwrap_or(base);
        let samples = base.convert_ticks(end, rate, Rounding::Nearest).count();
        self.end = self.end.saturating_add(u32::try_from(samples).unwrap_or(u32::MAX));
        let gaps = Gaps { start: self.start.unwrap_or(1105), end: self.end };
        if self.end > 0 && !info_frame::fits(gaps) {
            let message = format!("{} samples behind the end; mp3 can hide 3566", self.end);
            return Err(Error::usage(message));
        }
        Ok(())
    }
}

impl Muxer for Mp3Muxer {
    fn write(&mut self, packet: &Packet) -> Result<()> {
        let count = self.tracks.len();
        check_track(packet.track, count)?;
        if packet.track != self.sound {
            return self.write_picture(packet);
        }
        let time = packet.dts.or(packet.pts);
        check_order(time, self.last)?;
        self.last = time.or(self.last);
        if self.started { self.write_sound(packet) } else { self.wait(packet) }
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        if !self.started {
            self.start()?;
        }
        if let Some(Stream { info: Some((position, info)), start, end, .. }) = &self.stream {
            let gaps = start.map(|start| Gaps { start, end: *end });
            let frame = info.write(gaps);
            self.output.patch(*position, &frame)?;
        }
        self.output.flush()
    }
}
