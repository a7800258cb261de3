//! See `rushes_tests::demux_avi`.
#![no_main]

rushes_fuzz::target!(demux_avi);
