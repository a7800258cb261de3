//! Elements of EBML and their values: RFC 8794, 4 to 7.

use rushes_core::{Error, Result};

use super::ids;
use crate::checksum::crc32_ieee;
use crate::input::Input;

/// Most bytes of an identifier and a size together.
const MAX_HEADER: usize = 12;

/// The start of an element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Header {
    pub(super) id: u32,
    /// Offset of the identifier.
    pub(super) start: u64,
    /// Offset of the data.
    pub(super) data: u64,
    /// Offset behind the data; `None` where the size is unknown.
    pub(super) end: Option<u64>,
}

impl Header {
    /// Reads the header at the position of the input. `None` at its end.
    pub(super) fn read(input: &mut Input) -> Result<Option<Self>> {
        let start = input.position();
        let bytes = input.peek(MAX_HEADER)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let (id, size, length) = parse_header(bytes).map_err(|error| error.at(start))?;
        input.skip(length as u64)?;
        let data = start + length as u64;
        let end = match size {
            Some(size) => Some(data.checked_add(size).ok_or_else(|| too_large(size).at(start))?),
            None => None,
        };
        Ok(Some(Self { id, start, data, end }))
    }

    /// Bytes of data; `None` where that is unknown.
    pub(super) fn size(&self) -> Option<u64> {
        self.end.map(|end| end - self.data)
    }

    /// Identifiers of the elements that may follow a cluster of unknown size, and so end it.
    pub(super) const fn is_top_level(&self) -> bool {
        matches!(
            self.id,
            ids::CLUSTER
                | ids::SEEK_HEAD
                | ids::INFO
                | ids::TRACKS
                | ids::CUES
                | ids::ATTACHMENTS
                | ids::CHAPTERS
                | ids::TAGS
                | ids::SEGMENT
                | ids::EBML
        )
    }
}

fn too_large(size: u64) -> Error {
    Error::malformed(format!("an element of {size} bytes"))
}

/// Identifier, size (`None`: unknown) and length of a header.
fn parse_header(bytes: &[u8]) -> Result<(u32, Option<u64>, usize)> {
    let ends = || Error::malformed("the input ends within the header of an element");
    let first = *bytes.first().ok_or_else(ends)?;
    let id_length = first.leading_zeros() as usize + 1;
    if id_length > 4 {
        return Err(Error::malformed(format!("no element can start with byte {first:#04x}")));
    }
    let id_bytes = bytes.get(..id_length).ok_or_else(ends)?;
    let id = id_bytes.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let rest = &bytes[id_length..];
    let first = *rest.first().ok_or_else(ends)?;
    if first == 0 {
        return Err(Error::malformed(format!("element {id:#x} with a size of more than 8 bytes")));
    }
    let (size, length) = vint(rest).ok_or_else(ends)?;
    let unknown = size == vint_max(length);
    Ok((id, (!unknown).then_some(size), id_length + length))
}

/// A variable-size integer without its marker, and its length; `None` where it is cut off or longer than 8 bytes.
pub(super) fn vint(bytes: &[u8]) -> Option<(u64, usize)> {
    let first = *bytes.first()?;
    let length = first.leading_zeros() as usize + 1;
    let tail = bytes.get(1..length)?;
    let marker = 0x80_u8.checked_shr(first.leading_zeros())?;
    let value =
        tail.iter().fold(u64::from(first ^ marker), |value, byte| value << 8 | u64::from(*byte));
    Some((value, length))
}

/// A variable-size integer that may be negative, as the sizes of EBML lacing (RFC 9559, 10.3.3).
pub(super) fn signed_vint(bytes: &[u8]) -> Option<(i64, usize)> {
    let (value, length) = vint(bytes)?;
    let bias = i64::try_from(vint_max(length) >> 1).ok()?;
    Some((i64::try_from(value).ok()? - bias, length))
}

/// All data bits set: as a size, unknown.
const fn vint_max(length: usize) -> u64 {
    (1 << (7 * length)) - 1
}

/// The children of an element whose data is in memory.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
    offset: u64,
}

/// An element whose data is in memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a> {
    pub(super) id: u32,
    pub(super) data: &'a [u8],
    /// Offset of the data.
    pub(super) offset: u64,
}

impl<'a> Elements<'a> {
    /// The elements in these bytes, which start at this offset.
    pub(super) const fn new(rest: &'a [u8], offset: u64) -> Self {
        Self { rest, offset }
    }

