//! See `rushes_tests::decode_ac3`.
#![no_main]

rushes_fuzz::target!(decode_ac3);
