//! See `rushes_tests::decode_png`.
#![no_main]

rushes_fuzz::target!(decode_png);
