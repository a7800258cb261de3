//! The decoder of one track, with everything a container says about its frames applied to them.

mod cut;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;

use rushes_codec::{Decoder, DecoderEntry, DecoderOptions, decoder_by_name, decoder_for};
use rushes_core::{
    AudioFrame, CodecParameters, Error, Frame, MediaKind, Packet, Result, Rounding, Ticks, Time,
    TimeBase, Timestamp, Track, VideoFrame,
};

use cut::{Short, samples_before, trim_end, trim_start};

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
    /// How the decoder was made, and is made again where the parameters change; `None` for a decoder from outside.
    origin: Option<(&'static DecoderEntry, DecoderOptions)>,
    ready: VecDeque<Frame>,
    /// Samples of a packet that lasts shorter than what it decodes to.
    short: Option<Short>,
    /// No packet yet, or the last one, lasted otherwise than what it decoded to.
    lengths_fit: bool,
    /// Time of the packet that went in last, for errors.
    last_packet: Option<Timestamp>,
    /// Where the next frame without a time starts.
    expected: Option<Timestamp>,
    /// Frames before this time are dropped.
    start: Option<Time>,
    /// Broken packets are passed over until a frame comes out: after a seek to a frame that is no key frame.
    resyncing: bool,
    /// Packets that the decoder was told of before they were submitted, and those behind them that it was not.
    prepared: usize,
    unprepared: usize,
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
        let decoder = entry.create(&track.codec, options)?;
        let origin = Some((entry, options.clone()));
        Ok(Self { origin, ..Self::with_decoder(index, track, decoder) })
    }

    /// Puts a decoder of one's own behind a track.
    #[must_use]
    pub fn with_decoder(index: usize, track: &Track, decoder: Box<dyn Decoder>) -> Self {
        Self {
            index,
            parameters: track.codec.clone(),
            base: track.time_base,
            decoder,
            origin: None,
            ready: VecDeque::new(),
            short: None,
            lengths_fit: true,
            last_packet: None,
            expected: Some(track.start.unwrap_or_default()),
            start: None,
            resyncing: false,
            prepared: 0,
            unprepared: 0,
        }
    }

    /// As it is where so many packets of the track were offered already.
    pub(crate) fn behind(self, unprepared: usize) -> Self {
        Self { unprepared, ..self }
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

    /// True where it is of use to [prepare](Self::prepare) more packets: a decoder with several threads has less to do than it could.
    #[must_use]
    pub fn looks_ahead(&self) -> bool {
        self.unprepared == 0 && self.prepared < self.decoder.look_ahead()
    }

    /// Tells of a packet that will be submitted later, behind all others that were told of, so that other threads may begin to
    /// decode it. What comes out does not depend on it. All these packets must be submitted, in the same order and before any
    /// other, unless a [`reset`](Self::reset) comes before.
    pub fn prepare(&mut self, packet: &Packet) {
        let parameters = packet.new_parameters.as_deref();
        let same = parameters.is_none_or(|parameters| *parameters == self.parameters);
        if self.looks_ahead() && same && self.decoder.prepare(packet) {
            self.prepared += 1;
        } else {
            self.unprepared += 1;
        }
    }

    /// Takes a packet of the track. Take frames with [`next_frame`](Self::next_frame) afterwards, until there are none.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a broken packet: decoding may go on with the next one. [`Error::Unsupported`] for a feature that
    /// the decoder lacks.
    pub fn submit(&mut self, packet: &Packet) -> Result<()> {
        self.last_packet = packet.pts.or(packet.dts);
        match self.prepared.checked_sub(1) {
            Some(left) => self.prepared = left,
            None => self.unprepared = self.unprepared.saturating_sub(1),
        }
        if let Some(parameters) = packet.new_parameters.as_deref()
            && *parameters != self.parameters
        {
            let changed = self.change(parameters);
            self.checked(changed)?;
        }
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
        if let Some(mut short) = self.short.take() {
            short.cut();
            self.release(short.blocks);
        }
        let result = self.decoder.finish();
        self.checked(result)
    }

    /// Forgets everything, as after a seek. Frames that have no time of their own continue from `position`, if it is
    /// given.
    pub fn reset(&mut self, position: Option<Timestamp>) {
        self.decoder.reset();
        self.ready.clear();
        self.short = None;
        self.lengths_fit = true;
        self.last_packet = None;
        self.expected = position;
        self.start = None;
        self.resyncing = false;
        (self.prepared, self.unprepared) = (0, 0);
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

    /// Goes on with a decoder for other parameters, behind the frames that are still in the old one.
    fn change(&mut self, parameters: &CodecParameters) -> Result<()> {
        let Some((entry, options)) = &self.origin else {
            return Err(Error::unsupported("a change of parameters in mid-stream", ""));
        };
        let next = entry.create(parameters, options)?;
        if let Some(mut short) = self.short.take() {
            short.cut();
            self.release(short.blocks);
        }
        let mut result = self.decoder.finish();
        loop {
            match self.decoder.next_frame() {
                Ok(Some(frame)) => self.ready.push_back(frame),
                Ok(None) => break,
                Err(error) => result = result.and(Err(error)),
            }
        }
        self.decoder = next;
        self.parameters = parameters.clone();
        result
    }

    /// Decodes all of a packet, then cuts its ends: how many samples it holds is not known before.
    fn submit_audio(&mut self, packet: &Packet) -> Result<()> {
        if let Some(short) = self.short.take() {
            // Not the last packet: its length is only a time that wanders.
            self.release(short.blocks);
        }
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
        let excess = self.excess(&blocks, packet);
        if packet.discard {
            // The decoder needed the packet, the listener does not.
            blocks.clear();
        }
        trim_start(&mut blocks, packet.trim.start, self.base);
        trim_end(&mut blocks, packet.trim.end, self.base);
        self.place(&mut blocks, packet);
        match excess {
            Some(excess) if !packet.discard => self.short = Some(Short { blocks, excess }),
            _ => self.release(blocks),
        }
        failure.map_or(Ok(()), Err)
    }

    fn release(&mut self, blocks: Vec<AudioFrame>) {
        self.ready.extend(blocks.into_iter().filter(|block| !block.is_empty()).map(Frame::Audio));
    }

    /// How many samples more a packet decodes to than it lasts, unless the one before did not fit either. MP4 says in
    /// this way where the sound of its last packet ends.
    fn excess(&mut self, blocks: &[AudioFrame], packet: &Packet) -> Option<usize> {
        let decoded = blocks.iter().map(AudioFrame::len).sum::<usize>();
        let rate = TimeBase::per_second(blocks.first()?.sample_rate)?;
        let duration = packet.duration.filter(|duration| *duration > Ticks::ZERO)?;
        // Ticks that are coarser than samples do not tell where a sound ends.
        let fine = self.base.rescale(1, rate, Rounding::Up) <= 1;
        let lasts = self.base.convert_ticks(duration, rate, Rounding::Nearest).count();
        let lasts = usize::try_from(lasts).unwrap_or(usize::MAX);
        let fitted = std::mem::replace(&mut self.lengths_fit, lasts.abs_diff(decoded) <= 1);
        let cut_already = packet.trim.end > Ticks::ZERO;
        (fine && fitted && !cut_already)
            .then(|| decoded.saturating_sub(lasts))
            .filter(|excess| *excess > 0)
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
