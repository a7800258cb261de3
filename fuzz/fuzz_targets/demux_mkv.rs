//! See `rushes_tests::demux_mkv`.
#![no_main]

rushes_fuzz::target!(demux_mkv);
