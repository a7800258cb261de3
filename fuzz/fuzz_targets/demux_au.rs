//! See `rushes_tests::demux_au`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::demux_au(bytes));
