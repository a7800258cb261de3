//! The tables of the registry. Of several entries for one codec, the first is preferred.

use rushes_core::{CodecId, PcmFormat, PixelFormat, SampleFormat};

use crate::pcm;
use crate::registry::{CreateDecoder, CreateEncoder, DecoderEntry, EncoderEntry, Implementation};

#[cfg(feature = "h264")]
const H264_DECODER: Option<CreateDecoder> = Some(crate::h264::create_decoder);
#[cfg(not(feature = "h264"))]
const H264_DECODER: Option<CreateDecoder> = None;

#[cfg(feature = "hevc")]
const HEVC_DECODER: Option<CreateDecoder> = Some(crate::hevc::create_decoder);
#[cfg(not(feature = "hevc"))]
const HEVC_DECODER: Option<CreateDecoder> = None;

#[cfg(feature = "openh264")]
mod h264_encoder {
    pub(super) use crate::h264::{OPTIONS, create_encoder};
    pub(super) const CREATE: Option<super::CreateEncoder> = Some(create_encoder);
}
#[cfg(not(feature = "openh264"))]
mod h264_encoder {
    pub(super) const CREATE: Option<super::CreateEncoder> = None;
    pub(super) const OPTIONS: [crate::OptionSpec; 0] = [];
}

#[cfg(feature = "aac")]
mod aac {
    pub(super) use crate::aac::{MAX_CHANNELS, OPTIONS, SAMPLE_RATES};
    pub(super) const DECODE: Option<super::CreateDecoder> = Some(crate::aac::create_decoder);
    pub(super) const ENCODE: Option<super::CreateEncoder> = Some(crate::aac::create_encoder);
}
#[cfg(not(feature = "aac"))]
mod aac {
    pub(super) const DECODE: Option<super::CreateDecoder> = None;
    pub(super) const ENCODE: Option<super::CreateEncoder> = None;
    pub(super) const OPTIONS: [crate::OptionSpec; 0] = [];
    pub(super) const SAMPLE_RATES: [u32; 0] = [];
    pub(super) const MAX_CHANNELS: u16 = 0;
}

#[cfg(feature = "mp3")]
const MPA_DECODER: Option<CreateDecoder> = Some(crate::mpa::create);
#[cfg(not(feature = "mp3"))]
const MPA_DECODER: Option<CreateDecoder> = None;

const NO_H264: &str = "not in this build; add the feature h264";
const NO_HEVC: &str = "not in this build; add the feature hevc";
const NO_OPENH264: &str =
    "not in this build; add the feature openh264, which needs a C++ compiler and nasm";
const NO_AAC: &str = "not in this build; add the feature aac";
const NO_MP3: &str = "not in this build; add the feature mp3";

