//! What every box is tested for.

use std::fmt::Debug;

use super::{BoxReader, BoxWriter, FullBox, PlainBox};

/// The payload becomes `expected` and the same bytes again, and is refused when cut anywhere before `shortest`.
pub(crate) fn check_plain<B: PlainBox + Debug + PartialEq>(
    payload: &[u8],
    expected: &B,
    shortest: usize,
) {
    let read = |payload: &[u8]| B::read(&mut BoxReader::new(payload, 0));
    let mut w = BoxWriter::new();
    expected.write(&mut w);
    check(payload, expected, shortest, read, &w.into_bytes());
}

/// As [`check_plain`], for a payload that starts with version and flags.
pub(crate) fn check_full<B: FullBox + Debug + PartialEq>(
    payload: &[u8],
    expected: &B,
    shortest: usize,
) {
    let read = |payload: &[u8]| B::parse(BoxReader::new(payload, 0));
    let mut w = BoxWriter::new();
    w.full(expected);
    check(payload, expected, shortest, read, &w.into_bytes()[8..]);
}

/// As [`check_full`], for boxes whose every byte is needed.
pub(crate) fn check_full_exact<B: FullBox + Debug + PartialEq>(payload: &[u8], expected: &B) {
    check_full(payload, expected, payload.len());
}

/// A table whose count has been set to all ones is refused; the count lies at `count_at`.
pub(crate) fn check_huge_count<B: FullBox + Debug>(payload: &[u8], count_at: usize) {
    let mut payload = payload.to_vec();
    payload[count_at..count_at + 4].fill(0xff);
    B::parse(BoxReader::new(&payload, 0)).expect_err("the count is too large");
}

fn check<B: Debug + PartialEq>(
    payload: &[u8],
    expected: &B,
    shortest: usize,
    read: impl Fn(&[u8]) -> rushes_core::Result<B>,
    written: &[u8],
) {
    assert_eq!(read(payload).expect("whole"), *expected);
    assert_eq!(written, payload);
    for cut in 0..payload.len() {
        let result = read(&payload[..cut]);
        assert!(cut >= shortest || result.is_err(), "cut to {cut}: {result:?}");
    }
}
