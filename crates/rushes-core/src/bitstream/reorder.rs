//! From decoding order to output order: ITU-T H.264, C.4, and H.265, C.5.2, with the buffer counted in pictures that wait
//! for output.
//!
//! A picture leaves as soon as the parameter set says that none before it can come. The standards let some go even
//! earlier, where the buffer is full or a picture waits for long; that never changes the order.

/// How many pictures an output order needs to hold back.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReorderDepth {
    /// To begin with.
    pub start: usize,
    /// At most, should the pictures ask for it.
    pub limit: usize,
}

/// Holds pictures back until their turn comes.
#[derive(Debug)]
pub struct Reorder<T> {
    waiting: Vec<(i32, T)>,
    depth: usize,
    last: Option<i32>,
}

impl<T> Default for Reorder<T> {
    fn default() -> Self {
        Self { waiting: Vec::new(), depth: 0, last: None }
    }
}

impl<T> Reorder<T> {
    /// Takes the picture of this order count and gives out those whose turn has come. `restarts` tells that all earlier
    /// pictures come first, whatever their order count.
    pub fn push(
        &mut self,
        order: i32,
        picture: T,
        restarts: bool,
        depth: ReorderDepth,
        mut output: impl FnMut(T),
    ) {
        if restarts {
            self.drain(&mut output);
            self.depth = depth.start;
        }
        self.depth = self.depth.max(depth.start);
        // This picture comes too late: the stream needs more patience than it announced.
        if self.last.is_some_and(|last| order < last) {
            self.depth = (self.depth + 1).min(depth.limit);
        }
        self.waiting.push((order, picture));
        while self.waiting.len() > self.depth {
            let Some((order, picture)) = self.take_first() else { break };
            self.last = Some(order);
            output(picture);
        }
    }

    /// Gives out all pictures; the order starts anew.
    pub fn drain(&mut self, mut output: impl FnMut(T)) {
        self.last = None;
        self.waiting.sort_by_key(|(order, _)| *order);
        self.waiting.drain(..).for_each(|(_, picture)| output(picture));
    }

    /// The pictures that wait, in the order in which they would come out if none came any more.
    pub fn waiting(&self) -> Vec<&T> {
        let mut waiting: Vec<_> = self.waiting.iter().collect();
        waiting.sort_by_key(|(order, _)| *order);
        waiting.into_iter().map(|(_, picture)| picture).collect()
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    fn take_first(&mut self) -> Option<(i32, T)> {
        let (index, _) = self.waiting.iter().enumerate().min_by_key(|(_, (order, _))| *order)?;
        Some(self.waiting.remove(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(start: usize, pictures: &[(i32, bool)]) -> Vec<Vec<i32>> {
        let mut reorder = Reorder::default();
        let mut steps = Vec::new();
        for (order, restarts) in pictures {
            let mut step = Vec::new();
            let depth = ReorderDepth { start, limit: 4 };
            reorder.push(*order, *order, *restarts, depth, |picture| step.push(picture));
            steps.push(step);
        }
        let mut rest = Vec::new();
        reorder.drain(|picture| rest.push(picture));
        steps.push(rest);
        steps
    }

    #[test]
    fn pictures_leave_as_soon_as_they_may() {
        let steps = run(1, &[(0, true), (4, false), (2, false), (8, false), (6, false)]);
        assert_eq!(steps, [vec![], vec![0], vec![2], vec![4], vec![6], vec![8]]);
        assert_eq!(run(0, &[(0, true), (2, false)]), [vec![0], vec![2], vec![]]);
    }

    #[test]
    fn a_restart_sends_all_out() {
        let steps = run(2, &[(8, true), (10, false), (0, true), (2, false)]);
        assert_eq!(steps, [vec![], vec![], vec![8, 10], vec![], vec![0, 2]]);
    }

    #[test]
    fn late_pictures_raise_the_depth() {
        let steps = run(0, &[(0, true), (4, false), (2, false), (8, false), (6, false)]);
        assert_eq!(steps, [vec![0], vec![4], vec![], vec![2], vec![6], vec![8]]);
    }
}
