//! See `rushes_tests::decode_vp8`.
#![no_main]

rushes_fuzz::target!(decode_vp8);
