//! How long a packet of Opus is: RFC 6716, 3.1.

/// Samples of a packet at 48 kHz (RFC 6716, 3.1); `None` where it is none.
pub(crate) fn opus_samples(packet: &[u8]) -> Option<u32> {
    let (toc, rest) = packet.split_first()?;
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(rest.first()? & 0x3f),
    };
    Some(frame * count).filter(|samples| (1..=5760).contains(samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_tell_their_length() {
        let check = |packet: &[u8], expected: Option<u32>| {
            assert_eq!(opus_samples(packet), expected, "{packet:?}");
        };
        check(&[0], Some(480));
        check(&[3 << 3 | 1], Some(5760));
        check(&[13 << 3 | 2], Some(1920));
        check(&[16 << 3], Some(120));
        check(&[31 << 3 | 3, 6], Some(5760));
        check(&[31 << 3 | 3, 7], None);
        check(&[31 << 3 | 3, 0], None);
        check(&[31 << 3 | 3], None);
        check(&[], None);
    }
}
