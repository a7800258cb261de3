//! Writes chunks of arrays: the behaviour of `StreamWriter` (SPEC rows W1 to W11).

mod audio;
mod choose;
mod input;
mod output;
#[cfg(test)]
mod tests;
mod video;

use std::path::{Path, PathBuf};
use std::thread;

use ndarray::{ArrayView2, ArrayView4};
use rushes_container::{Format, MuxOptions, Sink, muxer_formats, open_muxer};
use rushes_core::{
    AudioFrame, Chapter, Error, IntoTime, Metadata, Result, Time, TimeBase, Track, VideoFrame,
};

use crate::{AudioElement, VideoElement};
use audio::AudioLane;
use output::Output;
use video::VideoLane;

pub use input::{AudioInput, AudioInputId, VideoInput, VideoInputId};

/// Collects what a file is to be made of; [`open`](Self::open) starts it.
///
/// ```no_run
/// use ndarray::Array4;
/// use rushes::{VideoInput, Writer};
///
/// # fn main() -> rushes::Result<()> {
/// let mut writer = Writer::create("out.mp4")?;
/// let video = writer.add_video(VideoInput::new(320, 240, (30_000, 1001)))?;
/// let mut writer = writer.open()?;
/// let frames = Array4::<u8>::zeros((30, 3, 240, 320)); // (time, channel, height, width)
/// writer.write_video(video, frames.view())?;
/// writer.finish()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Writer {
    target: Target,
    format: &'static Format,
    inputs: Vec<Input>,
    options: MuxOptions,
}

#[derive(Debug)]
enum Target {
    File(PathBuf),
    Sink(Sink),
}

#[derive(Debug)]
enum Input {
    Video(VideoInputId, Box<VideoInput>),
    Audio(AudioInputId, Box<AudioInput>),
}

impl Writer {
    /// A writer of a file, in the format of its extension. The file is made, or emptied, by [`open`](Self::open).
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an extension that no format has, with those that one has.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let format = format_for(path)?;
        Ok(Self::with(Target::File(path.to_owned()), format))
    }

    /// A writer of a file in the format `name`, whatever its extension.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an unknown format, with the known ones.
    pub fn create_as(path: impl AsRef<Path>, name: &str) -> Result<Self> {
        Ok(Self::with(Target::File(path.as_ref().to_owned()), format_named(name)?))
    }

    /// A writer to any sink in the format `name`, as [`muxer_formats`] lists them.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for an unknown format, with the known ones.
    pub fn new(sink: Sink, name: &str) -> Result<Self> {
        Ok(Self::with(Target::Sink(sink), format_named(name)?))
    }

    fn with(target: Target, format: &'static Format) -> Self {
        Self { target, format, inputs: Vec::new(), options: MuxOptions::default() }
    }

    /// The format that is written.
    #[must_use]
    pub const fn format(&self) -> &'static Format {
        self.format
    }

    /// Adds a video track.
    ///
    /// # Errors
    /// [`Error::Usage`] for settings that make no sense; [`Error::Unsupported`] if the format takes no video. What the encoder does not take is
    /// told by [`open`](Self::open).
    pub fn add_video(&mut self, mut input: VideoInput) -> Result<VideoInputId> {
        input.check()?;
        if input.common.encoder.is_none() && self.format.default_video.is_none() {
            return Err(Error::unsupported(format!("video in {}", self.format.name), "audio"));
        }
        let id = VideoInputId::unique();
        self.inputs.push(Input::Video(id, Box::new(input)));
        Ok(id)
    }

    /// Adds an audio track.
    ///
    /// # Errors
    /// [`Error::Usage`] for settings that make no sense; [`Error::Unsupported`] if the format takes no audio. What the encoder does not take is
    /// told by [`open`](Self::open).
    pub fn add_audio(&mut self, mut input: AudioInput) -> Result<AudioInputId> {
        input.check()?;
        if input.common.encoder.is_none() && self.format.default_audio.is_none() {
            return Err(Error::unsupported(format!("audio in {}", self.format.name), "video"));
        }
        let id = AudioInputId::unique();
        self.inputs.push(Input::Audio(id, Box::new(input)));
        Ok(id)
    }

    /// Sets the tags of the file, in place of all that were set before.
    pub fn set_metadata(&mut self, metadata: Metadata) {
        self.options.metadata = metadata;
    }

    /// Sets the chapters of the file, in place of all that were set before.
    pub fn set_chapters(&mut self, chapters: Vec<Chapter>) {
        self.options.chapters = chapters;
    }

    /// Sets an option of the muxer; [`open`](Self::open) fails if it does not know it.
    pub fn set_option(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.options.options.insert(name.into(), value.into());
    }

    /// Starts the encoders, makes the file and writes its header. Inputs cannot be added any more: that does not compile.
    ///
    /// # Errors
    /// [`Error::Usage`] without inputs, and for settings, options, formats and rates that an encoder or the muxer cannot honour, with
    /// those it can; [`Error::Unsupported`] for an encoder that is not in this build, or a codec that the
    /// format does not take; [`Error::Io`] from the sink.
    pub fn open(self) -> Result<OpenWriter> {
        if self.inputs.is_empty() {
            return Err(Error::usage("a file without tracks: add a video or an audio input"));
        }
        let lanes: Vec<Lane> = self
            .inputs
            .into_iter()
            .enumerate()
            .map(|(track, input)| {
                Ok(match input {
                    Input::Video(id, input) => {
                        Lane::Video(id, Box::new(VideoLane::new(track, *input, self.format)?))
                    }
                    Input::Audio(id, input) => {
                        Lane::Audio(id, Box::new(AudioLane::new(track, *input, self.format)?))
                    }
                })
            })
            .collect::<Result<_>>()?;
        let tracks: Vec<Track> = lanes.iter().map(Lane::describe).collect();
        let sink = match self.target {
            Target::File(path) => Sink::create(path)?,
            Target::Sink(sink) => sink,
        };
        let muxer = open_muxer(self.format.name, sink, &tracks, &self.options)?;
        let output = Output::new(muxer, &tracks);
        Ok(OpenWriter { lanes, output, finished: false })
    }
}

