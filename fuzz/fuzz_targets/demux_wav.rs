//! See `rushes_tests::demux_wav`.
#![no_main]

rushes_fuzz::target!(demux_wav);
