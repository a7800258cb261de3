//! The decoders: bytes are private data, then packets, each behind its length.

use rushes::codec::{Decoder, decoder_for};
use rushes::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, DecoderOptions, Frame,
    Packet, PcmFormat, PixelFormat, VideoParameters,
};

use super::{CLIP, MAX_PACKETS, TONE_MP3, Target, limits, script, seeds};

/// Pixels after which the rest of an input is left alone: a picture that repeats another is a few bytes, so that inputs of many
/// large ones would say how fast decoders are, and nothing of how they end.
const MAX_PIXELS: u64 = 1 << 24;

macro_rules! decoders {
    ($($name:ident $codec:literal $parameters:expr, $seeds:expr;)*) => {
        $(
            #[doc = concat!("Decodes bytes as ", $codec, ": private data, then packets, each behind its length.")]
            pub fn $name(bytes: &[u8]) {
                let parameters: fn(&[u8]) -> CodecParameters = $parameters;
                decode(bytes, parameters(bytes));
            }
        )*

        /// Targets that are decoders.
        pub(super) const DECODERS: &[Target] = &[
            $(Target { name: stringify!($name), run: $name, seeds: $seeds },)*
            Target { name: "decode_adpcm", run: decode_adpcm, seeds: || vec![seeds::ADPCM.to_vec()] },
            Target { name: "decode_pcm", run: decode_pcm, seeds: || every(PcmFormat::ALL.len()) },
            Target { name: "decode_raw", run: decode_raw, seeds: || every(PixelFormat::ALL.len()) },
        ];
    };
}

decoders! {
    decode_h264 "H.264" |_| video(CodecId::H264, 160, 120), || script::of(CLIP, &CodecId::H264);
    decode_h264_high444 "H.264" |_| video(CodecId::H264, 64, 48),
        || script::of(seeds::H264_444, &CodecId::H264);
    decode_hevc "HEVC" |_| video(CodecId::Hevc, 64, 48),
        || script::of_all([seeds::HEVC_420, seeds::HEVC_444], &CodecId::Hevc);
    decode_av1 "AV1" |_| video(CodecId::Av1, 32, 16), || script::of(seeds::AV1, &CodecId::Av1);
    decode_vp8 "VP8" |_| video(CodecId::Vp8, 32, 16), || vec![script::join(&[], seeds::VP8)];
    decode_vp9 "VP9" |_| video(CodecId::Vp9, 64, 48),
        || script::of_all([seeds::VP9_420, seeds::VP9_444], &CodecId::Vp9);
    decode_gif "GIF" |_| video(CodecId::Gif, 0, 0), || script::encoded(&CodecId::Gif);
    decode_jpeg "JPEG" |_| video(CodecId::Mjpeg, 0, 64), || script::encoded(&CodecId::Mjpeg);
    decode_png "PNG, or as APNG where there are private data" png,
        || script::encoded(&CodecId::Png);
    decode_webp "WebP, or as an animation where there are private data"
        |_| video(CodecId::WebP, 0, 0),
        || [seeds::WEBP_LOSSY, seeds::WEBP_LOSSLESS].map(|file| script::join(&[], [file])).to_vec();
    decode_aac "AAC" |_| stereo(CodecId::Aac, 44_100), || script::of(CLIP, &CodecId::Aac);
    decode_mp3 "MP3" |_| stereo(CodecId::Mp3, 44_100), || script::of(TONE_MP3, &CodecId::Mp3);
    decode_ac3 "AC-3 or E-AC-3, which have one decoder" |_| stereo(CodecId::Ac3, 48_000),
        || vec![seeds::AC3.to_vec()];
    decode_flac "FLAC" |_| stereo(CodecId::Flac, 48_000), || vec![seeds::FLAC.to_vec()];
    decode_opus "Opus" |_| stereo(CodecId::Opus, 48_000), || vec![seeds::OPUS.to_vec()];
    decode_vorbis "Vorbis" |_| stereo(CodecId::Vorbis, 48_000), || vec![seeds::VORBIS.to_vec()];
    decode_alac "ALAC" |_| stereo(CodecId::Alac, 48_000), || vec![seeds::ALAC.to_vec()];
}

