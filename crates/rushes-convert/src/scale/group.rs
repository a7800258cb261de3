//! Components that are scaled together: rows that come in, the ring that holds some of them, and the two passes.
//!
//! Where there are fewer rows afterwards they are filtered from top to bottom first, as that is the cheaper pass, and
//! from left to right otherwise. The ring holds as many rows as the vertical filter has taps. There is none where the
//! first pass is down and nothing comes before it: it takes samples as they lie in memory, all components of a plane at
//! once, and these are told apart afterwards, when there are fewer rows.

use std::fmt::Debug;
use std::sync::Arc;

use super::filter::{Filter, Weight};
use super::words::{self, Across, Output, PADDING, Scale};
use super::{down, floats, memory};
use crate::plane::{Component, Layout, Source};
use rushes_simd::Level;

/// A sample that filters are worked out in.
pub(super) trait Sample: Copy + Debug + Default + memory::Loaded {
    type Weight: Weight + Clone + Debug;
    /// A horizontal filter.
    type Across: Clone + Debug;
    /// What the weights of horizontal and of vertical filters are multiples of.
    const MULTIPLES: (usize, usize);

    fn plan(filter: Filter<Self::Weight>, level: Level) -> Self::Across;

    /// The passes that come first, from samples of so many bits.
    fn across(level: Level, bits: u32, filter: &Self::Across, row: &[Self], out: &mut [Self]);

    fn down<'a>(
        level: Level,
        bits: u32,
        weights: &[Self::Weight],
        row: impl Fn(usize) -> &'a [Self],
        out: &mut [Self],
    ) where
        Self: 'a;

    /// The pass down of samples as they lie in memory.
    fn down_memory<'a>(
        level: Level,
        layout: &Layout,
        weights: &[Self::Weight],
        row: impl Fn(usize) -> &'a [u8],
        out: &mut [Self],
    );
}

impl Sample for i16 {
    type Weight = Self;
    type Across = Across;
    const MULTIPLES: (usize, usize) = (1, 2);

    fn plan(filter: Filter<Self>, level: Level) -> Across {
        Across::new(filter, level)
    }

    fn across(level: Level, bits: u32, filter: &Across, row: &[Self], out: &mut [Self]) {
        filter.run::<words::Middle>(level, Scale::to_middle(bits), row, out);
    }

    fn down<'a>(
        level: Level,
        bits: u32,
        weights: &[Self],
        row: impl Fn(usize) -> &'a [Self],
        out: &mut [Self],
    ) {
        down::words::<words::Middle>(level, weights, Scale::to_middle(bits), row, out);
    }

    fn down_memory<'a>(
        level: Level,
        layout: &Layout,
        weights: &[Self],
        row: impl Fn(usize) -> &'a [u8],
        out: &mut [Self],
    ) {
        let scale = Scale::to_middle(layout.depth);
        if layout.bytes == 1 {
            down::bytes(level, weights, scale, row, out);
        } else {
            down::memory_words(level, layout, weights, scale, row, out);
        }
    }
}

impl Sample for f32 {
    type Weight = Self;
    type Across = Filter<Self>;
    const MULTIPLES: (usize, usize) = (floats::LANES, 1);

    fn plan(filter: Filter<Self>, _level: Level) -> Filter<Self> {
        filter
    }

    fn across(level: Level, _bits: u32, filter: &Filter<Self>, row: &[Self], out: &mut [Self]) {
        floats::across(level, filter, row, out);
    }

    fn down<'a>(
        level: Level,
        _bits: u32,
        weights: &[Self],
        row: impl Fn(usize) -> &'a [Self],
        out: &mut [Self],
    ) {
        floats::down(level, weights, row, out);
    }

    fn down_memory<'a>(
        level: Level,
        layout: &Layout,
        weights: &[Self],
        row: impl Fn(usize) -> &'a [u8],
        out: &mut [Self],
    ) {
        floats::down_memory(level, layout, weights, row, out);
    }
}

