//! Messages of supplemental enhancement information: ITU-T H.264, 7.3.2.3; H.265, 7.3.5.

/// `payloadType` of the recovery point message, in both standards.
pub const RECOVERY_POINT: usize = 6;

/// The message of this type, if the payload of a SEI NAL unit holds one.
pub fn message(mut payload: &[u8], wanted: usize) -> Option<&[u8]> {
    // A message is at least two bytes long; the last byte holds the stop bit.
    while payload.len() > 2 {
        let (kind, rest) = variable_length(payload)?;
        let (size, rest) = variable_length(rest)?;
        let (message, rest) = rest.split_at_checked(size)?;
        if kind == wanted {
            return Some(message);
        }
        payload = rest;
    }
    None
}

/// `payloadType` or `payloadSize`: 255 as often as it fits, then the remainder.
fn variable_length(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value: usize = 0;
    loop {
        let (byte, rest) = bytes.split_first()?;
        value = value.checked_add(usize::from(*byte))?;
        bytes = rest;
        if *byte != 255 {
            return Some((value, bytes));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_behind_others() {
        let check = |payload: &[u8], expected| assert_eq!(message(payload, 6), expected);
        check(&[6, 1, 0b1100_0000, 0x80], Some(&[0b1100_0000][..]));
        check(&[5, 2, 9, 9, 6, 1, 7, 0x80], Some(&[7]));
        check(&[5, 2, 9, 9, 0x80], None);
        check(&[6, 9, 0xc0, 0x80], None);
        check(&[255, 255, 255], None);
        check(&[], None);
    }
}
