//! Frames as they come out of the decoders: planes borrowed, nothing converted.

use std::collections::VecDeque;
use std::path::Path;

use rushes_codec::DecoderOptions;
use rushes_container::{SeekMode as DemuxSeekMode, SeekTo, Source};
use rushes_core::{
    Chapter, CodecId, Error, Frame, IntoTime, Limits, MediaKind, Metadata, Result, Rounding, Ticks,
    Time, TimeBase, Timestamp, Track,
};

use crate::input::Input;
use crate::{ReaderOptions, SeekMode, TrackDecoder, Wait};

/// Reads frames of one or more tracks, in the format of their codec and without a copy.
///
/// Pictures are neither turned nor scaled: [`VideoFrame::rotation`](crate::VideoFrame::rotation) and
/// [`sample_aspect`](crate::VideoFrame::sample_aspect) say what a viewer would do.
///
/// ```no_run
/// use rushes::{Frame, FrameReader};
///
/// # fn main() -> rushes::Result<()> {
/// let mut reader = FrameReader::open("in.mp4")?;
/// let track = reader.default_video().expect("a file with video");
/// reader.select(track, &Default::default())?;
/// while let Some(found) = reader.next_frame()? {
///     if let Frame::Video(frame) = &found.frame {
///         println!("{} {} {:?}", found.pts().seconds(), frame.format, frame.rows(0).next());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FrameReader {
    input: Input,
    decoders: Vec<Option<TrackDecoder>>,
    ready: VecDeque<TrackFrame>,
    ended: bool,
}

/// A frame, and where it belongs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TrackFrame {
    /// Number of the track.
    pub track: usize,
    /// Unit of the frame's times.
    pub time_base: TimeBase,
    /// The frame.
    pub frame: Frame,
}

impl TrackFrame {
    /// Presentation time; zero where nothing in the source tells it.
    #[must_use]
    pub const fn pts(&self) -> Time {
        match self.frame.pts() {
            Some(pts) => self.time_base.time(pts),
            None => self.time_base.time(Timestamp::ZERO),
        }
    }
}

/// What a packet was.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Of an audio or video track.
    Packet,
    /// There was none: the decoders are drained.
    End,
}

