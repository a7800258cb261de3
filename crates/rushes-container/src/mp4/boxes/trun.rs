//! ISO/IEC 14496-12, 8.8.8.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

const DATA_OFFSET: u32 = 0x1;
const FIRST_FLAGS: u32 = 0x4;
const DURATION: u32 = 0x100;
const SIZE: u32 = 0x200;
const FLAGS: u32 = 0x400;
const OFFSET: u32 = 0x800;

/// Track run box: samples that lie one behind the other.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Trun {
    /// From the base of the fragment to the first sample.
    pub(crate) data_offset: Option<i32>,
    /// Flags of the first sample, in place of its own.
    pub(crate) first_flags: Option<u32>,
    /// Which fields each sample has.
    pub(crate) fields: TrunFields,
    /// Number of samples. Without fields no byte of the box stands behind it.
    pub(crate) count: u32,
    /// The fields of all samples, one sample behind the other.
    pub(crate) values: Vec<u32>,
}

/// Fields that each sample of a run has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct TrunFields {
    pub(crate) duration: bool,
    pub(crate) size: bool,
    pub(crate) flags: bool,
    pub(crate) offset: bool,
}

/// One sample of a run; `None` where the fragment's defaults hold.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct TrunSample {
    pub(crate) duration: Option<u32>,
    pub(crate) size: Option<u32>,
    pub(crate) flags: Option<u32>,
    /// Presentation time minus decoding time. Signed in both versions, as in `ctts`.
    pub(crate) offset: Option<i32>,
}

impl TrunFields {
    /// Number of fields per sample.
    fn count(self) -> usize {
        [self.duration, self.size, self.flags, self.offset].iter().filter(|set| **set).count()
    }
}

impl Trun {
    /// A sample of the run; `None` behind the last.
    pub(crate) fn sample(&self, index: u32) -> Option<TrunSample> {
        if index >= self.count {
            return None;
        }
        let stride = self.fields.count();
        let start = usize::try_from(index).ok()?.checked_mul(stride)?;
        let mut values = self.values.get(start..)?.iter().copied();
        let mut field = |set: bool| if set { values.next() } else { None };
        let (duration, size) = (field(self.fields.duration), field(self.fields.size));
        let flags = field(self.fields.flags);
        let flags = if index == 0 { self.first_flags.or(flags) } else { flags };
        let offset = field(self.fields.offset).map(u32::cast_signed);
        Some(TrunSample { duration, size, flags, offset })
    }
}

impl FullBox for Trun {
    const KIND: FourCc = FourCc(*b"trun");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let flags = r.flags();
        let count = r.u32()?;
        let data_offset = if flags & DATA_OFFSET == 0 { None } else { Some(r.i32()?) };
        let first_flags = if flags & FIRST_FLAGS == 0 { None } else { Some(r.u32()?) };
        let fields = TrunFields {
            duration: flags & DURATION != 0,
            size: flags & SIZE != 0,
            flags: flags & FLAGS != 0,
            offset: flags & OFFSET != 0,
        };
        let per_sample = u32::try_from(fields.count()).unwrap_or(4);
        let Some(words) = count.checked_mul(per_sample) else {
            return Err(r.error(format!("a run of {count} samples")));
        };
        let values = r.entries(words, u32::from_be_bytes)?;
        Ok(Self { data_offset, first_flags, fields, count, values })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.count);
        self.data_offset.iter().for_each(|offset| w.i32(*offset));
        self.first_flags.iter().for_each(|flags| w.u32(*flags));
        self.values.iter().for_each(|value| w.u32(*value));
    }

    fn version(&self) -> u8 {
        let negative = |sample: TrunSample| sample.offset.is_some_and(|offset| offset < 0);
        let samples = if self.fields.offset { self.count } else { 0 };
        u8::from((0..samples).filter_map(|index| self.sample(index)).any(negative))
    }

    fn flags(&self) -> u32 {
        let flags = [
            (DATA_OFFSET, self.data_offset.is_some()),
            (FIRST_FLAGS, self.first_flags.is_some()),
            (DURATION, self.fields.duration),
            (SIZE, self.fields.size),
            (FLAGS, self.fields.flags),
            (OFFSET, self.fields.offset),
        ];
        flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check_full_exact, check_huge_count};
    use super::*;

    #[test]
    fn round_trip() {
        let trun = Trun {
            data_offset: Some(-8),
            first_flags: Some(7),
            fields: TrunFields { size: true, offset: true, ..TrunFields::default() },
            count: 2,
            values: vec![1, 2, 3, u32::MAX],
        };
        let payload = b"\x01\0\x0a\x05\0\0\0\x02\xff\xff\xff\xf8\0\0\0\x07\
            \0\0\0\x01\0\0\0\x02\0\0\0\x03\xff\xff\xff\xff";
        check_full_exact(payload, &trun);
        check_huge_count::<Trun>(payload, 4);
        let second = TrunSample { size: Some(3), offset: Some(-1), ..TrunSample::default() };
        assert_eq!(trun.sample(1), Some(second));
        assert_eq!(trun.sample(0).and_then(|first| first.flags), Some(7));
        assert_eq!(trun.sample(2), None);
    }

    #[test]
    fn a_run_without_fields_stays_symbolic() {
        let trun = Trun { count: u32::MAX, ..Trun::default() };
        check_full_exact(b"\0\0\0\0\xff\xff\xff\xff", &trun);
        assert_eq!(trun.sample(u32::MAX - 1), Some(TrunSample::default()));
    }
}
