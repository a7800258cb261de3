//! See `rushes_tests::demux_aac`.
#![no_main]

rushes_fuzz::target!(demux_aac);
