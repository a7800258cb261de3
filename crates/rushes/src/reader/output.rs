//! What is asked of an output, and what names it.

use std::collections::BTreeMap;
use std::fmt;

use rushes_convert::{FilterChain, ScaleKernel};
use rushes_core::{ChannelLayout, Error, FrameRate, MediaKind, PixelFormat, Result, SampleFormat};

use crate::IntoFrameRate;
use crate::id::next_key;

/// Names a video output of a [`Reader`](crate::Reader).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct VideoOutputId(u64);

/// Names an audio output of a [`Reader`](crate::Reader).
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct AudioOutputId(u64);

/// Names an output of either kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum OutputId {
    /// A video output.
    Video(VideoOutputId),
    /// An audio output.
    Audio(AudioOutputId),
}

impl VideoOutputId {
    pub(super) fn unique() -> Self {
        Self(next_key())
    }
}

impl AudioOutputId {
    pub(super) fn unique() -> Self {
        Self(next_key())
    }
}

impl From<VideoOutputId> for OutputId {
    fn from(id: VideoOutputId) -> Self {
        Self::Video(id)
    }
}

impl From<AudioOutputId> for OutputId {
    fn from(id: AudioOutputId) -> Self {
        Self::Audio(id)
    }
}

/// What all outputs have in common.
#[derive(Debug)]
pub(super) struct Common {
    pub(super) frames_per_chunk: Option<usize>,
    pub(super) chunks: Option<usize>,
    pub(super) track: Option<usize>,
    pub(super) decoder: Option<String>,
    pub(super) decoder_options: BTreeMap<String, String>,
    pub(super) threads: Option<u16>,
    pub(super) filter: Option<FilterChain>,
    /// The first setting that made no sense; told when the output is added.
    pub(super) deferred: Option<Error>,
}

impl Common {
    const fn new(frames_per_chunk: Option<usize>) -> Self {
        Self {
            frames_per_chunk,
            chunks: Some(3),
            track: None,
            decoder: None,
            decoder_options: BTreeMap::new(),
            threads: None,
            filter: None,
            deferred: None,
        }
    }

    pub(super) fn set_filter(&mut self, chain: Result<FilterChain>) {
        match chain {
            Ok(chain) => self.filter = Some(chain).filter(|chain| chain.names().next().is_some()),
            Err(error) => self.deferred = self.deferred.take().or(Some(error)),
        }
    }

    /// The description of the filters; empty without any.
    pub(super) fn description(&self) -> &str {
        self.filter.as_ref().map_or("", FilterChain::description)
    }

    /// R17, and what a setter could not say.
    pub(super) fn check(&mut self) -> Result<()> {
        if let Some(error) = self.deferred.take() {
            return Err(error);
        }
        if self.frames_per_chunk == Some(0) {
            return Err(Error::usage("frames per chunk must be at least 1, or unlimited"));
        }
        if self.chunks == Some(0) {
            return Err(Error::usage("buffered chunks must be at least 1, or all"));
        }
        Ok(())
    }

    /// True if something is asked of the decoder.
    pub(super) fn chooses_decoder(&self) -> bool {
        self.decoder.is_some() || self.threads.is_some() || !self.decoder_options.is_empty()
    }
}

/// A video output to add to a [`Reader`](crate::Reader): which track, in which format, size and rate.
#[derive(Debug)]
pub struct VideoOutput {
    pub(super) common: Common,
    /// `None` for `rgb24`, or what the filters give.
    pub(super) format: Option<PixelFormat>,
    pub(super) frame_rate: Option<FrameRate>,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) kernel: ScaleKernel,
    pub(super) raw_orientation: bool,
    pub(super) raw_aspect: bool,
    pub(super) device: String,
    /// The filters, and what is brought about behind them.
    pub(super) extended: Option<FilterChain>,
}

/// An audio output to add to a [`Reader`](crate::Reader): which track, in which format and rate.
#[derive(Debug)]
pub struct AudioOutput {
    pub(super) common: Common,
    /// `None` for the source's, or what the filters give.
    pub(super) format: Option<SampleFormat>,
    /// The format was asked for.
    pub(super) format_set: bool,
    pub(super) sample_rate: Option<u32>,
    pub(super) layout: Option<ChannelLayout>,
    /// The filters, and what is brought about behind them.
    pub(super) extended: Option<FilterChain>,
}

