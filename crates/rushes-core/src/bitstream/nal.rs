//! What H.264 and HEVC have in common: NAL units, how packets hold them, and the bits inside. ITU-T H.264 and H.265, 7.3.1
//! and annex B; ISO/IEC 14496-15, 5.3.3 and 8.3.3.

use std::borrow::Cow;

use crate::{Error, Result};

/// How packets hold NAL units.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// Each behind a start code.
    AnnexB,
    /// Each behind its length, in so many bytes.
    Lengths(u8),
}

impl Framing {
    /// The NAL units of a packet, empty ones left out. An error is the last item.
    pub fn split(self, packet: &[u8]) -> impl Iterator<Item = Result<&[u8]>> {
        let mut units = match self {
            Self::AnnexB => AnnexB::new(packet),
            // Some muxers leave start codes in length-prefixed tracks. As a length, a start code means one byte.
            Self::Lengths(4) if packet.starts_with(&[0, 0, 0, 1]) && !lengths_fit(packet, 4) => {
                AnnexB::new(packet)
            }
            Self::Lengths(_) => AnnexB { rest: &[] },
        };
        let mut lengths = match self {
            Self::Lengths(size) if units.rest.is_empty() => Some((size, packet)),
            _ => None,
        };
        std::iter::from_fn(move || {
            loop {
                if let Some(nal) = units.next() {
                    return Some(Ok(nal));
                }
                let (size, rest) = lengths.filter(|(_, rest)| !rest.is_empty())?;
                let Some((unit, rest)) = split_length(rest, size) else {
                    lengths = None;
                    return Some(Err(Error::malformed("a NAL unit is longer than its packet")));
                };
                lengths = Some((size, rest));
                // No NAL unit contains a start code: others have put several units behind one length.
                units = AnnexB { rest: unit };
            }
        })
    }
}

fn split_length(bytes: &[u8], size: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(usize::from(size))?;
    let length = length.iter().fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length)
}

fn lengths_fit(mut packet: &[u8], size: u8) -> bool {
    while let Some((_, rest)) = split_length(packet, size) {
        packet = rest;
    }
    packet.is_empty()
}

/// The NAL units between start codes, empty ones left out.
#[derive(Clone, Debug)]
pub struct AnnexB<'a> {
    rest: &'a [u8],
}

impl<'a> AnnexB<'a> {
    pub fn new(stream: &'a [u8]) -> Self {
        Self { rest: start_code(stream).map_or(&[], |at| &stream[at + 3..]) }
    }
}

impl<'a> Iterator for AnnexB<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let end = start_code(self.rest);
            let nal = &self.rest[..end.unwrap_or(self.rest.len())];
            self.rest = end.map_or(&[], |at| &self.rest[at + 3..]);
            // Zeros behind a NAL unit belong to the next start code or are stuffing.
            let length = nal.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if length > 0 {
                return Some(&nal[..length]);
            }
        }
        None
    }
}

/// Where the first `00 00 01` starts.
pub fn start_code(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    while let Some(byte) = bytes.get(at) {
        match byte {
            2.. => at += 3,
            1 if bytes[at - 1] == 0 && bytes[at - 2] == 0 => return Some(at - 2),
            _ => at += 1,
        }
    }
    None
}

/// A payload without emulation prevention bytes; borrowed where there are none.
pub fn unescape(bytes: &[u8]) -> Cow<'_, [u8]> {
    let Some(first) = find_prevention(bytes, 0) else {
        return Cow::Borrowed(bytes);
    };
    let mut payload = Vec::with_capacity(bytes.len());
    let mut start = 0;
    let mut next = Some(first);
    while let Some(at) = next {
        payload.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        next = find_prevention(bytes, start);
    }
    payload.extend_from_slice(&bytes[start..]);
    Cow::Owned(payload)
}

/// Where the next `00 00 03` at or after `from` has its 3.
fn find_prevention(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 2;
    while let Some(byte) = bytes.get(at) {
        match byte {
            // Neither this byte nor the next can be the 3 of a sequence.
            4.. => at += 3,
            3 if bytes[at - 1] == 0 && bytes[at - 2] == 0 => return Some(at),
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(framing: Framing, packet: &[u8]) -> Vec<Option<&[u8]>> {
        framing.split(packet).map(Result::ok).collect()
    }

    #[test]
    fn start_codes_of_both_lengths_split() {
        let packet = [9, 0, 0, 0, 1, 0x67, 5, 0, 0, 1, 0x68, 0, 0, 0, 1, 0, 0, 1, 0x65, 0, 1];
        let expected: [Option<&[u8]>; 3] = [Some(&[0x67, 5]), Some(&[0x68]), Some(&[0x65, 0, 1])];
        assert_eq!(split(Framing::AnnexB, &packet), expected);
        assert!(split(Framing::AnnexB, &[0, 0]).is_empty());
        assert!(split(Framing::AnnexB, &[1, 2, 3, 4]).is_empty());
    }

    #[test]
    fn lengths_split_and_must_fit() {
        for size in 1..=4_u8 {
            let mut packet = Vec::new();
            for nal in [&[0x67, 5][..], &[], &[0x68]] {
                packet.extend(vec![0; usize::from(size) - 1]);
                packet.push(u8::try_from(nal.len()).expect("short"));
                packet.extend(nal);
            }
            let framing = Framing::Lengths(size);
            assert_eq!(split(framing, &packet), [Some(&[0x67, 5][..]), Some(&[0x68][..])]);
            packet.push(1);
            assert_eq!(split(framing, &packet).last(), Some(&None));
        }
    }

    #[test]
    fn several_units_behind_one_length_are_told_apart() {
        let packet = [0, 0, 0, 7, 0x6e, 0x80, 0, 0, 1, 0x65, 7, 0, 0, 0, 1, 0x41];
        let nals = split(Framing::Lengths(4), &packet);
        assert_eq!(nals, [Some(&[0x6e, 0x80][..]), Some(&[0x65, 7][..]), Some(&[0x41][..])]);
    }

    #[test]
    fn start_codes_in_a_track_of_lengths_are_seen() {
        let packet = [0, 0, 0, 1, 0x67, 0, 0, 0, 1, 0x68, 7];
        let nals = split(Framing::Lengths(4), &packet);
        assert_eq!(nals, [Some(&[0x67][..]), Some(&[0x68, 7][..])]);
    }

    #[test]
    fn emulation_prevention_is_undone() {
        let check = |bytes: &[u8], expected: &[u8]| assert_eq!(&*unescape(bytes), expected);
        check(&[1, 2, 3], &[1, 2, 3]);
        check(&[0, 0, 3, 1, 0, 0, 3], &[0, 0, 1, 0, 0]);
        check(&[0, 0, 3, 0, 0, 3, 0, 0], &[0, 0, 0, 0, 0, 0]);
        check(&[0, 3, 0, 0, 0, 3], &[0, 3, 0, 0, 0]);
    }
}
