//! ISO/IEC 14496-12, 8.6.6.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Edit list box.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Elst {
    pub(crate) entries: Vec<ElstEntry>,
}

/// One edit.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ElstEntry {
    /// Length in ticks of the movie header.
    pub(crate) duration: u64,
    /// Where it starts in the media, in ticks of the media header; -1 for an empty edit.
    pub(crate) media_time: i64,
    /// Speed, fixed point 16.16; zero holds a picture.
    pub(crate) rate: i32,
}

impl FullBox for Elst {
    const KIND: FourCc = FourCc(*b"elst");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let entries = match r.version() {
            1 => r.table(ElstEntry::read_v1)?,
            _ => r.table(ElstEntry::read_v0)?,
        };
        Ok(Self { entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        if self.version() == 1 {
            w.table(&self.entries, ElstEntry::write_v1);
        } else {
            w.table(&self.entries, ElstEntry::write_v0);
        }
    }

    fn version(&self) -> u8 {
        let fits = |entry: &ElstEntry| {
            u32::try_from(entry.duration).is_ok() && i32::try_from(entry.media_time).is_ok()
        };
        u8::from(!self.entries.iter().all(fits))
    }
}

impl ElstEntry {
    fn read_v0([a, b, c, d, e, f, g, h, i, j, k, l]: [u8; 12]) -> Self {
        Self {
            duration: u64::from(u32::from_be_bytes([a, b, c, d])),
            media_time: i64::from(i32::from_be_bytes([e, f, g, h])),
            rate: i32::from_be_bytes([i, j, k, l]),
        }
    }

    fn read_v1(bytes: [u8; 20]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t] = bytes;
        Self {
            duration: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
            media_time: i64::from_be_bytes([i, j, k, l, m, n, o, p]),
            rate: i32::from_be_bytes([q, r, s, t]),
        }
    }

    fn write_v0(&self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..4].copy_from_slice(&self.duration.to_be_bytes()[4..]);
        bytes[4..8].copy_from_slice(&self.media_time.to_be_bytes()[4..]);
        bytes[8..].copy_from_slice(&self.rate.to_be_bytes());
        bytes
    }

    fn write_v1(&self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&self.duration.to_be_bytes());
        bytes[8..16].copy_from_slice(&self.media_time.to_be_bytes());
        bytes[16..].copy_from_slice(&self.rate.to_be_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let check = |payload: &[u8], duration, media_time| {
            let entries = vec![ElstEntry { duration, media_time, rate: 0x1_0000 }];
            check_full_exact(payload, &Elst { entries });
            check_huge_count::<Elst>(payload, 4);
        };
        check(b"\0\0\0\0\0\0\0\x01\0\0\x03\xe8\xff\xff\xff\xff\0\x01\0\0", 1000, -1);
        check(b"\x01\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x07\0\x01\0\0", 1 << 32, 7);
    }
}
