//! The packet table, which stays as it is stored: with the place of every so manieth packet noted, any is found fast.

use rushes_core::{Buffer, Error, Result};

use super::header::Description;

/// Packets between two places that are noted.
const STRIDE: u64 = 256;
/// Bytes in front of the entries.
const HEAD: usize = 24;

/// The chunk `pakt`.
#[derive(Clone, Debug)]
pub(super) struct PacketTable {
    entries: Buffer,
    packet_bytes: u64,
    packet_samples: u64,
    /// Packets that have an entry each.
    pub(super) count: u64,
    /// Samples that the encoder added in front, and behind.
    pub(super) priming: u32,
    pub(super) remainder: u32,
    places: Vec<Place>,
    /// Where the last packet ends.
    pub(super) end: Place,
}

/// A packet, or the end.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Place {
    pub(super) number: u64,
    /// Offset of its entry in the table.
    entry: usize,
    /// Bytes of sound and samples in front of it.
    pub(super) offset: u64,
    pub(super) elapsed: u64,
}

/// One packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) bytes: u64,
    pub(super) samples: u64,
}

impl PacketTable {
    /// Reads the payload of the chunk. A table that ends early has the packets that are there.
    pub(super) fn read(bytes: Buffer, description: &Description) -> Result<Self> {
        let short = || Error::malformed(format!("{} bytes are too few", bytes.len()));
        let head: &[u8; HEAD] = bytes.first_chunk().ok_or_else(short)?;
        let word = |at: usize| {
            let bytes = head.get(at..).and_then(<[u8]>::first_chunk);
            bytes.map_or(0, |bytes| u32::from_be_bytes(*bytes))
        };
        let count = u64::from(word(0)) << 32 | u64::from(word(4));
        let mut table = Self {
            packet_bytes: description.packet_bytes.into(),
            packet_samples: description.packet_samples.into(),
            count,
            // Negative numbers say nothing.
            priming: i32::try_from(word(16)).map_or(0, i32::unsigned_abs),
            remainder: i32::try_from(word(20)).map_or(0, i32::unsigned_abs),
            places: Vec::new(),
            end: Place::default(),
            entries: bytes,
        };
        if !description.varies() {
            return Ok(table);
        }
        let mut place = Place { entry: HEAD, ..Place::default() };
        // Each entry takes a byte at least, so that the bytes bound their number.
        while place.number < count {
            if place.number.is_multiple_of(STRIDE) {
                table.places.push(place);
            }
            if table.step(&mut place).is_none() {
                break;
            }
        }
        (table.count, table.end) = (place.number, place);
        Ok(table)
    }

    /// The first packet.
    pub(super) fn first(&self) -> Place {
        self.places.first().copied().unwrap_or_default()
    }

    /// Goes over a packet; `None` at the end.
    pub(super) fn step(&self, place: &mut Place) -> Option<Entry> {
        if place.number >= self.count {
            return None;
        }
        let mut rest = self.entries.get(place.entry..)?;
        let mut field = |fixed: u64| if fixed == 0 { number(&mut rest) } else { Some(fixed) };
        let entry =
            Entry { bytes: field(self.packet_bytes)?, samples: field(self.packet_samples)? };
        *place = Place {
            number: place.number + 1,
            entry: self.entries.len() - rest.len(),
            offset: place.offset.checked_add(entry.bytes)?,
            elapsed: place.elapsed.checked_add(entry.samples)?,
        };
        Some(entry)
    }

    /// The last packet that starts at or before a sample.
    pub(super) fn find(&self, sample: u64) -> Place {
        let behind = self.places.partition_point(|place| place.elapsed <= sample);
        let mut found = self.places.get(behind.saturating_sub(1)).copied().unwrap_or_default();
        let mut next = found;
        while self.step(&mut next).is_some() && next.elapsed <= sample && next.number < self.count {
            found = next;
        }
        found
    }
}

/// A number in bytes of seven bits, the top bit of all but the last of which is set.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value = value.checked_mul(128)? | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(packet_bytes: u32, packet_samples: u32) -> Description {
        Description {
            sample_rate: 44_100,
            format: *b"aac ",
            flags: 0,
            packet_bytes,
            packet_samples,
            channels: 2,
            bits: 0,
        }
    }

    fn table(count: u64, entries: &[u8], packet_samples: u32) -> PacketTable {
        let mut bytes = count.to_be_bytes().to_vec();
        bytes.extend(5000_u64.to_be_bytes());
        bytes.extend(2112_u32.to_be_bytes());
        bytes.extend(300_u32.to_be_bytes());
        bytes.extend(entries);
        PacketTable::read(bytes.into(), &description(0, packet_samples)).expect("whole")
    }

    #[test]
    fn entries_have_one_or_two_numbers() {
        let sizes = table(3, &[0x81, 0x00, 0x05, 0xff, 0x7f], 1024);
        assert_eq!((sizes.count, sizes.priming, sizes.remainder), (3, 2112, 300));
        let mut place = sizes.first();
        let mut entries = Vec::new();
        while let Some(entry) = sizes.step(&mut place) {
            entries.push((entry.bytes, entry.samples));
        }
        assert_eq!(entries, [(128, 1024), (5, 1024), (16_383, 1024)]);
        assert_eq!(place, sizes.end);
        let both = table(2, &[9, 0x84, 0x00, 7, 1], 0);
        assert_eq!((both.end.offset, both.end.elapsed), (16, 513));
    }

    #[test]
    fn counts_are_bound_by_the_bytes() {
        let short = table(u64::MAX, &[1, 2, 3, 0x80], 1024);
        assert_eq!((short.count, short.end.offset), (3, 6));
        let long = table(2, &[0xff; 20], 1024);
        assert_eq!(long.count, 0);
        assert!(PacketTable::read(vec![0; 23].into(), &description(0, 1024)).is_err());
    }

    #[test]
    fn packets_are_found_by_time() {
        let table = table(1000, &[7; 1000], 1024);
        for number in [0, 1, 255, 256, 257, 511, 512, 999] {
            for extra in [0, 1023] {
                let place = table.find(number * 1024 + extra);
                assert_eq!((place.number, place.offset), (number, number * 7));
            }
        }
        assert_eq!(table.find(u64::MAX).number, 999);
    }
}
