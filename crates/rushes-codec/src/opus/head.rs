//! The identification header: RFC 7845, 5.1.

use rushes_core::{ChannelLayout, Error, Result};

use crate::xiph;

const MAGIC: &[u8] = b"OpusHead";

/// What the identification header says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) channels: u8,
    /// Samples of 48 kHz that the encoder made up at the start.
    pub(super) pre_skip: u16,
    /// What went into the encoder, for information.
    pub(super) input_rate: u32,
    /// Decibels in 1/256.
    pub(super) gain: i16,
    pub(super) family: u8,
    pub(super) streams: u8,
    /// Streams of two channels, which come first.
    pub(super) coupled: u8,
    /// The decoded channel that each channel takes; 255 for silence.
    pub(super) mapping: Vec<u8>,
}

impl Head {
    /// One stream of one or two channels.
    pub(super) fn simple(channels: u8) -> Self {
        Self {
            channels,
            pre_skip: 0,
            input_rate: super::RATE,
            gain: 0,
            family: 0,
            streams: 1,
            coupled: channels - 1,
            mapping: (0..channels).collect(),
        }
    }

    /// Reads the header.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        let malformed = |problem: &str| Error::malformed(format!("the header of Opus {problem}"));
        let body = bytes.strip_prefix(MAGIC).ok_or_else(|| malformed("lacks its name"))?;
        let [version, channels, a, b, c, d, e, f, g, h, family, table @ ..] = body else {
            return Err(malformed("ends early"));
        };
        if version >> 4 != 0 {
            return Err(Error::unsupported(
                format!("Opus of version {version}"),
                "versions 0 to 15",
            ));
        }
        let mut head = Self {
            pre_skip: u16::from_le_bytes([*a, *b]),
            input_rate: u32::from_le_bytes([*c, *d, *e, *f]),
            gain: i16::from_le_bytes([*g, *h]),
            family: *family,
            ..match (family, channels) {
                (_, 0) => return Err(malformed("has no channels")),
                (0, 1 | 2) => Self::simple(*channels),
                (0, _) => return Err(malformed("has more channels than its family")),
                _ => Self::simple(1),
            }
        };
        if *family == 0 {
            return Ok(head);
        }
        if !matches!(family, 1 | 2 | 255) {
            let what = format!("Opus with the channel mapping family {family}");
            return Err(Error::unsupported(what, "families 0, 1, 2 and 255"));
        }
        let [streams, coupled, mapping @ ..] = table else { return Err(malformed("ends early")) };
        let mapping = mapping.get(..usize::from(*channels));
        let mapping = mapping.ok_or_else(|| malformed("ends early"))?;
        let decoded = u16::from(*streams) + u16::from(*coupled);
        if *streams == 0 || coupled > streams || decoded > 255 {
            return Err(malformed("has an impossible number of streams"));
        }
        if mapping.iter().any(|index| *index != 255 && u16::from(*index) >= decoded) {
            return Err(malformed("maps channels that no stream has"));
        }
        if *family == 1 && *channels > 8 {
            return Err(malformed("has more channels than its family"));
        }
        head.channels = *channels;
        (head.streams, head.coupled) = (*streams, *coupled);
        head.mapping = mapping.to_vec();
        Ok(head)
    }

    /// The layout of decoded sound, and for each of its channels the decoded channel that it takes.
    pub(super) fn output(&self) -> (ChannelLayout, Vec<u8>) {
        let channels = u16::from(self.channels);
        match xiph::surround(channels).filter(|_| self.family < 2) {
            Some((layout, order)) => {
                (layout, order.iter().map(|stored| self.mapping[*stored]).collect())
            }
            // Places are not known, or those of a sound field.
            None => (ChannelLayout::from_mask(channels, 0), self.mapping.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: &[u8] = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\xf6\xff\0";
    const SURROUND: &[u8] =
        b"OpusHead\x01\x06\x38\x01\x80\xbb\0\0\0\0\x01\x04\x02\x00\x04\x01\x02\x03\x05";

    #[test]
    fn headers_are_read() {
        let head = Head::read(STEREO).expect("valid");
        assert_eq!((head.pre_skip, head.gain, head.input_rate), (312, -10, 48_000));
        assert_eq!(head.output(), (ChannelLayout::STEREO, vec![0, 1]));
        let head = Head::read(SURROUND).expect("valid");
        assert_eq!((head.streams, head.coupled), (4, 2));
        // Front left, right, centre, LFE, back left, right.
        assert_eq!(head.output(), (ChannelLayout::SURROUND_5_1, vec![0, 1, 4, 5, 2, 3]));
        let mut loose = SURROUND.to_vec();
        loose[18] = 255;
        let (layout, order) = Head::read(&loose).expect("valid").output();
        assert_eq!((layout.mask(), order), (0, vec![0, 4, 1, 2, 3, 5]));
        for cut in 0..SURROUND.len() {
            assert!(Head::read(&SURROUND[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn impossible_ones_are_refused() {
        let check = |at: usize, byte: u8, expected: &str| {
            let mut bytes = SURROUND.to_vec();
            bytes[at] = byte;
            let error = Head::read(&bytes).expect_err("impossible");
            assert!(error.to_string().contains(expected), "{error}");
        };
        check(8, 16, "version 16");
        check(9, 0, "no channels");
        check(18, 0, "more channels");
        check(18, 3, "family 3");
        check(19, 0, "number of streams");
        check(20, 5, "number of streams");
        check(21, 6, "no stream has");
    }
}
