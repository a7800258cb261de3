//! Encodings of text: `ID3v2` version 2.4.0, structure, 4.

/// How a string is stored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Encoding {
    Latin1,
    /// With a byte order mark, which some writers forget.
    Utf16,
    Utf16Be,
    Utf8,
}

impl Encoding {
    /// The encoding of this code; `None` for codes that mean nothing.
    pub(super) const fn of(code: u8) -> Option<Self> {
        match code {
            0 => Some(Self::Latin1),
            1 => Some(Self::Utf16),
            2 => Some(Self::Utf16Be),
            3 => Some(Self::Utf8),
            _ => None,
        }
    }

    /// The string up to the first terminator or the end, and what is behind the terminator.
    pub(super) fn split(self, bytes: &[u8]) -> (String, &[u8]) {
        match self {
            Self::Latin1 | Self::Utf8 => {
                let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
                let (text, rest) = bytes.split_at(end);
                (self.decode(text), rest.get(1..).unwrap_or_default())
            }
            Self::Utf16 | Self::Utf16Be => {
                let (units, _) = bytes.as_chunks::<2>();
                let end = units.iter().position(|unit| *unit == [0, 0]).unwrap_or(units.len());
                let (text, rest) = bytes.split_at(end * 2);
                (self.decode(text), rest.get(2..).unwrap_or_default())
            }
        }
    }

    /// All strings of a list with terminators between, joined.
    pub(super) fn list(self, mut bytes: &[u8]) -> String {
        let mut values: Vec<String> = Vec::new();
        while !bytes.is_empty() {
            let (value, rest) = self.split(bytes);
            if !value.is_empty() {
                values.push(value);
            }
            bytes = rest;
        }
        values.join("; ")
    }

    fn decode(self, bytes: &[u8]) -> String {
        let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
            let (units, _) = bytes.as_chunks::<2>();
            let units = units.iter().map(|bytes| unit(*bytes));
            char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')).collect()
        };
        match (self, bytes) {
            (Self::Utf16, [0xfe, 0xff, rest @ ..]) => utf16(rest, u16::from_be_bytes),
            (Self::Utf16, [0xff, 0xfe, rest @ ..]) => utf16(rest, u16::from_le_bytes),
            (Self::Utf16, _) => utf16(bytes, u16::from_le_bytes),
            (Self::Utf16Be, _) => utf16(bytes, u16::from_be_bytes),
            (Self::Utf8, _) => String::from_utf8_lossy(bytes).into_owned(),
            (Self::Latin1, _) => crate::text::guess(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_end_where_their_encoding_says() {
        let check = |code, bytes: &[u8], text: &str, rest: &[u8]| {
            let (found, behind) = Encoding::of(code).expect("known").split(bytes);
            assert_eq!((found.as_str(), behind), (text, rest), "{bytes:?}");
        };
        check(0, b"ab\0cd", "ab", b"cd");
        check(0, b"\xe9t\xe9", "\u{e9}t\u{e9}", b"");
        check(3, "é\0x".as_bytes(), "é", b"x");
        check(1, b"\xff\xfea\0\0\0z", "a", b"z");
        check(1, b"\xfe\xff\0a\0\0", "a", b"");
        check(1, b"a\0b\0", "ab", b"");
        check(2, b"\x01\0\0a\0\0\0\0", "\u{100}a", b"\0\0");
        // A zero in the middle of a unit ends nothing.
        check(2, b"\x01\0\0", "\u{100}", b"");
        check(2, b"\xd8\0", "\u{fffd}", b"");
        check(0, b"", "", b"");
        assert_eq!(Encoding::of(4), None);
    }

    #[test]
    fn lists_are_joined() {
        let list = |bytes: &[u8]| Encoding::Utf8.list(bytes);
        assert_eq!(list(b"a\0b\0"), "a; b");
        assert_eq!(list(b"a\0\0\0"), "a");
        assert_eq!(Encoding::Utf16.list(b"\xff\xfea\0\0\0\xff\xfeb\0"), "a; b");
    }
}
