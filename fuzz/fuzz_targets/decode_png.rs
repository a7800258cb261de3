//! See `rushes_tests::decode_png`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::decode_png(bytes));
