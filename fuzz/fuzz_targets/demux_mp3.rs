//! See `rushes_tests::demux_mp3`.
#![no_main]

rushes_fuzz::target!(demux_mp3);
