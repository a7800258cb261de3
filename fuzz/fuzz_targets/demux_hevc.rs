//! See `rushes_tests::demux_hevc`.
#![no_main]

rushes_fuzz::target!(demux_hevc);
