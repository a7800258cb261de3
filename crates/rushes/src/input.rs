//! The source side of every reader: a demuxer, its tracks, and patience with sources that have no data yet.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rushes_container::{DemuxOptions, Demuxer, SeekTo, Seeked, Source, open_demuxer};
use rushes_core::{Error, Frame, Limits, MediaKind, MediaParameters, Packet, Result, Track};

use crate::{DecoderOptions, FrameReader, Reader, TrackDecoder};

/// How to open a source; made by [`Reader::options`] or [`FrameReader::options`].
#[derive(Clone, Debug, Default)]
pub struct ReaderOptions {
    demux: DemuxOptions,
    wait: Wait,
}

impl ReaderOptions {
    /// The format, by name, instead of probing; the registry lists them. Default: probe.
    #[must_use]
    pub fn format(mut self, name: impl Into<String>) -> Self {
        self.demux.format = Some(name.into());
        self
    }

    /// Bounds on memory and work. Default: [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.demux.limits = limits;
        self
    }

    /// Bytes read at once from the source. Default: 64 KiB.
    #[must_use]
    pub const fn buffer_size(mut self, bytes: usize) -> Self {
        self.demux.buffer_size = bytes;
        self
    }

    /// An option of the demuxer; opening fails if it does not know it. Default: none.
    #[must_use]
    pub fn option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.demux.options.insert(name.into(), value.into());
        self
    }

    /// Whether edit lists, encoder delay and padding are applied. Default: true.
    #[must_use]
    pub const fn apply_edits(mut self, apply: bool) -> Self {
        self.demux.apply_edits = apply;
        self
    }

    /// What to do while the source has no data, opening included. Default: [`Wait::never`].
    #[must_use]
    pub const fn wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// Opens a file as a [`Reader`].
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Unsupported`] or [`Error::Malformed`] if it is of no known format or
    /// broken.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Reader> {
        self.read(Source::open(path)?)
    }

    /// Opens any source as a [`Reader`].
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn read(&self, source: Source) -> Result<Reader> {
        Ok(Reader::from_frames(self.read_frames(source)?))
    }

    /// Opens a file as a [`FrameReader`].
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn open_frames(&self, path: impl AsRef<Path>) -> Result<FrameReader> {
        self.read_frames(Source::open(path)?)
    }

    /// Opens any source as a [`FrameReader`].
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn read_frames(&self, source: Source) -> Result<FrameReader> {
        let is_there = matches!(source, Source::Seekable(_));
        let (source, opening) = self.wait.patient(source);
        let demuxer = open_demuxer(source, &self.demux)?;
        opening.store(false, Ordering::Relaxed);
        let input = Input::new(demuxer, self.demux.limits.clone(), self.wait);
        Ok(FrameReader::from_input(if is_there { input } else { input.live() }))
    }
}

/// What to do while a source has no data now but may have some later: when its `Read` says
/// [`WouldBlock`](std::io::ErrorKind::WouldBlock).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Wait {
    timeout: Option<Duration>,
    backoff: Duration,
}

impl Wait {
    /// The error is returned at once; the call may be made again. The default.
    #[must_use]
    pub const fn never() -> Self {
        Self::at_most(Duration::ZERO)
    }

    /// Tries again for this long, then returns the error.
    #[must_use]
    pub const fn at_most(timeout: Duration) -> Self {
        Self { timeout: Some(timeout), backoff: Duration::from_millis(10) }
    }

    /// Tries again until there is data.
    #[must_use]
    pub const fn forever() -> Self {
        Self { timeout: None, ..Self::never() }
    }

    /// Time between two tries. Default: 10 ms.
    #[must_use]
    pub const fn backoff(mut self, backoff: Duration) -> Self {
        self.backoff = backoff;
        self
    }

    /// A source that waits by itself while it is being opened, which cannot be tried again as reading can. The flag ends that.
    fn patient(self, source: Source) -> (Source, Arc<AtomicBool>) {
        let opening = Arc::new(AtomicBool::new(true));
        if self == Self::never() {
            return (source, opening);
        }
        let flag = Arc::clone(&opening);
        let source = match source {
            Source::Seekable(source) => Source::seekable(Patient::new(source, self, flag)),
            Source::Forward(source) => Source::forward(Patient::new(source, self, flag)),
        };
        (source, opening)
    }

    fn is_over(self, start: Instant) -> bool {
        self.timeout.is_some_and(|timeout| start.elapsed() >= timeout)
    }

    /// Calls `attempt` until it does not say that it would block, or the time is over.
    fn run<T>(self, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
        let start = Instant::now();
        loop {
            match attempt() {
                Err(error) if error.is_would_block() => {
                    if self.is_over(start) {
                        return Err(error);
                    }
                    thread::sleep(self.backoff);
                }
                result => return result,
            }
        }
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self::never()
    }
}

/// A source that waits for data while `opening` is set.
struct Patient<R> {
    source: R,
    wait: Wait,
    start: Instant,
    opening: Arc<AtomicBool>,
}

impl<R> Patient<R> {
    fn new(source: R, wait: Wait, opening: Arc<AtomicBool>) -> Self {
        Self { source, wait, start: Instant::now(), opening }
    }
}

impl<R: Read> Read for Patient<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.source.read(buffer) {
                Err(error)
                    if error.kind() == io::ErrorKind::WouldBlock
                        && self.opening.load(Ordering::Relaxed)
                        && !self.wait.is_over(self.start) =>
                {
                    thread::sleep(self.wait.backoff);
                }
                result => return result,
            }
        }
    }
}

impl<R: Seek> Seek for Patient<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.source.seek(to)
    }
}

/// Bounds on how far [`Input::inspect`] looks ahead.
const INSPECT_PACKETS: usize = 2000;
const INSPECT_BYTES: usize = 32 << 20;
/// Bounds on how far [`Input::offer`] reads ahead.
const AHEAD_PACKETS: usize = 8192;
const AHEAD_BYTES: usize = 32 << 20;

/// An open demuxer.
pub(crate) struct Input {
    demuxer: Box<dyn Demuxer>,
    /// The demuxer's tracks, with what decoding told.
    tracks: Vec<Track>,
    /// Packets that were read ahead.
    ahead: VecDeque<Packet>,
    /// How many of them were offered to the decoders.
    offered: usize,
    /// Bytes of those.
    offered_bytes: usize,
    /// What reading ahead ended with; told once the packets before it are read.
    held: Option<Error>,
    /// Data come when they come: nothing that can be decoded now waits for what comes later.
    live: bool,
    limits: Limits,
    wait: Wait,
}

impl Input {
    pub(crate) fn new(demuxer: Box<dyn Demuxer>, limits: Limits, wait: Wait) -> Self {
        let tracks = demuxer.tracks().to_vec();
        Self {
            demuxer,
            tracks,
            ahead: VecDeque::new(),
            offered: 0,
            offered_bytes: 0,
            held: None,
            live: false,
            limits,
            wait,
        }
    }

    /// For a source that cannot seek, which may be somebody who is still writing.
    fn live(self) -> Self {
        Self { live: true, ..self }
    }

    pub(crate) fn demuxer(&self) -> &dyn Demuxer {
        &*self.demuxer
    }

    pub(crate) fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) const fn set_wait(&mut self, wait: Wait) {
        self.wait = wait;
    }

    /// The next packet of any track.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>> {
        let Some(packet) = self.ahead.pop_front() else {
            return self.held.take().map_or_else(|| self.read_packet(), Err);
        };
        if self.offered > 0 {
            self.offered -= 1;
            self.offered_bytes -= packet.data.len();
        }
        Ok(Some(packet))
    }

    /// Reads one packet more than was read; says whether there was one.
    fn read_ahead(&mut self) -> bool {
        if self.held.is_some() {
            return false;
        }
        match self.read_packet() {
            Ok(packet) => {
                let found = packet.is_some();
                self.ahead.extend(packet);
                found
            }
            Err(error) => {
                // What would block is tried again in its turn.
                self.held = (!error.is_would_block()).then_some(error);
                false
            }
        }
    }

    /// The next packet that was not offered yet, which stays where it is; `None` where enough was, or reading ahead ends.
    pub(crate) fn offer(&mut self) -> Option<&Packet> {
        if self.live || self.offered >= AHEAD_PACKETS || self.offered_bytes >= AHEAD_BYTES {
            return None;
        }
        if self.offered == self.ahead.len() && !self.read_ahead() {
            return None;
        }
        let packet = self.ahead.get(self.offered)?;
        self.offered += 1;
        self.offered_bytes += packet.data.len();
        Some(packet)
    }

    /// How many packets of a track were offered and not read.
    pub(crate) fn offered(&self, track: usize) -> usize {
        self.ahead.iter().take(self.offered).filter(|packet| packet.track == track).count()
    }

    fn read_packet(&mut self) -> Result<Option<Packet>> {
        let Self { demuxer, wait, .. } = self;
        wait.run(|| demuxer.next_packet())
    }

    pub(crate) fn seek(&mut self, to: SeekTo) -> Result<Seeked> {
        let seeked = self.demuxer.seek(to)?;
        self.ahead.clear();
        (self.offered, self.offered_bytes) = (0, 0);
        self.held = None;
        Ok(seeked)
    }

    /// Decodes the first frame of each audio and video track for which `wanted` holds, and completes the tracks with what it tells. The
    /// packets are kept, so that reading is as if this had not been. What cannot be decoded stays as it is: that is
    /// told when it is asked for.
    pub(crate) fn inspect(&mut self, wanted: impl Fn(usize) -> bool) {
        let mut decoders: Vec<Option<TrackDecoder>> = self
            .tracks
            .iter()
            .enumerate()
            .map(|(index, track)| {
                let media = matches!(track.kind(), MediaKind::Audio | MediaKind::Video);
                let mut options = DecoderOptions::default();
                options.limits = self.limits.clone();
                (media && wanted(index))
                    .then(|| TrackDecoder::new(index, track, &options).ok())
                    .flatten()
            })
            .collect();
        let mut seen = 0;
        let mut bytes = 0;
        while decoders.iter().any(Option::is_some) {
            if seen == self.ahead.len() {
                let enough = seen >= INSPECT_PACKETS || bytes >= INSPECT_BYTES;
                if enough || !self.read_ahead() {
                    break;
                }
            }
            let packet = self.ahead[seen].clone();
            seen += 1;
            bytes += packet.data.len();
            if let Some(slot) = decoders.get_mut(packet.track) {
                self.learn(slot, &packet);
            }
        }
        for slot in &mut decoders {
            if let Some(decoder) = slot
                && decoder.finish().is_ok()
                && let Ok(Some(frame)) = decoder.next_frame()
            {
                complete(&mut self.tracks, decoder.track(), &frame);
            }
        }
    }

    /// Decodes a packet; the decoder goes when it has given a frame, or cannot go on.
    fn learn(&mut self, slot: &mut Option<TrackDecoder>, packet: &Packet) {
        let Some(decoder) = slot else { return };
        let result = decoder.submit(packet).and_then(|()| decoder.next_frame());
        match result {
            Ok(None) => {}
            Ok(Some(frame)) => {
                complete(&mut self.tracks, packet.track, &frame);
                *slot = None;
            }
            Err(_) => *slot = None,
        }
    }
}

/// Puts into a track what its first frame tells.
fn complete(tracks: &mut [Track], index: usize, frame: &Frame) {
    let Some(track) = tracks.get_mut(index) else { return };
    match (&mut track.codec.media, frame) {
        (MediaParameters::Video(video), Frame::Video(frame)) => {
            video.width = frame.width;
            video.height = frame.height;
            video.pixel_format = Some(frame.format);
            video.color = frame.color.or(video.color);
            video.sample_aspect = Some(frame.sample_aspect);
        }
        (MediaParameters::Audio(audio), Frame::Audio(frame)) => {
            audio.sample_rate = frame.sample_rate;
            audio.layout = frame.layout;
            audio.sample_format = Some(frame.format());
        }
        _ => {}
    }
}

impl fmt::Debug for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Input").field("format", &self.demuxer.format()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    fn blocked() -> Error {
        Error::io("reading", ErrorKind::WouldBlock.into())
    }

    /// R24: not at all, for a time, forever; other errors are never tried again.
    #[test]
    fn waits_as_told() {
        let check = |wait: Wait, blocks: usize, expected: bool| {
            let mut calls = 0;
            let result = wait.backoff(Duration::from_millis(1)).run(|| {
                calls += 1;
                if calls > blocks { Ok(()) } else { Err(blocked()) }
            });
            assert_eq!(result.is_ok(), expected, "{wait:?} {blocks}");
        };
        check(Wait::never(), 1, false);
        check(Wait::at_most(Duration::from_secs(60)), 3, true);
        check(Wait::at_most(Duration::from_millis(3)), usize::MAX, false);
        check(Wait::forever(), 20, true);

        let mut calls = 0;
        let result: Result<()> = Wait::forever().run(|| {
            calls += 1;
            Err(Error::io("reading", ErrorKind::BrokenPipe.into()))
        });
        assert!(result.is_err() && calls == 1);
    }

    /// R24: a source is waited for while it is being opened, and not by itself after that.
    #[test]
    fn opening_waits_too() {
        struct Stutter(u32);
        impl Read for Stutter {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 = self.0.saturating_sub(1);
                if self.0 > 0 {
                    return Err(ErrorKind::WouldBlock.into());
                }
                buffer.fill(7);
                Ok(buffer.len())
            }
        }
        let check = |wait: Wait, blocks, opening, expected| {
            let opening = Arc::new(AtomicBool::new(opening));
            let wait = wait.backoff(Duration::from_millis(1));
            let mut source = Patient::new(Stutter(blocks), wait, opening);
            assert_eq!(source.read(&mut [0; 4]).is_ok(), expected, "{wait:?} {blocks}");
        };
        check(Wait::forever(), 4, true, true);
        check(Wait::forever(), 4, false, false);
        check(Wait::at_most(Duration::from_millis(5)), u32::MAX, true, false);
    }
}
