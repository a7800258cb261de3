//! What a container says of a track.

use crate::{
    Buffer, ChannelLayout, CodecId, ColorInfo, FrameRate, MediaKind, Metadata, PixelFormat, Ratio,
    Rotation, SampleFormat, Ticks, TimeBase, Timestamp,
};

/// One track of a container.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Track {
    /// The container's own number for the track.
    pub id: u64,
    /// Codec and format.
    pub codec: CodecParameters,
    /// Unit of all times of the track.
    pub time_base: TimeBase,
    /// Presentation time of the first frame; `None` where unknown.
    pub start: Option<Timestamp>,
    /// Length of the presentation; `None` where unknown.
    pub duration: Option<Ticks>,
    /// Number of packets the container holds; `None` where only reading tells.
    pub packets: Option<u64>,
    /// Flags.
    pub disposition: Disposition,
    /// Tags: `language`, `handler_name`, `title`, …
    pub metadata: Metadata,
    /// Why the track cannot be decoded although its codec is known (encryption); `None` where it can.
    pub unsupported: Option<String>,
}

/// Flags of a track.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Disposition {
    /// Chosen unless the user says otherwise.
    pub default: bool,
    /// Shown even where subtitles are off.
    pub forced: bool,
    /// Cover art: one picture without a timeline.
    pub attached_picture: bool,
    /// The samples are the titles of chapters, which the container tells as chapters as well.
    pub chapters: bool,
}

impl Track {
    /// A track of this codec, with times in this unit; everything else is unset.
    #[must_use]
    pub fn new(id: u64, codec: CodecParameters, time_base: TimeBase) -> Self {
        Self {
            id,
            codec,
            time_base,
            start: None,
            duration: None,
            packets: None,
            disposition: Disposition::default(),
            metadata: Metadata::new(),
            unsupported: None,
        }
    }

    /// What the track carries.
    #[must_use]
    pub const fn kind(&self) -> MediaKind {
        self.codec.codec.kind()
    }
}

/// All that a decoder needs to know besides the packets, and all that an encoder tells the muxer.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CodecParameters {
    /// The codec.
    pub codec: CodecId,
    /// What a decoder needs before the first packet; empty where there is nothing, or where it is not known. One form per
    /// codec, whatever the container:
    ///
    /// | codec | private data |
    /// |---|---|
    /// | H.264, HEVC | the body of `avcC`, `hvcC`, and packets hold lengths; or parameter sets behind start codes (Annex B), and so do packets |
    /// | AV1, VP8, VP9 | the body of `av1C`, of `vpcC` |
    /// | AAC | the `AudioSpecificConfig`; packets may have ADTS headers all the same |
    /// | Opus | the identification header, `OpusHead` included (RFC 7845, 5.1) |
    /// | Vorbis, Theora | the three headers, laced as in Xiph lacing behind their count less one |
    /// | FLAC | the marker `fLaC` and metadata blocks, stream info first |
    /// | ALAC | the `ALACSpecificConfig`, with the channel layout where there is one |
    /// | AC-3, E-AC-3 | the body of `dac3`, `dec3` |
    /// | ADPCM and others of WAVE | what follows `WAVEFORMATEX` |
    /// | APNG | the chunks in front of the first frame, `IHDR` first; packets are frames, `fcTL` first |
    /// | WebP | nothing, and the packet is the whole file; of animations the chunks in front of the first frame, and packets are `ANMF` chunks |
    /// | ProRes | the four-character code of its profile, where it is known |
    /// | others | as the container stores it |
    pub private: Buffer,
    /// Average bits per second; `None` where unknown.
    pub bit_rate: Option<u64>,
    /// Format of the pictures or of the sound.
    pub media: MediaParameters,
}

/// Format of the pictures or of the sound.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MediaParameters {
    /// Of pictures.
    Video(VideoParameters),
    /// Of sound.
    Audio(AudioParameters),
    /// Neither.
    Other,
}

