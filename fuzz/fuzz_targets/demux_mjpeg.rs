//! See `rushes_tests::demux_mjpeg`.
#![no_main]

rushes_fuzz::target!(demux_mjpeg);
