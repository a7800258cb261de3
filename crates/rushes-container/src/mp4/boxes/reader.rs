//! Bounded reader over the payload of one box.

use std::ops::Range;

use rushes_core::{Error, Result};

use super::FourCc;

/// Reads the payload of one box, which is in memory whole. Running out of bytes is an error that names the place.
#[derive(Clone, Debug)]
pub(crate) struct BoxReader<'a> {
    data: &'a [u8],
    position: usize,
    /// Offset in the file of `data[0]`.
    base: u64,
    version: u8,
    flags: u32,
}

impl<'a> BoxReader<'a> {
    /// A reader over `data`, which starts at byte `base` of the file.
    pub(crate) const fn new(data: &'a [u8], base: u64) -> Self {
        Self { data, position: 0, base, version: 0, flags: 0 }
    }

    /// Reads the version and the flags of a full box.
    pub(crate) fn read_version(&mut self) -> Result<()> {
        let word = self.u32()?;
        let [version, ..] = word.to_be_bytes();
        self.version = version;
        self.flags = word & 0x00ff_ffff;
        Ok(())
    }

    /// Version of a full box.
    pub(crate) const fn version(&self) -> u8 {
        self.version
    }

    /// Flags of a full box.
    pub(crate) const fn flags(&self) -> u32 {
        self.flags
    }

    /// Offset in the file of the next byte.
    pub(crate) const fn offset(&self) -> u64 {
        self.base.saturating_add(self.position as u64)
    }

    /// Bytes that are left.
    pub(crate) const fn remaining(&self) -> usize {
        self.data.len() - self.position
    }

    /// A malformed-input error at this place.
    pub(crate) fn error(&self, message: impl Into<String>) -> Error {
        Error::malformed(message).at(self.offset())
    }

