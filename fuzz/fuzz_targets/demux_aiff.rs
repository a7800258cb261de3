//! See `rushes_tests::demux_aiff`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::demux_aiff(bytes));
