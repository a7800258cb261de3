//! `rushes transcode`: one file into another.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::slice;

use indicatif::ProgressBar;
use rushes::codec::{decoder_by_name, encoder_by_name};
use rushes::{
    CodecConfig, Error, FilterChain, FrameRate, FrameReader, Time, Transcode, TranscodeProgress,
    Writer,
};

use crate::failure::{Failure, InFile as _};
use crate::output::Output;
use crate::progress;
use crate::values::{self, Size};

/// Decode a file and encode it anew, with other codecs, another size or rate, or a part of it only
#[derive(Debug, clap::Args)]
pub(crate) struct Flags {
    /// File to read
    input: PathBuf,
    /// File to write; replaced if it is there
    output: PathBuf,
    /// Format of the output, instead of what its extension says
    #[arg(long)]
    format: Option<String>,
    #[command(flatten)]
    video: VideoFlags,
    #[command(flatten)]
    audio: AudioFlags,
    /// Where to start: seconds, or [[HH:]MM:]SS
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_negative_numbers = true)]
    from: Option<Time>,
    /// Where to stop, in the time of the input
    #[arg(long, value_name = "TIME", value_parser = values::time, allow_negative_numbers = true)]
    to: Option<Time>,
    /// Threads of each decoder and encoder; by default chosen by the machine. The output is the same for any number
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    threads: Option<u16>,
    /// Keep what there is of the output when the work fails
    #[arg(long)]
    keep_partial: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Video")]
struct VideoFlags {
    /// Codec or encoder: see `rushes list codecs`
    #[arg(long, value_name = "NAME")]
    video_codec: Option<String>,
    /// Quality: lower is better and larger
    #[arg(long, value_parser = values::quality)]
    crf: Option<f32>,
    /// Bits per second: 2500000, 2500k or 2.5M
    #[arg(long, value_name = "RATE", value_parser = values::bit_rate)]
    video_bit_rate: Option<u64>,
    /// Speed of the encoder, in its own words
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// Pictures from one key frame to the next
    #[arg(long, value_name = "COUNT")]
    gop: Option<u32>,
    /// Most B-frames in a row
    #[arg(long, value_name = "COUNT")]
    b_frames: Option<u32>,
    /// Constant quality, in the encoder's own scale
    #[arg(long, value_name = "QUALITY", value_parser = values::quality)]
    video_qscale: Option<f32>,
    /// Effort against size, in the encoder's own scale
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    video_compression_level: Option<i32>,
    /// Option of the encoder, as `rushes list codecs` shows them; can be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::option)]
    video_option: Vec<(String, String)>,
    /// Decoder of the pictures: see `rushes list codecs`
    #[arg(long, value_name = "NAME")]
    video_decoder: Option<String>,
    /// Option of the decoder; can be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::option)]
    video_decoder_option: Vec<(String, String)>,
    /// Filters in FFmpeg's syntax, before size and rate: see `rushes list filters`
    #[arg(long, value_name = "FILTERS")]
    video_filter: Option<String>,
    /// Size in pixels
    #[arg(long, value_name = "WxH", value_parser = values::size)]
    size: Option<Size>,
    /// Constant frame rate: 30, 29.97 or 30000/1001
    #[arg(long, value_name = "RATE")]
    fps: Option<FrameRate>,
    /// Leave out the pictures
    #[arg(long)]
    no_video: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Audio")]
struct AudioFlags {
    /// Codec or encoder: see `rushes list codecs`
    #[arg(long, value_name = "NAME")]
    audio_codec: Option<String>,
    /// Bits per second: 128000 or 128k
    #[arg(long, value_name = "RATE", value_parser = values::bit_rate)]
    audio_bit_rate: Option<u64>,
    /// Constant quality, in the encoder's own scale
    #[arg(long, value_name = "QUALITY", value_parser = values::quality)]
    audio_qscale: Option<f32>,
    /// Effort against size, in the encoder's own scale
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    audio_compression_level: Option<i32>,
    /// Option of the encoder, as `rushes list codecs` shows them; can be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::option)]
    audio_option: Vec<(String, String)>,
    /// Decoder of the sound: see `rushes list codecs`
    #[arg(long, value_name = "NAME")]
    audio_decoder: Option<String>,
    /// Option of the decoder; can be given again
    #[arg(long, value_name = "NAME=VALUE", value_parser = values::option)]
    audio_decoder_option: Vec<(String, String)>,
    /// Filters in FFmpeg's syntax, before rate and channels: see `rushes list filters`
    #[arg(long, value_name = "FILTERS")]
    audio_filter: Option<String>,
    /// Samples per second
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..))]
    sample_rate: Option<u32>,
    /// Number of channels
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..))]
    channels: Option<u16>,
    /// Leave out the sound
    #[arg(long)]
    no_audio: bool,
}

