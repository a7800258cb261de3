//! Which codec a track is in.

use std::fmt;

/// What a track carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum MediaKind {
    /// Pictures; stills count as video of one frame.
    Video,
    /// Sound.
    Audio,
    /// Timed text or pictures of text.
    Subtitle,
    /// Anything else with a timeline.
    Data,
    /// A file inside the file.
    Attachment,
}

impl MediaKind {
    /// `video`, `audio`, `subtitle`, `data` or `attachment`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Subtitle => "subtitle",
            Self::Data => "data",
            Self::Attachment => "attachment",
        }
    }
}

impl fmt::Display for MediaKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! codecs {
    ($($variant:ident $kind:ident $name:literal $long:literal,)*) => {
        /// A codec. Not every one can be decoded or encoded: the registries of `rushes-codec` say which.
        #[expect(clippy::doc_markdown, reason = "the names for people are documentation too")]
        #[derive(Clone, Debug, Eq, PartialEq, Hash)]
        #[non_exhaustive]
        pub enum CodecId {
            $(#[doc = $long] $variant,)*
            /// Uncompressed audio.
            Pcm(PcmFormat),
            /// A codec that we have no name for, by the container's own code (`vvc1`, `A_REAL/COOK`).
            Unknown(MediaKind, String),
        }

        impl CodecId {
            /// Short name, FFmpeg's where it has one: `h264`, `aac`, `pcm_s16le`.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Pcm(format) => format.name(),
                    Self::Unknown(_, code) => code,
                }
            }

            /// Name for people.
            #[must_use]
            pub fn long_name(&self) -> &str {
                match self {
                    $(Self::$variant => $long,)*
                    Self::Pcm(format) => format.long_name(),
                    Self::Unknown(_, code) => code,
                }
            }

            /// What the codec codes.
            #[must_use]
            pub const fn kind(&self) -> MediaKind {
                match self {
                    $(Self::$variant => MediaKind::$kind,)*
                    Self::Pcm(_) => MediaKind::Audio,
                    Self::Unknown(kind, _) => *kind,
                }
            }

            /// The codec of this short name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => PcmFormat::ALL.into_iter().find(|format| format.name() == name).map(Self::Pcm),
                }
            }
        }
    };
}

codecs! {
    H264 Video "h264" "H.264 / AVC / MPEG-4 part 10",
    Hevc Video "hevc" "H.265 / HEVC",
    Av1 Video "av1" "AV1",
    Vp8 Video "vp8" "VP8",
    Vp9 Video "vp9" "VP9",
    Mpeg4 Video "mpeg4" "MPEG-4 part 2",
    Mpeg2Video Video "mpeg2video" "MPEG-2 video",
    Mpeg1Video Video "mpeg1video" "MPEG-1 video",
    H263 Video "h263" "H.263",
    Mjpeg Video "mjpeg" "Motion JPEG",
    ProRes Video "prores" "Apple ProRes",
    Theora Video "theora" "Theora",
    Ffv1 Video "ffv1" "FFV1",
    MsMpeg4V3 Video "msmpeg4v3" "Microsoft MPEG-4 version 3",
    Vc1 Video "vc1" "VC-1",
    Wmv3 Video "wmv3" "Windows Media Video 9",
    Png Video "png" "PNG",
    Apng Video "apng" "APNG (animated PNG)",
    Gif Video "gif" "GIF",
    WebP Video "webp" "WebP",
    RawVideo Video "rawvideo" "Raw video",
    Aac Audio "aac" "AAC (Advanced Audio Coding)",
    Mp1 Audio "mp1" "MPEG audio layer 1",
    Mp2 Audio "mp2" "MPEG audio layer 2",
    Mp3 Audio "mp3" "MPEG audio layer 3",
    Opus Audio "opus" "Opus",
    Vorbis Audio "vorbis" "Vorbis",
    Speex Audio "speex" "Speex",
    Flac Audio "flac" "FLAC (Free Lossless Audio Codec)",
    Alac Audio "alac" "ALAC (Apple Lossless Audio Codec)",
    Ac3 Audio "ac3" "ATSC A/52A (AC-3)",
    Eac3 Audio "eac3" "ATSC A/52B (E-AC-3)",
    Dts Audio "dts" "DTS",
    TrueHd Audio "truehd" "Dolby TrueHD",
    Mlp Audio "mlp" "MLP (Meridian Lossless Packing)",
    Tta Audio "tta" "TTA (True Audio)",
    WavPack Audio "wavpack" "WavPack",
    AmrNb Audio "amr_nb" "AMR narrow band",
    AmrWb Audio "amr_wb" "AMR wide band",
    AdpcmIma Audio "adpcm_ima_wav" "ADPCM IMA (WAV)",
    AdpcmMs Audio "adpcm_ms" "ADPCM Microsoft",
    MovText Subtitle "mov_text" "MOV text (3GPP timed text)",
    WebVtt Subtitle "webvtt" "WebVTT",
    SubRip Subtitle "subrip" "SubRip",
    Ass Subtitle "ass" "ASS (Advanced SubStation Alpha)",
    Text Subtitle "text" "Plain text",
    Eia608 Subtitle "eia_608" "EIA-608 closed captions",
    DvdSubtitle Subtitle "dvd_subtitle" "DVD subtitles",
    HdmvPgs Subtitle "hdmv_pgs_subtitle" "HDMV presentation graphics (Blu-ray subtitles)",
    HdmvText Subtitle "hdmv_text_subtitle" "HDMV text subtitles",
    DvbSubtitle Subtitle "dvb_subtitle" "DVB subtitles",
    Timecode Data "tmcd" "Timecode",
    TrueType Attachment "ttf" "TrueType font",
    OpenType Attachment "otf" "OpenType font",
    BinaryData Data "bin_data" "Binary data",
}

