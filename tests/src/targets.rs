//! The bodies of the fuzz targets: whatever the bytes are, they return. A panic, a hang or too much memory is a bug.

mod roundtrip;
mod script;
mod seeds;

use rushes::codec::decoder_for;
use rushes::container::{SeekMode, SeekTo};
use rushes::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, DecoderOptions, DemuxOptions,
    Limits, Packet, Source, Time, Timestamp, VideoParameters, open_demuxer,
};

pub use roundtrip::{roundtrip_mkv, roundtrip_mp4};

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its file in `fuzz/fuzz_targets`.
    pub name: &'static str,
    /// What it does with an input.
    pub run: fn(&[u8]),
    /// Inputs to start from.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

const CLIP: &[u8] = include_bytes!("../data/clip.mp4");
const TONE: &[u8] = include_bytes!("../data/tone.wav");
const TONE_MP3: &[u8] = include_bytes!("../data/tone.mp3");

macro_rules! demuxers {
    ($($name:ident $format:literal $seeds:expr;)*) => {
        $(
            #[doc = concat!("Reads bytes as ", $format, ": all packets, then from somewhere in the middle.")]
            pub fn $name(bytes: &[u8]) {
                demux($format, bytes);
            }
        )*

        const DEMUXERS: &[Target] =
            &[$(Target { name: stringify!($name), run: $name, seeds: $seeds }),*];
    };
}

demuxers! {
    demux_mp4 "mp4" || vec![CLIP.to_vec(), seeds::fragmented()];
    demux_avif "avif" || vec![seeds::avif()];
    demux_mkv "mkv" || vec![seeds::remuxed(CLIP, "mkv"), seeds::remuxed(TONE, "mka")];
    demux_wav "wav" || vec![TONE.to_vec()];
    demux_w64 "w64" || vec![seeds::w64()];
    demux_aiff "aiff" || vec![seeds::AIFF.to_vec()];
    demux_caf "caf" || vec![seeds::CAF.to_vec()];
    demux_au "au" || vec![seeds::AU.to_vec()];
    demux_amr "amr" || vec![seeds::AMR.to_vec()];
    demux_mp3 "mp3" || vec![TONE_MP3.to_vec()];
    demux_aac "aac" || vec![seeds::remuxed(CLIP, "aac")];
    demux_ogg "ogg" || vec![seeds::opus("ogg")];
    demux_flac "flac" || vec![seeds::flac()];
    demux_h264 "h264" || vec![seeds::remuxed(CLIP, "h264")];
    demux_hevc "hevc" || vec![seeds::HEVC.to_vec()];
    demux_ivf "ivf" || vec![seeds::IVF.to_vec()];
    demux_obu "obu" || vec![seeds::OBU.to_vec(), seeds::OBU_OF_LENGTHS.to_vec()];
    demux_y4m "y4m" || vec![seeds::Y4M.to_vec()];
    demux_avi "avi" || vec![seeds::AVI.to_vec()];
    demux_mpegts "mpegts" || vec![seeds::transport_stream()];
    demux_mjpeg "mjpeg" || vec![seeds::JPEG.to_vec()];
    demux_jpeg "jpeg" || vec![seeds::JPEG.to_vec()];
    demux_png "png" || vec![seeds::PNG.to_vec()];
    demux_gif "gif" || vec![seeds::GIF.to_vec()];
    demux_webp "webp" || vec![seeds::WEBP.to_vec()];
}

/// Targets that are no demuxer.
const OTHERS: &[Target] = &[
    Target { name: "decode_h264", run: decode_h264, seeds: || script::of(CLIP, &CodecId::H264) },
    Target { name: "decode_av1", run: decode_av1, seeds: || script::of(seeds::AV1, &CodecId::Av1) },
    Target { name: "decode_vp8", run: decode_vp8, seeds: || vec![script::join(&[], seeds::VP8)] },
    Target { name: "decode_aac", run: decode_aac, seeds: || script::of(CLIP, &CodecId::Aac) },
    Target { name: "decode_gif", run: decode_gif, seeds: || script::encoded(&CodecId::Gif) },
    Target { name: "decode_jpeg", run: decode_jpeg, seeds: || script::encoded(&CodecId::Mjpeg) },
    Target { name: "decode_mp3", run: decode_mp3, seeds: || script::of(TONE_MP3, &CodecId::Mp3) },
    Target { name: "decode_ac3", run: decode_ac3, seeds: || vec![seeds::AC3.to_vec()] },
    Target { name: "decode_flac", run: decode_flac, seeds: || vec![seeds::FLAC.to_vec()] },
    Target { name: "decode_opus", run: decode_opus, seeds: || vec![seeds::OPUS.to_vec()] },
    Target { name: "decode_vorbis", run: decode_vorbis, seeds: || vec![seeds::VORBIS.to_vec()] },
    Target { name: "decode_alac", run: decode_alac, seeds: || vec![seeds::ALAC.to_vec()] },
    Target { name: "decode_adpcm", run: decode_adpcm, seeds: || vec![seeds::ADPCM.to_vec()] },
    Target { name: "decode_png", run: decode_png, seeds: || script::encoded(&CodecId::Png) },
    Target {
        name: "decode_webp",
        run: decode_webp,
        seeds: || {
            [seeds::WEBP_LOSSY, seeds::WEBP_LOSSLESS].map(|file| script::join(&[], [file])).to_vec()
        },
    },
    Target { name: "roundtrip_mp4", run: roundtrip_mp4, seeds: roundtrip::seeds },
    Target { name: "roundtrip_mkv", run: roundtrip_mkv, seeds: roundtrip::seeds },
];

