//! See `rushes_tests::demux_jpeg`.
#![no_main]

rushes_fuzz::target!(demux_jpeg);
