//! Reads chunks of arrays: the behaviour of `StreamReader` (SPEC rows R1 to R31).

mod audio;
mod buffer;
mod chunks;
mod output;
#[cfg(test)]
mod tests;
mod video;

use std::path::Path;

use rushes_codec::DecoderOptions;
use rushes_container::Source;
use rushes_core::{
    Chapter, Error, Frame, IntoTime, MediaKind, Metadata, PixelFormat, Result, Time, Track,
};

use crate::frame_reader::{FrameReader, Step, TrackFrame};
use crate::{ReaderOptions, SeekMode, Wait};
use audio::AudioPipe;
use video::VideoPipe;

pub use chunks::{Chunk, Chunks};
pub use output::{
    AudioOutput, AudioOutputId, OutputFormat, OutputId, OutputInfo, VideoOutput, VideoOutputId,
    Warning,
};

/// Opens a source, decodes what outputs ask for, and hands it out in chunks.
///
/// ```no_run
/// use rushes::{Reader, VideoOutput};
///
/// # fn main() -> rushes::Result<()> {
/// let mut reader = Reader::open("in.mp4")?;
/// let video = reader.add_video(VideoOutput::new(5).size(320, 240))?;
/// for chunks in reader.chunks() {
///     let chunks = chunks?;
///     if let Some(chunk) = chunks.video(video) {
///         println!("{} s: {:?}", chunk.pts().seconds(), chunk.array::<u8>()?.shape());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Reader {
    frames: FrameReader,
    outputs: Vec<Output>,
    warnings: Vec<Warning>,
    ended: bool,
}

/// Whether there is more to come.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// There is.
    More,
    /// The source has ended, and all that was in the decoders is in the buffers.
    End,
}

#[derive(Debug)]
struct Output {
    id: OutputId,
    track: usize,
    pipe: Pipe,
    warned: bool,
}

#[derive(Debug)]
enum Pipe {
    Video(Box<VideoPipe>, VideoOutput),
    Audio(Box<AudioPipe>, AudioOutput),
}

