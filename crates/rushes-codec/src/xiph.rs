//! Which speakers the channels of Vorbis, and of Opus after it, belong to: Vorbis I, 4.3.9; RFC 7845, 5.1.1.2.

use rushes_core::ChannelLayout;

/// The speakers of so many channels, and for each of them, in the order of the mask, where it is stored.
pub(crate) const fn surround(channels: u16) -> Option<(ChannelLayout, &'static [usize])> {
    let (mask, order): (u32, &[usize]) = match channels {
        1 => (0x4, &[0]),
        2 => (0x3, &[0, 1]),
        3 => (0x7, &[0, 2, 1]),
        4 => (0x33, &[0, 1, 2, 3]),
        5 => (0x37, &[0, 2, 1, 3, 4]),
        6 => (0x3f, &[0, 2, 1, 5, 3, 4]),
        7 => (0x70f, &[0, 2, 1, 6, 5, 3, 4]),
        8 => (0x63f, &[0, 2, 1, 7, 5, 6, 3, 4]),
        _ => return None,
    };
    Some((ChannelLayout::from_mask(channels, mask), order))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_channel_has_one_place() {
        for channels in 1..=8 {
            let (layout, order) = surround(channels).expect("up to eight");
            assert_eq!(layout.channels(), channels);
            assert_ne!(layout.mask(), 0);
            let mut places = order.to_vec();
            places.sort_unstable();
            assert!(places.iter().copied().eq(0..usize::from(channels)));
        }
        assert_eq!(surround(0), None);
        assert_eq!(surround(9), None);
    }
}
