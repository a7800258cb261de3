//! From which picture on a stream that is entered in the middle can be shown: ITU-T H.265, 8.1.3 and D.3.8.

/// Follows the stream to its first random access picture or recovery point. What comes before it would show what
/// missing pictures left in the buffer, and is not decoded.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    /// Something was found where decoding can start.
    entered: bool,
    /// A random access picture was decoded: everything from there on is right.
    right: bool,
    /// The order count from which on a recovery point promised pictures to be right.
    from: Option<i32>,
}

impl Recovery {
    /// True once something was found where decoding can start.
    pub(crate) const fn is_entered(&self) -> bool {
        self.entered
    }

    /// True where pictures are right, and stay so unless one is broken.
    pub(crate) const fn is_right(&self) -> bool {
        self.right
    }

    /// A picture is begun, at which decoding can start if nothing was found before.
    pub(crate) fn enter(&mut self) {
        self.entered = true;
    }

    /// A picture could not be decoded: if it was the entry, another one is needed.
    pub(crate) fn fail(&mut self) {
        self.entered = self.right || self.from.is_some();
    }

    /// Says whether a picture of this order count is right, whatever came before the entry.
    pub(crate) fn decode(&mut self, order: i32, random_access: bool, point: Option<i32>) -> bool {
        self.right |= random_access;
        if let Some(count) = point {
            self.from.get_or_insert(order.saturating_add(count));
        }
        self.right || self.from.is_some_and(|from| order >= from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_counts_once_it_is_decoded() {
        let mut recovery = Recovery::default();
        assert!(!recovery.is_entered());
        recovery.enter();
        recovery.fail();
        assert!(!recovery.is_entered(), "nothing came of it");
        recovery.enter();
        assert!(recovery.decode(0, true, None));
        recovery.fail();
        assert!(recovery.is_entered() && recovery.decode(-3, false, None));
    }

    #[test]
    fn a_slow_recovery_point_promises_later_pictures() {
        let mut recovery = Recovery::default();
        let right = |(order, point)| recovery.decode(order, false, point);
        let pictures = [(10, Some(4)), (14, None), (12, None), (13, Some(4)), (15, None)];
        assert_eq!(pictures.map(right), [false, true, false, false, true]);
    }
}
