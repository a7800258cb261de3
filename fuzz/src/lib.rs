//! What the targets have in common: panics that a fence of ours catches are no crash.

#![forbid(unsafe_code)]

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::panic::{Location, PanicHookInfo, catch_unwind, set_hook};
use std::process::abort;
use std::sync::Mutex;

pub use libfuzzer_sys;
pub use rushes_tests;

/// Makes the target with the body of this name in `rushes_tests`.
#[macro_export]
macro_rules! target {
    ($name:ident) => {
        $crate::libfuzzer_sys::fuzz_target!(
            init: $crate::catch_panics(),
            |bytes: &[u8]| $crate::run($crate::rushes_tests::$name, bytes)
        );
    };
}

thread_local! {
    /// The last panic of the thread.
    static LAST: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Replaces the panic hook of libFuzzer. That one ends the process at once, before `catch_unwind` in the adapters of
/// `rushes-codec` can turn the panic of a decoder into an error, as it does for users. Each place that panics is printed once,
/// so that it can be told to the decoder's authors.
pub fn catch_panics() {
    set_hook(Box::new(|info| {
        LAST.replace(info.to_string());
        if is_new(info) {
            eprintln!("PANIC {info}");
        }
    }));
}

fn is_new(info: &PanicHookInfo<'_>) -> bool {
    static SEEN: Mutex<BTreeSet<(String, u32)>> = Mutex::new(BTreeSet::new());
    let place = |at: &Location<'_>| (at.file().to_owned(), at.line());
    SEEN.lock().is_ok_and(|mut seen| seen.insert(info.location().map(place).unwrap_or_default()))
}

/// Runs a target. A panic that comes out of it ends the process, which is how libFuzzer learns of it.
pub fn run(target: fn(&[u8]), bytes: &[u8]) {
    if catch_unwind(|| target(bytes)).is_err() {
        LAST.with_borrow(|last| eprintln!("the target panicked: {last}"));
        abort();
    }
}
