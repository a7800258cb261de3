//! See `rushes_tests::decode_opus`.
#![no_main]

rushes_fuzz::target!(decode_opus);
