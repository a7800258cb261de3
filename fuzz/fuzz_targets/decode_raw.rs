//! See `rushes_tests::decode_raw`.
#![no_main]

rushes_fuzz::target!(decode_raw);
