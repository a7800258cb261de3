//! Reading from sources that give little, wait, lie, or fail.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Gives a few bytes at a time, with hiccups between.
struct Hiccups {
    bytes: Cursor<Vec<u8>>,
    calls: usize,
    hiccup: ErrorKind,
}

impl Read for Hiccups {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(2) {
            return Err(self.hiccup.into());
        }
        let count = bytes.len().min(7);
        self.bytes.read(&mut bytes[..count])
    }
}

struct CountsSeeks(Cursor<Vec<u8>>, Arc<AtomicUsize>);

impl Read for CountsSeeks {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.read(bytes)
    }
}

impl Seek for CountsSeeks {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.seek(to)
    }
}

fn bytes(count: usize) -> Vec<u8> {
    (0..=250).cycle().take(count).collect()
}

fn small() -> DemuxOptions {
    DemuxOptions { buffer_size: 512, ..DemuxOptions::default() }
}

fn hiccups(hiccup: ErrorKind) -> Input {
    let source = Hiccups { bytes: Cursor::new(bytes(5000)), calls: 0, hiccup };
    Input::new(Source::forward(source), &small()).expect("opens")
}

#[test]
fn interruptions_and_short_reads_are_no_end() {
    let mut input = hiccups(ErrorKind::Interrupted);
    assert_eq!(input.peek(3).expect("reads"), &bytes(3)[..]);
    let payload = input.read_payload(4990).expect("reads");
    assert_eq!(*payload, bytes(4990));
    input.skip(9).expect("reads");
    assert!(!input.peek(1).expect("reads").is_empty());
    input.skip(1).expect("reads");
    assert!(input.peek(1).expect("reads").is_empty());
    assert_eq!(input.length(), Some(5000));
}

#[test]
fn a_marked_sequence_can_be_repeated_after_would_block() {
    let mut input = hiccups(ErrorKind::WouldBlock);
    let mut retries = 0;
    for start in (0..5000_u64).step_by(100) {
        input.mark();
        let payload = loop {
            let header = input.read_array::<10>();
            match header.and_then(|_| input.read_payload(90)) {
                Ok(payload) => break payload,
                Err(error) if error.is_would_block() => {
                    retries += 1;
                    input.rewind().expect("the mark is kept");
                    assert_eq!(input.position(), start);
                }
                Err(error) => panic!("{error}"),
            }
        };
        let start = usize::try_from(start).expect("small");
        assert_eq!(*payload, bytes(5000)[start + 10..start + 100]);
    }
    assert!(retries > 100);
    assert!(input.window.len() <= 2048, "the window must not grow with the file");
}

#[test]
fn false_lengths_are_errors_without_memory() {
    for source in [Source::bytes(bytes(100)), Source::forward(Cursor::new(bytes(100)))] {
        let mut input = Input::new(source, &small()).expect("opens");
        input.skip(40).expect("inside");
        let error = input.read_payload(1 << 27).expect_err("too long").to_string();
        assert_eq!(error, "the input ends after 60 of 134217728 bytes at byte 40");
        assert!(input.read_payload(u64::MAX).is_err());
        assert!(input.skip(61).is_err());
        assert!(input.window.len() <= 4096);
    }
}

#[test]
fn seeks_reach_the_source_only_when_needed() {
    let seeks = Arc::new(AtomicUsize::new(0));
    let source = CountsSeeks(Cursor::new(bytes(100_000)), Arc::clone(&seeks));
    let mut input = Input::new(Source::seekable(source), &small()).expect("opens");
    let opening = seeks.swap(0, Ordering::Relaxed);
    assert!(opening <= 2);
    let check = |input: &mut Input, offset: usize, length: usize, expected: usize| {
        input.seek(offset as u64).expect("seekable");
        let payload = input.read_payload(length as u64).expect("inside");
        assert_eq!(*payload, bytes(100_000)[offset..offset + length]);
        assert_eq!(seeks.swap(0, Ordering::Relaxed), expected, "at {offset}");
    };
    check(&mut input, 0, 100, 0);
    check(&mut input, 100, 300, 0);
    check(&mut input, 400, 5000, 0);
    check(&mut input, 5400, 20, 0);
    check(&mut input, 50_000, 20, 1);
    check(&mut input, 50_000, 20, 0);
}

#[test]
fn failures_are_never_the_end() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::ConnectionReset.into())
        }
    }
    let mut input = Input::new(Source::forward(Broken), &small()).expect("opens");
    assert!(matches!(input.peek(1), Err(Error::Io { .. })));
    assert!(matches!(input.skip(1), Err(Error::Io { .. })));
}
