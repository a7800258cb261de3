//! One file into another: decode, convert what is asked for, encode.

mod job;
mod settings;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use rushes_codec::{CodecConfig, DecoderOptions};
use rushes_convert::FilterChain;
use rushes_core::{Chapter, Error, FrameRate, Limits, Metadata, Result, Rotation, Time, Track};

use crate::filter::turned_before;
use crate::part::{Part, refuse_overwriting};
use crate::{AudioInput, AudioInputId, FrameReader, SeekMode, VideoInput, VideoInputId, Writer};
use job::{Job, Progress, minus};

/// Makes one file of another.
///
/// The default video and audio tracks are decoded and encoded anew. Times are kept: offsets between the tracks survive,
/// and so does a variable frame rate. Tags, chapters, languages, colour, pixel shape and rotation are carried over.
///
/// ```no_run
/// use rushes::Transcode;
///
/// # fn main() -> rushes::Result<()> {
/// let summary = Transcode::new().crf(20).size(640, 360).run("in.mp4", "out.mp4")?;
/// println!("{} frames", summary.video_frames);
/// # Ok(())
/// # }
/// ```
#[derive(Default)]
pub struct Transcode<'a> {
    video_encoder: Option<String>,
    audio_encoder: Option<String>,
    video_config: CodecConfig,
    audio_config: CodecConfig,
    video_options: BTreeMap<String, String>,
    audio_options: BTreeMap<String, String>,
    video_filter: String,
    audio_filter: String,
    video_decoder: Decoding,
    audio_decoder: Decoding,
    threads: Option<u16>,
    width: Option<u32>,
    height: Option<u32>,
    frame_rate: Option<FrameRate>,
    sample_rate: Option<u32>,
    channels: Option<u16>,
    part: Part,
    no_video: bool,
    no_audio: bool,
    format: Option<String>,
    limits: Limits,
    progress: Option<Progress<'a>>,
}

/// How a track of the source is decoded.
#[derive(Debug, Default)]
struct Decoding {
    decoder: Option<String>,
    options: BTreeMap<String, String>,
}

/// How far the work is.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TranscodeProgress {
    /// Pictures encoded so far.
    pub video_frames: u64,
    /// Samples per channel encoded so far.
    pub audio_samples: u64,
    /// Bytes of encoded data so far.
    pub bytes: u64,
    /// Presentation time reached in the output.
    pub time: Time,
    /// Where the output will end; `None` where the source does not tell.
    pub end: Option<Time>,
}

/// What was done.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TranscodeSummary {
    /// Pictures taken from the source.
    pub video_frames: u64,
    /// Samples per channel taken from the source.
    pub audio_samples: u64,
    /// Bytes of encoded data.
    pub bytes: u64,
    /// Number of the video track in the source.
    pub video_track: Option<usize>,
    /// Number of the audio track in the source.
    pub audio_track: Option<usize>,
    /// Pictures, and blocks of samples, that were left out because their time does not lie behind the one before.
    pub dropped: u64,
    /// Stopped by the progress callback; the output is complete up to there.
    pub cancelled: bool,
}

impl<'a> Transcode<'a> {
    /// Default codecs of the output's format, at the encoders' default quality.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Does the work from one file into another. An output that fails is left as it is: incomplete, or not there.
    ///
    /// # Errors
    /// [`Error::Io`] if a file cannot be read or written; [`Error::Malformed`] at damage in the source;
    /// [`Error::Unsupported`] and [`Error::Usage`] for what the decoders, the encoders or the format cannot do, and if both
    /// files are the same.
    pub fn run(
        self,
        input: impl AsRef<Path>,
        output: impl AsRef<Path>,
    ) -> Result<TranscodeSummary> {
        let (input, output) = (input.as_ref(), output.as_ref());
        refuse_overwriting(input, output)?;
        let writer = match &self.format {
            Some(name) => Writer::create_as(output, name)?,
            None => Writer::create(output)?,
        };
        let reader = FrameReader::options().limits(self.limits.clone()).open_frames(input)?;
        self.run_with(reader, writer)
    }

