//! NAL units of H.264: ITU-T H.264, 7.3.1 and 7.4.1.

use std::borrow::Cow;

use crate::bitstream::nal::unescape;

/// One NAL unit, header byte included, emulation prevention bytes too.
#[derive(Clone, Copy, Debug)]
pub struct Nal<'a> {
    bytes: &'a [u8],
}

impl<'a> Nal<'a> {
    /// `None` for an empty unit and for one whose forbidden bit is set.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        bytes.first().filter(|header| **header & 0x80 == 0).map(|_| Self { bytes })
    }

    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// `nal_unit_type`.
    pub fn kind(self) -> u8 {
        self.bytes[0] & 0x1f
    }

    /// `nal_ref_idc`.
    pub fn reference(self) -> u8 {
        self.bytes[0] >> 5
    }

    /// The payload without emulation prevention bytes; borrowed where there are none.
    pub fn payload(self) -> Cow<'a, [u8]> {
        unescape(&self.bytes[1..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_read() {
        let nal = Nal::new(&[0x65, 0, 0, 3, 1]).expect("not empty");
        assert_eq!((nal.kind(), nal.reference(), &*nal.payload()), (5, 3, &[0, 0, 1][..]));
        assert!(Nal::new(&[]).is_none());
        assert!(Nal::new(&[0xe5]).is_none());
    }
}
