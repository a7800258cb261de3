//! See `rushes_tests::demux_avif`.
#![no_main]

rushes_fuzz::target!(demux_avif);