impl fmt::Display for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

macro_rules! pcm {
    ($count:literal: $($variant:ident $bits:literal $name:literal $long:literal,)*) => {
        /// How uncompressed audio is stored.
        #[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
        #[non_exhaustive]
        pub enum PcmFormat {
            $(#[doc = $long] $variant,)*
        }

        impl PcmFormat {
            /// All formats.
            pub const ALL: [Self; $count] = [$(Self::$variant,)*];

            /// FFmpeg's name: `pcm_s16le`, …
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Name for people.
            #[must_use]
            pub const fn long_name(self) -> &'static str {
                match self {
                    $(Self::$variant => $long,)*
                }
            }

            /// Stored bits of one sample.
            #[must_use]
            pub const fn bits(self) -> u16 {
                match self {
                    $(Self::$variant => $bits,)*
                }
            }
        }
    };
}

pcm! { 18:
    U8 8 "pcm_u8" "PCM unsigned 8 bit",
    S8 8 "pcm_s8" "PCM signed 8 bit",
    S16Le 16 "pcm_s16le" "PCM signed 16 bit, little-endian",
    S16Be 16 "pcm_s16be" "PCM signed 16 bit, big-endian",
    S24Le 24 "pcm_s24le" "PCM signed 24 bit, little-endian",
    S24Be 24 "pcm_s24be" "PCM signed 24 bit, big-endian",
    S32Le 32 "pcm_s32le" "PCM signed 32 bit, little-endian",
    S32Be 32 "pcm_s32be" "PCM signed 32 bit, big-endian",
    S64Le 64 "pcm_s64le" "PCM signed 64 bit, little-endian",
    S64Be 64 "pcm_s64be" "PCM signed 64 bit, big-endian",
    F32Le 32 "pcm_f32le" "PCM 32-bit float, little-endian",
    F32Be 32 "pcm_f32be" "PCM 32-bit float, big-endian",
    F64Le 64 "pcm_f64le" "PCM 64-bit float, little-endian",
    F64Be 64 "pcm_f64be" "PCM 64-bit float, big-endian",
    ALaw 8 "pcm_alaw" "PCM A-law (G.711)",
    MuLaw 8 "pcm_mulaw" "PCM mu-law (G.711)",
    U16Le 16 "pcm_u16le" "PCM unsigned 16 bit, little-endian",
    S24In32Le 32 "pcm_f24le" "PCM signed 24 bit in the low bytes of 32, little-endian",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for codec in [CodecId::H264, CodecId::Aac, CodecId::MovText, CodecId::Pcm(PcmFormat::S24Be)]
        {
            assert_eq!(CodecId::from_name(codec.name()), Some(codec));
        }
        assert_eq!(CodecId::from_name("vvc1"), None);
        assert_eq!(CodecId::Unknown(MediaKind::Video, "vvc1".into()).name(), "vvc1");
    }
}