impl Reader {
    /// Opens a file.
    ///
    /// # Errors
    /// [`Error::Io`] if it cannot be read; [`Error::Unsupported`] or [`Error::Malformed`] if it is of no known format or
    /// broken.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::options().open(path)
    }

    /// Opens any source: [`Source::seekable`], [`Source::forward`], [`Source::bytes`].
    ///
    /// # Errors
    /// As for [`open`](Self::open).
    pub fn new(source: Source) -> Result<Self> {
        Self::options().read(source)
    }

    /// Options for opening; see [`ReaderOptions::open`].
    #[must_use]
    pub fn options() -> ReaderOptions {
        ReaderOptions::default()
    }

    pub(crate) const fn from_frames(frames: FrameReader) -> Self {
        Self { frames, outputs: Vec::new(), warnings: Vec::new(), ended: false }
    }

    /// Name of the container format.
    #[must_use]
    pub fn format(&self) -> &'static str {
        self.frames.format()
    }

    /// The tracks of the source, in file order. What the container does not tell (often the pixel or sample format) is
    /// unset until [`inspect`](Self::inspect).
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        self.frames.tracks()
    }

    /// Decodes the first frame of each audio and video track to complete what [`tracks`](Self::tracks) tells: format, true size
    /// and sample rate, colour. Reading goes on as if this had not been. A track that cannot be decoded stays as it is.
    pub fn inspect(&mut self) {
        self.frames.inspect();
    }

    /// Tags of the file.
    #[must_use]
    pub fn metadata(&self) -> &Metadata {
        self.frames.metadata()
    }

    /// Chapters of the file.
    #[must_use]
    pub fn chapters(&self) -> &[Chapter] {
        self.frames.chapters()
    }

    /// Length of the longest track; `None` where only reading tells.
    #[must_use]
    pub fn duration(&self) -> Option<Time> {
        self.frames.duration()
    }

    /// The video track that outputs take by default; `None` where there is none.
    #[must_use]
    pub fn default_video(&self) -> Option<usize> {
        self.frames.default_video()
    }

    /// The audio track that outputs take by default; `None` where there is none.
    #[must_use]
    pub fn default_audio(&self) -> Option<usize> {
        self.frames.default_audio()
    }

    /// What to do while the source has no data now.
    pub const fn set_wait(&mut self, wait: Wait) {
        self.frames.set_wait(wait);
    }

    /// Adds a video output. Added while reading, it starts with what is read next.
    ///
    /// # Errors
    /// [`Error::Usage`] for settings that make no sense, a track that there is not or that is no video, and for decoder
    /// settings of a track that is decoded already; [`Error::Unsupported`] where there is no decoder, or none of the device.
    pub fn add_video(&mut self, mut output: VideoOutput) -> Result<VideoOutputId> {
        output.check()?;
        let track = self.track_for(output.common.track, MediaKind::Video)?;
        self.connect(track, &output.common)?;
        let id = VideoOutputId::unique();
        let base = self.time_base(track)?;
        let source = self.tracks().get(track).and_then(|track| track.codec.as_video());
        let rate = source.and_then(|video| video.frame_rate);
        let pipe = Box::new(VideoPipe::new(&output, base, rate, self.frames.limits()));
        let pipe = Pipe::Video(pipe, output);
        self.outputs.push(Output { id: id.into(), track, pipe, warned: false });
        Ok(id)
    }

    /// Adds an audio output. Added while reading, it starts with what is read next.
    ///
    /// # Errors
    /// [`Error::Usage`] for settings that make no sense, a track that there is not or that is no audio, and for decoder
    /// settings of a track that is decoded already; [`Error::Unsupported`] where there is no decoder.
    pub fn add_audio(&mut self, mut output: AudioOutput) -> Result<AudioOutputId> {
        output.check()?;
        let track = self.track_for(output.common.track, MediaKind::Audio)?;
        self.connect(track, &output.common)?;
        let id = AudioOutputId::unique();
        let base = self.time_base(track)?;
        let pipe =
            Pipe::Audio(Box::new(AudioPipe::new(&output, base, self.frames.limits())), output);
        self.outputs.push(Output { id: id.into(), track, pipe, warned: false });
        Ok(id)
    }

    /// Removes an output, with what is in its buffer. Later outputs move up in [`outputs`](Self::outputs) and in
    /// [`Chunks`]; ids stay as they are.
    ///
    /// # Errors
    /// [`Error::Usage`] if there is no such output.
    pub fn remove_output(&mut self, id: impl Into<OutputId>) -> Result<()> {
        let id = id.into();
        let Some(index) = self.outputs.iter().position(|output| output.id == id) else {
            return Err(Error::usage(
                "there is no such output: it was removed, or is another reader's",
            ));
        };
        let removed = self.outputs.remove(index);
        if !self.outputs.iter().any(|output| output.track == removed.track) {
            self.frames.deselect(removed.track);
        }
        Ok(())
    }

    /// The outputs, in the order they were added.
    #[must_use]
    pub fn outputs(&self) -> Vec<OutputInfo> {
        self.outputs.iter().map(|output| self.info(output)).collect()
    }

    /// What went otherwise than one would wish, so far.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Reads one packet of any audio or video track, whether an output wants it or not, and decodes it into the buffers of its
    /// outputs. Says [`Progress::End`] once there are no more, and again whenever it is called after that.
    ///
    /// # Errors
    /// [`Error::Malformed`] at damage and [`Error::Unsupported`] for a feature that a decoder lacks: the next call goes on behind it.
    /// [`Error::Io`] from the source; one that [would block](Error::is_would_block) may be tried again.
    pub fn process_packet(&mut self) -> Result<Progress> {
        if self.ended {
            return Ok(Progress::End);
        }
        let Self { frames, outputs, warnings, .. } = self;
        let step = frames.step(&mut |frame| deliver(outputs, warnings, &frame));
        match step {
            Ok(Step::Packet) => Ok(Progress::More),
            Ok(Step::End) => self.end().map(|()| Progress::End),
            Err(error) if frames.has_ended() => {
                // The decoders failed on what they had left: the outputs end all the same.
                self.end()?;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads everything. With bounded buffers only the last chunks are left afterwards.
    ///
    /// # Errors
    /// As for [`process_packet`](Self::process_packet); the next call goes on behind the damage.
    pub fn process_all_packets(&mut self) -> Result<()> {
        while self.process_packet()? == Progress::More {}
        Ok(())
    }

    /// True if every output has a chunk.
    #[must_use]
    pub fn is_buffer_ready(&self) -> bool {
        self.outputs.iter().all(|output| match &output.pipe {
            Pipe::Video(pipe, _) => pipe.buffer.is_ready(),
            Pipe::Audio(pipe, _) => pipe.buffer.is_ready(),
        })
    }

    /// Reads until every output has a chunk ([`Progress::More`]) or the source has ended ([`Progress::End`]).
    ///
    /// # Errors
    /// As for [`process_packet`](Self::process_packet).
    pub fn fill_buffer(&mut self) -> Result<Progress> {
        while !self.is_buffer_ready() {
            if self.process_packet()? == Progress::End {
                return Ok(Progress::End);
            }
        }
        Ok(Progress::More)
    }

    /// Takes the oldest chunk of every output: one entry per output, none where it has no chunk.
    pub fn pop_chunks(&mut self) -> Chunks {
        let entries = self.outputs.iter_mut().map(|output| (output.id, output.pop())).collect();
        Chunks { entries }
    }

    /// Reads to the end, chunk by chunk: each item has one entry per output, none where an output is exhausted. Stops at an
    /// error. A reader without outputs gives an error.
    pub const fn chunks(&mut self) -> ChunkIter<'_> {
        ChunkIter { reader: self, state: IterState::Reading }
    }

    /// Goes to a time: seconds (`f64`), a [`Duration`](std::time::Duration) or a [`Time`]. Everything in the
    /// decoders and buffers is forgotten.
    ///
    /// # Errors
    /// [`Error::Usage`] for a negative time or one that is not finite; [`Error::Unsupported`] if the source cannot seek.
    pub fn seek(&mut self, time: impl IntoTime, mode: SeekMode) -> Result<()> {
        self.frames.seek(time, mode)?;
        self.ended = false;
        for output in &mut self.outputs {
            match &mut output.pipe {
                Pipe::Video(pipe, _) => pipe.reset(),
                Pipe::Audio(pipe, _) => pipe.reset(),
            }
        }
        Ok(())
    }

    /// The track that an output takes.
    fn track_for(&self, wanted: Option<usize>, kind: MediaKind) -> Result<usize> {
        let default = match kind {
            MediaKind::Audio => self.default_audio(),
            _ => self.default_video(),
        };
        let tracks = self.tracks();
        let index = wanted
            .or(default)
            .ok_or_else(|| Error::usage(format!("the source has no {kind} track")))?;
        let track = tracks.get(index).ok_or_else(|| {
            Error::usage(format!("there is no track {index}: the source has {}", tracks.len()))
        })?;
        if track.kind() != kind {
            return Err(Error::usage(format!("track {index} is {}, not {kind}", track.kind())));
        }
        Ok(index)
    }

    /// Makes sure that a track is decoded (R15).
    fn connect(&mut self, track: usize, common: &output::Common) -> Result<()> {
        if self.frames.is_selected(track) {
            return if common.chooses_decoder() {
                Err(Error::usage(format!(
                    "track {track} has a decoder already: only its first output may choose one and its options"
                )))
            } else {
                Ok(())
            };
        }
        let mut options = DecoderOptions::default();
        options.threads = common.threads;
        options.limits = self.frames.limits().clone();
        options.options.clone_from(&common.decoder_options);
        self.frames.select_with(track, common.decoder.as_deref(), &options)
    }

    fn time_base(&self, track: usize) -> Result<rushes_core::TimeBase> {
        self.tracks()
            .get(track)
            .map(|track| track.time_base)
            .ok_or_else(|| Error::usage(format!("there is no track {track}")))
    }

    fn end(&mut self) -> Result<()> {
        self.ended = true;
        let mut first = Ok(());
        for output in &mut self.outputs {
            first = first.and(match &mut output.pipe {
                Pipe::Video(pipe, _) => pipe.finish(),
                Pipe::Audio(pipe, _) => pipe.finish(),
            });
            output.warn(&mut self.warnings);
        }
        first
    }

    fn info(&self, output: &Output) -> OutputInfo {
        let source = self.tracks().get(output.track).map(|track| &track.codec);
        let format = match &output.pipe {
            Pipe::Video(pipe, asked) => OutputFormat::Video {
                pixel_format: pipe
                    .format()
                    .or_else(|| source.and_then(|codec| codec.as_video()?.pixel_format))
                    .unwrap_or(PixelFormat::Rgb24),
                width: pipe.size().map(|(width, _)| width).or(asked.width),
                height: pipe.size().map(|(_, height)| height).or(asked.height),
                frame_rate: asked
                    .frame_rate
                    .or_else(|| source.and_then(|codec| codec.as_video()?.frame_rate)),
            },
            Pipe::Audio(pipe, asked) => {
                let target = pipe.target();
                let source = source.and_then(|codec| codec.as_audio());
                OutputFormat::Audio {
                    sample_format: target
                        .map(|target| target.format)
                        .or(asked.format)
                        .or_else(|| source.and_then(|audio| audio.sample_format)),
                    sample_rate: target
                        .map(|target| target.sample_rate)
                        .or(asked.sample_rate)
                        .or_else(|| source.map(|audio| audio.sample_rate)),
                    layout: target
                        .map(|target| target.layout)
                        .or(asked.layout)
                        .or_else(|| source.map(|audio| audio.layout)),
                }
            }
        };
        OutputInfo {
            id: output.id,
            track: output.track,
            format,
            filter: match &output.pipe {
                Pipe::Video(_, asked) => asked.common.description().to_owned(),
                Pipe::Audio(_, asked) => asked.common.description().to_owned(),
            },
            dropped_chunks: output.dropped(),
        }
    }
}

impl Output {
    fn pop(&mut self) -> Option<Chunk> {
        match &mut self.pipe {
            Pipe::Video(pipe, _) => pipe.buffer.pop().map(|mut chunk| {
                chunk.trim();
                Chunk::Video(chunk)
            }),
            Pipe::Audio(pipe, _) => pipe.buffer.pop().map(Chunk::Audio),
        }
    }

    const fn dropped(&self) -> u64 {
        match &self.pipe {
            Pipe::Video(pipe, _) => pipe.buffer.dropped(),
            Pipe::Audio(pipe, _) => pipe.buffer.dropped(),
        }
    }

    /// Says once that chunks are dropped.
    fn warn(&mut self, warnings: &mut Vec<Warning>) {
        if !self.warned && self.dropped() > 0 {
            self.warned = true;
            warnings.push(Warning::ChunksDropped(self.id));
        }
    }
}

/// Gives a frame to the outputs of its track.
fn deliver(outputs: &mut [Output], warnings: &mut Vec<Warning>, found: &TrackFrame) -> Result<()> {
    for output in outputs.iter_mut().filter(|output| output.track == found.track) {
        match (&mut output.pipe, &found.frame) {
            (Pipe::Video(pipe, _), Frame::Video(frame)) => pipe.push(frame.clone())?,
            (Pipe::Audio(pipe, _), Frame::Audio(frame)) => pipe.push(frame)?,
            _ => {}
        }
        output.warn(warnings);
    }
    Ok(())
}

/// Iterator over the chunks of a [`Reader`].
#[derive(Debug)]
pub struct ChunkIter<'a> {
    reader: &'a mut Reader,
    state: IterState,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum IterState {
    Reading,
    Draining,
    Done,
}

impl Iterator for ChunkIter<'_> {
    type Item = Result<Chunks>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == IterState::Reading {
            if self.reader.outputs.is_empty() {
                self.state = IterState::Done;
                return Some(Err(Error::usage("a reader without outputs has no chunks: add one")));
            }
            match self.reader.fill_buffer() {
                Ok(Progress::More) => {}
                Ok(Progress::End) => self.state = IterState::Draining,
                Err(error) => {
                    self.state = IterState::Done;
                    return Some(Err(error));
                }
            }
        }
        if self.state == IterState::Done {
            return None;
        }
        let chunks = self.reader.pop_chunks();
        if chunks.all_none() {
            self.state = IterState::Done;
            return None;
        }
        Some(Ok(chunks))
    }
}
