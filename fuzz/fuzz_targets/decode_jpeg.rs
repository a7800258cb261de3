//! See `rushes_tests::decode_jpeg`.
#![no_main]

rushes_fuzz::target!(decode_jpeg);