/// What components of one plane have in common.
#[derive(Clone, Debug)]
pub(super) struct Group<T: Sample> {
    pub(super) channels: Vec<Channel<T>>,
    /// Bits of a sample as it is filtered.
    pub(super) bits: u32,
    /// Colours are multiplied by the last channel, which is alpha.
    pub(super) premultiplied: bool,
    across_first: bool,
    /// Down first, from what is in memory, of which this is a row: of all components that lie beside one another.
    direct: Option<Vec<T>>,
    vertical: Arc<Filter<T::Weight>>,
    /// The first row that is not in the ring yet.
    next: usize,
    /// The first row that the passes of this turn take, and the row of the target.
    start: usize,
    y: usize,
}

/// A component.
#[derive(Clone, Debug)]
pub(super) struct Channel<T: Sample> {
    pub(super) from: Component,
    pub(super) to: Component,
    pub(super) width: usize,
    across: Arc<T::Across>,
    /// A row of the source.
    row: Vec<T>,
    /// Row `y` at `y` modulo their number.
    ring: Vec<Vec<T>>,
    /// What came out of the first pass, if that is down.
    between: Vec<T>,
    /// A row of the target that does not go to memory at once.
    pub(super) samples: Vec<T>,
    pub(super) bytes: Vec<u8>,
}

/// A component's last pass.
pub(super) enum Last<'a, T: Sample> {
    Across(&'a T::Across, &'a [T]),
    Down(&'a Filter<T::Weight>, &'a Channel<T>, usize, usize),
}

impl<T: Sample> Group<T> {
    /// Plans a group of these components; all have the same vertical filter.
    pub(super) fn new(
        components: &[(Component, Component)],
        (from_width, to_width): (usize, usize),
        across: &Arc<T::Across>,
        vertical: Filter<T::Weight>,
        (source_rows, bits, bytes): (usize, u32, usize),
        premultiplied: bool,
    ) -> Self {
        let across_first = vertical.starts.len() > source_rows;
        let direct = !across_first && !premultiplied;
        let channels = (components.iter())
            .map(|(from, to)| {
                let (source, width) = (from.width(from_width), to.width(to_width));
                let ring = if across_first { width } else { source + PADDING };
                Channel {
                    from: *from,
                    to: *to,
                    width,
                    across: Arc::clone(across),
                    row: if across_first {
                        vec![T::default(); source + PADDING]
                    } else {
                        Vec::new()
                    },
                    ring: if direct {
                        Vec::new()
                    } else {
                        vec![vec![T::default(); ring]; vertical.used]
                    },
                    between: if across_first {
                        Vec::new()
                    } else {
                        vec![T::default(); source + PADDING]
                    },
                    samples: vec![T::default(); width],
                    bytes: vec![0; width],
                }
            })
            .collect();
        Self {
            channels,
            bits,
            premultiplied,
            across_first,
            direct: direct.then(|| vec![T::default(); whole(components, from_width, bytes)]),
            vertical: Arc::new(vertical),
            next: 0,
            start: 0,
            y: 0,
        }
    }

    /// Forgets the rows of another picture.
    pub(super) fn restart(&mut self) {
        self.next = 0;
    }

    /// Makes the passes of row `y` of the target but for the last one. Rows come from top to bottom.
    pub(super) fn advance(&mut self, level: Level, source: &Source<'_>, layout: &Layout, y: usize) {
        let (start, used) = (self.vertical.row(y).0, self.vertical.used);
        (self.start, self.y) = (start, y);
        if self.direct.is_some() {
            return self.down_memory(level, source, layout);
        }
        for source_y in self.next.max(start)..start + used {
            self.load(level, source, layout, source_y);
        }
        self.next = start + used;
        if self.across_first {
            return;
        }
        let weights = self.vertical.row(y).1;
        for channel in &mut self.channels {
            let Channel { ring, between, .. } = channel;
            let width = between.len() - PADDING;
            let first = start % used;
            T::down(
                level,
                self.bits,
                weights,
                |index| ring_row(ring, first, index),
                &mut between[..width],
            );
        }
    }