/// Decodes bytes as both kinds of ADPCM, in blocks of 32 bytes: private data, which say nothing, then packets, each
/// behind its length.
pub fn decode_adpcm(bytes: &[u8]) {
    let mut audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    audio.block_align = 32;
    for codec in [CodecId::AdpcmIma, CodecId::AdpcmMs] {
        decode(bytes, CodecParameters::audio(codec, audio.clone()));
    }
}

/// Decodes bytes as uncompressed audio or one of the codes of G.711: a byte that chooses the format, one for the number of
/// channels, then as for the others.
pub fn decode_pcm(bytes: &[u8]) {
    let Some(([format, channels], bytes)) = bytes.split_first_chunk() else { return };
    let layout = ChannelLayout::default_for(u16::from(*channels));
    let format = PcmFormat::ALL[usize::from(*format) % PcmFormat::ALL.len()];
    let audio = AudioParameters::new(48_000, layout);
    decode(bytes, CodecParameters::audio(CodecId::Pcm(format), audio));
}

/// Decodes bytes as raw pictures: a byte that chooses the format, one for width and one for height, then as for the others.
pub fn decode_raw(bytes: &[u8]) {
    let Some(([format, width, height], bytes)) = bytes.split_first_chunk() else { return };
    let mut video = VideoParameters::new(u32::from(*width), u32::from(*height));
    video.pixel_format = Some(PixelFormat::ALL[usize::from(*format) % PixelFormat::ALL.len()]);
    decode(bytes, CodecParameters::video(CodecId::RawVideo, video));
}

/// A packet of 96 bytes in every format: 2 channels, or 2 columns and rows and a bitmap's header.
fn every(formats: usize) -> Vec<Vec<u8>> {
    let packet: Vec<u8> = (0..96).collect();
    let seed = |format| [&[format, 2, 2][..], &script::join(&[0; 40], [&packet[..]])].concat();
    (0..u8::try_from(formats).expect("formats are few")).map(seed).collect()
}

fn video(codec: CodecId, width: u32, height: u32) -> CodecParameters {
    CodecParameters::video(codec, VideoParameters::new(width, height))
}

fn stereo(codec: CodecId, sample_rate: u32) -> CodecParameters {
    CodecParameters::audio(codec, AudioParameters::new(sample_rate, ChannelLayout::STEREO))
}

fn png(bytes: &[u8]) -> CodecParameters {
    let animated = script::pieces(bytes).next().is_some_and(|private| !private.is_empty());
    video(if animated { CodecId::Apng } else { CodecId::Png }, 0, 0)
}

fn decode(bytes: &[u8], mut parameters: CodecParameters) {
    let mut pieces = script::pieces(bytes);
    parameters.private = Buffer::from(pieces.next().unwrap_or_default());
    let mut options = DecoderOptions::default();
    options.limits = limits();
    // The same work on every machine.
    options.threads = Some(2);
    let Ok(entry) = decoder_for(&parameters.codec) else {
        return;
    };
    let Ok(mut decoder) = entry.create(&parameters, &options) else {
        return;
    };
    // Errors are the expected answer to most inputs; decoding goes on behind them.
    let mut pixels = 0;
    for piece in pieces {
        // Without key packets, codecs that build on others would show nothing.
        let _ = decoder.submit(&Packet::new(0, piece).with_key(true));
        pixels += take(&mut *decoder);
        if pixels > MAX_PIXELS {
            return;
        }
        if piece.is_empty() {
            // Nothing is in an empty packet: it stands for a seek.
            decoder.reset();
        }
    }
    let _ = decoder.finish();
    take(&mut *decoder);
}

/// Takes all frames that are ready, and reads something of each row. Returns the number of pixels.
fn take(decoder: &mut dyn Decoder) -> u64 {
    let mut pixels = 0;
    for _ in 0..MAX_PACKETS {
        match decoder.next_frame() {
            Ok(Some(Frame::Video(frame))) => {
                for plane in 0..frame.format.planes().len() {
                    frame.rows(plane).for_each(|row| _ = std::hint::black_box(row.last()));
                }
                pixels += u64::from(frame.width) * u64::from(frame.height);
            }
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return pixels,
        }
    }
    panic!("frames without end");
}
