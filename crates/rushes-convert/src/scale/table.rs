//! A horizontal filter as vectors want it: weights in the order in which they are used.
//!
//! A unit is two vectors of sums, which make one vector of samples. Blocks of four samples of the target are dealt to the
//! two in turns, as [`Lanes::narrow`](super::lanes::Lanes::narrow) takes them.

use super::filter::Filter;

/// Sums of a block: 16 bytes of 32 bits.
pub(super) const BLOCK: usize = 4;
/// Samples that a block of 16 bytes holds.
pub(super) const WORDS: usize = 8;

/// How the samples of a block of sums reach it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Gather {
    /// The samples of all four are within [`WORDS`] of one another: two for each of them are shuffled out of one window,
    /// which moves by two from pair to pair.
    Window,
    /// Each of the four has [`WORDS`] neighbours at a time, whose products are summed up at the end.
    Neighbours,
}

/// The tables of a filter, for vectors of `lanes` blocks.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) gather: Gather,
    /// Steps from the first tap to the last: of two taps, or of eight.
    pub(super) steps: usize,
    /// First sample of each block, or of each sum.
    pub(super) bases: Vec<u32>,
    /// The shuffle of each window.
    pub(super) masks: Vec<u8>,
    pub(super) weights: Vec<i16>,
}

impl Table {
    pub(super) fn new(filter: &Filter<i16>, lanes: usize) -> Self {
        let blocks = filter.starts.len().div_ceil(BLOCK).next_multiple_of(4 * lanes);
        let mut order = Vec::with_capacity(blocks);
        for unit in (0..blocks).step_by(2 * lanes) {
            order.extend((0..lanes).map(|lane| unit + 2 * lane));
            order.extend((0..lanes).map(|lane| unit + 2 * lane + 1));
        }
        if windowed(filter) {
            Self::windows(filter, &order, lanes)
        } else {
            Self::neighbours(filter, &order, lanes)
        }
    }

    fn windows(filter: &Filter<i16>, order: &[usize], lanes: usize) -> Self {
        let steps = filter.used.div_ceil(2);
        let mut table = Self::empty(Gather::Window, steps);
        for blocks in order.chunks(2 * lanes) {
            for block in blocks {
                let base = filter.starts.get(BLOCK * block).copied().unwrap_or_default();
                table.bases.push(index(base));
                for sum in 0..BLOCK {
                    let start = filter.starts.get(BLOCK * block + sum).copied().unwrap_or(base);
                    let byte = u8::try_from(2 * (start - base)).unwrap_or_default();
                    table.masks.extend([byte, byte + 1, byte + 2, byte + 3]);
                }
            }
            for step in 0..steps {
                for block in blocks {
                    for sum in 0..BLOCK {
                        table.take(filter, BLOCK * block + sum, 2 * step, 2);
                    }
                }
            }
        }
        table
    }

    fn neighbours(filter: &Filter<i16>, order: &[usize], lanes: usize) -> Self {
        let steps = filter.used.div_ceil(WORDS);
        let mut table = Self::empty(Gather::Neighbours, steps);
        for blocks in order.chunks(lanes) {
            for sum in 0..BLOCK {
                for block in blocks {
                    let start = filter.starts.get(BLOCK * block + sum).copied();
                    table.bases.push(index(start.unwrap_or_default()));
                }
            }
            for step in 0..steps {
                for sum in 0..BLOCK {
                    for block in blocks {
                        table.take(filter, BLOCK * block + sum, WORDS * step, WORDS);
                    }
                }
            }
        }
        table
    }

    const fn empty(gather: Gather, steps: usize) -> Self {
        Self { gather, steps, bases: Vec::new(), masks: Vec::new(), weights: Vec::new() }
    }

    /// Adds `count` weights of a sample of the target, from `tap` on; zeros where there are none.
    fn take(&mut self, filter: &Filter<i16>, sample: usize, tap: usize, count: usize) {
        let (_, weights) = filter.row(sample);
        self.weights
            .extend((tap..tap + count).map(|tap| weights.get(tap).copied().unwrap_or_default()));
    }
}

/// True where the samples of each block are near one another.
fn windowed(filter: &Filter<i16>) -> bool {
    filter.starts.chunks(BLOCK).all(|starts| {
        let first = starts.first().copied().unwrap_or_default();
        starts.iter().all(|start| (first..=first + WORDS - 2).contains(start))
    })
}

fn index(sample: usize) -> u32 {
    u32::try_from(sample).unwrap_or_default()
}
