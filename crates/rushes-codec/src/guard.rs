//! A fence around decoders that others wrote.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// A decoder panicked and is in no state to go on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panicked;

/// Runs a decoder on data of strangers and turns a panic into a value.
///
/// The decoders of this crate index by what they read. Their authors fuzz them and so do we, but neither proves that no
/// damaged file leads them out of a table, and one such file must not end a program. Whatever `run` borrowed mutably
/// must be dropped by the caller: that is what makes it sound to assert unwind safety, since the decoders have no global
/// state and share none.
pub(crate) fn guard<T>(run: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Panicked)
}
