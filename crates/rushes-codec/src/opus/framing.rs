//! Packets of several streams: the self-delimiting framing of RFC 6716, appendix B.

/// Most frames of a packet, which is 120 ms of the shortest.
const MOST_FRAMES: usize = 48;

/// Takes a self-delimiting packet from the front of `bytes` and rebuilds it the usual way in `packet`, without
/// padding. `None` where it is malformed.
pub(super) fn take<'a>(bytes: &'a [u8], packet: &mut Vec<u8>) -> Option<&'a [u8]> {
    packet.clear();
    let (toc, rest) = bytes.split_first()?;
    packet.push(*toc);
    match toc & 3 {
        0 => {
            let (length, rest) = length(rest)?;
            body(rest, length, packet)
        }
        1 => {
            let (length, rest) = length(rest)?;
            body(rest, 2 * length, packet)
        }
        2 => {
            let (first, rest) = length(rest)?;
            let (second, rest) = length(rest)?;
            put_length(first, packet);
            body(rest, first + second, packet)
        }
        _ => several(rest, packet),
    }
}

/// A packet of any number of frames.
fn several<'a>(bytes: &'a [u8], packet: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (head, mut rest) = bytes.split_first()?;
    let (is_variable, is_padded) = (head & 0x80 != 0, head & 0x40 != 0);
    let frames = usize::from(head & 0x3f);
    if frames == 0 || frames > MOST_FRAMES {
        return None;
    }
    let mut padding = 0;
    let mut goes_on = is_padded;
    while goes_on {
        let (byte, behind) = rest.split_first()?;
        goes_on = *byte == 255;
        padding += if goes_on { 254 } else { usize::from(*byte) };
        rest = behind;
    }
    packet.push(head & !0x40);
    let total = if is_variable {
        let mut total = 0;
        for frame in 0..frames {
            let (bytes, behind) = length(rest)?;
            rest = behind;
            total += bytes;
            // The usual way, the last frame takes what is left.
            if frame + 1 < frames {
                put_length(bytes, packet);
            }
        }
        total
    } else {
        let (bytes, behind) = length(rest)?;
        rest = behind;
        bytes * frames
    };
    body(rest, total, packet)?.get(padding..)
}

fn body<'a>(bytes: &'a [u8], length: usize, packet: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (body, rest) = bytes.split_at_checked(length)?;
    packet.extend_from_slice(body);
    Some(rest)
}

/// A length of one or two bytes: RFC 6716, 3.2.1.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (first, rest) = bytes.split_first()?;
    if *first < 252 {
        return Some((usize::from(*first), rest));
    }
    let (second, rest) = rest.split_first()?;
    Some((usize::from(*first) + 4 * usize::from(*second), rest))
}

fn put_length(length: usize, packet: &mut Vec<u8>) {
    // It was read from bytes, so that it is 1275 at the most.
    let byte = |value: usize| u8::try_from(value).unwrap_or(u8::MAX);
    if length < 252 {
        packet.push(byte(length));
    } else {
        let first = 252 + length % 4;
        packet.push(byte(first));
        packet.push(byte((length - first) / 4));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_rebuilt() {
        let check = |bytes: &[u8], expected: &[u8]| {
            let mut with_more = bytes.to_vec();
            with_more.extend(b"more");
            let mut packet = Vec::new();
            assert_eq!(take(&with_more, &mut packet), Some(&b"more"[..]), "{bytes:02x?}");
            assert_eq!(packet, expected, "{bytes:02x?}");
            for cut in 0..bytes.len() {
                assert_eq!(take(&bytes[..cut], &mut packet), None, "{bytes:02x?} cut at {cut}");
            }
        };
        check(&[0xfc, 2, 8, 9], &[0xfc, 8, 9]);
        check(&[0xfd, 1, 8, 9], &[0xfd, 8, 9]);
        check(&[0xfe, 1, 2, 7, 8, 9], &[0xfe, 1, 7, 8, 9]);
        // Three frames of one byte each; the same padded with two bytes.
        check(&[0xff, 0x03, 1, 7, 8, 9], &[0xff, 0x03, 7, 8, 9]);
        check(&[0xff, 0x43, 2, 1, 7, 8, 9, 0, 0], &[0xff, 0x03, 7, 8, 9]);
        // Three frames of several lengths.
        check(&[0xff, 0x83, 0, 1, 2, 7, 8, 9], &[0xff, 0x83, 0, 1, 7, 8, 9]);
        let mut long = vec![0xfe, 253, 1, 0];
        long.extend([5; 257]);
        let mut expected = vec![0xfe, 253, 1];
        expected.extend([5; 257]);
        check(&long, &expected);
        assert_eq!(take(&[0xff, 0x00, 1], &mut Vec::new()), None);
    }
}
