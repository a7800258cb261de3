//! See `rushes_tests::decode_alac`.
#![no_main]

rushes_fuzz::target!(decode_alac);
