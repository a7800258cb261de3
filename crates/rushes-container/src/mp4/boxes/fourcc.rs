//! Four-character codes, the names of boxes, brands, handlers and sample entries.

use std::fmt;

/// Four-character code.
#[derive(Clone, Copy, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub(crate) struct FourCc(pub(crate) [u8; 4]);

impl FourCc {
    /// The code as a big-endian number, as it is stored.
    pub(crate) const fn code(self) -> u32 {
        u32::from_be_bytes(self.0)
    }
}

impl fmt::Display for FourCc {
    /// Printable ASCII as it is (QuickTime's `©` too), all else as `\xNN`, so that a broken name cannot break a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| match byte {
            0xa9 => f.write_str("©"),
            b' '..=b'~' => write!(f, "{}", char::from(*byte)),
            _ => write!(f, "\\x{byte:02x}"),
        })
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_names_are_printable() {
        let check = |bytes, expected: &str| assert_eq!(FourCc(bytes).to_string(), expected);
        check(*b"moov", "moov");
        check(*b"raw ", "raw ");
        check([0xa9, b'n', b'a', b'm'], "©nam");
        check([0, 1, b'\n', 0xff], "\\x00\\x01\\x0a\\xff");
    }
}