    /// Does the work from a reader without selected tracks into a writer without inputs.
    ///
    /// # Errors
    /// As for [`run`](Self::run).
    pub fn run_with(
        mut self,
        mut reader: FrameReader,
        mut writer: Writer,
    ) -> Result<TranscodeSummary> {
        self.part.check()?;
        for config in [&mut self.video_config, &mut self.audio_config] {
            config.threads = config.threads.or(self.threads);
        }
        let tracks = self.select(&mut reader, &writer)?;
        reader.inspect_selected();
        let origin = self.go_to_start(&mut reader, tracks)?;
        let video = self.add_video(&reader, &mut writer, tracks.0)?;
        let audio = self.add_audio(&reader, &mut writer, tracks.1)?;
        carry_over(&reader, &mut writer, origin, self.part.to);

        let end = self.part.to.or(reader.duration()).map(|end| minus(end, origin));
        let summary = TranscodeSummary {
            video_frames: 0,
            audio_samples: 0,
            bytes: 0,
            dropped: 0,
            video_track: tracks.0,
            audio_track: tracks.1,
            cancelled: false,
        };
        Job {
            writer: writer.open()?,
            video,
            audio,
            origin,
            to: self.part.to,
            end,
            last_video: None,
            audio_end: None,
            reached: Time::ZERO,
            progress: self.progress.take(),
            summary,
        }
        .run(&mut reader)
    }

    /// Selects the default tracks that are wanted and that the output takes.
    fn select(
        &self,
        reader: &mut FrameReader,
        writer: &Writer,
    ) -> Result<(Option<usize>, Option<usize>)> {
        let format = writer.format();
        let takes_video = self.video_encoder.is_some() || format.default_video.is_some();
        let takes_audio = self.audio_encoder.is_some() || format.default_audio.is_some();
        let video = reader.default_video().filter(|_| takes_video && !self.no_video);
        let audio = reader.default_audio().filter(|_| takes_audio && !self.no_audio);
        if video.is_none() && audio.is_none() {
            return Err(Error::usage(format!(
                "the source has no track that could go into {}",
                format.name
            )));
        }
        let mut options = DecoderOptions::default();
        options.limits = self.limits.clone();
        options.threads = self.threads;
        for (track, how) in [(video, &self.video_decoder), (audio, &self.audio_decoder)] {
            let Some(track) = track else { continue };
            options.options.clone_from(&how.options);
            reader.select_with(track, how.decoder.as_deref(), &options)?;
        }
        Ok((video, audio))
    }

    /// Goes where the output starts, and gives the time of it in the source.
    fn go_to_start(
        &self,
        reader: &mut FrameReader,
        (video, audio): (Option<usize>, Option<usize>),
    ) -> Result<Time> {
        if let Some(from) = self.part.from {
            match reader.seek(from, SeekMode::Precise) {
                Err(Error::Unsupported(_)) => reader.skip_to(from),
                result => result?,
            }
            return Ok(from);
        }
        // A source that starts late as a whole starts at once in the output; what comes later in one track only stays later.
        let start = |index: usize| {
            let track = reader.tracks().get(index)?;
            track.start.map(|start| track.time_base.time(start))
        };
        let starts: Option<Vec<Time>> = [video, audio].into_iter().flatten().map(start).collect();
        let origin = starts
            .and_then(|starts| starts.into_iter().min())
            .map_or(Time::ZERO, |first| first.max(Time::ZERO));
        reader.skip_to(origin);
        Ok(origin)
    }

