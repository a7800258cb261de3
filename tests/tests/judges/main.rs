//! What we write, read by others: FFmpeg's tools, `PyAV`, `MP4Box.js`, and the crates `mp4` and `hound`. A judge that is not
//! installed prints SKIPPED; with `RUSHES_REQUIRE_JUDGES=1` it fails.

mod crates;
mod run;
mod transcode;
