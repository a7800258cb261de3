//! The bodies of the fuzz targets: whatever the bytes are, they return. A panic, a hang or too much memory is a bug.

mod decode;
mod roundtrip;
mod script;
mod seeds;

use rushes::container::{SeekMode, SeekTo};
use rushes::{DemuxOptions, Limits, Source, Time, Timestamp, open_demuxer};

pub use decode::{
    decode_aac, decode_ac3, decode_adpcm, decode_alac, decode_av1, decode_flac, decode_gif,
    decode_h264, decode_h264_high444, decode_hevc, decode_jpeg, decode_mp3, decode_opus,
    decode_pcm, decode_png, decode_raw, decode_vorbis, decode_vp8, decode_vp9, decode_webp,
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

/// Targets that are neither demuxer nor decoder.
const OTHERS: &[Target] = &[
    Target { name: "roundtrip_mp4", run: roundtrip_mp4, seeds: roundtrip::seeds },
    Target { name: "roundtrip_mkv", run: roundtrip_mkv, seeds: roundtrip::seeds },
];

/// All targets.
pub fn targets() -> impl Iterator<Item = Target> {
    DEMUXERS.iter().chain(decode::DECODERS).chain(OTHERS).copied()
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

/// Small pictures, so that a fuzzer gets on, and so little memory that a process stays below what it may hold.
fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.pixels = 1 << 20;
    limits.decoder_bytes = 256 << 20;
    limits.alloc_bytes = 16 << 20;
    limits.index_bytes = 16 << 20;
    limits
}
