//! See `rushes_tests::decode_h264`.
#![no_main]

rushes_fuzz::target!(decode_h264);
