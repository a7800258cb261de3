//! Orientation from Exif (CIPA DC-008, 4.6.4 A, tag 0x0112), which is TIFF 6.0 inside.

use rushes_core::Rotation;

const ORIENTATION: u16 = 0x0112;

/// How a picture must be turned, by the TIFF structure that its Exif data is; `None` where that does not say.
pub(super) fn rotation(tiff: &[u8]) -> Option<Rotation> {
    let big = match tiff.get(..4)? {
        b"II*\0" => false,
        b"MM\0*" => true,
        _ => return None,
    };
    let u16_at = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    };
    let bytes = *tiff.get(4..)?.first_chunk()?;
    let first = if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) };
    let directory = usize::try_from(first).ok()?;
    let count = usize::from(u16_at(directory)?);
    let entries = (0..count).map_while(|index| {
        let entry = directory.checked_add(2 + 12 * index)?;
        Some((entry, u16_at(entry)?))
    });
    let (entry, _) = entries.into_iter().find(|(_, tag)| *tag == ORIENTATION)?;
    // A single SHORT lies in the entry itself.
    from_code(u16_at(entry.checked_add(8)?)?)
}

/// Mirroring comes first, then turning clockwise.
fn from_code(code: u16) -> Option<Rotation> {
    let (quarter_turns, mirrored) = match code {
        1 => (0, false),
        2 => (0, true),
        3 => (2, false),
        4 => (2, true),
        5 => (3, true),
        6 => (1, false),
        7 => (1, true),
        8 => (3, false),
        _ => return None,
    };
    Some(Rotation::new(quarter_turns, mirrored))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiff(big: bool, code: u16) -> Vec<u8> {
        let two = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let four = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let mut bytes = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        bytes.extend(four(8));
        bytes.extend(two(2));
        for (tag, value) in [(0x0100, 7), (ORIENTATION, code)] {
            bytes.extend(two(tag));
            bytes.extend(two(3));
            bytes.extend(four(1));
            bytes.extend(two(value));
            bytes.extend(two(0));
        }
        bytes
    }

    #[test]
    fn all_orientations() {
        for big in [false, true] {
            let found = |code| {
                let turn = rotation(&tiff(big, code))?;
                Some((turn.degrees(), turn.is_mirrored()))
            };
            assert_eq!(found(0), None);
            assert_eq!(found(1), Some((0, false)));
            assert_eq!(found(2), Some((0, true)));
            assert_eq!(found(3), Some((180, false)));
            assert_eq!(found(4), Some((180, true)));
            assert_eq!(found(5), Some((270, true)));
            assert_eq!(found(6), Some((90, false)));
            assert_eq!(found(7), Some((90, true)));
            assert_eq!(found(8), Some((270, false)));
            assert_eq!(found(9), None);
        }
    }

    #[test]
    fn broken_directories_say_nothing() {
        let whole = tiff(true, 6);
        for length in 0..whole.len() - 2 {
            assert_eq!(rotation(&whole[..length]), None, "{length}");
        }
        assert_eq!(rotation(b"MM\0*\xff\xff\xff\xff"), None);
        assert_eq!(rotation(b"II*\0\x08\0\0\0\xff\xff"), None);
    }
}
