//! What a packet is made of, as far as it matters before it is decoded: AV1 specification, 7.5.

use rushes_core::bitstream::av1::{FrameStart, Kind, Obus, Sequence};
use rushes_core::{Limits, Result};

use super::memory;

/// What the units of a packet say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Unit {
    /// There is something in it.
    pub(super) has_data: bool,
    /// A sequence header comes before the first frame.
    pub(super) has_sequence: bool,
    /// A key frame that is shown at once: decoding can start here.
    pub(super) key: bool,
}

impl Unit {
    /// Looks through a packet. `sequence` is the header that holds so far, and is replaced by one in the packet. Units
    /// that are broken say nothing here: the decoder finds them again.
    ///
    /// # Errors
    /// [`Error::Limit`](rushes_core::Error::Limit) for a sequence of larger pictures than allowed.
    pub(super) fn read(
        data: &[u8],
        sequence: &mut Option<Sequence>,
        limits: &Limits,
    ) -> Result<Self> {
        let mut unit = Self { has_data: !data.is_empty(), ..Self::default() };
        for obu in Obus::new(data).map_while(Result::ok) {
            if obu.kind == Kind::SequenceHeader {
                if let Ok(read) = Sequence::parse(obu.payload) {
                    limits.check_picture(read.width, read.height)?;
                    limits.check_decoder(memory::least(&read))?;
                    *sequence = Some(read);
                    unit.has_sequence = true;
                }
            } else if let Some(sequence) = sequence
                && let Ok(Some(frame)) = FrameStart::parse(&obu, sequence)
            {
                unit.key = frame.key && frame.shown;
                break;
            } else if matches!(obu.kind, Kind::Frame | Kind::FrameHeader) {
                break;
            }
        }
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 300x300, 8 bit 4:2:0.
    const SEQUENCE: [u8; 13] =
        [0x0a, 11, 0x00, 0x00, 0x00, 0x04, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];

    #[test]
    fn entries_and_sizes_are_found() {
        let check = |parts: &[&[u8]], known: bool, expected: (bool, bool)| {
            let mut sequence = None;
            if known {
                let limits = Limits::default();
                Unit::read(&SEQUENCE, &mut sequence, &limits).expect("small");
            }
            let unit = Unit::read(&parts.concat(), &mut sequence, &Limits::default());
            let unit = unit.expect("small");
            assert_eq!((unit.has_sequence, unit.key), expected, "{parts:02x?}");
        };
        // show_existing_frame, two bits of frame_type, show_frame.
        let (key, hidden_key, inter) = (&[0x32, 1, 0x10], &[0x32, 1, 0x00], &[0x32, 1, 0x30]);
        let delimiter = &[0x12, 0];
        check(&[delimiter, &SEQUENCE, key], false, (true, true));
        check(&[key], true, (false, true));
        check(&[key], false, (false, false));
        check(&[&SEQUENCE, hidden_key, key], false, (true, false));
        check(&[inter, &SEQUENCE], true, (false, false));
        check(&[&[0xff], &SEQUENCE, key], false, (false, false));

        let mut limits = Limits::default();
        limits.pixels = 300 * 300 - 1;
        assert!(Unit::read(&SEQUENCE, &mut None, &limits).is_err());
    }
}
