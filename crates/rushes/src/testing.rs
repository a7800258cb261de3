//! A source in memory, for tests: packets hold what they decode to.

use std::collections::VecDeque;

use rushes_codec::Decoder;
use rushes_container::{Demuxer, SeekMode, SeekTo, Seeked};
use rushes_core::{
    AudioFrame, AudioParameters, ChannelLayout, Chapter, CodecId, CodecParameters, Error, Frame,
    Limits, MediaKind, Metadata, Packet, PixelFormat, Plane, Result, Rounding, Ticks, Time,
    TimeBase, Timestamp, Track, VideoFrame, VideoParameters,
};

use crate::input::Input;
use crate::{FrameReader, Reader, TrackDecoder, Wait};

/// Frames per second of the video, samples per second of the audio, samples per packet.
pub(crate) const FPS: u32 = 25;
pub(crate) const RATE: u32 = 1000;
pub(crate) const BLOCK: u32 = 64;
/// Frames from one key frame to the next.
pub(crate) const GOP: u32 = 10;
pub(crate) const WIDTH: u32 = 6;
pub(crate) const HEIGHT: u32 = 4;

pub(crate) struct FakeDemuxer {
    tracks: Vec<Track>,
    packets: Vec<Packet>,
    next: usize,
    metadata: Metadata,
    /// Calls that find no data.
    pub(crate) blocked: usize,
}

/// A source of one video track of `frames` pictures (number `n` is filled with `n`), one audio track of as many seconds (sample `n` is `n`), and subtitles.
pub(crate) fn source(frames: u32) -> FakeDemuxer {
    let base = |rate| TimeBase::per_second(rate).expect("not zero");
    let mut video = VideoParameters::new(WIDTH, HEIGHT);
    video.pixel_format = Some(PixelFormat::Yuv444p);
    let audio = AudioParameters::new(RATE, ChannelLayout::STEREO);
    let subtitles = CodecParameters::other(CodecId::MovText);
    let tracks = vec![
        Track::new(1, CodecParameters::video(CodecId::H264, video), base(FPS)),
        Track::new(2, CodecParameters::audio(CodecId::Aac, audio), base(RATE)),
        Track::new(3, subtitles, base(RATE)),
    ];
    let mut packets = Vec::new();
    for frame in 0..frames {
        let time = Timestamp::new(i64::from(frame));
        packets.push(
            Packet::new(0, frame.to_le_bytes().to_vec())
                .with_pts(time)
                .with_dts(time)
                .with_duration(Ticks::new(1))
                .with_key(frame % GOP == 0),
        );
    }
    let samples = frames * RATE / FPS;
    for start in (0..samples).step_by(BLOCK as usize) {
        let count = BLOCK.min(samples - start);
        let data = [start.to_le_bytes(), count.to_le_bytes()].concat();
        let time = Timestamp::new(i64::from(start));
        let length = Ticks::new(u64::from(count));
        let packet = Packet::new(1, data).with_pts(time).with_dts(time).with_key(true);
        packets.push(packet.with_duration(length));
    }
    packets.push(Packet::new(2, vec![]).with_pts(Timestamp::ZERO).with_key(true));
    let at = |packet: &Packet| tracks[packet.track].time_base.time(packet.pts.unwrap_or_default());
    packets.sort_by(|a, b| at(a).cmp(&at(b)).then(a.track.cmp(&b.track)));
    FakeDemuxer { tracks, packets, next: 0, metadata: Metadata::new(), blocked: 0 }
}

impl FakeDemuxer {
    pub(crate) fn frames(self) -> FrameReader {
        let tracks = self.tracks.clone();
        let mut frames =
            FrameReader::from_input(Input::new(Box::new(self), Limits::default(), Wait::never()));
        for (index, track) in tracks.iter().enumerate() {
            let decoder: Box<dyn Decoder> = match track.kind() {
                MediaKind::Video => Box::new(FakeVideo::default()),
                MediaKind::Audio => Box::new(FakeAudio::default()),
                _ => continue,
            };
            frames.select_own(TrackDecoder::with_decoder(index, track, decoder));
        }
        frames
    }

