//! Pages (RFC 3533, 6).

use rushes_core::{Buffer, Error, Result};

use crate::checksum::crc32;
use crate::input::Input;

/// What every page starts with.
pub(super) const MARKER: &[u8; 4] = b"OggS";
/// Bytes in front of the segment table.
pub(super) const HEAD: usize = 27;
/// Bytes of the largest page.
pub(super) const LARGEST: usize = HEAD + 255 + 255 * 255;
/// Bytes that are searched at once.
const STEP: usize = 4096;

/// The page goes on with a packet of the page before.
pub(super) const CONTINUED: u8 = 1;
/// The first page of its stream.
pub(super) const FIRST: u8 = 2;
/// The last page of its stream.
pub(super) const LAST: u8 = 4;

/// A page.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Page {
    /// Offset in the source.
    pub(super) position: u64,
    pub(super) flags: u8,
    /// The end of the last packet that ends on the page; `None` where none does.
    pub(super) granule: Option<u64>,
    pub(super) serial: u32,
    pub(super) sequence: u32,
    pub(super) lacing: Vec<u8>,
    pub(super) payload: Buffer,
}

/// What comes next in a source.
#[derive(Debug)]
pub(super) enum Next {
    /// A page, behind so many bytes that are none.
    Page(Page, u64),
    /// The source ends in the middle of a page.
    CutOff,
    /// The source ends with so many bytes that are no page.
    Junk(u64),
    End,
}

impl Page {
    /// True where the flag is set.
    pub(super) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// The offset behind the page.
    pub(super) fn end(&self) -> u64 {
        self.position + (HEAD + self.lacing.len() + self.payload.len()) as u64
    }

    /// Reads the next page, over what is none, as far as it starts in front of `limit`.
    pub(super) fn next(input: &mut Input, limit: u64) -> Result<Next> {
        let start = input.position();
        let most = input.limits().probe_bytes.max(LARGEST as u64);
        let mut cut_off = false;
        loop {
            let position = input.position();
            if position - start > most {
                let message = format!("no page of Ogg in {most} bytes");
                return Err(Error::malformed(message).at(start));
            }
            if position >= limit {
                return Ok(Next::End);
            }
            match whole(input)? {
                Whole::Bytes(length) => {
                    let page = Self::parse(&input.read_payload(length)?, position);
                    return Ok(Next::Page(page, position - start));
                }
                Whole::CutOff => cut_off = true,
                Whole::No => {}
            }
            // Somewhere behind this byte, the last three of what is searched being the start of the next marker perhaps.
            let bytes = input.peek(STEP)?;
            if bytes.is_empty() {
                return Ok(match position - start {
                    _ if cut_off => Next::CutOff,
                    0 => Next::End,
                    junk => Next::Junk(junk),
                });
            }
            let found = bytes.windows(4).skip(1).position(|four| four == MARKER);
            let ended = bytes.len() < STEP;
            let step = match found {
                Some(at) => at + 1,
                None if ended => bytes.len(),
                None => bytes.len() - 3,
            };
            input.skip(step as u64)?;
        }
    }

    /// A page that is known to be whole.
    fn parse(bytes: &Buffer, position: u64) -> Self {
        let fields: [u8; HEAD] = bytes.first_chunk().copied().unwrap_or([0; HEAD]);
        let number = |at: usize| {
            u32::from_le_bytes([fields[at], fields[at + 1], fields[at + 2], fields[at + 3]])
        };
        let granule = u64::from(number(10)) << 32 | u64::from(number(6));
        let behind = HEAD + usize::from(fields[26]);
        Self {
            position,
            flags: fields[5],
            granule: (granule != u64::MAX).then_some(granule),
            serial: number(14),
            sequence: number(18),
            lacing: bytes.get(HEAD..behind).unwrap_or_default().to_vec(),
            payload: bytes.slice(behind..bytes.len()).unwrap_or_default(),
        }
    }

    /// The pieces of packets: where they are in the payload, and whether the packet ends with it.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (Buffer, bool)> {
        let (mut at, mut segment) = (0, 0);
        std::iter::from_fn(move || {
            let rest = self.lacing.get(segment..).filter(|rest| !rest.is_empty())?;
            let full = rest.iter().take_while(|length| **length == 255).count();
            let last = rest.get(full);
            let length = full * 255 + usize::from(last.copied().unwrap_or(0));
            segment += full + 1;
            at += length;
            Some((self.payload.slice(at - length..at).unwrap_or_default(), last.is_some()))
        })
    }

    /// The bytes, with the checksum.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = MARKER.to_vec();
        bytes.extend([0, self.flags]);
        bytes.extend(self.granule.unwrap_or(u64::MAX).to_le_bytes());
        bytes.extend(self.serial.to_le_bytes());
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.push(u8::try_from(self.lacing.len()).unwrap_or(u8::MAX));
        bytes.extend(&self.lacing);
        bytes.extend(&*self.payload);
        let crc = crc32(0, &bytes);
        bytes[22..26].copy_from_slice(&crc.to_le_bytes());
        bytes
    }
}