    /// The pass down of what is in memory.
    fn down_memory(&mut self, level: Level, source: &Source<'_>, layout: &Layout) {
        let Self { channels, vertical, direct, .. } = self;
        let Some(whole) = direct else { return };
        let first = channels[0].from;
        let (start, weights) = vertical.row(self.y);
        let row = |index: usize| source.row(first.plane, start + index.min(vertical.used - 1));
        if whole.is_empty() {
            let between = &mut channels[0].between;
            let width = between.len() - PADDING;
            return T::down_memory(level, layout, weights, row, &mut between[..width]);
        }
        T::down_memory(level, layout, weights, row, whole);
        let mut places = channels.iter_mut().map(|channel| {
            let Channel { from, between, .. } = channel;
            let width = between.len() - PADDING;
            (from.offset / layout.bytes, &mut between[..width])
        });
        memory::separate(level, whole, first.step / layout.bytes, &mut places);
    }

    fn load(&mut self, level: Level, source: &Source<'_>, layout: &Layout, y: usize) {
        let slot = y % self.vertical.used;
        let across_first = self.across_first;
        {
            let (count, blank) = (self.channels.len(), self.channels[0].from);
            let mut list: [(Component, &mut [T]); 4] =
                [(blank, &mut []), (blank, &mut []), (blank, &mut []), (blank, &mut [])];
            for (place, channel) in list.iter_mut().zip(&mut self.channels) {
                let Channel { from, row, ring, .. } = channel;
                let row = if across_first { row } else { &mut ring[slot] };
                let width = row.len() - PADDING;
                *place = (*from, &mut row[..width]);
            }
            memory::load(level, source, layout, y, &mut list[..count], self.premultiplied);
        }
        if across_first {
            for channel in &mut self.channels {
                T::across(level, self.bits, &channel.across, &channel.row, &mut channel.ring[slot]);
            }
        }
    }

    /// The last pass of a channel, and where its samples may go.
    pub(super) fn last(&self, channel: usize) -> Last<'_, T> {
        let channel = &self.channels[channel];
        if self.across_first {
            Last::Down(&self.vertical, channel, self.start, self.y)
        } else {
            Last::Across(channel.across.as_ref(), &channel.between)
        }
    }
}

impl Last<'_, i16> {
    /// Writes the row, in samples of `scale`.
    pub(super) fn write<O: Output>(&self, level: Level, scale: Scale, out: &mut [O::Sample]) {
        match self {
            Self::Across(filter, row) => filter.run::<O>(level, scale, row, out),
            Self::Down(filter, channel, start, y) => {
                let first = *start % filter.used;
                let row = |index| ring_row(&channel.ring, first, index);
                down::words::<O>(level, filter.row(*y).1, scale, row, out);
            }
        }
    }
}

impl Last<'_, f32> {
    /// Writes the row.
    pub(super) fn write(&self, level: Level, out: &mut [f32]) {
        match self {
            Self::Across(filter, row) => floats::across(level, filter, row, out),
            Self::Down(filter, channel, start, y) => {
                let first = *start % filter.used;
                let row = |index| ring_row(&channel.ring, first, index);
                floats::down(level, filter.row(*y).1, row, out);
            }
        }
    }
}

/// Samples of a row in which these components of so many bytes lie beside one another; none for one by itself.
fn whole(components: &[(Component, Component)], width: usize, bytes: usize) -> usize {
    let ends = components
        .iter()
        .map(|(from, _)| ((from.width(width) - 1) * from.step + from.offset) / bytes + 1);
    match components {
        [(only, _)] if only.step == bytes => 0,
        _ => ends.max().unwrap_or_default(),
    }
}

/// The row for a weight, `first` being that of the first one; any row for those beyond the last one, which are zero.
#[inline(always)]
fn ring_row<T>(ring: &[Vec<T>], first: usize, index: usize) -> &[T] {
    let place = first + index;
    &ring[if place < ring.len() { place } else { (place - ring.len()).min(ring.len() - 1) }]
}
