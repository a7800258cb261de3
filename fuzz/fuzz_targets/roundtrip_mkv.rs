//! See `rushes_tests::roundtrip_mkv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::roundtrip_mkv(bytes));
