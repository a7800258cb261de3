//! See `rushes_tests::decode_flac`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::decode_flac(bytes));
