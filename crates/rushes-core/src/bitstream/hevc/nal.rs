//! NAL units of HEVC: ITU-T H.265, 7.3.1 and 7.4.2.2.

use std::borrow::Cow;

use crate::bitstream::nal::unescape;

/// One NAL unit, header of two bytes included, emulation prevention bytes too.
#[derive(Clone, Copy, Debug)]
pub struct Nal<'a> {
    bytes: &'a [u8],
}

/// What a NAL unit holds, as far as it matters here: table 7-1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    Slice(Role),
    SequenceSet,
    PictureSet,
    /// The next picture starts a coded video sequence.
    End,
    /// Supplemental information that comes before its picture.
    Message,
    /// Video parameter sets, which say nothing of a single layer that the others do not; delimiters, filler and
    /// whatever is reserved.
    Other,
}

/// What decoding may count on around a picture.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// Instantaneous refresh: nothing after it refers to what came before it.
    Idr,
    /// Broken link: as IDR, where pictures were cut off that its leading pictures refer to.
    Bla,
    /// Clean random access: pictures that are shown after it do not refer to what came before it.
    Cra,
    /// Shown before the random access picture, and may refer to what came before that.
    SkippedLeading,
    Other,
}

impl<'a> Nal<'a> {
    /// `None` for what is too short for a header or whose header no NAL unit may have.
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        match bytes {
            [first, second, ..] if first & 0x80 == 0 && second & 7 != 0 => Some(Self { bytes }),
            _ => None,
        }
    }

    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    pub fn kind(self) -> Kind {
        match self.bytes[0] >> 1 {
            19 | 20 => Kind::Slice(Role::Idr),
            16..=18 => Kind::Slice(Role::Bla),
            21 => Kind::Slice(Role::Cra),
            8 | 9 => Kind::Slice(Role::SkippedLeading),
            0..=7 => Kind::Slice(Role::Other),
            33 => Kind::SequenceSet,
            34 => Kind::PictureSet,
            36 | 37 => Kind::End,
            39 => Kind::Message,
            _ => Kind::Other,
        }
    }

    /// `TemporalId`.
    pub fn temporal_id(self) -> u8 {
        (self.bytes[1] & 7).saturating_sub(1)
    }

    /// True for a picture of the lowest sub-layer that others may be predicted from, as order counts are: 8.3.1.
    pub fn is_order_anchor(self) -> bool {
        let kind = self.bytes[0] >> 1;
        let leading = matches!(kind, 6..=9);
        let unreferenced = kind < 16 && kind.is_multiple_of(2);
        self.temporal_id() == 0 && !leading && !unreferenced
    }

    /// True for all that belongs to one of the other views or qualities of the picture: `nuh_layer_id` above 0.
    pub fn is_enhancement(self) -> bool {
        self.bytes[0] & 1 != 0 || self.bytes[1] >> 3 != 0
    }

    /// The payload without emulation prevention bytes; borrowed where there are none.
    pub fn payload(self) -> Cow<'a, [u8]> {
        unescape(&self.bytes[2..])
    }
}

impl Role {
    /// Decoding can start at the picture.
    pub const fn is_random_access(self) -> bool {
        matches!(self, Self::Idr | Self::Bla | Self::Cra)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_read() {
        let check = |header: [u8; 2], kind, enhancement| {
            let nal = Nal::new(&header).expect("valid");
            assert_eq!((nal.kind(), nal.is_enhancement()), (kind, enhancement), "{header:?}");
        };
        check([0x26, 1], Kind::Slice(Role::Idr), false);
        check([0x24, 1], Kind::Slice(Role::Bla), false);
        check([0x2a, 1], Kind::Slice(Role::Cra), false);
        check([0x12, 2], Kind::Slice(Role::SkippedLeading), false);
        check([0x0c, 1], Kind::Slice(Role::Other), false);
        check([0x02, 0x09], Kind::Slice(Role::Other), true);
        check([0x03, 1], Kind::Slice(Role::Other), true);
        check([0x14, 1], Kind::Other, false);
        check([0x2c, 1], Kind::Other, false);
        check([0x40, 1], Kind::Other, false);
        check([0x42, 1], Kind::SequenceSet, false);
        check([0x44, 1], Kind::PictureSet, false);
        check([0x48, 1], Kind::End, false);
        check([0x4a, 1], Kind::End, false);
        check([0x4e, 1], Kind::Message, false);
        for bytes in [&[][..], &[0x26], &[0xa6, 1], &[0x26, 8]] {
            assert!(Nal::new(bytes).is_none(), "{bytes:?}");
        }
        let nal = Nal::new(&[0x42, 1, 0, 0, 3, 1]).expect("valid");
        assert_eq!(&*nal.payload(), [0, 0, 1]);
    }
}