pub(crate) fn run(flags: &Flags) -> Result<(), Failure> {
    for name in [&flags.video.video_codec, &flags.audio.audio_codec].into_iter().flatten() {
        encoder_by_name(name).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    for name in [&flags.video.video_decoder, &flags.audio.audio_decoder].into_iter().flatten() {
        decoder_by_name(name).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    for chain in [
        flags.video.video_filter.as_deref().map(FilterChain::video),
        flags.audio.audio_filter.as_deref().map(FilterChain::audio),
    ] {
        chain.transpose().map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let mut output =
        Output::new(slice::from_ref(&flags.input), &flags.output, flags.format.as_deref())?;
    let reader = FrameReader::options().open_frames(&flags.input).in_file(&flags.input)?;
    let writer = Writer::new(output.sink()?, output.format())?;

    let bar = ProgressBar::no_length();
    let progress = |progress: &TranscodeProgress| {
        let done = format!("{} frames", progress.video_frames);
        progress::show(&bar, progress.time, progress.end, done);
        ControlFlow::Continue(())
    };
    let result = job(flags).on_progress(progress).run_with(reader, writer);
    bar.finish_and_clear();
    match result {
        Ok(_) => output.keep(),
        Err(error) => {
            if flags.keep_partial && output.has_content() {
                output.keep()?;
            }
            Err(blame(error, flags))
        }
    }
}

fn job<'a>(flags: &Flags) -> Transcode<'a> {
    let Flags { video, audio, .. } = flags;
    let mut job = codecs(flags);
    if let Some(filter) = &video.video_filter {
        job = job.video_filter(filter);
    }
    if let Some(filter) = &audio.audio_filter {
        job = job.audio_filter(filter);
    }
    if let Some(Size { width, height }) = video.size {
        job = job.size(width, height);
    }
    if let Some(rate) = video.fps {
        job = job.frame_rate(rate);
    }
    if let Some(rate) = audio.sample_rate {
        job = job.sample_rate(rate);
    }
    if let Some(channels) = audio.channels {
        job = job.channels(channels);
    }
    if let Some(from) = flags.from {
        job = job.from(from);
    }
    if let Some(to) = flags.to {
        job = job.to(to);
    }
    if video.no_video {
        job = job.no_video();
    }
    if audio.no_audio {
        job = job.no_audio();
    }
    job
}

/// The job, with what the flags say of decoders and encoders.
fn codecs<'a>(flags: &Flags) -> Transcode<'a> {
    let Flags { video, audio, .. } = flags;
    let mut video_config = CodecConfig::default();
    video_config.crf = video.crf;
    video_config.bit_rate = video.video_bit_rate;
    video_config.preset.clone_from(&video.preset);
    video_config.gop_size = video.gop;
    video_config.max_b_frames = video.b_frames;
    video_config.qscale = video.video_qscale;
    video_config.compression_level = video.video_compression_level;
    let mut audio_config = CodecConfig::default();
    audio_config.bit_rate = audio.audio_bit_rate;
    audio_config.qscale = audio.audio_qscale;
    audio_config.compression_level = audio.audio_compression_level;

    let mut job = Transcode::new().video_config(video_config).audio_config(audio_config);
    if let Some(threads) = flags.threads {
        job = job.threads(threads);
    }
    if let Some(name) = &video.video_codec {
        job = job.video_codec(name);
    }
    if let Some(name) = &audio.audio_codec {
        job = job.audio_codec(name);
    }
    if let Some(name) = &video.video_decoder {
        job = job.video_decoder(name);
    }
    if let Some(name) = &audio.audio_decoder {
        job = job.audio_decoder(name);
    }
    for (name, value) in &video.video_option {
        job = job.video_option(name, value);
    }
    for (name, value) in &audio.audio_option {
        job = job.audio_option(name, value);
    }
    for (name, value) in &video.video_decoder_option {
        job = job.video_decoder_option(name, value);
    }
    for (name, value) in &audio.audio_decoder_option {
        job = job.audio_decoder_option(name, value);
    }
    job
}

/// Names the input in errors that are its fault; those of the system name their file themselves.
fn blame(error: Error, flags: &Flags) -> Failure {
    match error {
        Error::Malformed(_) | Error::Limit(_) => Failure::File(flags.input.clone(), error),
        error => Failure::Media(error),
    }
}
