//! See `rushes_tests::decode_gif`.
#![no_main]

rushes_fuzz::target!(decode_gif);
