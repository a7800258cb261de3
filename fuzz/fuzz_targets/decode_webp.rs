//! See `rushes_tests::decode_webp`.
#![no_main]

rushes_fuzz::target!(decode_webp);
