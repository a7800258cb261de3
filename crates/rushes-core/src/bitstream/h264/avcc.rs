//! The decoder configuration record that MP4 and Matroska store: ISO/IEC 14496-15, 5.3.3.1.

use crate::{Error, Result};

use super::nal::Nal;
use super::sps::Sps;
use crate::bitstream::nal::{AnnexB, Framing};

/// How packets are framed, and the parameter sets that they leave out.
#[derive(Debug)]
pub struct Configuration<'a> {
    pub framing: Framing,
    pub sets: Vec<Nal<'a>>,
}

impl<'a> Configuration<'a> {
    /// Reads the private data of a track; empty data mean Annex B with all parameter sets in the packets.
    pub fn parse(private: &'a [u8]) -> Result<Self> {
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

/// The record of a stream with these parameter sets, and lengths of four bytes.
///
/// # Errors
/// [`Error::Malformed`] where there is no sequence parameter set, or more sets or larger ones than a record can hold.
pub fn write(sequence: &[&[u8]], picture: &[&[u8]], extensions: &[&[u8]]) -> Result<Vec<u8>> {
    let first = sequence.first().and_then(|set| Nal::new(set));
    let first = first.ok_or_else(|| Error::malformed("there is no sequence parameter set"))?;
    let sps = Sps::parse(&first.payload()).map_err(|error| error.within("sps"))?;
    let mut record = vec![1, sps.profile, sps.constraints, sps.level, 0xff];
    put_sets(sequence, 0xe0, 31, &mut record)?;
    put_sets(picture, 0, 255, &mut record)?;
    if matches!(sps.profile, 100 | 110 | 122 | 144) {
        record.push(0xfc | sps.chroma.code());
        // The depths are at least 8, and at most 14.
        record.extend([0xf8 | (sps.luma_depth - 8), 0xf8 | (sps.chroma_depth - 8)]);
        put_sets(extensions, 0, 255, &mut record)?;
    }
    Ok(record)
}

/// Appends sets behind their count, whose unused bits are `ones`.
fn put_sets(sets: &[&[u8]], ones: u8, most: u8, record: &mut Vec<u8>) -> Result<()> {
    let count = u8::try_from(sets.len()).ok().filter(|count| *count <= most);
    let count = count.ok_or_else(|| Error::malformed("there are too many parameter sets"))?;
    record.push(ones | count);
    for set in sets {
        let length = u16::try_from(set.len());
        let length = length.map_err(|_| Error::malformed("a parameter set is too large"))?;
        record.extend(length.to_be_bytes());
        record.extend_from_slice(set);
    }
    Ok(())
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

    #[test]
    fn what_is_written_reads() {
        // Baseline, and x264's High.
        let baseline: &[u8] = &[0x67, 66, 0xc0, 0x0c, 0xda, 0x0a, 0x0a, 0x0c, 0xf9];
        let high: &[u8] = &[
            0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x6a, 0x02, 0x02,
            0x02, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8a, 0x14, 0xcb,
        ];
        for (sequence, tail) in [(baseline, &[][..]), (high, &[0xfd, 0xf8, 0xf8, 0])] {
            let picture: &[u8] = &[0x68, 1, 2, 3];
            let record = write(&[sequence], &[picture], &[]).expect("short");
            assert_eq!(record[1..4], sequence[1..4]);
            assert!(record.ends_with(&[&[1, 0, 4][..], picture, tail].concat()));
            let read = Configuration::parse(&record).expect("valid");
            assert_eq!(read.framing, Framing::Lengths(4));
            let sets: Vec<_> = read.sets.iter().map(|set| set.bytes()).collect();
            assert_eq!(sets, [sequence, picture]);
        }
        assert!(write(&[], &[&[0x68]], &[]).is_err());
        assert!(write(&[&[0x67]], &[], &[]).is_err());
        assert!(write(&[baseline; 32], &[], &[]).is_err());
        assert!(write(&[baseline], &[&vec![0x68; 70_000]], &[]).is_err());
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
