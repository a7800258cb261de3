//! See `rushes_tests::decode_vp8`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::decode_vp8(bytes));