/// `why`, unless the part is there.
const fn unless(present: bool, why: &'static str) -> Option<&'static str> {
    if present { None } else { Some(why) }
}

const fn mpa_decoder(name: &'static str, codec: CodecId) -> DecoderEntry {
    let implementation = Implementation {
        name,
        codec,
        package: "nanomp3-core 0.2.0",
        licence: "MIT OR Apache-2.0",
        missing: unless(MPA_DECODER.is_some(), NO_MP3),
        options: &[],
    };
    DecoderEntry { implementation, create: MPA_DECODER }
}

const fn pcm_implementation(format: PcmFormat) -> Implementation {
    Implementation {
        name: format.name(),
        codec: CodecId::Pcm(format),
        package: "rushes",
        licence: "MIT OR Apache-2.0",
        missing: None,
        options: &[],
    }
}

const fn pcm_decoder(format: PcmFormat) -> DecoderEntry {
    DecoderEntry { implementation: pcm_implementation(format), create: Some(pcm::create_decoder) }
}

macro_rules! pcm_encoder {
    ($format:ident, $samples:ident) => {
        EncoderEntry {
            implementation: pcm_implementation(PcmFormat::$format),
            pixel_formats: &[],
            sample_formats: &[SampleFormat::$samples],
            sample_rates: &[],
            max_channels: u16::MAX,
            create: Some(|options| pcm::create_encoder(PcmFormat::$format, options)),
        }
    };
}

pub(crate) static DECODERS: [DecoderEntry; 24] = [
    DecoderEntry {
        implementation: Implementation {
            name: "h264",
            codec: CodecId::H264,
            package: "rust_h264 0.6.0",
            licence: "MIT OR Apache-2.0",
            missing: unless(H264_DECODER.is_some(), NO_H264),
            options: &[],
        },
        create: H264_DECODER,
    },
    DecoderEntry {
        implementation: Implementation {
            name: "hevc",
            codec: CodecId::Hevc,
            package: "rust_h265 0.4.0",
            licence: "MIT OR Apache-2.0",
            missing: unless(HEVC_DECODER.is_some(), NO_HEVC),
            options: &[],
        },
        create: HEVC_DECODER,
    },
    DecoderEntry {
        implementation: Implementation {
            name: "aac",
            codec: CodecId::Aac,
            package: "rusty_aac 2.0.1",
            licence: "Apache-2.0",
            missing: unless(aac::DECODE.is_some(), NO_AAC),
            options: &[],
        },
        create: aac::DECODE,
    },
    mpa_decoder("mp3", CodecId::Mp3),
    mpa_decoder("mp2", CodecId::Mp2),
    mpa_decoder("mp1", CodecId::Mp1),
    pcm_decoder(PcmFormat::U8),
    pcm_decoder(PcmFormat::S8),
    pcm_decoder(PcmFormat::S16Le),
    pcm_decoder(PcmFormat::S16Be),
    pcm_decoder(PcmFormat::S24Le),
    pcm_decoder(PcmFormat::S24Be),
    pcm_decoder(PcmFormat::S32Le),
    pcm_decoder(PcmFormat::S32Be),
    pcm_decoder(PcmFormat::S64Le),
    pcm_decoder(PcmFormat::S64Be),
    pcm_decoder(PcmFormat::F32Le),
    pcm_decoder(PcmFormat::F32Be),
    pcm_decoder(PcmFormat::F64Le),
    pcm_decoder(PcmFormat::F64Be),
    pcm_decoder(PcmFormat::ALaw),
    pcm_decoder(PcmFormat::MuLaw),
    pcm_decoder(PcmFormat::U16Le),
    pcm_decoder(PcmFormat::S24In32Le),
];

pub(crate) static ENCODERS: [EncoderEntry; 20] = [
    EncoderEntry {
        implementation: Implementation {
            name: "openh264",
            codec: CodecId::H264,
            package: "openh264-sys2 0.9.9",
            licence: "BSD-2-Clause",
            missing: unless(h264_encoder::CREATE.is_some(), NO_OPENH264),
            options: &h264_encoder::OPTIONS,
        },
        pixel_formats: &[PixelFormat::Yuv420p],
        sample_formats: &[],
        sample_rates: &[],
        max_channels: 0,
        create: h264_encoder::CREATE,
    },
    EncoderEntry {
        implementation: Implementation {
            name: "aac",
            codec: CodecId::Aac,
            package: "syom 0.9.0",
            licence: "MIT",
            missing: unless(aac::ENCODE.is_some(), NO_AAC),
            options: &aac::OPTIONS,
        },
        pixel_formats: &[],
        sample_formats: &[SampleFormat::F32],
        sample_rates: &aac::SAMPLE_RATES,
        max_channels: aac::MAX_CHANNELS,
        create: aac::ENCODE,
    },
    pcm_encoder!(U8, U8),
    pcm_encoder!(S8, U8),
    pcm_encoder!(S16Le, S16),
    pcm_encoder!(S16Be, S16),
    pcm_encoder!(S24Le, S32),
    pcm_encoder!(S24Be, S32),
    pcm_encoder!(S32Le, S32),
    pcm_encoder!(S32Be, S32),
    pcm_encoder!(S64Le, S64),
    pcm_encoder!(S64Be, S64),
    pcm_encoder!(F32Le, F32),
    pcm_encoder!(F32Be, F32),
    pcm_encoder!(F64Le, F64),
    pcm_encoder!(F64Be, F64),
    pcm_encoder!(ALaw, S16),
    pcm_encoder!(MuLaw, S16),
    pcm_encoder!(U16Le, S16),
    pcm_encoder!(S24In32Le, S32),
];
