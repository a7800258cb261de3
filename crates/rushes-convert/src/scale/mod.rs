//! Another size, component by component: filtered from top to bottom and from left to right, row by row as the target
//! needs them.

mod down;
mod filter;
mod floats;
mod group;
mod lanes;
mod memory;
mod table;
mod wide;
mod words;

use std::ops::Range;
use std::sync::Arc;

use rushes_core::ChromaLocation;

use self::filter::{Axis, Filter};
use self::group::{Group, Sample};
use self::words::{Bytes, MIDDLE, Middle, Scale, Signed};
use crate::plane::{Component, Layout, Model, Source, Target, row_mut};
use crate::video::ScaleKernel;
use rushes_simd::Level;

/// A change of size, planned once.
#[derive(Clone, Debug)]
pub(crate) struct Scaler {
    from: Layout,
    to: Layout,
    level: Level,
    groups: Groups,
}

/// The arithmetic: of 16-bit samples, for depths that leave room for a sign and overshoot, or of floats.
#[derive(Clone, Debug)]
enum Groups {
    Words(Vec<Group<i16>>),
    Floats(Vec<Group<f32>>),
}

/// A change of size between layouts of the same model and depth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub(crate) from: (Layout, (usize, usize)),
    pub(crate) to: (Layout, (usize, usize)),
    /// Where chroma lies, in both.
    pub(crate) location: ChromaLocation,
    /// Colours of RGB are weighed by alpha.
    pub(crate) premultiply: bool,
}

impl Scaler {
    /// Plans a change of size.
    pub(crate) fn new(kernel: ScaleKernel, sizes: &Sizes, level: Level) -> Self {
        let (from, to) = (sizes.from.0, sizes.to.0);
        let groups = if from.depth > 12 {
            Groups::Floats(groups(kernel, sizes, level))
        } else {
            Groups::Words(groups(kernel, sizes, level))
        };
        Self { from, to, level, groups }
    }

    /// Begins a picture.
    pub(crate) fn restart(&mut self) {
        match &mut self.groups {
            Groups::Words(groups) => groups.iter_mut().for_each(Group::restart),
            Groups::Floats(groups) => groups.iter_mut().for_each(Group::restart),
        }
    }

    /// Scales these rows of a picture; those of the planes of the target begin with the first of them. Rows are of luma;
    /// the first one has chroma. They come from top to bottom.
    pub(crate) fn run(&mut self, source: &Source<'_>, target: &mut Target<'_>, rows: Range<usize>) {
        let Self { from, to, level, groups } = self;
        match groups {
            Groups::Words(groups) => {
                for group in groups {
                    each_row(group, &rows, |group, y, row| {
                        group.advance(*level, source, from, y);
                        write_words(group, *level, to, target, row);
                    });
                }
            }
            Groups::Floats(groups) => {
                for group in groups {
                    each_row(group, &rows, |group, y, row| {
                        group.advance(*level, source, from, y);
                        write_floats(group, *level, to, target, row);
                    });
                }
            }
        }
    }
}

