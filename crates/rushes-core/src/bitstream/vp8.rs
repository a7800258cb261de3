//! The start of VP8 frames: RFC 6386, 9.1.

/// True for a key frame.
pub fn is_key(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 1 == 0)
}

/// Width and height that a key frame says; `None` for frames that are none, or that end before they say it.
pub fn size(frame: &[u8]) -> Option<(u32, u32)> {
    let [tag, _, _, 0x9d, 0x01, 0x2a, size @ ..] = frame.get(..10)? else { return None };
    let &[a, b, c, d] = size else { return None };
    // The two highest bits ask the player to scale.
    let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
    (tag & 1 == 0).then_some((side([a, b]), side([c, d])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_key_frames() {
        let key = [0x10, 2, 0, 0x9d, 1, 0x2a, 0xb0, 0x40, 0x90, 0];
        assert!(is_key(&key));
        assert_eq!(size(&key), Some((176, 144)));
        assert!(!is_key(&[0x11]));
        assert!(!is_key(&[]));
        (0..key.len()).for_each(|length| assert_eq!(size(&key[..length]), None));
        let inter = [0x11, 2, 0, 0x9d, 1, 0x2a, 0xb0, 0x40, 0x90, 0];
        assert_eq!(size(&inter), None);
    }
}