enum Whole {
    Bytes(u64),
    CutOff,
    No,
}

/// Whether there is a page at the position, with a checksum that is right.
fn whole(input: &mut Input) -> Result<Whole> {
    let head = input.peek(HEAD)?;
    if !head.starts_with(MARKER) {
        let is_start = !head.is_empty() && head.len() < MARKER.len() && MARKER.starts_with(head);
        return Ok(if is_start { Whole::CutOff } else { Whole::No });
    }
    let Some(head) = head.first_chunk::<HEAD>() else { return Ok(Whole::CutOff) };
    if head[4] != 0 {
        return Ok(Whole::No);
    }
    let behind = HEAD + usize::from(head[26]);
    let table = input.peek(behind)?;
    let Some(lacing) = table.get(HEAD..behind) else { return Ok(Whole::CutOff) };
    let length = behind + lacing.iter().map(|length| usize::from(*length)).sum::<usize>();
    let bytes = input.peek(length)?;
    if bytes.len() < length {
        return Ok(Whole::CutOff);
    }
    let Some((stored, rest)) = bytes.get(22..).and_then(|bytes| bytes.split_first_chunk()) else {
        return Ok(Whole::No);
    };
    let crc = crc32(crc32(crc32(0, &bytes[..22]), &[0; 4]), rest);
    let right = crc == u32::from_le_bytes(*stored);
    Ok(if right { Whole::Bytes(length as u64) } else { Whole::No })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemuxOptions, Source};

    fn page(sequence: u32, lacing: &[u8]) -> Page {
        let length = lacing.iter().map(|length| usize::from(*length)).sum();
        Page {
            position: 0,
            flags: CONTINUED,
            granule: Some(77),
            serial: 0x0102_0304,
            sequence,
            lacing: lacing.to_vec(),
            payload: vec![sequence.to_le_bytes()[0]; length].into(),
        }
    }

    fn pages(bytes: Vec<u8>) -> (Vec<(u32, u64)>, bool) {
        let mut input = Input::new(Source::bytes(bytes), &DemuxOptions::default()).expect("opens");
        let mut found = Vec::new();
        loop {
            match Page::next(&mut input, u64::MAX).expect("near") {
                Next::Page(page, junk) => found.push((page.sequence, junk)),
                Next::CutOff => return (found, true),
                Next::Junk(_) | Next::End => return (found, false),
            }
        }
    }

    #[test]
    fn pages_round_trip() {
        for lacing in [&[][..], &[0], &[255, 255, 3, 7], &[255]] {
            let page = page(5, lacing);
            let bytes = page.write();
            let mut input =
                Input::new(Source::bytes(bytes.clone()), &DemuxOptions::default()).expect("opens");
            let Ok(Next::Page(back, 0)) = Page::next(&mut input, u64::MAX) else {
                panic!("a page")
            };
            assert_eq!(back, page);
            assert_eq!(back.end(), bytes.len() as u64);
        }
    }

    #[test]
    fn packets_end_where_a_segment_is_not_full() {
        let check = |lacing: &[u8], expected: &[(usize, bool)]| {
            let page = page(0, lacing);
            let found: Vec<_> = page.pieces().map(|(piece, ends)| (piece.len(), ends)).collect();
            assert_eq!(found, expected, "{lacing:?}");
        };
        check(&[], &[]);
        check(&[0, 5], &[(0, true), (5, true)]);
        check(&[255, 0, 255, 255, 1], &[(255, true), (511, true)]);
        check(&[3, 255], &[(3, true), (255, false)]);
    }

    #[test]
    fn damaged_pages_are_passed_over() {
        let one = |sequence| page(sequence, &[100, 20]).write();
        let length = one(0).len() as u64;
        let three = [one(0), one(1), one(2)].concat();
        assert_eq!(pages(three.clone()), (vec![(0, 0), (1, 0), (2, 0)], false));
        let mut damaged = three.clone();
        damaged[usize::try_from(length).expect("small") + 40] ^= 1;
        assert_eq!(pages(damaged), (vec![(0, 0), (2, length)], false));
        for cut in 1..one(0).len() {
            let bytes = three[..three.len() - cut].to_vec();
            assert_eq!(pages(bytes), (vec![(0, 0), (1, 0)], true), "{cut}");
        }
        assert_eq!(pages([b"junkOgg".to_vec(), one(7)].concat()), (vec![(7, 7)], false));
    }
}