impl Scaler {
    /// Scales these rows of a picture to components of the full size, which `sink` gets row by row, three of them: of
    /// gray the same one. They come from top to bottom.
    pub(crate) fn rows(
        &mut self,
        source: &Source<'_>,
        rows: Range<usize>,
        mut sink: impl FnMut(usize, Rows<'_>),
    ) {
        let Self { from, level, groups, .. } = self;
        for y in rows {
            match groups {
                Groups::Words(groups) => {
                    for group in &mut *groups {
                        group.advance(*level, source, from, y);
                        words_of_channels(group, *level);
                    }
                    sink(y, Rows::Words(first_three(groups)));
                }
                Groups::Floats(groups) => {
                    for group in &mut *groups {
                        group.advance(*level, source, from, y);
                        floats_of_channels(group, *level);
                    }
                    sink(y, Rows::Floats(first_three(groups)));
                }
            }
        }
    }

    /// What a sample of the full depth is multiplied by in [`Rows`].
    pub(crate) fn unit(&self) -> f64 {
        match self.groups {
            Groups::Words(_) => f64::from(1_u32 << (MIDDLE - self.from.depth)),
            Groups::Floats(_) => 1.0,
        }
    }
}

/// A row each of three components, before they are rounded to their depth.
pub(crate) enum Rows<'a> {
    Words([&'a [i16]; 3]),
    Floats([&'a [f32]; 3]),
}

fn first_three<T: Sample>(groups: &[Group<T>]) -> [&[T]; 3] {
    let mut channels = groups.iter().flat_map(|group| &group.channels);
    let mut row: &[T] = &[];
    [(); 3].map(|()| {
        row = channels.next().map_or(row, |channel| &channel.samples);
        row
    })
}

/// The rows of a group, and their places in the target.
fn each_row<T: Sample>(
    group: &mut Group<T>,
    rows: &Range<usize>,
    mut work: impl FnMut(&mut Group<T>, usize, usize),
) {
    let Some(to) = group.channels.first().map(|channel| channel.to) else { return };
    let (first, end) = (rows.start >> to.shift_y, to.height(rows.end));
    for y in first..end {
        work(group, y, y - first);
    }
}

fn write_words(
    group: &mut Group<i16>,
    level: Level,
    to: &Layout,
    target: &mut Target<'_>,
    row: usize,
) {
    if to.bytes > 1 {
        for index in 0..group.channels.len() {
            let mut samples = std::mem::take(&mut group.channels[index].samples);
            group.last(index).write::<Signed>(level, Scale::to_depth(to.depth), &mut samples);
            let component = group.channels[index].to;
            let row = row_mut(&mut target[component.plane], row);
            memory::store_words(level, &samples, i16::cast_unsigned, to, component, row);
            group.channels[index].samples = samples;
        }
        return;
    }
    if group.premultiplied {
        words_of_channels(group, level);
        if let [red, green, blue, alpha] = group.channels.as_mut_slice() {
            memory::divide_bytes(
                level,
                [&red.samples, &green.samples, &blue.samples],
                &alpha.samples,
                [&mut red.bytes, &mut green.bytes, &mut blue.bytes],
                &mut alpha.bytes,
            );
        }
    }
    for index in 0..group.channels.len() {
        let component = group.channels[index].to;
        if group.premultiplied {
            break;
        }
        if component.step == 1 {
            let row = row_mut(&mut target[component.plane], row);
            let width = group.channels[index].width.min(row.len());
            group.last(index).write::<Bytes>(level, Scale::to_depth(to.depth), &mut row[..width]);
            continue;
        }
        let mut bytes = std::mem::take(&mut group.channels[index].bytes);
        group.last(index).write::<Bytes>(level, Scale::to_depth(to.depth), &mut bytes);
        group.channels[index].bytes = bytes;
    }
    let mut rows = group.channels.iter().map(|channel| (channel.to, channel.bytes.as_slice()));
    let count = group.channels.len();
    let mut list: [(Component, &[u8]); 4] = [(group.channels[0].to, &[]); 4];
    list.iter_mut().zip(&mut rows).for_each(|(place, row)| *place = row);
    let list = &list[..count];
    if list.iter().all(|(component, _)| component.plane == list[0].0.plane) {
        if list[0].0.step > 1 || group.premultiplied {
            memory::store_bytes(level, list, row_mut(&mut target[list[0].0.plane], row));
        }
        return;
    }
    for (component, samples) in list {
        if component.step > 1 || group.premultiplied {
            let row = row_mut(&mut target[component.plane], row);
            memory::store_bytes(level, &[(*component, samples)], row);
        }
    }
}

fn write_floats(
    group: &mut Group<f32>,
    level: Level,
    to: &Layout,
    target: &mut Target<'_>,
    row: usize,
) {
    floats_of_channels(group, level);
    let max = f32::from(to.max());
    for channel in &group.channels {
        let row = row_mut(&mut target[channel.to.plane], row);
        let word = move |sample| memory::to_word(sample, max);
        memory::store_words(level, &channel.samples, word, to, channel.to, row);
    }
}

/// The last pass of all channels, into their samples.
fn words_of_channels(group: &mut Group<i16>, level: Level) {
    for index in 0..group.channels.len() {
        let mut samples = std::mem::take(&mut group.channels[index].samples);
        group.last(index).write::<Middle>(level, Scale::to_middle(MIDDLE), &mut samples);
        group.channels[index].samples = samples;
    }
}

/// The last pass of all channels, into their samples; colours are not premultiplied any more.
fn floats_of_channels(group: &mut Group<f32>, level: Level) {
    for index in 0..group.channels.len() {
        let mut samples = std::mem::take(&mut group.channels[index].samples);
        group.last(index).write(level, &mut samples);
        group.channels[index].samples = samples;
    }
    if group.premultiplied
        && let Some((alpha, colors)) = group.channels.split_last_mut()
    {
        for color in colors {
            memory::divide(level, &mut color.samples, &alpha.samples);
        }
    }
}

/// The components of each plane that are scaled alike.
fn groups<T: Sample>(kernel: ScaleKernel, sizes: &Sizes, level: Level) -> Vec<Group<T>> {
    let ((from, from_size), (to, to_size)) = (sizes.from, sizes.to);
    let location = sizes.location;
    let premultiplied = sizes.premultiply && from.alpha && from.model == Model::Rgb;
    let mut pairs: Vec<_> =
        from.components().iter().copied().zip(to.components().iter().copied()).collect();
    let mut groups = Vec::new();
    while let Some((source, target)) = pairs.first().copied() {
        let across = (
            horizontal_axis(source, from_size.0, location),
            horizontal_axis(target, to_size.0, location),
        );
        let down = (
            vertical_axis(source, from_size.1, location),
            vertical_axis(target, to_size.1, location),
        );
        let alike = |(a, b): &(Component, Component)| {
            (a.plane == source.plane || premultiplied)
                && horizontal_axis(*a, from_size.0, location) == across.0
                && horizontal_axis(*b, to_size.0, location) == across.1
                && vertical_axis(*a, from_size.1, location) == down.0
                && vertical_axis(*b, to_size.1, location) == down.1
        };
        let (members, rest) = pairs.into_iter().partition(alike);
        pairs = rest;
        let members: Vec<_> = members;
        let horizontal = Filter::new(kernel, across.0, across.1, T::MULTIPLES.0);
        let vertical = Filter::new(kernel, down.0, down.1, T::MULTIPLES.1);
        let bits = if premultiplied { MIDDLE } else { from.depth };
        let across = Arc::new(T::plan(horizontal, level));
        let rows = (source.height(from_size.1), bits, from.bytes);
        let widths = (from_size.0, to_size.0);
        groups.push(Group::new(&members, widths, &across, vertical, rows, premultiplied));
    }
    groups
}

/// Where the samples of a component lie from left to right: beside the left column unless said otherwise (H.273, 8.7).
fn horizontal_axis(component: Component, pixels: usize, location: ChromaLocation) -> Axis {
    let step = f64::from(1_u32 << component.shift_x);
    let first = if location == ChromaLocation::Center { step / 2.0 } else { 0.5 };
    Axis { samples: component.width(pixels), pixels, step, first }
}

/// Where they lie from top to bottom: between rows unless said otherwise.
fn vertical_axis(component: Component, pixels: usize, location: ChromaLocation) -> Axis {
    let step = f64::from(1_u32 << component.shift_y);
    let first = if location == ChromaLocation::TopLeft { 0.5 } else { step / 2.0 };
    Axis { samples: component.height(pixels), pixels, step, first }
}