/// Format of pictures, as far as it is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct VideoParameters {
    /// Coded width in pixels, after cropping.
    pub width: u32,
    /// Coded height in pixels, after cropping.
    pub height: u32,
    /// Memory layout of decoded frames.
    pub pixel_format: Option<PixelFormat>,
    /// Average frame rate.
    pub frame_rate: Option<FrameRate>,
    /// Every frame lasts equally long: `frame_rate` is exact.
    pub constant_frame_rate: bool,
    /// Width of a pixel over its height; `None` where the container does not say.
    pub sample_aspect: Option<Ratio>,
    /// How frames must be turned before they are shown.
    pub rotation: Rotation,
    /// What the numbers mean.
    pub color: ColorInfo,
    /// Frames that may be held back for reordering; `None` where unknown.
    pub reorder_depth: Option<u32>,
    /// Colours and brightness of the display the video was made on.
    pub mastering: Option<MasteringDisplay>,
    /// Brightness of the content.
    pub content_light: Option<ContentLight>,
    /// The picture is put together from tiles, each of which is a packet; `None` where a packet is a whole picture.
    pub tiles: Option<TileGrid>,
}

/// How tiles make a picture (`grid` of ISO/IEC 23008-12). They come row by row, from the left, and what hangs over the
/// right and the lower edge is cut off.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TileGrid {
    /// Tiles side by side.
    pub columns: u32,
    /// Tiles one above the other.
    pub rows: u32,
    /// Width of each tile in pixels; zero where the container does not say.
    pub tile_width: u32,
    /// Height of each tile in pixels; zero where the container does not say.
    pub tile_height: u32,
}

/// Display that a video was mastered on (SMPTE ST 2086).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MasteringDisplay {
    /// Chromaticity x, y of red, green and blue, in units of 0.00002.
    pub primaries: [(u16, u16); 3],
    /// Chromaticity x, y of white, in units of 0.00002.
    pub white_point: (u16, u16),
    /// Highest luminance, in 0.0001 cd/m2.
    pub max_luminance: u32,
    /// Lowest luminance, in 0.0001 cd/m2.
    pub min_luminance: u32,
}

/// Brightness of the content (CTA-861.3), in cd/m2.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ContentLight {
    /// Brightest pixel.
    pub max_content: u16,
    /// Brightest frame average.
    pub max_frame_average: u16,
}

/// Format of sound, as far as it is known.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct AudioParameters {
    /// Samples per second and channel.
    pub sample_rate: u32,
    /// The channels.
    pub layout: ChannelLayout,
    /// Format of decoded samples; `None` where unknown.
    pub sample_format: Option<SampleFormat>,
    /// Significant bits of a stored sample; 0 for lossy codecs.
    pub bits_per_sample: u16,
    /// Bytes of one block of a codec with fixed blocks (ADPCM; PCM: all channels of one sample); 0 where there are none.
    pub block_align: u32,
    /// Samples at the start that the encoder made up (priming, pre-skip).
    pub delay: u32,
    /// Samples at the end that the encoder made up.
    pub padding: u32,
    /// Samples per packet where all but the last have as many; `None` otherwise or where unknown.
    pub frame_samples: Option<u32>,
}

impl AudioParameters {
    /// Sound of this rate and layout; everything else is unknown or zero.
    #[must_use]
    pub const fn new(sample_rate: u32, layout: ChannelLayout) -> Self {
        Self {
            sample_rate,
            layout,
            sample_format: None,
            bits_per_sample: 0,
            block_align: 0,
            delay: 0,
            padding: 0,
            frame_samples: None,
        }
    }
}

impl VideoParameters {
    /// Pictures of this size; everything else is unknown.
    #[must_use]
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, ..Self::default() }
    }
}

impl CodecParameters {
    /// Parameters of pictures.
    #[must_use]
    pub fn video(codec: CodecId, video: VideoParameters) -> Self {
        Self {
            codec,
            private: Buffer::default(),
            bit_rate: None,
            media: MediaParameters::Video(video),
        }
    }

    /// Parameters of sound.
    #[must_use]
    pub fn audio(codec: CodecId, audio: AudioParameters) -> Self {
        Self {
            codec,
            private: Buffer::default(),
            bit_rate: None,
            media: MediaParameters::Audio(audio),
        }
    }

    /// Parameters of anything else.
    #[must_use]
    pub fn other(codec: CodecId) -> Self {
        Self { codec, private: Buffer::default(), bit_rate: None, media: MediaParameters::Other }
    }

    /// The format of the pictures; `None` for other media.
    #[must_use]
    pub const fn as_video(&self) -> Option<&VideoParameters> {
        match &self.media {
            MediaParameters::Video(video) => Some(video),
            _ => None,
        }
    }

    /// The format of the sound; `None` for other media.
    #[must_use]
    pub const fn as_audio(&self) -> Option<&AudioParameters> {
        match &self.media {
            MediaParameters::Audio(audio) => Some(audio),
            _ => None,
        }
    }
}
