//! The decoder of one track, with everything a container says about its frames applied to them.

use std::collections::VecDeque;
use std::fmt;

use rushes_codec::{Decoder, DecoderOptions, decoder_by_name, decoder_for};
use rushes_core::{
    AudioFrame, CodecParameters, Error, Frame, MediaKind, Packet, Result, Rounding, Ticks, Time,
    TimeBase, Timestamp, Track, VideoFrame,
};

/// Where a seek goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum SeekMode {
    /// The first frame is the first at or after the time; audio starts at the very sample. Frames before are decoded
    /// and dropped.
    #[default]
    Precise,
    /// The first frame is the key frame at or before the time.
    Key,
    /// Reading starts at the frame at or before the time, key frame or not: what is decoded before the next key frame may
    /// be damaged or missing.
    Any,
}

/// Decodes the packets of one track into frames that are ready to use.
///
/// On top of a [`Decoder`]: encoder delay, padding and edits are cut from audio to the sample, frames
/// that are not shown are dropped, missing times are filled in from what comes before, frames carry the rotation,
/// pixel shape and colour that the container states, and errors name the track and the time.
///
/// ```no_run
/// use rushes::{DecoderOptions, DemuxOptions, Source, TrackDecoder, open_demuxer};
///
/// # fn main() -> rushes::Result<()> {
/// let mut demuxer = open_demuxer(Source::open("in.mp4")?, &DemuxOptions::default())?;
/// let mut decoder = TrackDecoder::new(0, &demuxer.tracks()[0], &DecoderOptions::default())?;
/// while let Some(packet) = demuxer.next_packet()? {
///     if packet.track == 0 {
///         decoder.submit(&packet)?;
///         while let Some(frame) = decoder.next_frame()? {
///             println!("{:?}", frame.pts());
///         }
///     }
/// }
/// decoder.finish()?; // and take the frames that come now
/// # Ok(())
/// # }
/// ```
pub struct TrackDecoder {
    index: usize,
    parameters: CodecParameters,
    base: TimeBase,
    decoder: Box<dyn Decoder>,
    ready: VecDeque<Frame>,
    /// Time of the packet that went in last, for errors.
    last_packet: Option<Timestamp>,
    /// Where the next frame without a time starts.
    expected: Option<Timestamp>,
    /// Frames before this time are dropped.
    start: Option<Time>,
    /// Broken packets are passed over until a frame comes out: after a seek to a frame that is no key frame.
    resyncing: bool,
}

impl TrackDecoder {
    /// A decoder for `track`, which is number `index` of its demuxer.
    ///
    /// # Errors
    /// [`Error::Unsupported`] if there is no decoder for the codec, or the track cannot be decoded (encryption);
    /// [`Error::Usage`] for options that the decoder does not know.
    pub fn new(index: usize, track: &Track, options: &DecoderOptions) -> Result<Self> {
        Self::create(index, track, None, options)
    }

    /// Like [`new`](Self::new), with the decoder of this name.
    ///
    /// # Errors
    /// As for [`new`](Self::new); [`Error::Usage`] if the decoder is for another codec.
    pub fn by_name(
        index: usize,
        track: &Track,
        decoder: &str,
        options: &DecoderOptions,
    ) -> Result<Self> {
        Self::create(index, track, Some(decoder), options)
    }

    fn create(
        index: usize,
        track: &Track,
        name: Option<&str>,
        options: &DecoderOptions,
    ) -> Result<Self> {
        if let Some(reason) = &track.unsupported {
            return Err(Error::unsupported(format!("decoding track {index} ({reason})"), ""));
        }
        let codec = &track.codec.codec;
        if !matches!(track.kind(), MediaKind::Audio | MediaKind::Video) {
            return Err(Error::usage(format!(
                "track {index} is {} ({codec}): only audio and video are decoded",
                track.kind()
            )));
        }
        let entry = match name {
            Some(name) => decoder_by_name(name)?,
            None => decoder_for(codec)?,
        };
        Ok(Self::with_decoder(index, track, entry.create(&track.codec, options)?))
    }

    /// Puts a decoder of one's own behind a track.
    #[must_use]
    pub fn with_decoder(index: usize, track: &Track, decoder: Box<dyn Decoder>) -> Self {
        Self {
            index,
            parameters: track.codec.clone(),
            base: track.time_base,
            decoder,
            ready: VecDeque::new(),
            last_packet: None,
            expected: Some(track.start.unwrap_or_default()),
            start: None,
            resyncing: false,
        }
    }

