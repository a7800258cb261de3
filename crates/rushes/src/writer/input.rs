//! What a writer is given, and what is to become of it.

use std::collections::BTreeMap;

use rushes_codec::CodecConfig;
use rushes_convert::{FilterChain, ScaleKernel};
use rushes_core::{
    ChannelLayout, ColorInfo, Disposition, Error, FrameRate, Metadata, PixelFormat, Ratio, Result,
    Rotation, SampleFormat, TimeBase,
};

use crate::IntoFrameRate;
use crate::id::next_key;

/// Names a video input of a [`Writer`](crate::Writer).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct VideoInputId(u64);

/// Names an audio input of a [`Writer`](crate::Writer).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct AudioInputId(u64);

impl VideoInputId {
    pub(super) fn unique() -> Self {
        Self(next_key())
    }
}

impl AudioInputId {
    pub(super) fn unique() -> Self {
        Self(next_key())
    }
}

/// What all inputs have in common.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub(super) encoder: Option<String>,
    pub(super) config: CodecConfig,
    pub(super) options: BTreeMap<String, String>,
    pub(super) metadata: Metadata,
    pub(super) disposition: Disposition,
    pub(super) filter: Option<FilterChain>,
    /// The first setting that made no sense; told when the input is added.
    pub(super) deferred: Option<Error>,
}

impl Common {
    fn set_filter(&mut self, chain: Result<FilterChain>) {
        match chain {
            Ok(chain) => self.filter = Some(chain).filter(|chain| chain.names().next().is_some()),
            Err(error) => self.deferred = self.deferred.take().or(Some(error)),
        }
    }
}

/// A video input to add to a [`Writer`](crate::Writer): the pictures that will be given, and how they are encoded.
#[derive(Debug)]
pub struct VideoInput {
    pub(super) common: Common,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) frame_rate: Option<FrameRate>,
    pub(super) format: PixelFormat,
    pub(super) color: ColorInfo,
    pub(super) sample_aspect: Option<Ratio>,
    pub(super) rotation: Rotation,
    pub(super) time_base: Option<TimeBase>,
    pub(super) constant_frame_rate: bool,
    pub(super) kernel: ScaleKernel,
    pub(super) encoder_width: Option<u32>,
    pub(super) encoder_height: Option<u32>,
    pub(super) encoder_frame_rate: Option<FrameRate>,
    pub(super) encoder_format: Option<PixelFormat>,
}

/// An audio input to add to a [`Writer`](crate::Writer): the samples that will be given, and how they are encoded.
#[derive(Debug)]
pub struct AudioInput {
    pub(super) common: Common,
    pub(super) sample_rate: u32,
    pub(super) layout: ChannelLayout,
    pub(super) format: SampleFormat,
    pub(super) encoder_sample_rate: Option<u32>,
    pub(super) encoder_layout: Option<ChannelLayout>,
    pub(super) encoder_format: Option<SampleFormat>,
}

macro_rules! common_settings {
    ($type:ident) => {
        impl $type {
            /// The encoder by its name in [`encoders`](crate::encoders), or the preferred one of a codec. Default: the
            /// container's default codec.
            #[must_use]
            pub fn encoder(mut self, name: impl Into<String>) -> Self {
                self.common.encoder = Some(name.into());
                self
            }

            /// Settings that all encoders share, in place of all that were set before.
            #[must_use]
            pub fn config(mut self, config: CodecConfig) -> Self {
                self.common.config = config;
                self
            }

            /// Bits per second. Default: the encoder's choice.
            #[must_use]
            pub const fn bit_rate(mut self, bits_per_second: u64) -> Self {
                self.common.config.bit_rate = Some(bits_per_second);
                self
            }

            /// An option of the encoder; opening fails if it does not know it. Default: none.
            #[must_use]
            pub fn encoder_option(
                mut self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.common.options.insert(name.into(), value.into());
                self
            }

            /// Tags of the track, in place of all that were set before.
            #[must_use]
            pub fn metadata(mut self, metadata: Metadata) -> Self {
                self.common.metadata = metadata;
                self
            }

            /// Language of the track, as ISO 639-2: `eng`.
            #[must_use]
            pub fn language(mut self, code: impl Into<String>) -> Self {
                self.common.metadata.set("language", code);
                self
            }

            /// Flags of the track. Default: none set.
            #[must_use]
            pub const fn disposition(mut self, disposition: Disposition) -> Self {
                self.common.disposition = disposition;
                self
            }
        }
    };
}

