//! See `rushes_tests::roundtrip_mkv`.
#![no_main]

rushes_fuzz::target!(roundtrip_mkv);
