//! Run-length tables with checkpoints: what `stts`, `ctts` and `stsc` are made of.
//!
//! A table of a million runs is kept as it is stored, entry by entry in the bytes of the file. Every 64th run has a checkpoint with the sums up to it, so that a
//! lookup is a binary search and at most 64 steps, and the next sample is one step.

use super::boxes::Entry;
use super::stored::Stored;

/// Runs between two checkpoints.
const STRIDE: usize = 64;

/// A run of equal samples.
pub(super) trait Run {
    /// How many samples.
    fn count(&self) -> u64;

    /// What each of them adds to the sum.
    fn step(&self) -> i64;

    /// What all of them add to the sum.
    fn total(&self) -> i64 {
        product(self.count(), self.step())
    }
}

/// Where runs come from.
pub(super) trait RunTable {
    type Run: Run;

    /// Number of runs.
    fn len(&self) -> usize;

    /// A run; `None` behind the last.
    fn run(&self, index: usize) -> Option<Self::Run>;

    /// Calls `take` with all runs in order.
    fn each(&self, mut take: impl FnMut(Self::Run)) {
        (0..self.len()).filter_map(|index| self.run(index)).for_each(&mut take);
    }
}

impl<E: Entry<N> + Run, const N: usize> RunTable for Stored<E, N> {
    type Run = E;

    fn len(&self) -> usize {
        self.len()
    }

    fn run(&self, index: usize) -> Option<E> {
        self.get(index)
    }

    fn each(&self, take: impl FnMut(E)) {
        self.iter().for_each(take);
    }
}

/// Runs with checkpoints.
#[derive(Clone, Debug, Default)]
pub(super) struct Runs<T> {
    table: T,
    checkpoints: Vec<Start>,
    end: Start,
}

/// Where a run starts: at which sample, and at which sum.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Start {
    sample: u64,
    sum: i64,
}

/// Remembers the last lookup, so that the next one nearby is one step.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RunCursor {
    run: usize,
    start: Start,
}

/// What a lookup finds.
#[derive(Debug)]
pub(super) struct Found<R> {
    pub(super) run: R,
    /// Number of the sample within the run.
    pub(super) within: u64,
    /// Sum of the steps of all runs before.
    pub(super) run_sum: i64,
    /// Sum of the steps of all samples before.
    pub(super) sum: i64,
}

impl<T: RunTable> Runs<T> {
    pub(super) fn new(table: T) -> Self {
        let mut checkpoints = Vec::with_capacity(table.len().div_ceil(STRIDE));
        let mut start = Start::default();
        let mut left = 0;
        table.each(|run| {
            if left == 0 {
                checkpoints.push(start);
                left = STRIDE;
            }
            left -= 1;
            start = start.after(&run);
        });
        Self { table, checkpoints, end: start }
    }

    /// Number of samples of all runs.
    pub(super) const fn samples(&self) -> u64 {
        self.end.sample
    }

    /// Sum of the steps of all samples.
    pub(super) const fn sum(&self) -> i64 {
        self.end.sum
    }

    pub(super) const fn table(&self) -> &T {
        &self.table
    }

    /// The run of a sample; `None` behind the last.
    pub(super) fn find(&self, sample: u64, cursor: &mut RunCursor) -> Option<Found<T::Run>> {
        if sample >= self.end.sample {
            return None;
        }
        let near = cursor.start.sample <= sample
            && (cursor.run..cursor.run.saturating_add(2))
                .filter_map(|index| self.table.run(index))
                .map(|run| run.count())
                .try_fold(cursor.start.sample, u64::checked_add)
                .is_some_and(|end| sample < end);
        if !near {
            let checkpoint =
                self.checkpoints.partition_point(|start| start.sample <= sample).checked_sub(1)?;
            *cursor = RunCursor { run: checkpoint * STRIDE, start: self.checkpoints[checkpoint] };
        }
        loop {
            let run = self.table.run(cursor.run)?;
            let within = sample - cursor.start.sample;
            let run_sum = cursor.start.sum;
            if within < run.count() {
                let sum = run_sum.saturating_add(product(within, run.step()));
                return Some(Found { run, within, run_sum, sum });
            }
            cursor.start = cursor.start.after(&run);
            cursor.run += 1;
        }
    }

    /// The last sample whose sum (of all steps before it) is at most `sum`, for tables whose steps are not negative;
    /// `None` if there are no samples, or the sum is negative.
    pub(super) fn last_at_or_before(&self, sum: i64) -> Option<u64> {
        if self.end.sample == 0 || sum < 0 {
            return None;
        }
        let checkpoint =
            self.checkpoints.partition_point(|start| start.sum <= sum).checked_sub(1)?;
        let mut start = self.checkpoints[checkpoint];
        let mut found = start.sample.saturating_sub(1);
        let runs = (checkpoint * STRIDE..).map_while(|index| self.table.run(index));
        for run in runs {
            if start.sum > sum {
                break;
            }
            if run.count() > 0 {
                let room = sum.abs_diff(start.sum);
                let steps = room.checked_div(run.step().unsigned_abs()).unwrap_or(u64::MAX);
                found = start.sample + steps.min(run.count() - 1);
            }
            start = start.after(&run);
        }
        Some(found)
    }
}

impl Start {
    fn after(self, run: &impl Run) -> Self {
        Self {
            sample: self.sample.saturating_add(run.count()),
            sum: self.sum.saturating_add(run.total()),
        }
    }
}

fn product(count: u64, step: i64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    struct Pair(u64, i64);

    impl RunTable for Vec<Pair> {
        type Run = Pair;

        fn len(&self) -> usize {
            self.len()
        }

        fn run(&self, index: usize) -> Option<Pair> {
            self.get(index).copied()
        }
    }

    impl Run for Pair {
        fn count(&self) -> u64 {
            self.0
        }

        fn step(&self) -> i64 {
            self.1
        }
    }

    #[test]
    fn lookups_agree_with_the_expanded_table() {
        let runs: Vec<Pair> =
            (0..1000_u32).map(|i| Pair(u64::from(i % 5), i64::from(i % 3) + 1)).collect();
        let mut expanded = Vec::new();
        let mut sum = 0;
        for Pair(count, step) in &runs {
            for _ in 0..*count {
                expanded.push((sum, *step));
                sum += step;
            }
        }
        let table = Runs::new(runs);
        assert_eq!((table.samples(), table.sum()), (expanded.len() as u64, sum));
        // Forwards, backwards and by leaps, with one cursor.
        let mut cursor = RunCursor::default();
        let forwards = 0..expanded.len();
        let leaps = (0..expanded.len()).map(|i| i * 7919 % expanded.len());
        for index in forwards.clone().chain(forwards.rev()).chain(leaps) {
            let found = table.find(index as u64, &mut cursor).expect("inside");
            assert_eq!((found.sum, found.run.step()), expanded[index]);
        }
        assert!(table.find(expanded.len() as u64, &mut cursor).is_none());
        for sum in 0..=sum + 10 {
            let expected = expanded.iter().rposition(|(start, _)| *start <= sum);
            assert_eq!(table.last_at_or_before(sum), expected.map(|index| index as u64), "{sum}");
        }
        assert_eq!(table.last_at_or_before(-1), None);
    }

    #[test]
    fn huge_counts_stay_symbolic() {
        let table = Runs::new(vec![Pair(u64::MAX, i64::MAX), Pair(u64::MAX, 1)]);
        let found = table.find(1 << 60, &mut RunCursor::default()).expect("inside");
        assert_eq!(found.sum, i64::MAX);
        assert_eq!(table.last_at_or_before(5), Some(0));
    }
}
