//! The tables of a track, put together and looked up in any order.

use super::*;
use crate::mp4::stored::testing::sizes;

fn run(first_chunk: u32, samples: u32, description: u32) -> StscEntry {
    StscEntry { first_chunk, samples, description }
}

fn tables(stts: &[(u32, u32)], stsc: &[StscEntry], sizes: SizeTable, offsets: &[u32]) -> Tables {
    let entries = stts.iter().map(|(count, delta)| SttsEntry { count: *count, delta: *delta });
    Tables {
        stts: Stored::from_entries(entries),
        stsc: Stored::from_entries(stsc.iter().copied()),
        sizes: Some(sizes),
        offsets: Some(ChunkOffsets::Short(Stored::from_entries(offsets.iter().copied()))),
        ..Tables::default()
    }
}

fn offsets(entries: &[(u32, i32)]) -> Stored<CttsEntry, 8> {
    let entries =
        entries.iter().map(|(count, offset)| CttsEntry { count: *count, offset: *offset });
    Stored::from_entries(entries)
}

/// Time, offset, position, size and key flag of all samples; the same in any order of lookups.
fn all(table: &SampleTable) -> Vec<(i64, i64, u64, u32, bool)> {
    let mut cursor = SampleCursor::default();
    let read = |index, cursor: &mut SampleCursor| {
        let sample = table.sample(index, cursor).expect("inside");
        (sample.dts, sample.offset, sample.position, sample.size, sample.key)
    };
    let forwards: Vec<_> = (0..table.len()).map(|index| read(index, &mut cursor)).collect();
    let mut backwards: Vec<_> =
        (0..table.len()).rev().map(|index| read(index, &mut cursor)).collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
    assert!(table.sample(table.len(), &mut cursor).is_none());
    forwards
}

#[test]
fn tables_are_put_together() {
    let stsc = [run(1, 2, 1), run(2, 1, 2)];
    let mut tables = tables(&[(1, 10), (9, 20)], &stsc, sizes(&[1, 2, 3, 4]), &[100, 200, 300]);
    tables.ctts = offsets(&[(2, 5), (9, 7)]);
    tables.stss = Some(Stored::from_entries([3, 1]));
    let table = SampleTable::new(tables, false, None, None).expect("sound");
    let expected = [
        (0, 5, 100, 1, true),
        (10, 5, 101, 2, false),
        (30, 7, 200, 3, true),
        (50, 7, 300, 4, false),
    ];
    assert_eq!(all(&table), expected);
    assert_eq!((table.end(), table.offset_range(), table.dts_shift()), (70, (0, 7), 0));
    assert_eq!(table.sample(2, &mut SampleCursor::default()).map(|s| s.description), Some(2));
    let decoded: Vec<_> = [-1, 0, 9, 10, 49, 1000].map(|time| table.last_decoded_by(time)).to_vec();
    assert_eq!(decoded, [None, Some(0), Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!([1, 2].map(|index| table.key_at_or_before(index)), [Some(0), Some(2)]);
    assert_eq!([1, 3].map(|index| table.key_at_or_after(index)), [Some(2), None]);
}

#[test]
fn sums_of_sizes_cross_checkpoints() {
    let each: Vec<u32> = (0..5000).map(|index| index % 7 + 1).collect();
    let tables = tables(&[(5000, 1)], &[run(1, 5000, 1)], sizes(&each), &[10]);
    let table = SampleTable::new(tables, false, None, None).expect("sound");
    let mut position = 10;
    for (index, size) in each.iter().enumerate() {
        let sample = table.sample(index as u64, &mut SampleCursor::default()).expect("inside");
        assert_eq!((sample.position, sample.size), (position, *size));
        position += u64::from(*size);
    }
}

#[test]
fn samples_behind_the_times_last_as_long_as_the_last() {
    let tables = tables(&[(1, 10)], &[run(1, 9, 1)], SizeTable::Fixed { size: 1, count: 3 }, &[0]);
    let table = SampleTable::new(tables, false, None, None).expect("sound");
    let times: Vec<_> = all(&table).iter().map(|sample| sample.0).collect();
    assert_eq!(times, [0, 10, 20]);
    assert_eq!(table.last_decoded_by(19), Some(1));
}

#[test]
fn uncompressed_sound_is_grouped() {
    let sizes = SizeTable::Fixed { size: 1, count: 5000 };
    let stsc = [run(1, 2500, 1), run(2, 1000, 1)];
    let grouping = Grouping { samples_per_frame: 1, bytes_per_frame: 4 };
    let tables = tables(&[(5000, 1)], &stsc, sizes, &[100, 20_000]);
    let table = SampleTable::new(tables, true, Some(grouping), None).expect("sound");
    let expected = [
        (0, 0, 100, 4096, true),
        (1024, 0, 4196, 4096, true),
        (2048, 0, 8292, 4 * 452, true),
        (2500, 0, 20_000, 4000, true),
    ];
    assert_eq!(all(&table), expected);
    assert_eq!(table.last_decoded_by(2499), Some(2));
    assert_eq!(table.last_decoded_by(2500), Some(3));
    assert_eq!(table.end(), 3500);
}

#[test]
fn negative_steps_and_offsets() {
    let mut tables =
        tables(&[(2, 10), (1, u32::MAX - 9), (2, 30)], &[run(1, 9, 1)], sizes(&[1; 5]), &[0]);
    tables.ctts = offsets(&[(1, 0), (1, -20), (1, 5), (1, 5), (1, 5)]);
    let table = SampleTable::new(tables, false, None, None).expect("sound");
    assert_eq!(table.dts_shift(), 20);
    let times: Vec<_> = all(&table).iter().map(|sample| sample.0).collect();
    // The step of -10 counts as 1, and the two steps behind it give back 11 together.
    assert_eq!(times, [0, 10, 20, 21, 46]);
}
