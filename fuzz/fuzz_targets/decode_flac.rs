//! See `rushes_tests::decode_flac`.
#![no_main]

rushes_fuzz::target!(decode_flac);
