//! See `rushes_tests::decode_ac3`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::decode_ac3(bytes));