/// All targets.
pub fn targets() -> impl Iterator<Item = Target> {
    DEMUXERS.iter().chain(OTHERS).copied()
}

/// More than any input of a fuzzer needs; sample tables may promise billions without a byte behind them.
const MAX_PACKETS: usize = 100_000;

fn demux(format: &str, bytes: &[u8]) {
    let mut options = DemuxOptions::default();
    options.format = Some(format.to_owned());
    options.limits = limits();
    let Ok(mut demuxer) = open_demuxer(Source::bytes(bytes.to_vec()), &options) else {
        return;
    };
    let tracks = demuxer.tracks().len();
    let mut errors = 0;
    let mut middle = Time::ZERO;
    for _ in 0..MAX_PACKETS {
        match demuxer.next_packet() {
            Ok(None) => break,
            Ok(Some(packet)) => {
                assert!(packet.track < tracks, "packet of track {} of {tracks}", packet.track);
                let base = demuxer.tracks()[packet.track].time_base;
                let half = packet.pts.map_or(0, |pts| pts.ticks() / 2);
                middle = base.time(Timestamp::new(half));
            }
            Err(_) => {
                errors += 1;
                assert!(errors < MAX_PACKETS / 2, "errors without end");
            }
        }
    }
    for mode in [SeekMode::Key, SeekMode::Any] {
        if demuxer.seek(SeekTo { time: middle, track: None, mode }).is_ok() {
            // What comes then is the demuxer's business, as long as it comes.
            let _ = demuxer.next_packet();
        }
    }
}

/// Decodes bytes as H.264: private data, then packets, each behind its length.
pub fn decode_h264(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::H264, VideoParameters::new(160, 120)));
}

/// Decodes bytes as AV1: private data, then packets, each behind its length.
pub fn decode_av1(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::Av1, VideoParameters::new(32, 16)));
}

/// Decodes bytes as VP8: private data, of which there is none, then packets, each behind its length.
pub fn decode_vp8(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::Vp8, VideoParameters::new(32, 16)));
}

/// Decodes bytes as AAC: private data, then packets, each behind its length.
pub fn decode_aac(bytes: &[u8]) {
    let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Aac, audio));
}

/// Decodes bytes as GIF: private data, of which there is none, then packets, each behind its length.
pub fn decode_gif(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::Gif, VideoParameters::new(0, 0)));
}

/// Decodes bytes as JPEG: private data, of which there is none, then packets, each behind its length.
pub fn decode_jpeg(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::Mjpeg, VideoParameters::new(0, 64)));
}

/// Decodes bytes as MP3: private data, of which there is none, then packets, each behind its length.
pub fn decode_mp3(bytes: &[u8]) {
    let audio = AudioParameters::new(44_100, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Mp3, audio));
}

/// Decodes bytes as PNG, or as APNG where there are private data; then packets, each behind its length.
pub fn decode_png(bytes: &[u8]) {
    let animated = script::pieces(bytes).next().is_some_and(|private| !private.is_empty());
    let codec = if animated { CodecId::Apng } else { CodecId::Png };
    decode(bytes, CodecParameters::video(codec, VideoParameters::new(0, 0)));
}

/// Decodes bytes as WebP, or as an animation where there are private data; then packets, each behind its length.
pub fn decode_webp(bytes: &[u8]) {
    decode(bytes, CodecParameters::video(CodecId::WebP, VideoParameters::new(0, 0)));
}

/// Decodes bytes as AC-3 or E-AC-3, which have one decoder: private data, which say nothing, then packets, each behind its
/// length.
pub fn decode_ac3(bytes: &[u8]) {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Ac3, audio));
}

/// Decodes bytes as FLAC: private data, then packets, each behind its length.
pub fn decode_flac(bytes: &[u8]) {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Flac, audio));
}

/// Decodes bytes as Opus: private data, then packets, each behind its length.
pub fn decode_opus(bytes: &[u8]) {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Opus, audio));
}

/// Decodes bytes as Vorbis: private data, then packets, each behind its length.
pub fn decode_vorbis(bytes: &[u8]) {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Vorbis, audio));
}

/// Decodes bytes as ALAC: private data, then packets, each behind its length.
pub fn decode_alac(bytes: &[u8]) {
    let audio = AudioParameters::new(48_000, ChannelLayout::STEREO);
    decode(bytes, CodecParameters::audio(CodecId::Alac, audio));
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

fn decode(bytes: &[u8], mut parameters: CodecParameters) {
    let mut pieces = script::pieces(bytes);
    parameters.private = Buffer::from(pieces.next().unwrap_or_default());
    let mut options = DecoderOptions::default();
    options.limits = limits();
    let Ok(entry) = decoder_for(&parameters.codec) else {
        return;
    };
    let Ok(mut decoder) = entry.create(&parameters, &options) else {
        return;
    };
    let mut finished = false;
    while !finished {
        // Errors are the expected answer to most inputs; decoding goes on behind them.
        if let Some(piece) = pieces.next() {
            // Without key packets, codecs that build on others would show nothing.
            let _ = decoder.submit(&Packet::new(0, piece).with_key(true));
        } else {
            let _ = decoder.finish();
            finished = true;
        }
        let mut frames = 0;
        while let Ok(Some(_)) = decoder.next_frame() {
            frames += 1;
            assert!(frames < MAX_PACKETS, "frames without end");
        }
    }
}

/// Small pictures, so that a fuzzer gets on.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.pixels = 1 << 20;
    limits.alloc_bytes = 16 << 20;
    limits.index_bytes = 16 << 20;
    limits
}
