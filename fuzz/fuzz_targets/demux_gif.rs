//! See `rushes_tests::demux_gif`.
#![no_main]

rushes_fuzz::target!(demux_gif);