    /// Number of the track in its demuxer.
    #[must_use]
    pub const fn track(&self) -> usize {
        self.index
    }

    /// Unit of the times of packets and frames.
    #[must_use]
    pub const fn time_base(&self) -> TimeBase {
        self.base
    }

    /// Takes a packet of the track. Take frames with [`next_frame`](Self::next_frame) afterwards, until there are none.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a broken packet: decoding may go on with the next one. [`Error::Unsupported`] for a feature that
    /// the decoder lacks.
    pub fn submit(&mut self, packet: &Packet) -> Result<()> {
        self.last_packet = packet.pts.or(packet.dts);
        let result =
            if self.is_audio() { self.submit_audio(packet) } else { self.decoder.submit(packet) };
        self.checked(result)
    }

    /// The next frame, in the order they are shown; `Ok(None)` means that more packets are needed, or after
    /// [`finish`](Self::finish) the end.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit), where decoding happens late.
    pub fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            let frame = match self.ready.pop_front() {
                Some(frame) => Some(frame),
                None => match self.decoder.next_frame() {
                    Ok(frame) => frame,
                    Err(error) => return self.checked(Err(error)).map(|()| None),
                },
            };
            let Some(frame) = frame else { return Ok(None) };
            self.resyncing = false;
            let kept = match frame {
                Frame::Video(frame) => self.finish_video(frame).map(Frame::Video),
                Frame::Audio(frame) => self.finish_audio(frame).map(Frame::Audio),
                other => Some(other),
            };
            if kept.is_some() {
                return Ok(kept);
            }
        }
    }

    /// No more packets will come: the frames still inside can be taken.
    ///
    /// # Errors
    /// As for [`submit`](Self::submit).
    pub fn finish(&mut self) -> Result<()> {
        let result = self.decoder.finish();
        self.checked(result)
    }

    /// Forgets everything, as after a seek. Frames that have no time of their own continue from `position`, if it is
    /// given.
    pub fn reset(&mut self, position: Option<Timestamp>) {
        self.decoder.reset();
        self.ready.clear();
        self.last_packet = None;
        self.expected = position;
        self.start = None;
        self.resyncing = false;
    }

    /// Drops all frames before a time, and cuts the audio frame that contains it. Holds until the next
    /// [`reset`](Self::reset).
    pub const fn start_at(&mut self, time: Time) {
        self.start = Some(time);
    }

    /// Passes over packets that cannot be decoded until the first frame comes out: for a start at a frame that is no key frame.
    /// Holds until the next [`reset`](Self::reset).
    pub const fn resync(&mut self) {
        self.resyncing = true;
    }

    const fn is_audio(&self) -> bool {
        self.parameters.as_audio().is_some()
    }

    /// Decodes all of a packet, then cuts its ends: how many samples it holds is not known before.
    fn submit_audio(&mut self, packet: &Packet) -> Result<()> {
        self.decoder.submit(packet)?;
        let mut blocks = Vec::new();
        let mut failure = None;
        loop {
            match self.decoder.next_frame() {
                Ok(Some(Frame::Audio(block))) => blocks.push(block),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        if packet.discard {
            // The decoder needed the packet, the listener does not.
            blocks.clear();
        }
        trim_start(&mut blocks, packet.trim.start, self.base);
        trim_end(&mut blocks, packet.trim.end, self.base);
        self.place(&mut blocks, packet);
        self.ready.extend(blocks.into_iter().filter(|block| !block.is_empty()).map(Frame::Audio));
        failure.map_or(Ok(()), Err)
    }

    /// Gives the blocks of a packet their times: the packet's own, plus what was cut, plus the blocks before.
    fn place(&self, blocks: &mut [AudioFrame], packet: &Packet) {
        let Some(pts) = packet.pts else {
            for block in blocks {
                block.pts = None;
            }
            return;
        };
        let start = pts.saturating_add(packet.trim.start);
        let mut before = 0_u64;
        for block in blocks {
            block.pts = Some(start.saturating_add(self.ticks(before, block.sample_rate)));
            before = before.saturating_add(block.len() as u64);
        }
    }

    /// Length of so many samples in ticks of the track.
    fn ticks(&self, samples: u64, sample_rate: u32) -> Ticks {
        TimeBase::per_second(sample_rate).map_or(Ticks::ZERO, |base| {
            base.convert_ticks(Ticks::new(samples), self.base, Rounding::Nearest)
        })
    }

    fn finish_video(&mut self, mut frame: VideoFrame) -> Option<VideoFrame> {
        if let Some(video) = self.parameters.as_video() {
            if frame.rotation == rushes_core::Rotation::NONE {
                frame.rotation = video.rotation;
            }
            frame.sample_aspect = video.sample_aspect.unwrap_or(frame.sample_aspect);
            frame.color = frame.color.or(video.color);
            if frame.duration.is_none() && video.constant_frame_rate {
                frame.duration = video.frame_rate.map(|rate| {
                    rate.time_base().convert_ticks(Ticks::new(1), self.base, Rounding::Nearest)
                });
            }
        }
        frame.pts = frame.pts.or(self.expected);
        self.expected =
            frame.pts.zip(frame.duration).and_then(|(pts, length)| pts.checked_add(length));
        let early =
            self.start.zip(frame.pts).is_some_and(|(start, pts)| self.base.time(pts) < start);
        (!early).then_some(frame)
    }

    fn finish_audio(&mut self, mut frame: AudioFrame) -> Option<AudioFrame> {
        frame.pts = frame.pts.or(self.expected);
        let duration = self.ticks(frame.len() as u64, frame.sample_rate);
        frame.duration = Some(duration);
        self.expected = frame.pts.and_then(|pts| pts.checked_add(duration));
        if let Some((start, pts)) = self.start.zip(frame.pts) {
            let early = samples_before(self.base.time(pts), start, frame.sample_rate);
            if early >= frame.len() {
                return None;
            }
            if early > 0 {
                frame.trim(early, 0);
                let cut = self.ticks(early as u64, frame.sample_rate);
                frame.pts = Some(pts.saturating_add(cut));
                frame.duration = Some(duration.saturating_sub(cut));
            }
        }
        Some(frame)
    }

    /// Says where an error happened, or forgives it while resyncing.
    fn checked(&self, result: Result<()>) -> Result<()> {
        match result {
            Err(Error::Malformed(_)) if self.resyncing => Ok(()),
            Err(error) => Err(self.locate(error)),
            Ok(()) => Ok(()),
        }
    }

    fn locate(&self, error: Error) -> Error {
        let place = self.last_packet.map_or_else(
            || format!("track {}", self.index),
            |pts| format!("track {} at {:.3} s", self.index, self.base.time(pts).seconds()),
        );
        match error {
            Error::Unsupported(what) => {
                Error::unsupported(format!("{place}: {}", what.what()), what.supported())
            }
            Error::Usage(message) => Error::usage(format!("{place}: {message}")),
            error => error.within(place),
        }
    }
}

impl fmt::Debug for TrackDecoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrackDecoder")
            .field("track", &self.index)
            .field("codec", &self.parameters.codec.name())
            .field("time_base", &self.base)
            .finish_non_exhaustive()
    }
}

