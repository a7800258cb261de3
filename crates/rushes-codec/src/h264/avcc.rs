//! The decoder configuration record that MP4 and Matroska store: ISO/IEC 14496-15, 5.3.3.1.

use rushes_core::{Error, Result};

use super::nal::Nal;
use crate::nal::{AnnexB, Framing};

/// How packets are framed, and the parameter sets that they leave out.
#[derive(Debug)]
pub(crate) struct Configuration<'a> {
    pub(crate) framing: Framing,
    pub(crate) sets: Vec<Nal<'a>>,
}

impl<'a> Configuration<'a> {
    /// Reads the private data of a track; empty data mean Annex B with all parameter sets in the packets.
    pub(crate) fn parse(private: &'a [u8]) -> Result<Self> {
        match private {
            [] => Ok(Self { framing: Framing::AnnexB, sets: Vec::new() }),
            // Not a record, but what AVI and some Matroska files hold: parameter sets behind start codes.
            [0, 0, 1, ..] | [0, 0, 0, 1, ..] => Ok(Self {
                framing: Framing::AnnexB,
                sets: AnnexB::new(private).filter_map(Nal::new).collect(),
            }),
            [1, _, _, _, sizes, rest @ ..] => Ok(Self {
                framing: Framing::Lengths(1 + (sizes & 3)),
                sets: parameter_sets(rest)
                    .ok_or_else(|| Error::malformed("the record ends early").within("avcC"))?,
            }),
            [1, ..] => Err(Error::malformed("the record ends early").within("avcC")),
            [version, ..] => {
                Err(Error::malformed(format!("version {version} is not known")).within("avcC"))
            }
        }
    }
}

/// The record of an 8-bit 4:2:0 stream with these parameter sets and lengths of four bytes; `None` for sets that are no
/// sets.
#[cfg(feature = "openh264")]
pub(crate) fn write(sequence: &[u8], picture: &[u8]) -> Option<Vec<u8>> {
    let [_, profile, constraints, level, ..] = *sequence else { return None };
    let mut record = vec![1, profile, constraints, level, 0xff, 0xe1];
    record.extend(u16::try_from(sequence.len()).ok()?.to_be_bytes());
    record.extend(sequence);
    record.push(1);
    record.extend(u16::try_from(picture.len()).ok()?.to_be_bytes());
    record.extend(picture);
    if matches!(profile, 100 | 110 | 122 | 144) {
        // Chroma format 1, both depths 8, no extensions of the sequence parameter set.
        record.extend([0xfd, 0xf8, 0xf8, 0]);
    }
    Some(record)
}

/// What follows the sets repeats their chroma format and bit depth.
fn parameter_sets(bytes: &[u8]) -> Option<Vec<Nal<'_>>> {
    let mut sets = Vec::new();
    let (count, rest) = bytes.split_first()?;
    let rest = take_sets(rest, count & 0x1f, &mut sets)?;
    // Some muxers end the record here where there are no picture parameter sets.
    if let Some((count, rest)) = rest.split_first() {
        take_sets(rest, *count, &mut sets)?;
    }
    Some(sets)
}

fn take_sets<'a>(mut bytes: &'a [u8], count: u8, sets: &mut Vec<Nal<'a>>) -> Option<&'a [u8]> {
    for _ in 0..count {
        let (length, rest) = bytes.split_first_chunk()?;
        let (set, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        sets.extend(Nal::new(set));
        bytes = rest;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: [u8; 19] =
        [1, 66, 0, 30, 0xff, 0xe1, 0, 4, 0x67, 66, 0, 30, 1, 0, 4, 0x68, 1, 2, 3];

    #[test]
    fn a_record_reads_and_each_cut_is_an_error() {
        let read = Configuration::parse(&RECORD).expect("valid");
        assert_eq!(read.framing, Framing::Lengths(4));
        let sets: Vec<_> = read.sets.iter().map(|set| set.bytes()).collect();
        assert_eq!(sets, [&[0x67, 66, 0, 30][..], &[0x68, 1, 2, 3]]);
        for length in 1..RECORD.len() {
            // The record may end before the picture parameter sets.
            let fine = length == 12;
            assert_eq!(Configuration::parse(&RECORD[..length]).is_ok(), fine, "{length}");
        }
    }

    #[cfg(feature = "openh264")]
    #[test]
    fn what_is_written_reads() {
        for (sequence, length) in [([0x67, 66, 0, 30], 19), ([0x67, 100, 0, 30], 23)] {
            let picture = [0x68, 1, 2, 3];
            let record = write(&sequence, &picture).expect("short");
            assert_eq!(record.len(), length);
            let read = Configuration::parse(&record).expect("valid");
            assert_eq!(read.framing, Framing::Lengths(4));
            let sets: Vec<_> = read.sets.iter().map(|set| set.bytes()).collect();
            assert_eq!(sets, [&sequence[..], &picture[..]]);
        }
        assert_eq!(write(&[0x67], &[0x68]), None);
    }

    #[test]
    fn no_record_means_start_codes() {
        let read = Configuration::parse(&[]).expect("valid");
        assert_eq!((read.framing, read.sets.len()), (Framing::AnnexB, 0));
        let read = Configuration::parse(&[0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68]).expect("valid");
        assert_eq!((read.framing, read.sets.len()), (Framing::AnnexB, 2));
        assert!(Configuration::parse(&[2; 19]).is_err());
    }
}