    fn add_video(
        &self,
        reader: &FrameReader,
        writer: &mut Writer,
        index: Option<usize>,
    ) -> Result<Option<VideoInputId>> {
        let Some((track, video)) = index
            .and_then(|index| reader.tracks().get(index))
            .and_then(|track| Some((track, track.codec.as_video()?)))
        else {
            return Ok(None);
        };
        let rate = video.frame_rate.or(self.frame_rate).or(FrameRate::new(25, 1));
        let rate = rate.ok_or_else(|| Error::usage("the source has no frame rate: set one"))?;
        let mut input = VideoInput::new(video.width, video.height, rate)
            .variable_frame_rate(track.time_base)
            .color(video.color)
            .rotation(video.rotation)
            .config(self.video_config.clone())
            .metadata(track_tags(track))
            .disposition(track.disposition);
        if let Some(format) = video.pixel_format {
            input = input.format(format);
        }
        if !self.video_filter.trim().is_empty() {
            // The filters see pictures as they are shown.
            let chain = FilterChain::video(&self.video_filter)?;
            let chain = turned_before(&chain, video.rotation)?;
            input = input.filter(chain.description()).rotation(Rotation::NONE);
        }
        if let Some(name) = &self.video_encoder {
            input = input.encoder(name);
        }
        for (name, value) in &self.video_options {
            input = input.encoder_option(name, value);
        }
        if let Some(aspect) = video.sample_aspect {
            input = input.sample_aspect(aspect);
        }
        if self.width.is_some() || self.height.is_some() {
            let width = self.width.unwrap_or(video.width);
            let height = self.height.unwrap_or(video.height);
            input = input.encoder_size(width, height);
        }
        if let Some(rate) = self.frame_rate {
            input = input.encoder_frame_rate(rate);
        }
        writer.add_video(input).map(Some)
    }

    fn add_audio(
        &self,
        reader: &FrameReader,
        writer: &mut Writer,
        index: Option<usize>,
    ) -> Result<Option<AudioInputId>> {
        let Some((track, audio)) = index
            .and_then(|index| reader.tracks().get(index))
            .and_then(|track| Some((track, track.codec.as_audio()?)))
        else {
            return Ok(None);
        };
        let mut input = AudioInput::new(audio.sample_rate, audio.layout.channels())
            .layout(audio.layout)
            .config(self.audio_config.clone())
            .metadata(track_tags(track))
            .disposition(track.disposition);
        if let Some(format) = audio.sample_format {
            input = input.format(format);
        }
        input = input.filter(&self.audio_filter);
        if let Some(name) = &self.audio_encoder {
            input = input.encoder(name);
        }
        for (name, value) in &self.audio_options {
            input = input.encoder_option(name, value);
        }
        if let Some(rate) = self.sample_rate {
            input = input.encoder_sample_rate(rate);
        }
        if let Some(channels) = self.channels {
            input = input.encoder_channels(channels);
        }
        writer.add_audio(input).map(Some)
    }
}

impl fmt::Debug for Transcode<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcode")
            .field("video_encoder", &self.video_encoder)
            .field("video_config", &self.video_config)
            .field("audio_encoder", &self.audio_encoder)
            .field("audio_config", &self.audio_config)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

/// Tags and chapters of the file; the encoder's name is ours to write.
fn carry_over(reader: &FrameReader, writer: &mut Writer, origin: Time, to: Option<Time>) {
    let tags = reader.metadata().iter().filter(|(key, _)| *key != "encoder");
    writer.set_metadata(tags.collect());
    let chapters = reader.chapters().iter().filter(|chapter| {
        chapter.end.is_none_or(|end| end > origin) && to.is_none_or(|to| chapter.start < to)
    });
    let chapters = chapters.map(|chapter| Chapter {
        start: minus(chapter.start, origin),
        end: chapter.end.map(|end| minus(end, origin)),
        title: chapter.title.clone(),
    });
    writer.set_chapters(chapters.collect());
}

fn track_tags(track: &Track) -> Metadata {
    track.metadata.iter().filter(|(key, _)| *key != "encoder").collect()
}