/// How many samples at `rate` a run that starts at `first` has before `start`, exactly; no time that is out of all reason counts as
/// inside.
fn samples_before(first: Time, start: Time, rate: u32) -> usize {
    if first >= start {
        return 0;
    }
    let scaled = |time: Time, other: TimeBase| {
        i128::from(time.ticks().ticks())
            .checked_mul(i128::from(time.base().numer()))?
            .checked_mul(i128::from(other.denom()))
    };
    let samples = || {
        let early = scaled(start, first.base())?.checked_sub(scaled(first, start.base())?)?;
        let unit = i128::from(start.base().denom()) * i128::from(first.base().denom());
        let samples = early.checked_mul(i128::from(rate))?.checked_add(unit - 1)? / unit;
        usize::try_from(samples).ok()
    };
    samples().unwrap_or(usize::MAX)
}

fn trim_start(blocks: &mut [AudioFrame], length: Ticks, base: TimeBase) {
    cut(blocks.iter_mut(), length, base, |block, count| block.trim(count, 0));
}

fn trim_end(blocks: &mut [AudioFrame], length: Ticks, base: TimeBase) {
    cut(blocks.iter_mut().rev(), length, base, |block, count| block.trim(0, count));
}

/// Cuts a length from blocks one after another. It is counted at the rate that came out of the decoder, which may be twice the
/// rate that the container states (HE-AAC).
fn cut<'a>(
    blocks: impl Iterator<Item = &'a mut AudioFrame>,
    length: Ticks,
    base: TimeBase,
    trim: impl Fn(&mut AudioFrame, usize),
) {
    if length == Ticks::ZERO {
        return;
    }
    let mut left: Option<usize> = None;
    for block in blocks {
        let count = left.unwrap_or_else(|| {
            TimeBase::per_second(block.sample_rate).map_or(0, |rate| {
                let samples = base.convert_ticks(length, rate, Rounding::Nearest).count();
                usize::try_from(samples).unwrap_or(usize::MAX)
            })
        });
        let here = count.min(block.len());
        trim(block, here);
        left = Some(count - here);
    }
}

