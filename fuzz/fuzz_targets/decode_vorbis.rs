//! See `rushes_tests::decode_vorbis`.
#![no_main]

rushes_fuzz::target!(decode_vorbis);
