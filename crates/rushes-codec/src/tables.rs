//! The tables of the registry. Of several entries for one codec, the first is preferred.

use rushes_core::{CodecId, PcmFormat, PixelFormat, SampleFormat};

use crate::registry::{CreateDecoder, CreateEncoder, DecoderEntry, EncoderEntry, Implementation};
use crate::{OptionSpec, pcm, raw};

/// `Some(value)` where the feature is on; else `None`, and `value` need not exist.
macro_rules! where_on {
    ($feature:literal, $type:ty, $value:expr) => {{
        #[cfg(feature = $feature)]
        const VALUE: Option<$type> = Some($value);
        #[cfg(not(feature = $feature))]
        const VALUE: Option<$type> = None;
        VALUE
    }};
}

/// A list of a module that is empty where the feature is off.
macro_rules! list_where_on {
    ($feature:literal, $type:ty, $list:path) => {
        match where_on!($feature, &[$type], &$list) {
            Some(list) => list,
            None => &[],
        }
    };
}

/// Who does the work, and which feature brings it into the build.
macro_rules! implementation {
    ($name:literal, $codec:expr, $package:literal, $licence:literal, $feature:literal, $options:expr) => {
        Implementation {
            name: $name,
            codec: $codec,
            package: $package,
            licence: $licence,
            missing: if cfg!(feature = $feature) {
                None
            } else {
                Some(concat!("not in this build; add the feature ", $feature))
            },
            options: $options,
        }
    };
}

/// A decoder, with the path of the function that makes one, and of the list of its options where it has any.
macro_rules! decoder {
    ($name:literal, $codec:ident, $package:literal, $licence:literal, $feature:literal, $create:path) => {
        decoder!(@ $name, $codec, $package, $licence, $feature, $create, &[])
    };
    (
        $name:literal, $codec:ident, $package:literal, $licence:literal, $feature:literal,
        $create:path, $options:path
    ) => {
        decoder!(
            @ $name, $codec, $package, $licence, $feature, $create,
            list_where_on!($feature, OptionSpec, $options)
        )
    };
    (
        @ $name:literal, $codec:ident, $package:literal, $licence:literal, $feature:literal,
        $create:path, $options:expr
    ) => {
        DecoderEntry {
            implementation: implementation!(
                $name,
                CodecId::$codec,
                $package,
                $licence,
                $feature,
                $options
            ),
            create: where_on!($feature, CreateDecoder, $create),
        }
    };
}

/// An encoder, with the path of the function that makes one, of the list of its options, and what it takes.
macro_rules! encoder {
    (
        $name:literal, $codec:ident, $package:literal, $licence:literal, $feature:literal,
        $create:path, $options:path, $takes:expr
    ) => {
        EncoderEntry::new(
            implementation!(
                $name,
                CodecId::$codec,
                $package,
                $licence,
                $feature,
                list_where_on!($feature, OptionSpec, $options)
            ),
            $takes,
            where_on!($feature, CreateEncoder, $create),
        )
    };
}

/// What an encoder takes.
struct Takes {
    pixel_formats: &'static [PixelFormat],
    sample_formats: &'static [SampleFormat],
    sample_rates: &'static [u32],
    max_channels: u16,
}

impl Takes {
    const fn pictures(pixel_formats: &'static [PixelFormat]) -> Self {
        Self { pixel_formats, sample_formats: &[], sample_rates: &[], max_channels: 0 }
    }

    const fn sound(
        sample_formats: &'static [SampleFormat],
        sample_rates: &'static [u32],
        max_channels: u16,
    ) -> Self {
        Self { pixel_formats: &[], sample_formats, sample_rates, max_channels }
    }
}

impl EncoderEntry {
    const fn new(
        implementation: Implementation,
        takes: Takes,
        create: Option<CreateEncoder>,
    ) -> Self {
        let Takes { pixel_formats, sample_formats, sample_rates, max_channels } = takes;
        Self { implementation, pixel_formats, sample_formats, sample_rates, max_channels, create }
    }
}

const RAW_VIDEO: Implementation = Implementation {
    name: "rawvideo",
    codec: CodecId::RawVideo,
    package: "rushes",
    licence: "MIT OR Apache-2.0",
    missing: None,
    options: &[],
};

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
        EncoderEntry::new(
            pcm_implementation(PcmFormat::$format),
            Takes::sound(&[SampleFormat::$samples], &[], u16::MAX),
            Some(|options| pcm::create_encoder(PcmFormat::$format, options)),
        )
    };
}

