//! See `rushes_tests::decode_av1`.
#![no_main]

rushes_fuzz::target!(decode_av1);
