//! What can be asked of a transcode.

use std::ops::ControlFlow;

use rushes_codec::CodecConfig;
use rushes_core::{IntoTime, Limits};

use super::{Transcode, TranscodeProgress};
use crate::IntoFrameRate;

impl<'a> Transcode<'a> {
    /// Video encoder or codec by name. Default: the format's default codec.
    #[must_use]
    pub fn video_codec(mut self, name: impl Into<String>) -> Self {
        self.video_encoder = Some(name.into());
        self
    }

    /// Audio encoder or codec by name. Default: the format's default codec.
    #[must_use]
    pub fn audio_codec(mut self, name: impl Into<String>) -> Self {
        self.audio_encoder = Some(name.into());
        self
    }

    /// Settings of the video encoder, in place of all that were set before.
    #[must_use]
    pub fn video_config(mut self, config: CodecConfig) -> Self {
        self.video_config = config;
        self
    }

    /// Settings of the audio encoder, in place of all that were set before.
    #[must_use]
    pub fn audio_config(mut self, config: CodecConfig) -> Self {
        self.audio_config = config;
        self
    }

    /// An option of the video encoder; the work fails at its start if it does not know it. Default: none.
    #[must_use]
    pub fn video_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.video_options.insert(name.into(), value.into());
        self
    }

    /// An option of the audio encoder; the work fails at its start if it does not know it. Default: none.
    #[must_use]
    pub fn audio_option(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.audio_options.insert(name.into(), value.into());
        self
    }

    /// The decoder of the video by its name in [`decoders`](crate::decoders). Default: the preferred one.
    #[must_use]
    pub fn video_decoder(mut self, name: impl Into<String>) -> Self {
        self.video_decoder.decoder = Some(name.into());
        self
    }

    /// The decoder of the audio by its name in [`decoders`](crate::decoders). Default: the preferred one.
    #[must_use]
    pub fn audio_decoder(mut self, name: impl Into<String>) -> Self {
        self.audio_decoder.decoder = Some(name.into());
        self
    }

    /// An option of the video decoder; the work fails at its start if it does not know it. Default: none.
    #[must_use]
    pub fn video_decoder_option(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.video_decoder.options.insert(name.into(), value.into());
        self
    }

    /// An option of the audio decoder; the work fails at its start if it does not know it. Default: none.
    #[must_use]
    pub fn audio_decoder_option(
        mut self,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.audio_decoder.options.insert(name.into(), value.into());
        self
    }

    /// Threads of each decoder, and of each encoder whose settings name none; the output does not depend on them.
    /// Default: chosen by the machine.
    #[must_use]
    pub const fn threads(mut self, threads: u16) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Constant rate factor of the video: lower is better and larger. Default: the encoder's choice.
    #[must_use]
    pub fn crf(mut self, crf: impl Into<f64>) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "rate factors are small numbers")]
        let crf = crf.into() as f32;
        self.video_config.crf = Some(crf);
        self
    }

    /// Bits per second of the video. Default: the encoder's choice.
    #[must_use]
    pub const fn video_bit_rate(mut self, bits_per_second: u64) -> Self {
        self.video_config.bit_rate = Some(bits_per_second);
        self
    }

    /// Bits per second of the audio. Default: the encoder's choice.
    #[must_use]
    pub const fn audio_bit_rate(mut self, bits_per_second: u64) -> Self {
        self.audio_config.bit_rate = Some(bits_per_second);
        self
    }

    /// Filters of the video in FFmpeg's syntax, before what else is asked for: `crop=iw/2:ih,hflip`. They work on pictures that are turned
    /// upright. Default: none.
    #[must_use]
    pub fn video_filter(mut self, description: impl Into<String>) -> Self {
        self.video_filter = description.into();
        self
    }

    /// Filters of the audio in FFmpeg's syntax, before what else is asked for: `volume=-6dB`. Default: none.
    #[must_use]
    pub fn audio_filter(mut self, description: impl Into<String>) -> Self {
        self.audio_filter = description.into();
        self
    }

    /// Width and height in pixels, as stored. Default: the source's.
    #[must_use]
    pub const fn size(mut self, width: u32, height: u32) -> Self {
        self.width = Some(width);
        self.height = Some(height);
        self
    }

    /// A constant frame rate, made by dropping and repeating frames. Default: the source's frames at their times.
    #[must_use]
    pub fn frame_rate(mut self, rate: impl IntoFrameRate) -> Self {
        match rate.into_frame_rate() {
            Ok(rate) => self.frame_rate = Some(rate),
            Err(error) => self.part.defer(error),
        }
        self
    }

    /// Samples per second. Default: the source's, or the nearest that the encoder takes.
    #[must_use]
    pub const fn sample_rate(mut self, rate: u32) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Number of audio channels. Default: the source's.
    #[must_use]
    pub const fn channels(mut self, channels: u16) -> Self {
        self.channels = Some(channels);
        self
    }

    /// Where to start in the source; it becomes the start of the output. Default: its start.
    #[must_use]
    pub fn from(mut self, time: impl IntoTime) -> Self {
        self.part.start_at(time);
        self
    }

    /// Where to stop in the source. Default: its end.
    #[must_use]
    pub fn to(mut self, time: impl IntoTime) -> Self {
        self.part.end_at(time);
        self
    }

    /// Leaves out the video.
    #[must_use]
    pub const fn no_video(mut self) -> Self {
        self.no_video = true;
        self
    }

    /// Leaves out the audio.
    #[must_use]
    pub const fn no_audio(mut self) -> Self {
        self.no_audio = true;
        self
    }

    /// Format of the output by name. Default: by its extension.
    #[must_use]
    pub fn format(mut self, name: impl Into<String>) -> Self {
        self.format = Some(name.into());
        self
    }

    /// Bounds on memory and work while reading. Default: [`Limits::default`].
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Called after every frame. [`ControlFlow::Break`] stops the work; the output is completed with what it has and
    /// plays.
    #[must_use]
    pub fn on_progress(
        mut self,
        progress: impl FnMut(&TranscodeProgress) -> ControlFlow<()> + 'a,
    ) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}
