//! See `rushes_tests::decode_hevc`.
#![no_main]

rushes_fuzz::target!(decode_hevc);