/// The format of a file's extension.
pub(crate) fn format_for(path: &Path) -> Result<&'static Format> {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let has = |format: &&Format| format.extensions.iter().any(|known| *known == extension);
    muxer_formats().find(has).ok_or_else(|| {
        Error::unsupported(
            format!("writing to '{}': its extension", path.display()),
            list(muxer_formats().flat_map(|format| format.extensions.iter().copied())),
        )
    })
}

/// The format of this name.
pub(crate) fn format_named(name: &str) -> Result<&'static Format> {
    muxer_formats().find(|format| format.name == name).ok_or_else(|| {
        Error::unsupported(
            format!("writing format '{name}'"),
            list(muxer_formats().map(|format| format.name)),
        )
    })
}

fn list(names: impl Iterator<Item = &'static str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.dedup();
    names.join(", ")
}

/// Takes the frames of a file. Dropping it finishes the file quietly; [`finish`](Self::finish) says what went wrong.
///
/// A usage error leaves the file as it was, and writing can go on. After an error of the sink nothing more is written.
#[derive(Debug)]
pub struct OpenWriter {
    lanes: Vec<Lane>,
    output: Output,
    finished: bool,
}

#[derive(Debug)]
enum Lane {
    Video(VideoInputId, Box<VideoLane>),
    Audio(AudioInputId, Box<AudioLane>),
}

impl Lane {
    fn describe(&self) -> Track {
        match self {
            Self::Video(_, lane) => lane.describe(),
            Self::Audio(_, lane) => lane.describe(),
        }
    }
}

impl OpenWriter {
    /// Writes frames of shape (time, channel, height, width), `u8` or `u16` as the input's format asks for. Each lasts one frame of the
    /// input's rate, and follows on the one before. A view of any strides will do, and so will one without frames.
    ///
    /// # Errors
    /// [`Error::Usage`] if the input is another writer's, or the array of another shape or type; [`Error::Io`] from the
    /// sink.
    pub fn write_video<T: VideoElement>(
        &mut self,
        input: VideoInputId,
        frames: ArrayView4<'_, T>,
    ) -> Result<()> {
        let (lane, output) = self.video(input)?;
        lane.write(frames, None, output)
    }

    /// Like [`write_video`](Self::write_video), with the time of the first frame: not negative, later than the last
    /// frame, rounded to the nearest tick.
    ///
    /// # Errors
    /// As for [`write_video`](Self::write_video), and [`Error::Usage`] for a time that goes backwards or is none.
    pub fn write_video_at<T: VideoElement>(
        &mut self,
        input: VideoInputId,
        frames: ArrayView4<'_, T>,
        pts: impl IntoTime,
    ) -> Result<()> {
        let pts = presentation_time(pts)?;
        let (lane, output) = self.video(input)?;
        lane.write(frames, Some(pts), output)
    }

    /// Writes a frame in its own format, without a detour through an array: converted only if the encoder takes another format or
    /// size. Its times are in `time_base`; a frame without a time follows on the one before.
    ///
    /// # Errors
    /// [`Error::Usage`] if the input is another writer's, or the time negative or not later than the last frame's;
    /// [`Error::Unsupported`] if there is no conversion; [`Error::Io`] from the sink.
    pub fn write_video_frame(
        &mut self,
        input: VideoInputId,
        frame: &VideoFrame,
        time_base: TimeBase,
    ) -> Result<()> {
        let (lane, output) = self.video(input)?;
        lane.write_frame(frame, time_base, output)
    }

