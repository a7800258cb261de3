//! See `rushes_tests::demux_ivf`.
#![no_main]

rushes_fuzz::target!(demux_ivf);
