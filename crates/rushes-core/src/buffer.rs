//! Bytes that are shared, sliced and passed on without a copy.

use std::ops::{Deref, Range};
use std::sync::Arc;

/// Immutable bytes, cheap to clone and to slice. Whatever owns the bytes (a `Vec`, a decoder's picture, a memory map)
/// lives as long as the last view of them.
#[derive(Clone)]
pub struct Buffer {
    owner: Arc<dyn AsRef<[u8]> + Send + Sync>,
    range: Range<usize>,
}

impl Buffer {
    /// Takes over whatever owns bytes. The owner must give the same slice each time.
    pub fn from_owner(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        let range = 0..owner.as_ref().len();
        Self { owner: Arc::new(owner), range }
    }

    /// A view of a part of these bytes; `None` if it lies outside.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.range.len() {
            return None;
        }
        let range = self.range.start + range.start..self.range.start + range.end;
        Some(Self { owner: Arc::clone(&self.owner), range })
    }
}

impl Deref for Buffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // An owner that breaks its word and shrinks gives no bytes rather than a panic.
        (*self.owner).as_ref().get(self.range.clone()).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::from_owner(<[u8; 0]>::default())
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from_owner(bytes)
    }
}

impl From<&[u8]> for Buffer {
    fn from(bytes: &[u8]) -> Self {
        Self::from_owner(bytes.to_vec())
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Buffer {}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_share_and_stay_inside() {
        let buffer = Buffer::from(vec![0, 1, 2, 3, 4]);
        let middle = buffer.slice(1..4).expect("inside");
        assert_eq!(&*middle, [1, 2, 3]);
        assert_eq!(&*middle.slice(1..3).expect("inside"), [2, 3]);
        assert!(middle.slice(0..4).is_none());
        #[expect(clippy::reversed_empty_ranges, reason = "the point of the check")]
        let reversed = middle.slice(2..1);
        assert!(reversed.is_none());
    }
}
