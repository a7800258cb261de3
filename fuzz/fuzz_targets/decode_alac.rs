//! See `rushes_tests::decode_alac`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::decode_alac(bytes));
