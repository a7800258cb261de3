//! Writing EBML elements (RFC 8794).

use super::ids;
use crate::checksum::crc32_ieee;

/// A size of eight bytes that says "unknown" (RFC 8794, 6.2).
pub(crate) const UNKNOWN_SIZE: [u8; 8] = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

/// Gathers elements in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct EbmlWriter {
    bytes: Vec<u8>,
}

impl EbmlWriter {
    pub(crate) const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// What was written.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Forgets what was written, and keeps the memory.
    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// Bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// The identifier and the size of an element whose payload follows.
    pub(crate) fn head(&mut self, id: u32, size: u64) {
        self.id(id);
        self.vint(size);
    }

    /// An identifier, which holds its own marker of length.
    pub(crate) fn id(&mut self, id: u32) {
        let bytes = id.to_be_bytes();
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        self.raw(&bytes[zeros..]);
    }

    /// A number of variable length, in as few bytes as can hold it.
    pub(crate) fn vint(&mut self, value: u64) {
        let length = vint_length(value);
        let marked = value | 1 << (7 * length);
        self.raw(&marked.to_be_bytes()[8 - length..]);
    }

    /// An unsigned number.
    pub(crate) fn uint(&mut self, id: u32, value: u64) {
        let bytes = value.to_be_bytes();
        let zeros = bytes[..7].iter().take_while(|byte| **byte == 0).count();
        self.binary(id, &bytes[zeros..]);
    }

    /// A signed number.
    pub(crate) fn int(&mut self, id: u32, value: i64) {
        let bytes = value.to_be_bytes();
        let fill = if value < 0 { 0xff } else { 0 };
        // A byte that only repeats the sign of the one behind it says nothing.
        let is_needless = |pair: &&[u8]| pair[0] == fill && (pair[1] ^ fill) & 0x80 == 0;
        let skipped = bytes.windows(2).take_while(is_needless).count();
        self.binary(id, &bytes[skipped..]);
    }

    /// A number in double precision.
    pub(crate) fn float(&mut self, id: u32, value: f64) {
        self.binary(id, &value.to_be_bytes());
    }

    /// A text. What follows a zero would not be read.
    pub(crate) fn text(&mut self, id: u32, text: &str) {
        let end = text.find('\0').unwrap_or(text.len());
        self.binary(id, &text.as_bytes()[..end]);
    }

    /// Bytes.
    pub(crate) fn binary(&mut self, id: u32, bytes: &[u8]) {
        self.head(id, bytes.len() as u64);
        self.raw(bytes);
    }

    /// An element that holds others.
    pub(crate) fn master(&mut self, id: u32, body: impl FnOnce(&mut Self)) {
        self.id(id);
        let start = self.bytes.len();
        body(self);
        self.insert_size(start);
    }

    /// The same with a checksum of what it holds in front (RFC 8794, 11.3.1), if wanted.
    pub(crate) fn checked_master(&mut self, id: u32, checked: bool, body: impl FnOnce(&mut Self)) {
        if !checked {
            return self.master(id, body);
        }
        self.id(id);
        let start = self.bytes.len();
        self.binary(ids::CRC_32, &[0; 4]);
        let summed = self.bytes.len();
        body(self);
        let sum = crc32_ieee(&self.bytes[summed..]).to_le_bytes();
        self.bytes[summed - 4..summed].copy_from_slice(&sum);
        self.insert_size(start);
    }

    /// An element without meaning that takes so many bytes in all, two at the least.
    pub(crate) fn void(&mut self, total: usize) {
        let end = self.bytes.len() + total.max(2);
        self.id(ids::VOID);
        match total.max(2) - 2 {
            size @ 0..0x7f => self.vint(size as u64),
            // A length of eight bytes fits whatever the rest is.
            size => self.raw(&fixed_size(size as u64 - 7)),
        }
        self.bytes.resize(end, 0);
    }

    /// Puts the size of everything from `start` on in front of it.
    fn insert_size(&mut self, start: usize) {
        let mut size = Self::new();
        size.vint((self.bytes.len() - start) as u64);
        self.bytes.splice(start..start, size.bytes);
    }
}

/// A size in eight bytes, which can take the place of [`UNKNOWN_SIZE`].
pub(crate) const fn fixed_size(size: u64) -> [u8; 8] {
    (size | 1 << 56).to_be_bytes()
}

/// Bytes that a number of variable length takes. All ones are kept for "unknown".
pub(crate) const fn vint_length(value: u64) -> usize {
    let mut length = 1;
    while length < 8 && value >= (1 << (7 * length)) - 1 {
        length += 1;
    }
    length
}

/// Bytes that an identifier takes.
pub(crate) const fn id_length(id: u32) -> usize {
    4 - id.leading_zeros() as usize / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut EbmlWriter)) -> Vec<u8> {
        let mut w = EbmlWriter::new();
        write(&mut w);
        w.into_bytes()
    }

    #[test]
    fn numbers_take_as_few_bytes_as_they_need() {
        let check = |value: u64, expected: &[u8]| {
            assert_eq!(written(|w| w.vint(value)), expected, "{value}");
        };
        check(0, &[0x80]);
        check(126, &[0xfe]);
        // Seven ones would be "unknown".
        check(127, &[0x40, 0x7f]);
        check(0x3ffe, &[0x7f, 0xfe]);
        check(0x3fff, &[0x20, 0x3f, 0xff]);
        check((1 << 56) - 2, &[0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
        assert_eq!(fixed_size(5), [1, 0, 0, 0, 0, 0, 0, 5]);

        let check = |value: i64, expected: &[u8]| {
            assert_eq!(written(|w| w.int(0xfb, value))[2..], *expected, "{value}");
        };
        check(0, &[0]);
        check(127, &[0x7f]);
        check(128, &[0, 0x80]);
        check(-1, &[0xff]);
        check(-128, &[0x80]);
        check(-129, &[0xff, 0x7f]);
        check(i64::MIN, &[0x80, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(written(|w| w.uint(0xd7, 0)), [0xd7, 0x81, 0]);
        assert_eq!(written(|w| w.uint(0x4489, 0x1_00)), [0x44, 0x89, 0x82, 1, 0]);
    }

    #[test]
    fn elements_nest() {
        let bytes = written(|w| {
            w.master(0x1654_ae6b, |w| w.master(0xae, |w| w.text(0x86, "V_AV1\0junk")));
        });
        assert_eq!(bytes, *b"\x16\x54\xae\x6b\x89\xae\x87\x86\x85V_AV1");
    }

    #[test]
    fn checksums_are_those_of_ieee() {
        let bytes = written(|w| w.checked_master(0xae, true, |w| w.raw(b"123456789")));
        assert_eq!(bytes, *b"\xae\x8f\xbf\x84\x26\x39\xf4\xcb123456789");
    }

    #[test]
    fn voids_fill_any_room() {
        for total in (2..300).chain([70_000]) {
            let bytes = written(|w| w.void(total));
            assert_eq!(bytes.len(), total);
            assert_eq!(bytes[0], 0xec);
            let (size, head) = if bytes[1] & 0x80 != 0 {
                (usize::from(bytes[1] & 0x7f), 2)
            } else {
                let size = bytes[2..9].iter().fold(0, |size, byte| size << 8 | usize::from(*byte));
                (size, 9)
            };
            assert_eq!(size + head, total);
        }
    }
}
