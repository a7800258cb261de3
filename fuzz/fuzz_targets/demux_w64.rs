//! See `rushes_tests::demux_w64`.
#![no_main]

rushes_fuzz::target!(demux_w64);
