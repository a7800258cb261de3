//! See `rushes_tests::demux_mpegts`.
#![no_main]

rushes_fuzz::target!(demux_mpegts);
