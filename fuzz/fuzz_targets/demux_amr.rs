//! See `rushes_tests::demux_amr`.
#![no_main]

rushes_fuzz::target!(demux_amr);
