//! What the tests that span the crates share: the test data, damaged copies of it, and the bodies of the fuzz targets.
#![forbid(unsafe_code)]

mod corpus;
mod damage;
mod data;
mod pictures;
mod sources;
mod targets;

pub use corpus::{corpus, skipped};
pub use damage::Random;
pub use data::{FrameSum, data, frame_sums};
pub use pictures::{pictures, tone};
pub use sources::{SharedSink, Stutter, Trickle};
pub use targets::{
    TARGETS, Target, decode_aac, decode_h264, decode_mp3, demux_avi, demux_gif, demux_jpeg,
    demux_mp3, demux_mp4, demux_png, demux_ts, demux_wav, demux_webp, roundtrip_mp4,
};
