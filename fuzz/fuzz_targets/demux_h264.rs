//! See `rushes_tests::demux_h264`.
#![no_main]

rushes_fuzz::target!(demux_h264);
