//! See `rushes_tests::demux_caf`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rushes_tests::demux_caf(bytes));
