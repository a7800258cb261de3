//! Program specific information: sections (ISO/IEC 13818-1, 2.4.4), the program association table and program maps.

use super::packet::NULL;
use crate::checksum::crc32;

/// Bytes of a section at most.
const MOST: usize = 4096;

/// Puts the sections of one packet identifier together.
#[derive(Clone, Debug, Default)]
pub(super) struct Sections {
    buffer: Vec<u8>,
    active: bool,
}

impl Sections {
    /// Takes the payload of a packet, and shows each section whose checksum is right.
    pub(super) fn push(&mut self, payload: &[u8], starts: bool, mut visit: impl FnMut(&[u8])) {
        let mut rest = payload;
        if starts {
            // The pointer leads behind the end of the section before.
            let Some((pointer, behind)) = payload.split_first() else { return };
            let (end, start) = behind.split_at(usize::from(*pointer).min(behind.len()));
            if self.active {
                self.buffer.extend_from_slice(end);
                self.take(&mut visit);
            }
            self.buffer.clear();
            self.active = true;
            rest = start;
        }
        if self.active {
            self.buffer.extend_from_slice(rest);
            self.take(&mut visit);
        }
    }

    /// Forgets a section that lacks a part.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    fn take(&mut self, visit: &mut impl FnMut(&[u8])) {
        while let [kind, a, b, ..] = *self.buffer {
            // Stuffing fills the rest of the packet.
            if kind == 0xff {
                self.reset();
                return;
            }
            let length = 3 + (usize::from(a & 15) << 8 | usize::from(b));
            if length > MOST {
                self.reset();
                return;
            }
            let Some(section) = self.buffer.get(..length) else { return };
            if crc32(u32::MAX, section) == 0 {
                visit(section);
            }
            self.buffer.drain(..length);
        }
    }
}

/// The part of a section between its header and its checksum, if it is of this kind and applies now.
fn body(section: &[u8], kind: u8) -> Option<&[u8]> {
    let [found, _, _, _, _, flags, _, _, body @ .., _, _, _, _] = section else { return None };
    (*found == kind && flags & 1 == 1).then_some(body)
}

/// Number of a program and identifier of its map, from a program association section (2.4.4.3).
pub(super) fn programs(section: &[u8]) -> Vec<(u16, u16)> {
    let (entries, _) = body(section, 0).unwrap_or_default().as_chunks::<4>();
    let entry =
        |[a, b, c, d]: &[u8; 4]| (u16::from_be_bytes([*a, *b]), u16::from_be_bytes([c & 0x1f, *d]));
    // Program 0 is the network's.
    entries.iter().map(entry).filter(|(number, _)| *number != 0).collect()
}

/// A program map section (2.4.4.8).
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ProgramMap {
    pub(super) program: u16,
    /// Identifier of the packets that hold the clock.
    pub(super) clock: u16,
    pub(super) streams: Vec<Elementary>,
}

/// A stream of a program.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Elementary {
    pub(super) id: u16,
    pub(super) kind: u8,
    pub(super) descriptors: Vec<u8>,
}

impl Elementary {
    /// Tags and payloads of the descriptors.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = &self.descriptors[..];
        std::iter::from_fn(move || {
            let [tag, length, behind @ ..] = rest else { return None };
            let (payload, behind) = behind.split_at_checked(usize::from(*length))?;
            rest = behind;
            Some((*tag, payload))
        })
    }
}

impl ProgramMap {
    pub(super) fn read(section: &[u8]) -> Option<Self> {
        let program = u16::from_be_bytes(*section.get(3..)?.first_chunk()?);
        let [a, b, c, d, rest @ ..] = body(section, 2)? else { return None };
        let length = |high: u8, low: u8| usize::from(u16::from_be_bytes([high & 15, low]));
        let mut rest = rest.get(length(*c, *d)..)?;
        let mut streams = Vec::new();
        while let [kind, a, b, c, d, behind @ ..] = rest {
            let Some((descriptors, behind)) = behind.split_at_checked(length(*c, *d)) else {
                break;
            };
            let id = u16::from_be_bytes([a & 0x1f, *b]);
            if id != NULL {
                streams.push(Elementary { id, kind: *kind, descriptors: descriptors.to_vec() });
            }
            rest = behind;
        }
        Some(Self { program, clock: u16::from_be_bytes([a & 0x1f, *b]), streams })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A section with this body.
    pub(in crate::ts) fn section(kind: u8, number: u16, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len() + 9).expect("short") | 0xb000;
        let mut bytes = vec![kind];
        bytes.extend(length.to_be_bytes());
        bytes.extend(number.to_be_bytes());
        bytes.extend([0xc1, 0, 0]);
        bytes.extend(body);
        bytes.extend(crc32(u32::MAX, &bytes).to_be_bytes());
        bytes
    }

    #[test]
    fn sections_come_together() {
        let first = section(0, 1, &[0, 1, 0xe1, 0, 0, 0, 0xe0, 0x10, 0, 2, 0xe2, 0]);
        let second = section(2, 1, &[0xe1, 1, 0xf0, 0, 0x1b, 0xe1, 1, 0xf0, 3, 0x0a, 1, 9]);
        assert_eq!(programs(&first), [(1, 0x100), (2, 0x200)]);
        let map = ProgramMap::read(&second).expect("a map");
        assert_eq!((map.program, map.clock, map.streams.len()), (1, 0x101, 1));
        let descriptors: Vec<_> = map.streams[0].descriptors().collect();
        assert_eq!(descriptors, [(0x0a, &[9][..])]);
        // Two in a row, cut anywhere.
        let stream = [&[0][..], &first, &second, &[0xff; 9]].concat();
        for cut in 1..stream.len() {
            let mut sections = Sections::default();
            let mut found = Vec::new();
            sections.push(&stream[..cut], true, |section| found.push(section.to_vec()));
            sections.push(&stream[cut..], false, |section| found.push(section.to_vec()));
            assert_eq!(found, [first.clone(), second.clone()], "{cut}");
        }
    }

    #[test]
    fn damage_is_left_out() {
        let mut bytes = section(0, 1, &[0, 1, 0xe1, 0]);
        bytes[9] ^= 1;
        let stream = [&[0][..], &bytes].concat();
        Sections::default().push(&stream, true, |_| panic!("a wrong checksum"));
        let map = section(2, 1, &[0xe1, 1, 0xf0, 0, 0x1b, 0xe1, 1, 0xff, 0xff]);
        assert!(ProgramMap::read(&map).expect("a map").streams.is_empty());
        for length in 0..map.len() {
            let _ = ProgramMap::read(&map[..length]);
            let _ = programs(&map[..length]);
        }
    }
}
