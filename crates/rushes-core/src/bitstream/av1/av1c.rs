//! The configuration record that MP4, Matroska and others store: AV1 Codec ISO Media File Format Binding 1.2.0, 2.3.

use super::{Kind, Obu, Obus, Sequence};
use crate::{Error, Result};

/// Bytes in front of the units.
const HEAD: usize = 4;

/// The record of a stream with this sequence header OBU.
///
/// # Errors
/// [`Error::Malformed`] where the unit is no sequence header.
pub fn write(header: &Obu<'_>) -> Result<Vec<u8>> {
    let sequence = Sequence::parse(header.payload)?;
    let flag = |set: bool, bit: u32| u8::from(set) << bit;
    let (x, y) = sequence.subsampled;
    let mut record = vec![
        0x81,
        sequence.profile << 5 | sequence.level & 31,
        flag(sequence.tier, 7)
            | flag(sequence.depth > 8, 6)
            | flag(sequence.depth > 10, 5)
            | flag(sequence.monochrome, 4)
            | flag(x, 3)
            | flag(y, 2)
            | sequence.chroma_position & 3,
        0,
    ];
    header.put_sized(&mut record);
    Ok(record)
}

/// The units of a record: a sequence header, and metadata for the whole stream.
///
/// # Errors
/// [`Error::Malformed`] where this is no record.
pub fn units(record: &[u8]) -> Result<&[u8]> {
    match record {
        [0x81, ..] if record.len() >= HEAD => Ok(&record[HEAD..]),
        [first, ..] if record.len() >= HEAD => {
            Err(Error::malformed(format!("{first:#04x} starts no record")).within("av1C"))
        }
        _ => Err(Error::malformed("the record ends early").within("av1C")),
    }
}

/// What the sequence header of a record says; `None` where it has none.
///
/// # Errors
/// [`Error::Malformed`] where this is no record, or the header is broken.
pub fn sequence(record: &[u8]) -> Result<Option<Sequence>> {
    for obu in Obus::new(units(record)?) {
        let obu = obu.map_err(|error| error.within("av1C"))?;
        if obu.kind == Kind::SequenceHeader {
            return Sequence::parse(obu.payload).map(Some).map_err(|error| error.within("av1C"));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::super::sequence::tests::SMALL;
    use super::*;

    #[test]
    fn what_is_written_reads() {
        let header = [&[0x0a, 11][..], &SMALL].concat();
        let record = write(&Obu::read(&header).expect("valid")).expect("valid");
        assert_eq!(record, [&[0x81, 0, 0x0c, 0][..], &header].concat());
        assert_eq!(units(&record).expect("valid"), header);
        let read = sequence(&record).expect("valid").expect("a header");
        assert_eq!((read.width, read.height), (300, 300));
        assert_eq!(sequence(&record[..4]).expect("a short record"), None);
        for length in [0, 1, 3, 5, 9] {
            assert!(sequence(&record[..length]).is_err(), "{length}");
        }
        assert!(units(&[1, 0, 0, 0]).is_err());
    }
}
