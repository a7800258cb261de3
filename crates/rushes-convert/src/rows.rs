//! Rows of samples between memory and `u16` values.

use crate::plane::{Component, Layout};

/// Reads as many samples as `out` takes; what the row lacks stays as it was. Bits beyond the depth are dropped.
#[inline(always)]
pub(crate) fn load(row: &[u8], layout: &Layout, component: Component, out: &mut [u16]) {
    let row = row.get(component.offset..).unwrap_or_default();
    match (layout.bytes, component.step) {
        (1, 1) => copy(out, row.iter().map(|value| u16::from(*value))),
        (1, 2) => copy(out, row.chunks(2).map(|pixel| u16::from(pixel[0]))),
        (1, 3) => copy(out, row.chunks(3).map(|pixel| u16::from(pixel[0]))),
        (1, step) => copy(out, row.chunks(step).map(|pixel| u16::from(pixel[0]))),
        (_, step) => {
            let (align, max) = (layout.align, layout.max());
            match step {
                2 => copy(out, row.chunks_exact(2).map(|pixel| (word(pixel) >> align) & max)),
                _ => copy(out, row.chunks(step).map(|pixel| (word(pixel) >> align) & max)),
            }
        }
    }
}

/// Reads three components that lie beside one another in pixels of `N` bytes, at these places.
#[inline(always)]
pub(crate) fn load_pixels<const N: usize>(row: &[u8], places: [usize; 3], out: &mut [Vec<u16>; 3]) {
    let [first, second, third] = out;
    let [a, b, c] = places.map(|place| place.min(N - 1));
    let samples = first.iter_mut().zip(second).zip(third);
    for (pixel, ((first, second), third)) in row.as_chunks::<N>().0.iter().zip(samples) {
        (*first, *second, *third) = (pixel[a].into(), pixel[b].into(), pixel[c].into());
    }
}

/// Writes samples, each of which fits the layout's depth.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "samples of one byte are below 256")]
pub(crate) fn store(samples: &[u16], layout: &Layout, component: Component, row: &mut [u8]) {
    let row = row.get_mut(component.offset..).unwrap_or_default();
    match (layout.bytes, component.step) {
        (1, 1) => row.iter_mut().zip(samples).for_each(|(out, value)| *out = *value as u8),
        (1, 3) => row.chunks_mut(3).zip(samples).for_each(|(out, value)| out[0] = *value as u8),
        (1, step) => {
            row.chunks_mut(step).zip(samples).for_each(|(out, value)| out[0] = *value as u8)
        }
        (_, step) => {
            for (out, value) in row.chunks_mut(step).zip(samples) {
                if let Some(out) = out.first_chunk_mut() {
                    *out = (value << layout.align).to_le_bytes();
                }
            }
        }
    }
}

/// Repeats each sample `1 << shift` times, until `out` is full.
#[inline(always)]
pub(crate) fn repeat<T: Copy>(samples: &[T], shift: u32, out: &mut [T]) {
    match shift {
        0 => out.iter_mut().zip(samples).for_each(|(out, value)| *out = *value),
        1 => {
            let (pairs, last) = out.as_chunks_mut::<2>();
            pairs.iter_mut().zip(samples).for_each(|(pair, value)| *pair = [*value; 2]);
            if let ([last], Some(value)) = (last, samples.get(pairs.len())) {
                *last = *value;
            }
        }
        _ => {
            for (group, value) in out.chunks_mut(1 << shift).zip(samples) {
                group.fill(*value);
            }
        }
    }
}

/// Adds the sums of `1 << shift` neighbours each; the last sample is repeated beyond the end.
#[inline(always)]
pub(crate) fn add_groups(samples: &[u16], shift: u32, sums: &mut [u32]) {
    if shift == 1 {
        let (pairs, rest) = samples.as_chunks::<2>();
        for (sum, [left, right]) in sums.iter_mut().zip(pairs) {
            *sum += u32::from(*left) + u32::from(*right);
        }
        if let ([last], Some(sum)) = (rest, sums.get_mut(pairs.len())) {
            *sum += 2 * u32::from(*last);
        }
        return;
    }
    let size = 1_usize << shift;
    for (sum, group) in sums.iter_mut().zip(samples.chunks(size)) {
        let last = group.last().copied().map_or(0, u32::from);
        let missing = u32::try_from(size - group.len()).unwrap_or_default();
        *sum += group.iter().copied().map(u32::from).sum::<u32>() + last * missing;
    }
}

#[inline(always)]
fn copy(out: &mut [u16], samples: impl Iterator<Item = u16>) {
    out.iter_mut().zip(samples).for_each(|(out, sample)| *out = sample);
}

#[inline(always)]
fn word(bytes: &[u8]) -> u16 {
    bytes.first_chunk().map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use rushes_core::PixelFormat;

    use super::*;

    #[test]
    fn what_is_stored_is_loaded() {
        for format in PixelFormat::ALL {
            let layout = Layout::of(format).expect("a layout");
            for component in layout.components() {
                let width = component.width(5);
                let samples: Vec<u16> =
                    (0_u16..).map(|i| i * 37 % layout.max()).take(width).collect();
                let mut row = vec![0; format.planes()[component.plane].row_bytes(5)];
                store(&samples, &layout, *component, &mut row);
                let mut loaded = vec![0; width];
                load(&row, &layout, *component, &mut loaded);
                assert_eq!(loaded, samples, "{format} {component:?}");
            }
        }
    }

    #[test]
    fn groups_at_the_edge_repeat_the_last_sample() {
        let mut sums = [0; 2];
        add_groups(&[1, 2, 3], 1, &mut sums);
        assert_eq!(sums, [3, 6]);
        let mut row = [0; 5];
        repeat(&[1, 2, 3], 1, &mut row);
        assert_eq!(row, [1, 1, 2, 2, 3]);
    }
}
