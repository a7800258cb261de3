//! See `rushes_tests::demux_y4m`.
#![no_main]

rushes_fuzz::target!(demux_y4m);
