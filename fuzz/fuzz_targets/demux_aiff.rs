//! See `rushes_tests::demux_aiff`.
#![no_main]

rushes_fuzz::target!(demux_aiff);
