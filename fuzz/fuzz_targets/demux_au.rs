//! See `rushes_tests::demux_au`.
#![no_main]

rushes_fuzz::target!(demux_au);
