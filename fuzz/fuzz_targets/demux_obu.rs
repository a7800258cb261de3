//! See `rushes_tests::demux_obu`.
#![no_main]

rushes_fuzz::target!(demux_obu);