macro_rules! common_settings {
    ($type:ident) => {
        impl $type {
            /// Chunks of unlimited size: everything buffered since the last time comes as one chunk, and nothing
            /// is dropped.
            #[must_use]
            pub fn unlimited() -> Self {
                Self::with(Common::new(None))
            }

            /// Most chunks that are kept, the one being filled included; the oldest is dropped for one more. At least 1. Default:
            /// 3.
            #[must_use]
            pub const fn keep(mut self, chunks: usize) -> Self {
                self.common.chunks = Some(chunks);
                self
            }

            /// Keeps all chunks, as many as there are.
            #[must_use]
            pub const fn keep_all(mut self) -> Self {
                self.common.chunks = None;
                self
            }

            /// Number of the track in the source. Default: the best one, as
            /// [`default_video`](crate::default_video) and [`default_audio`](crate::default_audio) choose.
            #[must_use]
            pub const fn track(mut self, index: usize) -> Self {
                self.common.track = Some(index);
                self
            }

            /// The decoder by its name in [`decoders`](crate::decoders). All outputs of a track share one decoder, so that only the first of them may
            /// choose. Default: the preferred one.
            #[must_use]
            pub fn decoder(mut self, name: impl Into<String>) -> Self {
                self.common.decoder = Some(name.into());
                self
            }

            /// An option of the decoder; only the first output of a track may set any. Default: none.
            #[must_use]
            pub fn decoder_option(
                mut self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                self.common.decoder_options.insert(name.into(), value.into());
                self
            }

            /// Threads of the decoder; only the first output of a track may set them. Default: chosen by
            /// the machine.
            #[must_use]
            pub const fn threads(mut self, threads: u16) -> Self {
                self.common.threads = Some(threads);
                self
            }
        }
    };
}

common_settings!(VideoOutput);
common_settings!(AudioOutput);

impl VideoOutput {
    /// Chunks of so many frames (at least 1), of the default video track, in `rgb24`, at the source's size and rate.
    #[must_use]
    pub const fn new(frames_per_chunk: usize) -> Self {
        Self::with(Common::new(Some(frames_per_chunk)))
    }

    const fn with(common: Common) -> Self {
        Self {
            common,
            format: None,
            frame_rate: None,
            width: None,
            height: None,
            kernel: ScaleKernel::Bicubic,
            raw_orientation: false,
            raw_aspect: false,
            device: String::new(),
            extended: None,
        }
    }

    /// Format of the array's channels: `u8` for formats of 8 bits, `u16` for more. Packed and planar RGB are alike
    /// in an array; subsampled formats are brought to full planes. Default: `rgb24`; with filters, what these give.
    #[must_use]
    pub const fn format(mut self, format: PixelFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// Filters in FFmpeg's syntax, which work on the pictures as they are decoded and turned upright: `crop=iw/2:ih,hflip`. Size, frame
    /// rate and format are brought about behind them; pixels are not made square then. A seek starts the filters anew. Default:
    /// none.
    #[must_use]
    pub fn filter(mut self, description: &str) -> Self {
        self.common.set_filter(FilterChain::video(description));
        self
    }

    /// Width and height in pixels, as shown: after turning. Default: the source's.
    #[must_use]
    pub const fn size(self, width: u32, height: u32) -> Self {
        self.width(width).height(height)
    }

    /// Width in pixels; the height stays as it is unless it is set too. Default: the source's.
    #[must_use]
    pub const fn width(mut self, width: u32) -> Self {
        self.width = Some(width);
        self
    }

    /// Height in pixels; the width stays as it is unless it is set too. Default: the source's.
    #[must_use]
    pub const fn height(mut self, height: u32) -> Self {
        self.height = Some(height);
        self
    }

    /// How pictures are scaled. Default: bicubic.
    #[must_use]
    pub const fn kernel(mut self, kernel: ScaleKernel) -> Self {
        self.kernel = kernel;
        self
    }

    /// A constant frame rate, `30` or `(30_000, 1001)`, made by dropping and repeating frames. Default: the source's
    /// frames at their times.
    #[must_use]
    pub fn frame_rate(mut self, rate: impl IntoFrameRate) -> Self {
        match rate.into_frame_rate() {
            Ok(rate) => self.frame_rate = Some(rate),
            Err(error) => self.common.deferred = self.common.deferred.or(Some(error)),
        }
        self
    }

    /// Leaves pictures as they are stored, neither turned nor mirrored. Default: false.
    #[must_use]
    pub const fn raw_orientation(mut self, raw: bool) -> Self {
        self.raw_orientation = raw;
        self
    }

    /// Leaves pixels as they are stored where they are not square. Default: false, which stretches the width unless
    /// a size is set.
    #[must_use]
    pub const fn raw_aspect(mut self, raw: bool) -> Self {
        self.raw_aspect = raw;
        self
    }

    /// Where the arrays lie; only `cpu` for now. Default: `cpu`.
    #[must_use]
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = device.into();
        self
    }

    /// Brings about behind the filters what else is asked for, in their own words: they see what is wanted.
    fn extend_filter(&mut self) -> Result<()> {
        let Some(chain) = &self.common.filter else { return Ok(()) };
        let mut description = chain.description().to_owned();
        if let Some(rate) = self.frame_rate {
            description += &format!(",fps={rate}");
        }
        if let Some(format) = self.format {
            description += &format!(",format={format}");
        }
        self.extended = Some(FilterChain::video(&description)?);
        Ok(())
    }

