//! See `rushes_tests::demux_ogg`.
#![no_main]

rushes_fuzz::target!(demux_ogg);
