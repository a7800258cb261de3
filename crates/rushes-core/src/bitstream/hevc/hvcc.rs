//! The decoder configuration record that MP4 and Matroska store: ISO/IEC 14496-15, 8.3.3.1.

use crate::{Error, Result};

use super::nal::Nal;
use super::sps::Sps;
use crate::bitstream::nal::{AnnexB, Framing};

/// How packets are framed, and the parameter sets that they may leave out.
#[derive(Debug)]
pub struct Configuration<'a> {
    pub framing: Framing,
    /// Parameter sets and messages, in the order of the record.
    pub nals: Vec<Nal<'a>>,
}

/// Bytes of the record before the size of the lengths: version, profile, level, formats and rates.
const HEAD: usize = 21;

impl<'a> Configuration<'a> {
    /// Reads the private data of a track; empty data mean Annex B with all parameter sets in the packets.
    pub fn parse(private: &'a [u8]) -> Result<Self> {
        match private {
            [] => Ok(Self { framing: Framing::AnnexB, nals: Vec::new() }),
            // Not a record, but what AVI and some Matroska files hold: parameter sets behind start codes.
            [0, 0, 1, ..] | [0, 0, 0, 1, ..] => Ok(Self {
                framing: Framing::AnnexB,
                nals: AnnexB::new(private).filter_map(Nal::new).collect(),
            }),
            // Version 0 is what was written before the standard was finished; nothing else is different.
            [0 | 1, ..] => Self::record(private)
                .ok_or_else(|| Error::malformed("the record ends early").within("hvcC")),
            [version, ..] => {
                Err(Error::malformed(format!("version {version} is not known")).within("hvcC"))
            }
        }
    }

    fn record(private: &'a [u8]) -> Option<Self> {
        let [sizes, arrays, rest @ ..] = private.get(HEAD..)? else { return None };
        let mut nals = Vec::new();
        let mut rest = rest;
        for _ in 0..*arrays {
            // What the array holds; the headers of its units say the same.
            let (_, array) = rest.split_first()?;
            let (count, mut units) = array.split_first_chunk()?;
            for _ in 0..u16::from_be_bytes(*count) {
                let (length, unit) = units.split_first_chunk()?;
                let (unit, others) = unit.split_at_checked(u16::from_be_bytes(*length).into())?;
                nals.extend(Nal::new(unit));
                units = others;
            }
            rest = units;
        }
        Some(Self { framing: Framing::Lengths(1 + (sizes & 3)), nals })
    }
}

/// The record of a stream with these parameter sets, and lengths of four bytes. Sets may come in packets as well.
///
/// # Errors
/// [`Error::Malformed`] where there is no sequence parameter set, or more sets or larger ones than a record can hold.
pub fn write(video: &[&[u8]], sequence: &[&[u8]], picture: &[&[u8]]) -> Result<Vec<u8>> {
    let first = sequence.first().and_then(|set| Nal::new(set));
    let first = first.ok_or_else(|| Error::malformed("there is no sequence parameter set"))?;
    let sps = Sps::parse(&first.payload()).map_err(|error| error.within("sps"))?;
    let mut record = vec![1];
    record.extend(sps.profile);
    // No restriction of segments is known, nor a way of decoding in parallel.
    record.extend([0xf0, 0, 0xfc]);
    // The depths are at least 8; the record has no number for 16.
    record.extend([
        0xfc | sps.chroma.code(),
        0xf8 | (sps.luma_depth - 8) & 7,
        0xf8 | (sps.chroma_depth - 8) & 7,
    ]);
    // The frame rate is not said.
    record.extend([0, 0, sps.sub_layers << 3 | u8::from(sps.nested) << 2 | 3]);
    let arrays = [(32_u8, video), (33, sequence), (34, picture)];
    record.push(arrays.iter().map(|(_, sets)| u8::from(!sets.is_empty())).sum());
    for (kind, sets) in arrays.into_iter().filter(|(_, sets)| !sets.is_empty()) {
        let count = u16::try_from(sets.len());
        let count = count.map_err(|_| Error::malformed("there are too many parameter sets"))?;
        record.push(kind);
        record.extend(count.to_be_bytes());
        for set in sets {
            let length = u16::try_from(set.len());
            let length = length.map_err(|_| Error::malformed("a parameter set is too large"))?;
            record.extend(length.to_be_bytes());
            record.extend_from_slice(set);
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(sizes: u8) -> Vec<u8> {
        let mut record = vec![1; HEAD];
        record.extend([sizes, 2]);
        record.extend([0xa0, 0, 1, 0, 3, 0x40, 1, 7]);
        record.extend([0xa2, 0, 2, 0, 2, 0x44, 1, 0, 3, 0x44, 1, 9]);
        record
    }

    #[test]
    fn a_record_reads_and_each_cut_is_an_error() {
        for (sizes, length) in [(0xfc, 1), (0xfd, 2), (0xfe, 3), (0xff, 4)] {
            let record = record(sizes);
            let read = Configuration::parse(&record).expect("valid");
            assert_eq!(read.framing, Framing::Lengths(length));
            let nals: Vec<_> = read.nals.iter().map(|nal| nal.bytes()).collect();
            assert_eq!(nals, [&[0x40, 1, 7][..], &[0x44, 1], &[0x44, 1, 9]]);
        }
        let record = record(0xff);
        for length in 1..record.len() {
            assert!(Configuration::parse(&record[..length]).is_err(), "{length}");
        }
        assert!(Configuration::parse(&[2; 40]).is_err());
    }

    #[test]
    fn no_record_means_start_codes() {
        let read = Configuration::parse(&[]).expect("valid");
        assert_eq!((read.framing, read.nals.len()), (Framing::AnnexB, 0));
        let read = Configuration::parse(&[0, 0, 0, 1, 0x42, 1, 1, 0, 0, 1, 0x44, 1]);
        let read = read.expect("valid");
        assert_eq!((read.framing, read.nals.len()), (Framing::AnnexB, 2));
    }

    #[test]
    fn what_is_written_reads() {
        // x265, Main 10: 320x180, two pictures of reordering.
        let video: &[u8] = &[0x40, 1, 0x0c, 1];
        let sequence: &[u8] = &[
            0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00,
            0x00, 0x03, 0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x6d, 0x96, 0x56, 0x69, 0x24,
            0xca, 0xf0, 0x16, 0xa1, 0x22, 0x01, 0x3c, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00,
            0x00, 0x03, 0x03, 0x21,
        ];
        let picture: &[u8] = &[0x44, 1, 0xc1];
        let record = write(&[video], &[sequence], &[picture]).expect("valid");
        let general = [1, 2, 0x20, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 0x3c];
        assert_eq!(record[..13], general);
        assert_eq!(record[13..23], [0xf0, 0, 0xfc, 0xfd, 0xfa, 0xfa, 0, 0, 0x0f, 3]);
        let read = Configuration::parse(&record).expect("valid");
        assert_eq!(read.framing, Framing::Lengths(4));
        let nals: Vec<_> = read.nals.iter().map(|nal| nal.bytes()).collect();
        assert_eq!(nals, [video, sequence, picture]);
        assert!(write(&[video], &[], &[picture]).is_err());
        assert!(write(&[], &[sequence], &[&[0x44; 70_000]]).is_err());
    }
}
