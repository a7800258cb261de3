//! The decoder configuration record that MP4 and Matroska store: ISO/IEC 14496-15, 8.3.3.1.

use crate::{Error, Result};

use super::nal::Nal;
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
}