common_settings!(VideoInput);
common_settings!(AudioInput);

impl VideoInput {
    /// Pictures of this size in pixels, as arrays of `rgb24`, so many per second: `30` or `(30_000, 1001)`.
    #[must_use]
    pub fn new(width: u32, height: u32, frame_rate: impl IntoFrameRate) -> Self {
        let (frame_rate, deferred) = match frame_rate.into_frame_rate() {
            Ok(rate) => (Some(rate), None),
            Err(error) => (None, Some(error)),
        };
        Self {
            common: Common { deferred, ..Common::default() },
            width,
            height,
            frame_rate,
            format: PixelFormat::Rgb24,
            color: ColorInfo::default(),
            sample_aspect: None,
            rotation: Rotation::NONE,
            time_base: None,
            constant_frame_rate: true,
            kernel: ScaleKernel::Bicubic,
            encoder_width: None,
            encoder_height: None,
            encoder_frame_rate: None,
            encoder_format: None,
        }
    }

    /// Format of the arrays: channels in the order of the format's name, `u8` for 8 bits, `u16` for more. Subsampled
    /// formats are given as full planes; alpha is left out. Default: `rgb24`.
    #[must_use]
    pub const fn format(mut self, format: PixelFormat) -> Self {
        self.format = format;
        self
    }

    /// What the values of the encoded pictures mean; it is written to the file. For RGB, what is left unspecified is BT.709
    /// from 720 rows on, BT.601 below, of limited range; luma and chroma keep the meaning they are given with, and stay
    /// unspecified if it is not told.
    #[must_use]
    pub const fn color(mut self, color: ColorInfo) -> Self {
        self.color = color;
        self
    }

    /// Width of a pixel over its height. Default: square.
    #[must_use]
    pub const fn sample_aspect(mut self, aspect: Ratio) -> Self {
        self.sample_aspect = Some(aspect);
        self
    }

    /// How players must turn the pictures. Default: not at all.
    #[must_use]
    pub const fn rotation(mut self, rotation: Rotation) -> Self {
        self.rotation = rotation;
        self
    }

    /// Pictures come at times of their own, in this unit; the frame rate is only the average. Default: each lasts one
    /// tick of the frame rate.
    #[must_use]
    pub const fn variable_frame_rate(mut self, time_base: TimeBase) -> Self {
        self.time_base = Some(time_base);
        self.constant_frame_rate = false;
        self
    }

