//! ISO/IEC 14496-12, 8.8.7.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

const BASE_DATA_OFFSET: u32 = 0x1;
const DESCRIPTION: u32 = 0x2;
const DURATION: u32 = 0x8;
const SIZE: u32 = 0x10;
const FLAGS: u32 = 0x20;
const DURATION_IS_EMPTY: u32 = 0x1_0000;
const BASE_IS_MOOF: u32 = 0x2_0000;

/// Track fragment header box: what holds for the samples of one track in one fragment.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tfhd {
    pub(crate) track_id: u32,
    /// Offset in the file to which data offsets are added.
    pub(crate) base_data_offset: Option<u64>,
    pub(crate) description: Option<u32>,
    pub(crate) duration: Option<u32>,
    pub(crate) size: Option<u32>,
    pub(crate) sample_flags: Option<u32>,
    /// Nothing of the track is shown in this fragment.
    pub(crate) duration_is_empty: bool,
    /// Data offsets are added to the start of the `moof` box.
    pub(crate) base_is_moof: bool,
}

impl FullBox for Tfhd {
    const KIND: FourCc = FourCc(*b"tfhd");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let flags = r.flags();
        let track_id = r.u32()?;
        let base_data_offset = if flags & BASE_DATA_OFFSET == 0 { None } else { Some(r.u64()?) };
        let mut field = |flag| if flags & flag == 0 { Ok(None) } else { r.u32().map(Some) };
        Ok(Self {
            track_id,
            base_data_offset,
            description: field(DESCRIPTION)?,
            duration: field(DURATION)?,
            size: field(SIZE)?,
            sample_flags: field(FLAGS)?,
            duration_is_empty: flags & DURATION_IS_EMPTY != 0,
            base_is_moof: flags & BASE_IS_MOOF != 0,
        })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.track_id);
        self.base_data_offset.iter().for_each(|offset| w.u64(*offset));
        let fields = [self.description, self.duration, self.size, self.sample_flags];
        fields.iter().flatten().for_each(|field| w.u32(*field));
    }

    fn flags(&self) -> u32 {
        let flags = [
            (BASE_DATA_OFFSET, self.base_data_offset.is_some()),
            (DESCRIPTION, self.description.is_some()),
            (DURATION, self.duration.is_some()),
            (SIZE, self.size.is_some()),
            (FLAGS, self.sample_flags.is_some()),
            (DURATION_IS_EMPTY, self.duration_is_empty),
            (BASE_IS_MOOF, self.base_is_moof),
        ];
        flags.iter().filter(|(_, set)| *set).map(|(flag, _)| flag).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let sparse = Tfhd { track_id: 1, base_is_moof: true, ..Tfhd::default() };
        check_full_exact(b"\0\x02\0\0\0\0\0\x01", &sparse);
        let full = Tfhd {
            track_id: 1,
            base_data_offset: Some(0x1_0000_0000),
            description: Some(2),
            duration: Some(3),
            size: Some(4),
            sample_flags: Some(5),
            duration_is_empty: true,
            base_is_moof: false,
        };
        let payload = b"\0\x01\0\x3b\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\x03\
            \0\0\0\x04\0\0\0\x05";
        check_full_exact(payload, &full);
    }
}
