//! ISO/IEC 14496-12, 8.8.10.

use rushes_core::Result;

use super::{BoxReader, BoxWriter, FourCc, FullBox};

/// Track fragment random access box: at which fragments decoding of a track can start. Written with 64 bits for times
/// and offsets, and 32 for the numbers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tfra {
    pub(crate) track_id: u32,
    pub(crate) entries: Vec<TfraEntry>,
}

/// A sample at which decoding can start.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct TfraEntry {
    /// Presentation time, in ticks of the media header.
    pub(crate) time: u64,
    /// Where the fragment starts.
    pub(crate) moof: u64,
    /// Number of the part of the fragment that belongs to the track, from one.
    pub(crate) traf: u32,
    /// Number of the run, from one.
    pub(crate) trun: u32,
    /// Number of the sample in the run, from one.
    pub(crate) sample: u32,
}

impl FullBox for Tfra {
    const KIND: FourCc = FourCc(*b"tfra");

    fn read(r: &mut BoxReader<'_>) -> Result<Self> {
        let track_id = r.u32()?;
        let lengths = r.u32()?;
        let count = r.u32()?;
        let mut entries = Vec::new();
        for _ in 0..count {
            let (time, moof) = (r.versioned()?, r.versioned()?);
            let mut number = |shift: u32| -> Result<u32> {
                let mut value = 0;
                for _ in 0..=(lengths >> shift & 3) {
                    value = value << 8 | u32::from(r.u8()?);
                }
                Ok(value)
            };
            let (traf, trun, sample) = (number(4)?, number(2)?, number(0)?);
            entries.push(TfraEntry { time, moof, traf, trun, sample });
        }
        Ok(Self { track_id, entries })
    }

    fn write(&self, w: &mut BoxWriter) {
        w.u32(self.track_id);
        // Four bytes for each of the three numbers.
        w.u32(0x3f);
        w.u32(u32::try_from(self.entries.len()).unwrap_or(u32::MAX));
        for entry in &self.entries {
            w.u64(entry.time);
            w.u64(entry.moof);
            [entry.traf, entry.trun, entry.sample].iter().for_each(|number| w.u32(*number));
        }
    }

    fn version(&self) -> u8 {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::check_full_exact;
    use super::*;

    #[test]
    fn round_trip() {
        let entry = TfraEntry { time: 1, moof: 2, traf: 3, trun: 4, sample: 5 };
        let tfra = Tfra { track_id: 9, entries: vec![entry] };
        let payload = b"\x01\0\0\0\0\0\0\x09\0\0\0\x3f\0\0\0\x01\0\0\0\0\0\0\0\x01\
            \0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05";
        check_full_exact(payload, &tfra);
    }

    #[test]
    fn short_numbers_are_read() {
        let payload =
            b"\0\0\0\0\0\0\0\x09\0\0\0\x12\0\0\0\x01\0\0\0\x01\0\0\0\x02\0\x03\x04\0\0\x05";
        let entry = TfraEntry { time: 1, moof: 2, traf: 3, trun: 4, sample: 5 };
        let read = Tfra::parse(BoxReader::new(payload, 0)).expect("whole");
        assert_eq!(read, Tfra { track_id: 9, entries: vec![entry] });
    }
}
