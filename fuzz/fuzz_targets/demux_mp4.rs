//! See `rushes_tests::demux_mp4`.
#![no_main]

rushes_fuzz::target!(demux_mp4);