    /// Writes samples of shape (frame, channel), of the input's type, following on those before. A view of any strides will do,
    /// and so will one without frames.
    ///
    /// # Errors
    /// [`Error::Usage`] if the input is another writer's, or the array of another shape or type; [`Error::Io`] from the
    /// sink.
    pub fn write_audio<T: AudioElement>(
        &mut self,
        input: AudioInputId,
        samples: ArrayView2<'_, T>,
    ) -> Result<()> {
        let (lane, output) = self.audio(input)?;
        lane.write(samples, None, output)
    }

    /// Like [`write_audio`](Self::write_audio), with the time of the first sample: not negative, not earlier than where the last
    /// ones end, rounded to the nearest sample. A gap is filled with silence.
    ///
    /// # Errors
    /// As for [`write_audio`](Self::write_audio), and [`Error::Usage`] for a time that goes backwards or is none.
    pub fn write_audio_at<T: AudioElement>(
        &mut self,
        input: AudioInputId,
        samples: ArrayView2<'_, T>,
        pts: impl IntoTime,
    ) -> Result<()> {
        let pts = presentation_time(pts)?;
        let (lane, output) = self.audio(input)?;
        lane.write(samples, Some(pts), output)
    }

    /// Writes samples of shape (channel, sample), as torchcodec has them.
    ///
    /// # Errors
    /// As for [`write_audio`](Self::write_audio).
    pub fn write_audio_by_channel<T: AudioElement>(
        &mut self,
        input: AudioInputId,
        samples: ArrayView2<'_, T>,
    ) -> Result<()> {
        self.write_audio(input, samples.reversed_axes())
    }

    /// Writes a block of samples of any format, rate and layout, converted to what the encoder takes. Its time is in `time_base`; a
    /// block without a time follows on the one before.
    ///
    /// # Errors
    /// [`Error::Usage`] if the input is another writer's, or the time negative or before the end of the last block;
    /// [`Error::Unsupported`] if there is no conversion; [`Error::Io`] from the sink.
    pub fn write_audio_frame(
        &mut self,
        input: AudioInputId,
        frame: &AudioFrame,
        time_base: TimeBase,
    ) -> Result<()> {
        let (lane, output) = self.audio(input)?;
        lane.write_frame(frame, time_base, output)
    }

    /// Bytes of encoded data that went to the muxer so far.
    #[must_use]
    pub const fn written_bytes(&self) -> u64 {
        self.output.bytes()
    }

    /// Takes what is left from the encoders, and completes the file.
    ///
    /// # Errors
    /// [`Error::Io`] from the sink, now or before.
    pub fn finish(mut self) -> Result<()> {
        self.finish_file()
    }

    fn finish_file(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.finished, true) {
            return Ok(());
        }
        let mut first = Ok(());
        for lane in &mut self.lanes {
            first = first.and(match lane {
                Lane::Video(_, lane) => lane.finish(&mut self.output),
                Lane::Audio(_, lane) => lane.finish(&mut self.output),
            });
        }
        // What the encoders gave is completed even if one of them failed.
        let completed = self.output.finish();
        first.and(completed)
    }

    fn video(&mut self, id: VideoInputId) -> Result<(&mut VideoLane, &mut Output)> {
        let output = &mut self.output;
        self.lanes
            .iter_mut()
            .find_map(|lane| match lane {
                Lane::Video(known, lane) if *known == id => Some(&mut **lane),
                _ => None,
            })
            .map(|lane| (lane, output))
            .ok_or_else(|| Error::usage("there is no such input: it is another writer's"))
    }

    fn audio(&mut self, id: AudioInputId) -> Result<(&mut AudioLane, &mut Output)> {
        let output = &mut self.output;
        self.lanes
            .iter_mut()
            .find_map(|lane| match lane {
                Lane::Audio(known, lane) if *known == id => Some(&mut **lane),
                _ => None,
            })
            .map(|lane| (lane, output))
            .ok_or_else(|| Error::usage("there is no such input: it is another writer's"))
    }
}

impl Drop for OpenWriter {
    fn drop(&mut self) {
        // While a panic unwinds, a second one would abort the process.
        if !thread::panicking() {
            // There is nobody to tell; `finish` is for those who want to know.
            let _ = self.finish_file();
        }
    }
}

/// R30's rule for times, which W9 shares.
fn presentation_time(pts: impl IntoTime) -> Result<Time> {
    let pts = pts.into_time()?;
    if pts < Time::ZERO {
        return Err(Error::usage(format!("{} s is before the start", pts.seconds())));
    }
    Ok(pts)
}
