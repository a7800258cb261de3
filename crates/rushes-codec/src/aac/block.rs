//! What a packet of AAC holds: `raw_data_block`, ISO/IEC 14496-3, 4.4.2.1.

use rusty_aac::{BitReader, Result};

/// Object types whose packets are sequences of named elements: Main, LC, SSR and LTP.
const WITH_ELEMENTS: std::ops::RangeInclusive<u8> = 1..=4;

/// What libfaac writes into the fill element in front of its first frame.
const LIBFAAC: &[u8] = b"libfaac ";

const DATA_STREAM: u8 = 4;
const FILL: u8 = 6;
const END: u8 = 7;

/// True unless a packet holds nothing but fill and data. Encoders put their name into such packets in front of
/// the sound; no samples come of them.
pub(crate) fn holds_sound(object_type: u8, packet: &[u8]) -> bool {
    // What cannot be read is left to the decoder, which says what is wrong with it.
    !WITH_ELEMENTS.contains(&object_type) || finds_sound(packet).unwrap_or(true)
}

/// True for the first packet of libfaac, which decodes to priming alone. Files made with it often do not say so
/// otherwise, and FFmpeg goes by the same mark.
pub(crate) fn is_priming_of_libfaac(object_type: u8, packet: &[u8]) -> bool {
    WITH_ELEMENTS.contains(&object_type) && starts_with_its_name(packet).unwrap_or(false)
}

fn starts_with_its_name(packet: &[u8]) -> Result<bool> {
    let mut bits = BitReader::new(packet);
    if bits.read_u8(3)? != FILL || bits.read_u8(4)? != 15 {
        return Ok(false);
    }
    // The rest of the count, the type of the extension and 13 bits that say nothing.
    bits.skip(8 + 4 + 13)?;
    for letter in LIBFAAC {
        if bits.read_u8(8)? != *letter {
            return Ok(false);
        }
    }
    Ok(true)
}

fn finds_sound(packet: &[u8]) -> Result<bool> {
    let mut bits = BitReader::new(packet);
    loop {
        let bytes = match bits.read_u8(3)? {
            END => return Ok(false),
            FILL => match usize::from(bits.read_u8(4)?) {
                15 => 14 + usize::from(bits.read_u8(8)?),
                count => count,
            },
            DATA_STREAM => {
                bits.skip(4)?;
                let aligned = bits.read_bool()?;
                let count = match usize::from(bits.read_u8(8)?) {
                    255 => 255 + usize::from(bits.read_u8(8)?),
                    count => count,
                };
                if aligned {
                    bits.byte_align();
                }
                count
            }
            _ => return Ok(true),
        };
        bits.skip(bytes * 8)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_libfaac_is_known() {
        let packet = b"\xde\x04\x00\x00libfaac 1.28\x00\x00\x01\x90\x01\x00\x47";
        assert!(is_priming_of_libfaac(2, packet));
        assert!(holds_sound(2, packet));
        assert!(!is_priming_of_libfaac(2, &packet[..9]));
        assert!(!is_priming_of_libfaac(2, b"\xde\x04\x00\x00Lavc59.37.100\x00"));
        assert!(!is_priming_of_libfaac(17, packet));
    }

    #[test]
    fn packets_without_sound_are_told() {
        let check = |packet: &[u8], expected: bool| {
            assert_eq!(holds_sound(2, packet), expected, "{packet:02x?}");
        };
        // A fill element of one byte, then the end.
        check(&[0b1100_0010, 0b0000_0001, 0b1100_0000], false);
        // The same with an escaped count of 15 bytes.
        let mut escaped = vec![0b1101_1110, 0b0000_0010];
        escaped.extend([0; 14]);
        escaped.extend([0b0000_0001, 0b1100_0000]);
        check(&escaped, false);
        // An aligned data stream element of one byte, then the end.
        check(&[0b1000_0001, 0b0000_0001, 0xff, 0b1110_0000], false);
        // A fill element, then a single channel.
        check(&[0b1100_0010, 0, 0b0000_0000], true);
        check(&[0b0010_0000], true);
        // Cut off: for the decoder to refuse.
        check(&[0b1100_1110], true);
        check(&[], true);
        // Error resilient packets start with data.
        assert!(holds_sound(17, &[0b1110_0000]));
    }
}