#[rustfmt::skip]
pub(crate) static DECODERS: &[DecoderEntry] = &[
    decoder!("h264", H264, "rust_h264 0.6.0", "MIT OR Apache-2.0", "h264", crate::h264::create_decoder),
    decoder!("hevc", Hevc, "rust_h265 0.4.0", "MIT OR Apache-2.0", "hevc", crate::hevc::create_decoder),
    decoder!("av1", Av1, "rav1d 1.1.0", "BSD-2-Clause", "av1", crate::av1::create_decoder),
    decoder!("vp9", Vp9, "rusty_vp9 0.1.3", "Apache-2.0", "vp9", crate::vp9::create_decoder),
    decoder!("vp8", Vp8, "rushes", "MIT OR Apache-2.0", "vp8", crate::vp8::create),
    decoder!("aac", Aac, "rusty_aac 2.0.1", "Apache-2.0", "aac", crate::aac::create_decoder),
    decoder!("mp3", Mp3, "nanomp3-core 0.2.0", "MIT OR Apache-2.0", "mp3", crate::mpa::create_decoder),
    decoder!("mp2", Mp2, "nanomp3-core 0.2.0", "MIT OR Apache-2.0", "mp3", crate::mpa::create_decoder),
    decoder!("mp1", Mp1, "nanomp3-core 0.2.0", "MIT OR Apache-2.0", "mp3", crate::mpa::create_decoder),
    decoder!("mjpeg", Mjpeg, "rushes", "MIT OR Apache-2.0", "jpeg", crate::jpeg::create_decoder),
    decoder!("opus", Opus, "opus-pure 0.2.2", "BSD-3-Clause", "opus", crate::opus::create_decoder),
    decoder!("flac", Flac, "rushes", "MIT OR Apache-2.0", "flac", crate::flac::create_decoder),
    decoder!("vorbis", Vorbis, "symphonia-codec-vorbis 0.6.1", "MPL-2.0", "vorbis", crate::vorbis::create_decoder),
    decoder!("alac", Alac, "symphonia-codec-alac 0.6.1", "MPL-2.0", "alac", crate::alac::create_decoder),
    decoder!("ac3", Ac3, "oxideav-ac3 0.0.11", "MIT", "ac3", crate::ac3::create),
    decoder!("eac3", Eac3, "oxideav-ac3 0.0.11", "MIT", "ac3", crate::ac3::create),
    decoder!("adpcm_ima_wav", AdpcmIma, "rushes", "MIT OR Apache-2.0", "adpcm", crate::adpcm::create),
    decoder!("adpcm_ms", AdpcmMs, "rushes", "MIT OR Apache-2.0", "adpcm", crate::adpcm::create),
    decoder!("png", Png, "png 0.18.1", "MIT OR Apache-2.0", "png", crate::png::create_decoder),
    decoder!("apng", Apng, "png 0.18.1", "MIT OR Apache-2.0", "png", crate::png::create_decoder),
    decoder!("gif", Gif, "rushes", "MIT OR Apache-2.0", "gif", crate::gif::create_decoder),
    decoder!("webp", WebP, "image-webp 0.2.4", "MIT OR Apache-2.0", "webp", crate::webp::create),
    DecoderEntry { implementation: RAW_VIDEO, create: Some(raw::create_decoder) },
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

#[rustfmt::skip]
pub(crate) static ENCODERS: &[EncoderEntry] = &[
    encoder!(
        "openh264", H264, "openh264-sys2 0.9.9", "BSD-2-Clause", "openh264",
        crate::h264::create_encoder, crate::h264::OPTIONS, Takes::pictures(&[PixelFormat::Yuv420p])
    ),
    encoder!(
        "rav1e", Av1, "rav1e 0.8.1", "BSD-2-Clause", "rav1e",
        crate::av1::create_encoder, crate::av1::OPTIONS,
        Takes::pictures(list_where_on!("rav1e", PixelFormat, crate::av1::PIXEL_FORMATS))
    ),
    encoder!(
        "aac", Aac, "syom 0.9.0", "MIT", "aac", crate::aac::create_encoder, crate::aac::OPTIONS,
        Takes::sound(&[SampleFormat::F32], list_where_on!("aac", u32, crate::aac::SAMPLE_RATES), 8)
    ),
    encoder!(
        "mjpeg", Mjpeg, "jpeg-encoder 0.7.1", "(MIT OR Apache-2.0) AND IJG", "jpeg", crate::jpeg::create_encoder,
        crate::jpeg::OPTIONS, Takes::pictures(list_where_on!("jpeg", PixelFormat, crate::jpeg::FORMATS))
    ),
    encoder!(
        "png", Png, "png 0.18.1", "MIT OR Apache-2.0", "png", crate::png::create_encoder,
        crate::png::OPTIONS, Takes::pictures(list_where_on!("png", PixelFormat, crate::png::FORMATS))
    ),
    encoder!(
        "gif", Gif, "gif 0.14.2", "MIT OR Apache-2.0", "gif", crate::gif::create_encoder,
        crate::gif::OPTIONS, Takes::pictures(list_where_on!("gif", PixelFormat, crate::gif::FORMATS))
    ),
    EncoderEntry::new(RAW_VIDEO, Takes::pictures(&raw::FORMATS), Some(raw::create_encoder)),
    encoder!(
        "opus", Opus, "opus-pure 0.2.2", "BSD-3-Clause", "opus", crate::opus::create_encoder, crate::opus::OPTIONS,
        Takes::sound(&[SampleFormat::F32], list_where_on!("opus", u32, crate::opus::SAMPLE_RATES), 8)
    ),
    encoder!(
        "flac", Flac, "flacenc 0.5.1", "Apache-2.0", "flac", crate::flac::create_encoder, crate::flac::OPTIONS,
        Takes::sound(&[SampleFormat::S16, SampleFormat::S32], &[], 8)
    ),
    encoder!(
        "mp3", Mp3, "rusty_mp3 1.0.5", "Apache-2.0", "mp3", crate::mpa::create_encoder, crate::mpa::OPTIONS,
        Takes::sound(&[SampleFormat::F32], list_where_on!("mp3", u32, crate::mpa::SAMPLE_RATES), 2)
    ),
    encoder!(
        "alac", Alac, "rushes", "MIT OR Apache-2.0", "alac", crate::alac::create_encoder, crate::alac::OPTIONS,
        Takes::sound(&[SampleFormat::S16, SampleFormat::S32], &[], 8)
    ),
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
