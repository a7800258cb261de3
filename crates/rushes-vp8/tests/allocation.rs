//! Decoding allocates for a key frame of a new size, and then no more.

#[expect(dead_code, reason = "what the pictures are, others test")]
mod samples;

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

use rushes_vp8::{Decoder, Options};

/// Counts what all threads allocate.
struct Counter;

static COUNT: AtomicUsize = AtomicUsize::new(0);

// SAFETY: all calls go to the system's allocator as they are; counting allocates nothing.
unsafe impl GlobalAlloc for Counter {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counter = Counter;

#[test]
fn frames_are_decoded_without_allocating() {
    let frames = samples::frames();
    for threads in [1, 2] {
        let mut options = Options::new().expect("RUSHES_CPU names a level");
        options.threads = threads;
        let mut decoder = Decoder::new(options);
        let mut decode = || {
            for frame in &frames {
                decoder.decode(frame).expect("whole");
            }
        };
        // The threads of the harness and of the team allocate when they start, which may be late; frames would each time.
        let rounds = (0..20).map(|_| {
            let before = COUNT.load(Ordering::SeqCst);
            decode();
            COUNT.load(Ordering::SeqCst) - before
        });
        assert_eq!(rounds.min(), Some(0), "{threads} threads");
    }
}