    /// The next `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some(bytes) =
            self.position.checked_add(count).and_then(|end| self.data.get(self.position..end))
        else {
            let left = self.remaining();
            return Err(self.error(format!("{count} bytes expected, {left} are left in the box")));
        };
        self.position += count;
        Ok(bytes)
    }

    /// All bytes that are left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        let rest = &self.data[self.position..];
        self.position = self.data.len();
        rest
    }

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(self.bytes(N)?);
        Ok(array)
    }

    /// Passes over `count` bytes.
    pub(crate) fn skip(&mut self, count: usize) -> Result<()> {
        self.bytes(count).map(drop)
    }

    /// Unsigned 8 bits.
    pub(crate) fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// Unsigned 16 bits.
    pub(crate) fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Unsigned 24 bits.
    pub(crate) fn u24(&mut self) -> Result<u32> {
        self.array().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    /// Unsigned 32 bits.
    pub(crate) fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Unsigned 64 bits.
    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// Signed 16 bits.
    pub(crate) fn i16(&mut self) -> Result<i16> {
        self.array().map(i16::from_be_bytes)
    }

    /// Signed 32 bits.
    pub(crate) fn i32(&mut self) -> Result<i32> {
        self.array().map(i32::from_be_bytes)
    }

    /// Four-character code.
    pub(crate) fn fourcc(&mut self) -> Result<FourCc> {
        self.array().map(FourCc)
    }

    /// Unsigned 64 bits in version 1 of a full box, 32 bits in version 0.
    pub(crate) fn versioned(&mut self) -> Result<u64> {
        if self.version == 1 { self.u64() } else { self.u32().map(u64::from) }
    }

    /// Like [`versioned`](Self::versioned), where all ones mean "unknown" and become `u64::MAX`.
    pub(crate) fn versioned_duration(&mut self) -> Result<u64> {
        let unknown = if self.version == 1 { u64::MAX } else { u64::from(u32::MAX) };
        self.versioned().map(|value| if value == unknown { u64::MAX } else { value })
    }

    /// A transformation matrix: nine fixed-point numbers.
    pub(crate) fn matrix(&mut self) -> Result<[i32; 9]> {
        let mut matrix = [0; 9];
        for value in &mut matrix {
            *value = self.i32()?;
        }
        Ok(matrix)
    }

    /// A count of 32 bits and as many entries of `N` bytes.
    pub(crate) fn table<T, const N: usize>(
        &mut self,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let count = self.u32()?;
        self.entries(count, read)
    }

    /// `count` entries of `N` bytes. The count is checked against the bytes that are left before memory is reserved.
    pub(crate) fn entries<T, const N: usize>(
        &mut self,
        count: u32,
        read: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>> {
        let range = self.table_range(count, N)?;
        let (entries, _) = self.data[range].as_chunks::<N>();
        Ok(entries.iter().map(|entry| read(*entry)).collect())
    }

    /// Passes over `count` entries of `size` bytes, and returns where in the payload they are.
    pub(crate) fn table_range(&mut self, count: u32, size: usize) -> Result<Range<usize>> {
        let left = self.remaining();
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        let Some(bytes) = bytes.filter(|bytes| *bytes <= left) else {
            return Err(self.error(format!(
                "{count} entries of {size} bytes do not fit into the {left} bytes left in the box"
            )));
        };
        let start = self.position;
        self.position += bytes;
        Ok(start..self.position)
    }

    /// The next box inside this one; `None` at the end. Up to seven bytes too few for a header count as padding, and
    /// so does the 32-bit zero with which QuickTime ends some lists.
    pub(crate) fn child(&mut self) -> Result<Option<(FourCc, Self)>> {
        if self.remaining() < 8 {
            self.rest();
            return Ok(None);
        }
        let start = self.clone();
        let size = self.u32()?;
        let kind = self.fourcc()?;
        let payload = match size {
            0 => {
                return Err(start.error(format!("box '{kind}' inside another has size zero")));
            }
            1 => self.u64()?.checked_sub(16),
            size => u64::from(size).checked_sub(8),
        };
        let Some(payload) = payload.and_then(|payload| usize::try_from(payload).ok()) else {
            return Err(start.error(format!("box '{kind}' has an impossible size")));
        };
        if payload > self.remaining() {
            let left = self.remaining();
            return Err(start.error(format!(
                "box '{kind}' claims {payload} bytes, {left} are left in the box around it"
            )));
        }
        let base = self.offset();
        let data = self.bytes(payload)?;
        Ok(Some((kind, Self::new(data, base))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_bounded() {
        let check = |data: &[u8], expected: std::result::Result<usize, &str>| {
            let mut reader = BoxReader::new(data, 100);
            let mut children = 0;
            let found = loop {
                match reader.child() {
                    Ok(Some(_)) => children += 1,
                    Ok(None) => break Ok(children),
                    Err(error) => break Err(error.to_string()),
                }
            };
            assert_eq!(found, expected.map_err(str::to_owned), "{data:x?}");
        };
        check(b"", Ok(0));
        check(b"\0\0\0\x08free\0\0\0\x09skipx\0\0\0\0", Ok(2));
        check(b"\0\0\0\x01free\0\0\0\0\0\0\0\x11x", Ok(1));
        check(b"\0\0\0\0free", Err("box 'free' inside another has size zero at byte 100"));
        check(b"\0\0\0\x07free", Err("box 'free' has an impossible size at byte 100"));
        check(
            b"\0\0\0\x08free\0\0\0\x09free",
            Err("box 'free' claims 1 bytes, 0 are left in the box around it at byte 108"),
        );
        check(
            b"\0\0\0\x01free\x40\0\0\0\0\0\0\0",
            Err(
                "box 'free' claims 4611686018427387888 bytes, 0 are left in the box around it at byte 100",
            ),
        );
    }

    #[test]
    fn counts_are_checked_before_memory_is_taken() {
        let mut reader = BoxReader::new(b"\xff\xff\xff\xff\0\0", 0);
        let error = reader.table(u32::from_be_bytes).expect_err("too many").to_string();
        assert_eq!(
            error,
            "4294967295 entries of 4 bytes do not fit into the 2 bytes left in the box at byte 4"
        );
    }
}
