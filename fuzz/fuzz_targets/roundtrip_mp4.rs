//! See `rushes_tests::roundtrip_mp4`.
#![no_main]

rushes_fuzz::target!(roundtrip_mp4);
