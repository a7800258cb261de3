//! Parameter sets of one kind, by number.

use std::collections::BTreeMap;

/// All sets seen so far, the last one of each number. The numbers are bytes, so that memory is bounded.
#[derive(Clone, Debug)]
pub(crate) struct Sets<T>(BTreeMap<u8, Stored<T>>);

#[derive(Clone, Debug)]
struct Stored<T> {
    set: T,
    nal: Vec<u8>,
}

impl<T> Sets<T> {
    /// Stores a set with its NAL unit; says whether it is news.
    pub(crate) fn insert(&mut self, id: u8, set: T, nal: &[u8]) -> bool {
        if self.0.get(&id).is_some_and(|stored| stored.nal == nal) {
            return false;
        }
        self.0.insert(id, Stored { set, nal: nal.to_vec() });
        true
    }

    pub(crate) fn get(&self, id: u8) -> Option<&T> {
        self.0.get(&id).map(|stored| &stored.set)
    }

    /// The NAL unit of a set.
    pub(crate) fn nal(&self, id: u8) -> Option<&[u8]> {
        self.0.get(&id).map(|stored| &*stored.nal)
    }

    /// All NAL units, by number.
    pub(crate) fn nals(&self) -> impl Iterator<Item = &[u8]> {
        self.0.values().map(|stored| &*stored.nal)
    }
}

impl<T> Default for Sets<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_set_of_a_number_counts() {
        let mut sets = Sets::default();
        assert!(sets.insert(1, 'a', &[1]));
        assert!(sets.insert(0, 'b', &[2]));
        assert!(!sets.insert(1, 'c', &[1]));
        assert_eq!((sets.get(1), sets.get(2)), (Some(&'a'), None));
        assert!(sets.insert(1, 'd', &[3]));
        assert_eq!(sets.get(1), Some(&'d'));
        assert!(sets.nals().eq([&[2], &[3]]));
        assert_eq!((sets.nal(1), sets.nal(2)), (Some(&[3][..]), None));
    }
}
