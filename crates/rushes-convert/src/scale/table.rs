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
    /// The samples of a whole vector of sums are within two vectors of one another, or within one where not `far`: pairs
    /// are permuted out of them, and they move by two from pair to pair. For levels that permute across blocks.
    Wide { far: bool },
    /// Half a vector of neighbours for each sum, whose products are summed up at the end. For the same levels.
    Half,
    /// A vector of neighbours for each sum, whose products are summed up at the end. For the same levels.
    Each,
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
    /// Of wide levels: the samples of each vector of sums, or of each sum.
    pub(super) places: Vec<Places>,
    /// The weights of their steps.
    pub(super) lines: Vec<Line>,
}

/// The samples of a vector of sums: from where on, and which bytes from there.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Places {
    pub(super) bytes: [u8; 64],
    pub(super) base: usize,
}

/// The weights of a vector of samples, where vectors are loaded fastest.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [i16; LINE]);

/// Samples of a vector of the widest level.
pub(super) const LINE: usize = 32;

impl Table {
    /// `wide`: the level permutes across blocks.
    pub(super) fn new(filter: &Filter<i16>, lanes: usize, wide: bool) -> Self {
        if wide {
            return match span(filter, LINE / 2) {
                0..=LINE => Self::wide(filter, false),
                // As many steps as are fewer than what the others have to add up in the end.
                span if span <= 2 * LINE && matches!(filter.used, 1..=8 | 17..=20) => {
                    Self::wide(filter, true)
                }
                _ if filter.used <= LINE / 2 => Self::halves(filter),
                _ => Self::each(filter),
            };
        }
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

    /// Vectors of sums, in order.
    fn wide(filter: &Filter<i16>, far: bool) -> Self {
        const SUMS: usize = LINE / 2;
        let steps = filter.used.div_ceil(2);
        let mut table = Self::empty(Gather::Wide { far }, steps);
        let vectors = filter.starts.len().div_ceil(SUMS).next_multiple_of(4);
        for first in (0..vectors).map(|vector| vector * SUMS) {
            let base = filter.starts.get(first).copied().unwrap_or_default();
            let mut bytes = [0; 64];
            for (sum, bytes) in (first..).zip(bytes.as_chunks_mut::<4>().0) {
                let start = filter.starts.get(sum).copied().unwrap_or(base);
                let byte = u8::try_from(2 * (start - base)).unwrap_or_default();
                *bytes = [byte, byte + 1, byte + 2, byte + 3];
            }
            table.places.push(Places { bytes, base });
            for step in 0..steps {
                let mut line = Line([0; LINE]);
                for (sum, pair) in (first..).zip(line.0.as_chunks_mut::<2>().0) {
                    let weight = |tap: usize| filter.row(sum).1.get(tap).copied();
                    *pair = [2 * step, 2 * step + 1].map(|tap| weight(tap).unwrap_or_default());
                }
                table.lines.push(line);
            }
        }
        table
    }

    /// Each sum of half a vector of its own, the other half being that of the fourth one after it.
    fn halves(filter: &Filter<i16>) -> Self {
        let mut table = Self::empty(Gather::Half, 1);
        let sums = filter.starts.len().next_multiple_of(2 * LINE);
        for first in (0..sums).step_by(2 * BLOCK) {
            for sum in first..first + 2 * BLOCK {
                table.bases.push(index(filter.starts.get(sum).copied().unwrap_or_default()));
            }
            for sum in first..first + BLOCK {
                let mut line = Line([0; LINE]);
                let (low, high) = line.0.split_at_mut(LINE / 2);
                for (half, sum) in [(low, sum), (high, sum + BLOCK)] {
                    half.iter_mut().zip(filter.row(sum).1).for_each(|(place, w)| *place = *w);
                }
                table.lines.push(line);
            }
        }
        table
    }

    /// Each sum of vectors of its own.
    fn each(filter: &Filter<i16>) -> Self {
        let steps = filter.used.div_ceil(LINE);
        let mut table = Self::empty(Gather::Each, steps);
        for sum in 0..filter.starts.len().next_multiple_of(2 * LINE) {
            table.bases.push(index(filter.starts.get(sum).copied().unwrap_or_default()));
            for step in 0..steps {
                let mut line = Line([0; LINE]);
                let weights = filter.row(sum).1.get(step * LINE..).unwrap_or_default();
                line.0.iter_mut().zip(weights).for_each(|(place, weight)| *place = *weight);
                table.lines.push(line);
            }
        }
        table
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
        Self {
            gather,
            steps,
            bases: Vec::new(),
            masks: Vec::new(),
            weights: Vec::new(),
            places: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Adds `count` weights of a sample of the target, from `tap` on; zeros where there are none.
    fn take(&mut self, filter: &Filter<i16>, sample: usize, tap: usize, count: usize) {
        let (_, weights) = filter.row(sample);
        self.weights
            .extend((tap..tap + count).map(|tap| weights.get(tap).copied().unwrap_or_default()));
    }
}

/// Samples from the first of a pair to the last of another one, of `sums` that follow one another.
fn span(filter: &Filter<i16>, sums: usize) -> usize {
    let spans = filter.starts.chunks(sums).map(|starts| match starts {
        [first, .., last] => last - first + 2,
        _ => 2,
    });
    spans.max().unwrap_or_default()
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