#[cfg(test)]
mod tests {
    use rushes_core::{
        AudioParameters, ChannelLayout, CodecId, PixelFormat, Plane, Rotation, Trim,
        VideoParameters,
    };

    use super::*;

    /// Gives for each packet as many samples (or pictures) as its first byte says, `rate` fast; an empty packet is broken.
    struct Fake {
        rate: Option<u32>,
        out: VecDeque<Frame>,
    }

    impl Decoder for Fake {
        fn submit(&mut self, packet: &Packet) -> Result<()> {
            let Some(&count) = packet.data.first() else {
                return Err(Error::malformed("empty"));
            };
            match self.rate {
                Some(rate) => {
                    // Two blocks per packet, to see that cuts and times go across them.
                    for part in [count / 2, count - count / 2] {
                        let samples = (0..part).map(f32::from).collect();
                        let block = AudioFrame::new(samples, ChannelLayout::MONO, rate)?;
                        self.out.push_back(Frame::Audio(block));
                    }
                }
                None => {
                    let plane = Plane::new(vec![count; 1], 1);
                    let mut frame = VideoFrame::new(PixelFormat::Gray8, 1, 1, vec![plane])?;
                    frame.pts = packet.pts;
                    frame.duration = packet.duration;
                    self.out.push_back(Frame::Video(frame));
                }
            }
            Ok(())
        }

        fn next_frame(&mut self) -> Result<Option<Frame>> {
            Ok(self.out.pop_front())
        }

        fn finish(&mut self) -> Result<()> {
            Ok(())
        }

        fn reset(&mut self) {
            self.out.clear();
        }
    }

    fn base(rate: u32) -> TimeBase {
        TimeBase::per_second(rate).expect("not zero")
    }

    fn audio(track_rate: u32, output_rate: u32) -> TrackDecoder {
        let parameters = AudioParameters::new(track_rate, ChannelLayout::MONO);
        let codec = CodecParameters::audio(CodecId::Aac, parameters);
        let track = Track::new(1, codec, base(track_rate));
        let fake = Fake { rate: Some(output_rate), out: VecDeque::new() };
        TrackDecoder::with_decoder(0, &track, Box::new(fake))
    }

    fn video(parameters: VideoParameters) -> TrackDecoder {
        let track = Track::new(1, CodecParameters::video(CodecId::H264, parameters), base(1000));
        let fake = Fake { rate: None, out: VecDeque::new() };
        TrackDecoder::with_decoder(3, &track, Box::new(fake))
    }

    fn packet(count: u8, pts: Option<i64>) -> Packet {
        let mut packet = Packet::new(0, vec![count]);
        packet.pts = pts.map(Timestamp::new);
        packet
    }

    /// Times and lengths of all frames that are ready.
    fn drain(decoder: &mut TrackDecoder) -> Vec<(i64, usize)> {
        let mut frames = Vec::new();
        while let Some(frame) = decoder.next_frame().expect("decodes") {
            let len = match &frame {
                Frame::Audio(frame) => frame.len(),
                _ => 1,
            };
            frames.push((frame.pts().expect("a time").ticks(), len));
        }
        frames
    }

    /// R33: delay and padding are cut to the sample, at the rate that comes out.
    #[test]
    fn ends_are_cut() {
        let check = |output_rate, start, end, pts, expected: &[(i64, usize)]| {
            let mut decoder = audio(100, output_rate);
            let trim = Trim { start: Ticks::new(start), end: Ticks::new(end) };
            decoder.submit(&packet(20, Some(pts)).with_trim(trim)).expect("decodes");
            assert_eq!(drain(&mut decoder), expected, "{output_rate} {start} {end}");
        };
        check(100, 0, 0, 0, &[(0, 10), (10, 10)]);
        check(100, 3, 0, -3, &[(0, 7), (7, 10)]);
        check(100, 12, 3, -12, &[(0, 5)]);
        check(100, 0, 12, 5, &[(5, 8)]);
        check(100, 15, 15, 0, &[]);
        check(100, u64::MAX, 0, 0, &[]);
        // HE-AAC: twice the rate of the track, so that three ticks are six samples.
        check(200, 3, 0, -3, &[(0, 4), (2, 10)]);
    }

