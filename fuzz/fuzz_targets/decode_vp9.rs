//! See `rushes_tests::decode_vp9`.
#![no_main]

rushes_fuzz::target!(decode_vp9);
