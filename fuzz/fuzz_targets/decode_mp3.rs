//! See `rushes_tests::decode_mp3`.
#![no_main]

rushes_fuzz::target!(decode_mp3);
