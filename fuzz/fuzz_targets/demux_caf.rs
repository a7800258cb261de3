//! See `rushes_tests::demux_caf`.
#![no_main]

rushes_fuzz::target!(demux_caf);
