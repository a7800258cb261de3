//! See `rushes_tests::decode_h264_high444`.
#![no_main]

rushes_fuzz::target!(decode_h264_high444);