    /// R23: a missing time is the end of the frame before.
    #[test]
    fn missing_times_follow_from_durations() {
        let mut decoder = audio(100, 100);
        for (pts, expected) in [
            (Some(50), [(50, 2), (52, 2)]),
            (None, [(54, 2), (56, 2)]),
            (Some(9), [(9, 2), (11, 2)]),
        ] {
            decoder.submit(&packet(4, pts)).expect("decodes");
            assert_eq!(drain(&mut decoder), expected);
        }

        let mut decoder = video(VideoParameters::new(1, 1));
        decoder.submit(&packet(0, Some(40)).with_duration(Ticks::new(7))).expect("decodes");
        decoder.submit(&packet(0, None)).expect("decodes");
        assert_eq!(drain(&mut decoder), [(40, 1), (47, 1)]);
        // Without a duration nothing is made up.
        decoder.submit(&packet(0, None)).expect("decodes");
        assert_eq!(decoder.next_frame().expect("decodes").and_then(|frame| frame.pts()), None);
        decoder.reset(Some(Timestamp::new(300)));
        decoder.submit(&packet(0, None)).expect("decodes");
        assert_eq!(drain(&mut decoder), [(300, 1)]);
    }

    /// R31: pictures before the time are dropped, audio is cut inside a block.
    #[test]
    fn starts_at_the_sample() {
        let mut decoder = audio(100, 100);
        decoder.start_at(base(1000).time(Timestamp::new(151)));
        decoder.submit(&packet(20, Some(0))).expect("decodes");
        decoder.submit(&packet(20, Some(20))).expect("decodes");
        // 0.151 s lies behind sample 15, so that sample 16 is the first.
        assert_eq!(drain(&mut decoder), [(16, 4), (20, 10), (30, 10)]);

        let mut decoder = video(VideoParameters::new(1, 1));
        decoder.start_at(base(1000).time(Timestamp::new(33)));
        for pts in [0, 20, 32, 33, 50] {
            decoder.submit(&packet(0, Some(pts))).expect("decodes");
        }
        assert_eq!(drain(&mut decoder), [(33, 1), (50, 1)]);
    }

    #[test]
    fn samples_are_counted_exactly() {
        let check = |first: (i64, u32), start: (i64, u32), rate, expected| {
            let time = |(ticks, rate)| base(rate).time(Timestamp::new(ticks));
            assert_eq!(samples_before(time(first), time(start), rate), expected);
        };
        check((0, 48_000), (1, 1000), 48_000, 48);
        check((0, 44_100), (1, 1000), 44_100, 45);
        check((1, 3), (2, 3), 3, 1);
        check((1, 3), (1, 3), 48_000, 0);
        check((5, 3), (1, 3), 48_000, 0);
        check((i64::MIN, 1), (i64::MAX, u32::MAX), u32::MAX, usize::MAX);
    }

    #[test]
    fn hidden_packets_are_not_heard() {
        let mut decoder = audio(100, 100);
        let mut hidden = packet(20, Some(-20));
        hidden.discard = true;
        decoder.submit(&hidden).expect("decodes");
        decoder.submit(&packet(4, None)).expect("decodes");
        assert_eq!(drain(&mut decoder), [(0, 2), (2, 2)]);
    }

    #[test]
    fn frames_carry_what_the_container_says() {
        let mut parameters = VideoParameters::new(1, 1);
        parameters.rotation = Rotation::new(1, false);
        parameters.sample_aspect = rushes_core::Ratio::new(4, 3);
        let mut decoder = video(parameters);
        decoder.submit(&packet(0, Some(0))).expect("decodes");
        let Ok(Some(Frame::Video(frame))) = decoder.next_frame() else { panic!("a picture") };
        assert_eq!(frame.rotation.degrees(), 90);
        assert_eq!(frame.sample_aspect.to_string(), "4/3");
    }

    #[test]
    fn errors_name_track_and_time() {
        let mut decoder = video(VideoParameters::new(1, 1));
        let mut broken = Packet::new(3, vec![]).with_pts(Timestamp::new(1500));
        let error = decoder.submit(&broken).expect_err("broken");
        assert_eq!(error.to_string(), "track 3 at 1.500 s: empty");
        broken.pts = None;
        let error = decoder.submit(&broken).expect_err("broken");
        assert_eq!(error.to_string(), "track 3: empty");
        decoder.resync();
        decoder.submit(&broken).expect("forgiven");
    }
}
