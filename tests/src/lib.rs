//! What the tests that span the crates share: the test data, damaged copies of it, and the bodies of the fuzz targets.
#![forbid(unsafe_code)]

mod corpus;
mod damage;
mod data;
mod memory;
mod pictures;
mod sources;
mod targets;

pub use corpus::{corpus, skipped};
pub use damage::Random;
pub use data::{FrameSum, data, frame_sums};
pub use memory::peak_mebibytes;
pub use pictures::{pictures, tone};
pub use sources::{SharedSink, Stutter, Trickle};
pub use targets::{
    Target, decode_aac, decode_ac3, decode_adpcm, decode_alac, decode_av1, decode_flac, decode_gif,
    decode_h264, decode_h264_high444, decode_hevc, decode_jpeg, decode_mp3, decode_opus,
    decode_pcm, decode_png, decode_raw, decode_vorbis, decode_vp8, decode_vp9, decode_webp,
    demux_aac, demux_aiff, demux_amr, demux_au, demux_avi, demux_avif, demux_caf, demux_flac,
    demux_gif, demux_h264, demux_hevc, demux_ivf, demux_jpeg, demux_mjpeg, demux_mkv, demux_mp3,
    demux_mp4, demux_mpegts, demux_obu, demux_ogg, demux_png, demux_w64, demux_wav, demux_webp,
    demux_y4m, roundtrip_mkv, roundtrip_mp4, targets,
};