impl FrameReader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Unsupported`] or [`Error::Malformed`] if it is of no known format or
    /// broken.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open_frames(path)
    }

    /// Opens any source.
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn new(source: Source) -> Result<Self> {
        Self::options().read_frames(source)
    }

    /// Options for opening, see [`ReaderOptions::open_frames`].
    #[must_use]
    pub fn options() -> ReaderOptions {
        ReaderOptions::default()
    }

    pub(crate) fn from_input(input: Input) -> Self {
        let decoders = input.tracks().iter().map(|_| None).collect();
        Self { input, decoders, ready: VecDeque::new(), ended: false }
    }

    /// Name of the container format.
    #[must_use]
    pub fn format(&self) -> &'static str {
        self.input.demuxer().format()
    }

    /// The tracks of the source, in file order. What the container does not tell (often the pixel or sample format) is
    /// unset until [`inspect`](Self::inspect).
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        self.input.tracks()
    }

    /// Decodes the first frame of each audio and video track to complete what [`tracks`](Self::tracks) tells: format, true size
    /// and sample rate, colour. Reading goes on as if this had not been. A track that cannot be decoded stays as it is.
    pub fn inspect(&mut self) {
        self.input.inspect(|_| true);
    }

    /// Like [`inspect`](Self::inspect), for selected tracks only.
    pub(crate) fn inspect_selected(&mut self) {
        let Self { input, decoders, .. } = self;
        input.inspect(|track| decoders.get(track).is_some_and(Option::is_some));
    }

    /// Tags of the file.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.input.demuxer().metadata()
    }

    /// Chapters of the file.
    #[must_use]
    pub fn chapters(&self) -> &[Chapter] {
        self.input.demuxer().chapters()
    }

    /// Length of the longest track; `None` where only reading tells.
    #[must_use]
    pub fn duration(&self) -> Option<Time> {
        self.input.demuxer().duration()
    }

    /// The video track that is taken by default, see [`default_video`](crate::default_video).
    #[must_use]
    pub fn default_video(&self) -> Option<usize> {
        crate::default_video(self.tracks())
    }

    /// The audio track that is taken by default, see [`default_audio`](crate::default_audio).
    #[must_use]
    pub fn default_audio(&self) -> Option<usize> {
        crate::default_audio(self.tracks())
    }

    /// What to do while the source has no data.
    pub const fn set_wait(&mut self, wait: Wait) {
        self.input.set_wait(wait);
    }

    /// Bounds on memory and work.
    pub(crate) const fn limits(&self) -> &Limits {
        self.input.limits()
    }

    /// Decodes a track from now on.
    ///
    /// # Errors
    /// [`Error::Usage`] for a track that there is not, one that is selected already, one that is neither audio nor video, and
    /// for options that the decoder does not know; [`Error::Unsupported`] if there is no decoder for its codec.
    pub fn select(&mut self, track: usize, options: &DecoderOptions) -> Result<()> {
        self.select_with(track, None, options)
    }

    /// Like [`select`](Self::select), with the decoder of this name.
    ///
    /// # Errors
    /// As for [`select`](Self::select); [`Error::Usage`] if there is no decoder of this name, or it is for another codec.
    pub fn select_by_name(
        &mut self,
        track: usize,
        decoder: &str,
        options: &DecoderOptions,
    ) -> Result<()> {
        self.select_with(track, Some(decoder), options)
    }

    /// Like [`select`](Self::select), with the decoder of this name if one is given.
    pub(crate) fn select_with(
        &mut self,
        track: usize,
        decoder: Option<&str>,
        options: &DecoderOptions,
    ) -> Result<()> {
        let tracks = self.input.tracks();
        let (Some(source), Some(slot)) = (tracks.get(track), self.decoders.get_mut(track)) else {
            return Err(Error::usage(format!(
                "there is no track {track}: the source has {}",
                tracks.len()
            )));
        };
        if slot.is_some() {
            return Err(Error::usage(format!("track {track} is decoded already")));
        }
        let decoder = match decoder {
            Some(name) => TrackDecoder::by_name(track, source, name, options)?,
            None => TrackDecoder::new(track, source, options)?,
        };
        *slot = Some(decoder.behind(self.input.offered(track)));
        Ok(())
    }

    /// Puts a decoder of the caller's own behind a track.
    #[cfg(test)]
    pub(crate) fn select_own(&mut self, decoder: TrackDecoder) {
        let track = decoder.track();
        self.decoders[track] = Some(decoder.behind(self.input.offered(track)));
    }

    pub(crate) fn is_selected(&self, track: usize) -> bool {
        self.decoders.get(track).is_some_and(Option::is_some)
    }

    pub(crate) fn deselect(&mut self, track: usize) {
        if let Some(slot) = self.decoders.get_mut(track) {
            *slot = None;
        }
        self.ready.retain(|ready| ready.track != track);
    }

    /// True once the source has ended, and until the next seek.
    pub(crate) const fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next frame of any selected track, roughly by time across tracks and exactly by time within one; `Ok(None)`
    /// is the end.
    ///
    /// # Errors
    /// [`Error::Malformed`] at damage: the call after it goes on behind it. [`Error::Io`] from the source.
    pub fn next_frame(&mut self) -> Result<Option<TrackFrame>> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(Some(frame));
            }
            if self.ended {
                return Ok(None);
            }
            let mut found = VecDeque::new();
            let result = self.step(&mut |frame| {
                found.push_back(frame);
                Ok(())
            });
            self.ready.append(&mut found);
            result?;
        }
    }

    /// Reads one audio or video packet, and hands out the frames that this gives. Packets of other tracks are passed over.
    pub(crate) fn step(
        &mut self,
        deliver: &mut dyn FnMut(TrackFrame) -> Result<()>,
    ) -> Result<Step> {
        if self.ended {
            return Ok(Step::End);
        }
        self.look_ahead();
        loop {
            let Some(packet) = self.input.next_packet()? else {
                self.ended = true;
                return self.drain(deliver).map(|()| Step::End);
            };
            let kind = self.tracks().get(packet.track).map(Track::kind);
            if !matches!(kind, Some(MediaKind::Audio | MediaKind::Video)) {
                continue;
            }
            if let Some(Some(decoder)) = self.decoders.get_mut(packet.track) {
                // Frames that were finished before a broken packet are handed out before its error.
                let result = decoder.submit(&packet);
                hand_out(decoder, deliver)?;
                result?;
            }
            return Ok(Step::Packet);
        }
    }

    /// Lets decoders with several threads begin with what comes later.
    fn look_ahead(&mut self) {
        let Self { input, decoders, .. } = self;
        while decoders.iter().flatten().any(TrackDecoder::looks_ahead)
            && let Some(packet) = input.offer()
        {
            if let Some(Some(decoder)) = decoders.get_mut(packet.track) {
                decoder.prepare(packet);
            }
        }
    }

    /// Takes the last frames of all decoders. All are drained even if one fails; the first failure is told.
    fn drain(&mut self, deliver: &mut dyn FnMut(TrackFrame) -> Result<()>) -> Result<()> {
        let mut first = Ok(());
        for decoder in self.decoders.iter_mut().flatten() {
            let result = decoder.finish().and_then(|()| hand_out(decoder, deliver));
            first = first.and(result);
        }
        first
    }

    /// Goes to a time: the next frames are those from there on, as `mode` says. The time is seconds (`f64`),
    /// a [`Duration`](std::time::Duration) or a [`Time`].
    ///
    /// # Errors
    /// [`Error::Usage`] for a negative time or one that is not finite; [`Error::Unsupported`] if the source cannot seek.
    pub fn seek(&mut self, time: impl IntoTime, mode: SeekMode) -> Result<()> {
        let time = time.into_time()?;
        if time < Time::ZERO {
            return Err(Error::usage(format!("cannot seek to {} s, before zero", time.seconds())));
        }
        let early = match mode {
            SeekMode::Key | SeekMode::Any if time > Time::ZERO => time,
            _ => self.run_up(time),
        };
        // Before zero there are only encoder delays, which the video's key frames do not lead to.
        let track =
            if early < Time::ZERO { self.audio_track() } else { None }.or(self.leading_track());
        let reached = self.input.seek(SeekTo {
            time: early,
            track,
            mode: match mode {
                SeekMode::Precise | SeekMode::Key => DemuxSeekMode::Key,
                SeekMode::Any => DemuxSeekMode::Any,
            },
        })?;
        self.ended = false;
        self.ready.clear();
        for decoder in self.decoders.iter_mut().flatten() {
            let here = (decoder.track() == reached.track).then_some(reached.pts);
            decoder.reset(here);
            match mode {
                // Everything is wanted from zero on, frames with times before zero included.
                SeekMode::Precise if time > Time::ZERO => decoder.start_at(forgiving(time)),
                SeekMode::Any => decoder.resync(),
                SeekMode::Precise | SeekMode::Key => {}
            }
        }
        Ok(())
    }

    /// Drops what is before a time without seeking, for sources that cannot.
    pub(crate) fn skip_to(&mut self, time: Time) {
        for decoder in self.decoders.iter_mut().flatten() {
            decoder.start_at(forgiving(time));
        }
    }

    /// The track whose key frames decide where a seek goes: the first selected video track, else the first selected track.
    fn leading_track(&self) -> Option<usize> {
        let selected = || self.decoders.iter().flatten().map(TrackDecoder::track);
        let is_video = |track: &usize| {
            self.tracks().get(*track).is_some_and(|track| track.kind() == MediaKind::Video)
        };
        selected().find(is_video).or_else(|| selected().next())
    }

    /// The first selected audio track.
    fn audio_track(&self) -> Option<usize> {
        let mut selected = self.decoders.iter().flatten().map(TrackDecoder::track);
        selected.find(|track| {
            self.tracks().get(*track).is_some_and(|track| track.kind() == MediaKind::Audio)
        })
    }

    /// A time so much earlier that every selected audio decoder gives exact samples at `time`. It may lie before zero, as encoder
    /// delay does.
    fn run_up(&self, time: Time) -> Time {
        let needed = self
            .decoders
            .iter()
            .flatten()
            .filter_map(|decoder| self.tracks().get(decoder.track()))
            .map(run_up_nanoseconds)
            .max()
            .unwrap_or(0);
        let base = TimeBase::nanoseconds();
        let wanted = time.to_base(base, Rounding::Down);
        base.time(wanted.saturating_sub(Ticks::new(needed)))
    }
}

/// A time that came through seconds as `f64` may lie a nanosecond behind the frame that it was taken from, and must
/// not miss it.
fn forgiving(time: Time) -> Time {
    let base = TimeBase::nanoseconds();
    if time.base() == base { base.time(time.ticks().saturating_offset(-1)) } else { time }
}

fn hand_out(
    decoder: &mut TrackDecoder,
    deliver: &mut dyn FnMut(TrackFrame) -> Result<()>,
) -> Result<()> {
    while let Some(frame) = decoder.next_frame()? {
        deliver(TrackFrame { track: decoder.track(), time_base: decoder.time_base(), frame })?;
    }
    Ok(())
}

/// How long a freshly reset audio decoder takes until its output does not depend on where it started.
fn run_up_nanoseconds(track: &Track) -> u64 {
    let Some(audio) = track.codec.as_audio() else { return 0 };
    let samples = match &track.codec.codec {
        CodecId::Pcm(_) | CodecId::Flac | CodecId::Alac => return 0,
        // RFC 7845, 4.6.
        CodecId::Opus => return 80_000_000,
        // A frame overlaps the one before; spectral band replication and parametric stereo look one further back.
        CodecId::Aac => 3 * u64::from(audio.frame_samples.unwrap_or(1024).max(1024)),
        // The bit reservoir reaches back over several frames.
        CodecId::Mp3 => 10 * 1152,
        _ => 4096,
    };
    samples.saturating_mul(1_000_000_000) / u64::from(audio.sample_rate.max(1))
}