    pub(super) fn check(&mut self) -> Result<()> {
        self.common.check()?;
        self.extend_filter()?;
        if self.width == Some(0) || self.height == Some(0) {
            return Err(Error::usage("width and height must be at least 1"));
        }
        match self.device.as_str() {
            "" | "cpu" => Ok(()),
            device => Err(Error::unsupported(format!("decoding to device '{device}'"), "cpu")),
        }
    }
}

impl AudioOutput {
    /// Chunks of so many frames (at least 1; one sample per channel each), of the default audio track, in `f32`, at
    /// the source's rate and with its channels.
    #[must_use]
    pub const fn new(frames_per_chunk: usize) -> Self {
        Self::with(Common::new(Some(frames_per_chunk)))
    }

    const fn with(common: Common) -> Self {
        Self {
            common,
            format: Some(SampleFormat::F32),
            format_set: false,
            sample_rate: None,
            layout: None,
            extended: None,
        }
    }

    /// Type of the samples. Default: `f32`; with filters, what these give.
    #[must_use]
    pub const fn format(mut self, format: SampleFormat) -> Self {
        self.format = Some(format);
        self.format_set = true;
        self
    }

    /// Filters in FFmpeg's syntax, which work on the sound as it is decoded: `atrim=end=2,volume=-6dB`. Format, rate and channels are
    /// brought about behind them. A seek starts the filters anew. Default: none.
    #[must_use]
    pub fn filter(mut self, description: &str) -> Self {
        self.common.set_filter(FilterChain::audio(description));
        self
    }

    /// Samples of the type that the decoder gives.
    #[must_use]
    pub const fn source_format(mut self) -> Self {
        self.format = None;
        self.format_set = true;
        self
    }

    /// Frames per second. Default: the source's.
    #[must_use]
    pub const fn sample_rate(mut self, rate: u32) -> Self {
        self.sample_rate = Some(rate);
        self
    }

    /// Number of channels, at their usual places. Default: the source's.
    #[must_use]
    pub const fn channels(self, channels: u16) -> Self {
        self.layout(ChannelLayout::default_for(channels))
    }

    /// The channels. Default: the source's.
    #[must_use]
    pub const fn layout(mut self, layout: ChannelLayout) -> Self {
        self.layout = Some(layout);
        self
    }

    pub(super) fn check(&mut self) -> Result<()> {
        self.common.check()?;
        if let Some(chain) = &self.common.filter {
            self.format = self.format.filter(|_| self.format_set);
            if let Some(format) = self.format {
                let description = format!("{},aformat={format}", chain.description());
                self.extended = Some(FilterChain::audio(&description)?);
            } else {
                self.extended = Some(chain.clone());
            }
        }
        if self.sample_rate == Some(0) {
            return Err(Error::usage("the sample rate must be at least 1"));
        }
        if self.layout.is_some_and(|layout| layout.channels() == 0) {
            return Err(Error::usage("an output needs at least one channel"));
        }
        Ok(())
    }
}

/// An output as it is: what was asked for, and what the source decided.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutputInfo {
    /// Its name.
    pub id: OutputId,
    /// Number of the track in the source.
    pub track: usize,
    /// Format, size and rate.
    pub format: OutputFormat,
    /// Filter description; empty without filters.
    pub filter: String,
    /// Chunks that were dropped because there was no room.
    pub dropped_chunks: u64,
}

/// Format of an output. What neither the output asks for nor the container tells is `None` until the first frame.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum OutputFormat {
    /// Of a video output.
    Video {
        /// Format of the channels. With filters and no format asked for, that of the source until the first frame.
        pixel_format: PixelFormat,
        /// Width in pixels, as shown.
        width: Option<u32>,
        /// Height in pixels, as shown.
        height: Option<u32>,
        /// Frame rate: the one asked for, else the source's average.
        frame_rate: Option<FrameRate>,
    },
    /// Of an audio output.
    Audio {
        /// Type of the samples.
        sample_format: Option<SampleFormat>,
        /// Frames per second.
        sample_rate: Option<u32>,
        /// The channels.
        layout: Option<ChannelLayout>,
    },
}

impl OutputInfo {
    /// Video or audio.
    #[must_use]
    pub const fn kind(&self) -> MediaKind {
        match self.id {
            OutputId::Video(_) => MediaKind::Video,
            OutputId::Audio(_) => MediaKind::Audio,
        }
    }
}

/// Something that went otherwise than one would wish, without being an error.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// An output had no room for another chunk, and dropped its oldest; told once per output, counted in
    /// [`OutputInfo::dropped_chunks`].
    ChunksDropped(OutputId),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChunksDropped(id) => {
                let kind = match id {
                    OutputId::Video(_) => "a video",
                    OutputId::Audio(_) => "an audio",
                };
                write!(
                    f,
                    "{kind} output drops its oldest chunks: take them sooner, or let it keep more"
                )
            }
        }
    }
}
