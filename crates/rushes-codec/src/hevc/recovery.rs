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
    /// Says whether there is a point in decoding a picture. `point` is the count of the recovery point message before
    /// it.
    pub(crate) fn enter(&mut self, random_access: bool, point: Option<i32>) -> bool {
        self.entered |= random_access || point.is_some();
        self.entered
    }

    /// True once something was found where decoding can start.
    pub(crate) const fn is_entered(&self) -> bool {
        self.entered
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
    fn nothing_before_an_entry_is_decoded() {
        let mut recovery = Recovery::default();
        assert!(!recovery.enter(false, None));
        assert!(recovery.enter(true, None));
        assert!(recovery.decode(0, true, None));
        assert!(recovery.enter(false, None));
        assert!(recovery.decode(-3, false, None));
    }

    #[test]
    fn a_slow_recovery_point_promises_later_pictures() {
        let mut recovery = Recovery::default();
        assert!(recovery.enter(false, Some(4)));
        let right = |(order, point)| recovery.decode(order, false, point);
        let pictures = [(10, Some(4)), (14, None), (12, None), (13, Some(4)), (15, None)];
        assert_eq!(pictures.map(right), [false, true, false, false, true]);
    }
}
