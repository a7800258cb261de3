//! Open bitstream units and the low-overhead format: AV1 specification, 4.10.5, 5.3 and 5.9.

use crate::{Error, Result};

/// `obu_type`, as far as it matters here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    SequenceHeader,
    TemporalDelimiter,
    FrameHeader,
    TileGroup,
    Metadata,
    /// A frame header and its tiles.
    Frame,
    TileList,
    Padding,
    Reserved,
}

impl Kind {
    const fn new(code: u8) -> Self {
        match code {
            1 => Self::SequenceHeader,
            2 => Self::TemporalDelimiter,
            3 => Self::FrameHeader,
            4 => Self::TileGroup,
            5 => Self::Metadata,
            6 => Self::Frame,
            8 => Self::TileList,
            15 => Self::Padding,
            // A redundant frame header (7) repeats what was said.
            _ => Self::Reserved,
        }
    }
}

/// One unit.
#[derive(Clone, Copy, Debug)]
pub struct Obu<'a> {
    pub kind: Kind,
    /// `temporal_id` and `spatial_id`; `None` without an extension.
    pub layer: Option<(u8, u8)>,
    /// All bytes, the header included.
    pub bytes: &'a [u8],
    pub payload: &'a [u8],
}

impl<'a> Obu<'a> {
    /// The unit at the start of these bytes. One that does not say its size takes all of them.
    ///
    /// # Errors
    /// [`Error::Malformed`] where the header is none, or the unit is longer than what there is.
    pub fn read(bytes: &'a [u8]) -> Result<Self> {
        let (header, length) = Header::read(bytes)
            .ok_or_else(|| Error::malformed("the header of an open bitstream unit is broken"))?;
        let rest = &bytes[length..];
        let size = match header.size {
            Some(size) => size,
            None => rest.len(),
        };
        let payload = rest.get(..size).ok_or_else(|| {
            let found = rest.len();
            Error::malformed(format!("an open bitstream unit ends after {found} of {size} bytes"))
        })?;
        Ok(Self { kind: header.kind, layer: header.layer, bytes: &bytes[..length + size], payload })
    }

    /// The unit at the start of these bytes, or as much of it as there is; `None` where they are no header.
    pub fn start(bytes: &'a [u8]) -> Option<Self> {
        let (header, length) = Header::read(bytes)?;
        let rest = &bytes[length..];
        let size = header.size.unwrap_or(rest.len()).min(rest.len());
        Some(Self {
            kind: header.kind,
            layer: header.layer,
            bytes: &bytes[..length + size],
            payload: &rest[..size],
        })
    }

    /// True where the unit says its own size.
    pub fn has_size(&self) -> bool {
        self.bytes.first().is_some_and(|first| first & 2 != 0)
    }

    /// Appends the unit with its size.
    pub fn put_sized(&self, to: &mut Vec<u8>) {
        if self.has_size() {
            to.extend_from_slice(self.bytes);
            return;
        }
        let header = self.bytes.len() - self.payload.len();
        if let Some((first, extension)) = self.bytes[..header].split_first() {
            to.push(first | 2);
            to.extend_from_slice(extension);
        }
        put_leb128(self.payload.len() as u64, to);
        to.extend_from_slice(self.payload);
    }

    /// Bytes of the unit at the start of these, where so many can be told; `None` for a unit without a size, or where
    /// more bytes are needed, or where they are no header.
    pub fn size(bytes: &[u8]) -> Option<u64> {
        let (header, length) = Header::read(bytes)?;
        Some(header.size? as u64 + length as u64)
    }
}

struct Header {
    kind: Kind,
    layer: Option<(u8, u8)>,
    size: Option<usize>,
}

impl Header {
    /// The header and its length.
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let first = *bytes.first()?;
        // The forbidden bit, and the reserved one, which FFmpeg and libaom require to be zero as well.
        if first & 0x81 != 0 {
            return None;
        }
        let mut length = 1;
        let layer = if first & 4 != 0 {
            let extension = *bytes.get(1)?;
            length += 1;
            Some((extension >> 5, extension >> 3 & 3))
        } else {
            None
        };
        let size = if first & 2 != 0 {
            let (size, taken) = leb128(&bytes[length..])?;
            length += taken;
            Some(usize::try_from(size).ok()?)
        } else {
            None
        };
        Some((Self { kind: Kind::new(first >> 3 & 15), layer, size }, length))
    }
}

/// The units of a temporal unit in the low-overhead format. An error is the last item.
#[derive(Clone, Debug)]
pub struct Obus<'a> {
    rest: &'a [u8],
}

impl<'a> Obus<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }
}

impl<'a> Iterator for Obus<'a> {
    type Item = Result<Obu<'a>>;

    fn next(&mut self) -> Option<Result<Obu<'a>>> {
        if self.rest.is_empty() {
            return None;
        }
        let obu = Obu::read(self.rest);
        self.rest = obu.as_ref().map_or(&[], |obu| &self.rest[obu.bytes.len()..]);
        Some(obu)
    }
}

/// `leb128()` of at most 32 bits, and how many bytes it takes; `None` where it does not end, or is larger.
pub fn leb128(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(8).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (value <= u64::from(u32::MAX)).then_some((value, index + 1));
        }
    }
    None
}

/// Appends a number as `leb128()`, in as few bytes as can be.
pub fn put_leb128(mut value: u64, to: &mut Vec<u8>) {
    loop {
        let low = value.to_le_bytes()[0] & 0x7f;
        value >>= 7;
        if value == 0 {
            to.push(low);
            return;
        }
        to.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_read_one_after_another() {
        let bytes = [0x12, 0, 0x0e, 0x28, 2, 7, 8, 0x30, 9, 9];
        let read: Vec<_> = Obus::new(&bytes).map(|obu| obu.expect("valid")).collect();
        let told: Vec<_> = read.iter().map(|obu| (obu.kind, obu.layer, obu.payload)).collect();
        assert_eq!(
            told,
            [
                (Kind::TemporalDelimiter, None, &[][..]),
                (Kind::SequenceHeader, Some((1, 1)), &[7, 8]),
                (Kind::Frame, None, &[9, 9]),
            ]
        );
        let mut sized = Vec::new();
        read.iter().for_each(|obu| obu.put_sized(&mut sized));
        assert_eq!(sized, [0x12, 0, 0x0e, 0x28, 2, 7, 8, 0x32, 2, 9, 9]);
        assert_eq!(Obu::size(&bytes[2..]), Some(5));
        assert_eq!(Obu::size(&bytes[7..]), None);
    }

    #[test]
    fn broken_units_are_errors_and_the_last() {
        for bytes in [&[0x92, 0][..], &[0x13, 0], &[0x12], &[0x16], &[0x12, 3, 1, 2], &[0x12, 0x80]]
        {
            let read: Vec<_> = Obus::new(bytes).collect();
            assert!(matches!(read[..], [Err(_)]), "{bytes:02x?}");
        }
    }

    #[test]
    fn numbers_round_trip_and_are_bounded() {
        for value in [0, 1, 127, 128, 300, 1 << 20, u64::from(u32::MAX)] {
            let mut bytes = Vec::new();
            put_leb128(value, &mut bytes);
            assert_eq!(leb128(&bytes), Some((value, bytes.len())));
            assert_eq!(leb128(&bytes[..bytes.len() - 1]), None);
        }
        assert_eq!(leb128(&[0x80, 0]), Some((0, 2)));
        assert_eq!(leb128(&[0xff; 9]), None);
        assert_eq!(leb128(&[0xff, 0xff, 0xff, 0xff, 0x1f]), None);
    }
}
