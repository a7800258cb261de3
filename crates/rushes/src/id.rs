//! Keys behind the ids of outputs and inputs.

use std::sync::atomic::{AtomicU64, Ordering};

/// A key that is unique in the process, so that the id of another reader or writer finds nothing rather than something else.
pub(crate) fn next_key() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
