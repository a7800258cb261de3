//! See `rushes_tests::decode_pcm`.
#![no_main]

rushes_fuzz::target!(decode_pcm);