    /// Constant rate factor: lower is better and larger. Default: the encoder's choice.
    #[must_use]
    pub fn crf(mut self, crf: impl Into<f64>) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "rate factors are small numbers")]
        let crf = crf.into() as f32;
        self.common.config.crf = Some(crf);
        self
    }

    /// Named speed, in the encoder's own words. Default: the encoder's choice.
    #[must_use]
    pub fn preset(mut self, preset: impl Into<String>) -> Self {
        self.common.config.preset = Some(preset.into());
        self
    }

    /// Filters in FFmpeg's syntax between what is given and the encoder: `scale=640:-2,fps=25`. The encoder's size, rate and format
    /// are brought about behind them; by default they are what the filters give. Arrays come to them as planes: `gbrp` or
    /// `yuv444p`. Default: none.
    #[must_use]
    pub fn filter(mut self, description: &str) -> Self {
        self.common.set_filter(FilterChain::video(description));
        self
    }

    /// Size of the encoded pictures. Default: as given.
    #[must_use]
    pub const fn encoder_size(mut self, width: u32, height: u32) -> Self {
        self.encoder_width = Some(width);
        self.encoder_height = Some(height);
        self
    }

    /// How pictures are scaled. Default: bicubic.
    #[must_use]
    pub const fn kernel(mut self, kernel: ScaleKernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// Frame rate of the encoded video, made by dropping and repeating frames. Default: as given.
    #[must_use]
    pub fn encoder_frame_rate(mut self, rate: impl IntoFrameRate) -> Self {
        match rate.into_frame_rate() {
            Ok(rate) => self.encoder_frame_rate = Some(rate),
            Err(error) => self.common.deferred = self.common.deferred.or(Some(error)),
        }
        self
    }

    /// Format of the encoded pictures; opening fails if the encoder does not take it. Default: the encoder's nearest to what
    /// is given.
    #[must_use]
    pub const fn encoder_format(mut self, format: PixelFormat) -> Self {
        self.encoder_format = Some(format);
        self
    }

    pub(super) fn check(&mut self) -> Result<()> {
        if let Some(error) = self.common.deferred.take() {
            return Err(error);
        }
        if self.width == 0 || self.height == 0 {
            return Err(Error::usage("width and height must be at least 1"));
        }
        if self.encoder_width == Some(0) || self.encoder_height == Some(0) {
            return Err(Error::usage("the encoder's width and height must be at least 1"));
        }
        Ok(())
    }
}

impl AudioInput {
    /// Samples as arrays of `f32`, at this rate, with so many channels at their usual places.
    #[must_use]
    pub fn new(sample_rate: u32, channels: u16) -> Self {
        Self {
            common: Common::default(),
            sample_rate,
            layout: ChannelLayout::default_for(channels),
            format: SampleFormat::F32,
            encoder_sample_rate: None,
            encoder_layout: None,
            encoder_format: None,
        }
    }

    /// Type of the samples. Default: `f32`.
    #[must_use]
    pub const fn format(mut self, format: SampleFormat) -> Self {
        self.format = format;
        self
    }

    /// The channels, in place of a mere number.
    #[must_use]
    pub const fn layout(mut self, layout: ChannelLayout) -> Self {
        self.layout = layout;
        self
    }

    /// Filters in FFmpeg's syntax between what is given and the encoder: `volume=-6dB,afade=d=1`. The encoder's rate, channels and format
    /// are brought about behind them; by default they are what the filters give. Default: none.
    #[must_use]
    pub fn filter(mut self, description: &str) -> Self {
        self.common.set_filter(FilterChain::audio(description));
        self
    }

    /// Sample rate of the encoded sound; opening fails if the encoder does not take it. Default: as given, or the nearest that the
    /// encoder takes.
    #[must_use]
    pub const fn encoder_sample_rate(mut self, rate: u32) -> Self {
        self.encoder_sample_rate = Some(rate);
        self
    }

    /// Number of channels of the encoded sound, at their usual places. Default: as given, or as many as the encoder takes.
    #[must_use]
    pub const fn encoder_channels(mut self, channels: u16) -> Self {
        self.encoder_layout = Some(ChannelLayout::default_for(channels));
        self
    }

    /// Type of the samples that the encoder gets; opening fails if it does not take it. Default: the encoder's nearest to
    /// what is given.
    #[must_use]
    pub const fn encoder_format(mut self, format: SampleFormat) -> Self {
        self.encoder_format = Some(format);
        self
    }

    pub(super) fn check(&mut self) -> Result<()> {
        if let Some(error) = self.common.deferred.take() {
            return Err(error);
        }
        if self.sample_rate == 0 || self.encoder_sample_rate == Some(0) {
            return Err(Error::usage("the sample rate must be at least 1"));
        }
        let channels = self.encoder_layout.map_or(1, ChannelLayout::channels);
        if self.layout.channels() == 0 || channels == 0 {
            return Err(Error::usage("sound needs at least one channel"));
        }
        Ok(())
    }
}
