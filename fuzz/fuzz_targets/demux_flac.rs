//! See `rushes_tests::demux_flac`.
#![no_main]

rushes_fuzz::target!(demux_flac);
