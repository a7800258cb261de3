//! Tables that stay in memory as they are in the file: a table of a million entries costs its bytes and nothing else,
//! and is not touched where nobody looks.

use std::marker::PhantomData;
use std::ops::Range;

use rushes_core::{Buffer, Error, Result};

use super::boxes::{BoxReader, Entry};
use super::movie::Payload;

/// Entries of `N` bytes.
#[derive(Clone, Debug)]
pub(super) struct Stored<E, const N: usize> {
    bytes: Buffer,
    entry: PhantomData<E>,
}

impl<E, const N: usize> Default for Stored<E, N> {
    fn default() -> Self {
        Self { bytes: Buffer::default(), entry: PhantomData }
    }
}

impl<E: Entry<N>, const N: usize> Stored<E, N> {
    /// The entries of a box that holds nothing but their number and themselves.
    pub(super) fn parse(leaf: &Payload) -> Result<Self> {
        let mut r = leaf.reader();
        r.read_version()?;
        let count = r.u32()?;
        let range = r.table_range(count, N)?;
        Ok(Self { bytes: slice(leaf, range)?, entry: PhantomData })
    }

    /// Entries that are not in the file.
    pub(super) fn from_entries(entries: impl IntoIterator<Item = E>) -> Self {
        let bytes: Vec<u8> = entries.into_iter().flat_map(|entry| entry.write()).collect();
        Self { bytes: Buffer::from(bytes), entry: PhantomData }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len() / N
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn get(&self, index: usize) -> Option<E> {
        let (entries, _) = self.bytes.as_chunks::<N>();
        entries.get(index).map(|entry| E::read(*entry))
    }

    pub(super) fn last(&self) -> Option<E> {
        self.get(self.len().checked_sub(1)?)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = E> + ExactSizeIterator {
        let (entries, _) = self.bytes.as_chunks::<N>();
        entries.iter().map(|entry| E::read(*entry))
    }

    /// The number of entries in front of the first for which `is_before` is false.
    pub(super) fn partition_point(&self, is_before: impl Fn(E) -> bool) -> usize {
        let (entries, _) = self.bytes.as_chunks::<N>();
        entries.partition_point(|entry| is_before(E::read(*entry)))
    }
}

/// Sizes of samples, of 4, 8, 16 or 32 bits each: `stsz` and `stz2` (ISO/IEC 14496-12, 8.7.3).
#[derive(Clone, Debug)]
pub(super) struct StoredSizes {
    bytes: Buffer,
    bits: u8,
    count: usize,
}

impl StoredSizes {
    pub(super) const fn len(&self) -> usize {
        self.count
    }

    pub(super) fn get(&self, index: usize) -> Option<u32> {
        if index >= self.count {
            return None;
        }
        size_at(&self.bytes, self.bits, index)
    }

    /// Sum of the sizes of a range of samples.
    pub(super) fn sum(&self, range: Range<usize>) -> u64 {
        let bytes = &*self.bytes;
        if self.bits == 32 {
            let (sizes, _) = bytes.as_chunks::<4>();
            let sizes = sizes.get(range).unwrap_or_default();
            return sizes.iter().map(|size| u64::from(u32::from_be_bytes(*size))).sum();
        }
        range.filter_map(|index| size_at(bytes, self.bits, index)).map(u64::from).sum()
    }
}

fn size_at(bytes: &[u8], bits: u8, index: usize) -> Option<u32> {
    match bits {
        32 => bytes.as_chunks().0.get(index).map(|size| u32::from_be_bytes(*size)),
        16 => bytes.as_chunks().0.get(index).map(|size| u32::from(u16::from_be_bytes(*size))),
        8 => bytes.get(index).map(|size| u32::from(*size)),
        _ => {
            let pair = *bytes.get(index / 2)?;
            Some(u32::from(if index.is_multiple_of(2) { pair >> 4 } else { pair & 15 }))
        }
    }
}

/// What the size boxes say.
#[derive(Clone, Debug)]
pub(super) enum SizeTable {
    /// `count` samples of `size` bytes: no byte of the box stands behind the count.
    Fixed {
        size: u32,
        count: u32,
    },
    Each(StoredSizes),
}

impl SizeTable {
    /// Reads `stsz`.
    pub(super) fn parse(leaf: &Payload) -> Result<Self> {
        let mut r = leaf.reader();
        r.read_version()?;
        let (size, count) = (r.u32()?, r.u32()?);
        if size > 0 {
            return Ok(Self::Fixed { size, count });
        }
        Self::each(leaf, &mut r, 32, count)
    }

    /// Reads `stz2`.
    pub(super) fn parse_compact(leaf: &Payload) -> Result<Self> {
        let mut r = leaf.reader();
        r.read_version()?;
        let [.., bits] = r.u32()?.to_be_bytes();
        if !matches!(bits, 4 | 8 | 16) {
            return Err(r.error(format!("sample sizes of {bits} bits; 4, 8 or 16 exist")));
        }
        let count = r.u32()?;
        Self::each(leaf, &mut r, bits, count)
    }

    fn each(leaf: &Payload, r: &mut BoxReader<'_>, bits: u8, count: u32) -> Result<Self> {
        let range = match bits {
            4 => r.table_range(count.div_ceil(2), 1)?,
            bits => r.table_range(count, usize::from(bits / 8))?,
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Self::Each(StoredSizes { bytes: slice(leaf, range)?, bits, count }))
    }
}

fn slice(leaf: &Payload, range: Range<usize>) -> Result<Buffer> {
    leaf.data.slice(range).ok_or_else(|| Error::malformed("a table beyond its box"))
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// Sizes of 32 bits.
    pub(in crate::mp4) fn sizes(sizes: &[u32]) -> SizeTable {
        let bytes: Vec<u8> = sizes.iter().flat_map(|size| size.to_be_bytes()).collect();
        let (bytes, count) = (Buffer::from(bytes), sizes.len());
        SizeTable::Each(StoredSizes { bytes, bits: 32, count })
    }
}

#[cfg(test)]
mod tests {
    use super::super::boxes::{BoxWriter, FullBox, Stsz, Stts, SttsEntry};
    use super::*;

    fn leaf(value: &impl FullBox) -> Payload {
        let mut w = BoxWriter::new();
        w.full(value);
        Payload { data: Buffer::from(&w.into_bytes()[8..]), offset: 0 }
    }

    #[test]
    fn entries_are_those_of_the_box() {
        let entries: Vec<_> = (1..5).map(|count| SttsEntry { count, delta: 7 * count }).collect();
        let stored = Stored::<SttsEntry, 8>::parse(&leaf(&Stts { entries: entries.clone() }));
        let stored = stored.expect("whole");
        assert_eq!(stored.iter().collect::<Vec<_>>(), entries);
        assert_eq!((stored.get(2), stored.last()), (Some(entries[2]), Some(entries[3])));
        assert_eq!(stored.partition_point(|entry| entry.count < 3), 2);
        assert_eq!(stored.get(4), None);
    }

    #[test]
    fn sizes_of_all_widths() {
        let check = |leaf: &Payload, table: Result<SizeTable>, expected: &[u32]| {
            let Ok(SizeTable::Each(sizes)) = table else { panic!("{leaf:?}") };
            let found: Vec<_> = (0..=sizes.len()).map_while(|index| sizes.get(index)).collect();
            assert_eq!(found, expected);
            assert_eq!(sizes.sum(1..3), u64::from(expected[1] + expected[2]));
        };
        let compact: [(u8, &[u8]); 3] =
            [(4, &[0x1f, 0x30]), (8, &[1, 15, 3]), (16, &[0, 1, 0, 15, 0, 3])];
        for (bits, sizes) in compact {
            let payload = [&[0, 0, 0, 0, 0, 0, 0, bits, 0, 0, 0, 3][..], sizes].concat();
            let stz2 = |payload: &[u8]| Payload { data: Buffer::from(payload), offset: 0 };
            let whole = stz2(&payload);
            check(&whole, SizeTable::parse_compact(&whole), &[1, 15, 3]);
            let cut = stz2(&payload[..payload.len() - 1]);
            SizeTable::parse_compact(&cut).expect_err("cut");
        }
        let five =
            Payload { data: Buffer::from(&[0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 0][..]), offset: 0 };
        SizeTable::parse_compact(&five).expect_err("5 bits");
        let stsz = leaf(&Stsz::Each(vec![1, 1 << 20, 3]));
        check(&stsz, SizeTable::parse(&stsz), &[1, 1 << 20, 3]);
    }
}