    pub(crate) fn reader(self) -> Reader {
        Reader::from_frames(self.frames())
    }

    pub(crate) fn packets(&mut self) -> &mut Vec<Packet> {
        &mut self.packets
    }
}

impl Demuxer for FakeDemuxer {
    fn format(&self) -> &'static str {
        "fake"
    }

    fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn chapters(&self) -> &[Chapter] {
        &[]
    }

    fn duration(&self) -> Option<Time> {
        None
    }

    fn next_packet(&mut self) -> Result<Option<Packet>> {
        if self.blocked > 0 {
            self.blocked -= 1;
            return Err(Error::io("reading", std::io::ErrorKind::WouldBlock.into()));
        }
        let packet = self.packets.get(self.next).cloned();
        self.next += usize::from(packet.is_some());
        Ok(packet)
    }

    fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        let track = to.track.unwrap_or(0);
        let base = self.tracks[track].time_base;
        let wanted = to.time.to_base(base, Rounding::Down);
        let fits = |packet: &&Packet| {
            packet.track == track
                && packet.pts <= Some(wanted)
                && (packet.key || to.mode == SeekMode::Any)
        };
        let pts = self.packets.iter().rfind(fits).and_then(|packet| packet.pts).unwrap_or_default();
        let start = base.time(pts);
        let position = self.packets.iter().position(|packet| {
            let base = self.tracks[packet.track].time_base;
            let length = packet.duration.unwrap_or_default();
            packet.pts.is_some_and(|pts| base.time(pts.saturating_add(length)) > start)
        });
        self.next = position.unwrap_or(self.packets.len());
        Ok(Seeked { track, pts })
    }
}

/// Holds one picture back, as a decoder that reorders does. An empty packet is broken.
#[derive(Default)]
struct FakeVideo {
    held: Option<VideoFrame>,
    ready: VecDeque<VideoFrame>,
}

impl Decoder for FakeVideo {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        let Some(bytes) = packet.data.first_chunk() else {
            return Err(Error::malformed("a broken picture"));
        };
        let [number, ..] = u32::from_le_bytes(*bytes).to_le_bytes();
        let plane = |value: u8| Plane::new(vec![value; (WIDTH * HEIGHT) as usize], WIDTH as usize);
        let planes = vec![plane(number), plane(128), plane(128)];
        let mut frame = VideoFrame::new(PixelFormat::Yuv444p, WIDTH, HEIGHT, planes)?;
        frame.pts = packet.pts;
        frame.duration = packet.duration;
        self.ready.extend(self.held.replace(frame));
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Video))
    }

    fn finish(&mut self) -> Result<()> {
        self.ready.extend(self.held.take());
        Ok(())
    }

    fn reset(&mut self) {
        *self = Self::default();
    }
}

/// Left channel counts up from the packet's number, right channel down.
#[derive(Default)]
struct FakeAudio {
    ready: VecDeque<AudioFrame>,
}

impl Decoder for FakeAudio {
    fn submit(&mut self, packet: &Packet) -> Result<()> {
        let number = |at: usize| -> Option<u32> {
            Some(u32::from_le_bytes(packet.data.get(at..at + 4)?.try_into().ok()?))
        };
        let (Some(start), Some(count)) = (number(0), number(4)) else {
            return Err(Error::malformed("a broken block"));
        };
        let left = (start..start + count).map(|sample| i32::try_from(sample).unwrap_or(0));
        let samples = left.clone().chain(left.map(|sample| -sample)).collect();
        self.ready.push_back(AudioFrame::new(samples, ChannelLayout::STEREO, RATE)?);
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Frame>> {
        Ok(self.ready.pop_front().map(Frame::Audio))
    }

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    fn reset(&mut self) {
        self.ready.clear();
    }
}
