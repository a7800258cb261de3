//! See `rushes_tests::demux_png`.
#![no_main]

rushes_fuzz::target!(demux_png);