    /// The next element but those that only fill or protect.
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>> {
        while !self.rest.is_empty() {
            let at = self.offset;
            let (id, size, length) = parse_header(self.rest).map_err(|error| error.at(at))?;
            let body = &self.rest[length..];
            let size = size.unwrap_or(u64::MAX);
            let Some((data, rest)) =
                usize::try_from(size).ok().and_then(|size| body.split_at_checked(size))
            else {
                let message = format!("element {id:#x} does not fit into the one around it");
                return Err(Error::malformed(message).at(at));
            };
            let offset = at + length as u64;
            (self.rest, self.offset) = (rest, offset + size);
            if !matches!(id, ids::VOID | ids::CRC_32) {
                return Ok(Some(Element { id, data, offset }));
            }
        }
        Ok(None)
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) const fn children(&self) -> Elements<'a> {
        Elements::new(self.data, self.offset)
    }

    fn wrong_size(&self) -> Error {
        let message = format!("element {:#x} cannot have {} bytes", self.id, self.data.len());
        Error::malformed(message).at(self.offset)
    }

    /// An unsigned integer.
    pub(super) fn uint(&self) -> Result<u64> {
        if self.data.len() > 8 {
            return Err(self.wrong_size());
        }
        Ok(self.data.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// A signed integer.
    pub(super) fn int(&self) -> Result<i64> {
        let unused = match self.data.len() {
            0 => return Ok(0),
            length @ 1..=8 => 64 - 8 * length,
            _ => return Err(self.wrong_size()),
        };
        Ok((self.uint()? << unused).cast_signed() >> unused)
    }

    /// A floating-point number.
    pub(super) fn float(&self) -> Result<f64> {
        match self.data {
            [] => Ok(0.0),
            &[a, b, c, d] => Ok(f32::from_be_bytes([a, b, c, d]).into()),
            data => match data.try_into() {
                Ok(bytes) => Ok(f64::from_be_bytes(bytes)),
                Err(_) => Err(self.wrong_size()),
            },
        }
    }

    /// True for any integer but zero.
    pub(super) fn flag(&self) -> Result<bool> {
        Ok(self.uint()? != 0)
    }

    /// A string, which a zero may end before its element does.
    pub(super) fn string(&self) -> String {
        let length = self.data.iter().position(|byte| *byte == 0).unwrap_or(self.data.len());
        String::from_utf8_lossy(&self.data[..length]).into_owned()
    }
}

/// True unless a CRC-32 element comes first and does not agree with what follows (RFC 8794, 11.3.1).
pub(super) fn checksum_agrees(data: &[u8]) -> bool {
    let Some(([0xbf, 0x84, a, b, c, d], rest)) = data.split_first_chunk() else { return true };
    u32::from_le_bytes([*a, *b, *c, *d]) == crc32_ieee(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_variable_size() {
        let check = |bytes: &[u8], expected| assert_eq!(vint(bytes), expected, "{bytes:02x?}");
        check(&[0x81], Some((1, 1)));
        check(&[0x40, 0x02], Some((2, 2)));
        check(&[0x01, 0, 0, 0, 0, 0, 1, 0], Some((256, 8)));
        check(&[0x40], None);
        check(&[0; 9], None);
        check(&[], None);
        assert_eq!(signed_vint(&[0xbf]), Some((0, 1)));
        assert_eq!(signed_vint(&[0x80]), Some((-63, 1)));
        assert_eq!(signed_vint(&[0x5f, 0xfe]), Some((-1, 2)));
    }

    #[test]
    fn headers() {
        assert_eq!(parse_header(&[0xec, 0x83]).expect("valid"), (0xec, Some(3), 2));
        assert_eq!(parse_header(&[0xec, 0xff]).expect("valid"), (0xec, None, 2));
        let unknown = [0x1f, 0x43, 0xb6, 0x75, 0x01, 255, 255, 255, 255, 255, 255, 255];
        assert_eq!(parse_header(&unknown).expect("valid"), (ids::CLUSTER, None, 12));
        for length in 0..unknown.len() {
            assert!(parse_header(&unknown[..length]).is_err(), "{length}");
        }
        assert!(parse_header(&[0x08, 0x80]).is_err());
        assert!(parse_header(&[0xec, 0x00]).is_err());
    }

    #[test]
    fn values() {
        let element = |data: &'static [u8]| Element { id: 0xec, data, offset: 0 };
        assert_eq!(element(&[]).int().ok(), Some(0));
        assert_eq!(element(&[0xff, 0xfe]).int().ok(), Some(-2));
        assert_eq!(element(&[0x80, 0, 0, 0, 0, 0, 0, 0]).int().ok(), Some(i64::MIN));
        assert_eq!(element(&[1, 0]).uint().ok(), Some(256));
        assert!(element(&[0; 9]).uint().is_err());
        assert_eq!(element(&[0x3f, 0x80, 0, 0]).float().ok(), Some(1.0));
        assert!(element(&[0; 5]).float().is_err());
        assert_eq!(element(b"ab\0\0").string(), "ab");
    }

    #[test]
    fn children_stay_inside() {
        let bytes = [0xec, 0x81, 9, 0x83, 0x82, 1, 2];
        let mut children = Elements::new(&bytes, 100);
        let child = children.next().expect("valid").expect("behind the void");
        assert_eq!((child.id, child.data, child.offset), (0x83, &[1, 2][..], 105));
        assert!(children.next().expect("the end").is_none());
        for length in 1..bytes.len() {
            let mut children = Elements::new(&bytes[..length], 0);
            assert!(length == 3 || children.next().is_err(), "{length}");
        }
    }

    #[test]
    fn checksums() {
        let mut data = vec![0xbf, 0x84, 0x26, 0x39, 0xf4, 0xcb];
        data.extend(b"123456789");
        assert!(checksum_agrees(&data));
        data[7] ^= 1;
        assert!(!checksum_agrees(&data));
        assert!(checksum_agrees(b"abc"));
    }
}
