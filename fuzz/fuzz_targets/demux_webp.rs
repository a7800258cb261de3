//! See `rushes_tests::demux_webp`.
#![no_main]

rushes_fuzz::target!(demux_webp);
