//! See `rushes_tests::decode_adpcm`.
#![no_main]

rushes_fuzz::target!(decode_adpcm);
