//! See `rushes_tests::decode_aac`.
#![no_main]

rushes_fuzz::target!(decode_aac);
