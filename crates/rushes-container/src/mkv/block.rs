//! Blocks and how several frames share one: RFC 9559, 10.

use rushes_core::{Buffer, Error, Result};

use super::ebml;

/// Most bytes of a block's header, and the first byte of its frames.
pub(super) const MAX_HEAD: u64 = 12;

/// How the frames of a block are told apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lacing {
    None,
    Xiph,
    Fixed,
    Ebml,
}

/// The header of a block.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct BlockHead {
    /// Number of the track.
    pub(super) track: u64,
    /// Time after that of the cluster.
    pub(super) relative: i16,
    pub(super) lacing: Lacing,
    /// Of a `SimpleBlock` alone.
    pub(super) key: bool,
    /// Decoded, but not shown.
    pub(super) invisible: bool,
    /// Bytes of the header.
    pub(super) length: usize,
}

impl BlockHead {
    /// Reads the header at the start of a block.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self> {
        let short = || Error::malformed(format!("a block of {} bytes", bytes.len()));
        let (track, length) = ebml::vint(bytes).ok_or_else(short)?;
        let &[high, low, flags] =
            bytes.get(length..length + 3).and_then(|rest| rest.first_chunk()).ok_or_else(short)?;
        let lacing = match flags >> 1 & 3 {
            0 => Lacing::None,
            1 => Lacing::Xiph,
            2 => Lacing::Fixed,
            _ => Lacing::Ebml,
        };
        Ok(Self {
            track,
            relative: i16::from_be_bytes([high, low]),
            lacing,
            key: flags & 0x80 != 0,
            invisible: flags & 8 != 0,
            length: length + 3,
        })
    }
}

/// The frames of a block with lacing, which share its bytes.
pub(super) fn split(lacing: Lacing, payload: &Buffer) -> Result<Vec<Buffer>> {
    if lacing == Lacing::None {
        return Ok(vec![payload.clone()]);
    }
    let overflow = || Error::malformed("the frames of a block with lacing exceed it");
    let (&count, mut rest) = payload.split_first().ok_or_else(overflow)?;
    let count = usize::from(count) + 1;
    let mut sizes = Vec::with_capacity(count);
    match lacing {
        Lacing::Fixed => {
            if !rest.len().is_multiple_of(count) {
                let message = format!("{} bytes in a block of {count} equal frames", rest.len());
                return Err(Error::malformed(message));
            }
            sizes.resize(count, rest.len() / count);
        }
        Lacing::Xiph => {
            for _ in 1..count {
                let more = rest.iter().take_while(|byte| **byte == 255).count();
                let last = *rest.get(more).ok_or_else(overflow)?;
                sizes.push(more * 255 + usize::from(last));
                rest = &rest[more + 1..];
            }
        }
        _ => {
            let mut size = 0_i64;
            for index in 1..count {
                let (value, length) = if index == 1 {
                    let (value, length) = ebml::vint(rest).ok_or_else(overflow)?;
                    (i64::try_from(value).map_err(|_| overflow())?, length)
                } else {
                    ebml::signed_vint(rest).ok_or_else(overflow)?
                };
                size = size.checked_add(value).ok_or_else(overflow)?;
                sizes.push(usize::try_from(size).map_err(|_| overflow())?);
                rest = &rest[length..];
            }
        }
    }
    let mut start = payload.len() - rest.len();
    let mut frames = Vec::with_capacity(count);
    for size in sizes {
        let end = start.checked_add(size).ok_or_else(overflow)?;
        frames.push(payload.slice(start..end).ok_or_else(overflow)?);
        start = end;
    }
    if lacing != Lacing::Fixed {
        frames.push(payload.slice(start..payload.len()).ok_or_else(overflow)?);
    }
    Ok(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        let head = BlockHead::parse(&[0x81, 0xff, 0xfe, 0x86]).expect("whole");
        assert_eq!((head.track, head.relative, head.lacing), (1, -2, Lacing::Ebml));
        assert!(head.key);
        let head = BlockHead::parse(&[0x41, 0x00, 0, 1, 0x02]).expect("whole");
        assert_eq!(
            (head.track, head.relative, head.lacing, head.length),
            (256, 1, Lacing::Xiph, 5)
        );
        for length in 0..4 {
            assert!(BlockHead::parse(&[0x81, 0, 0, 0][..length]).is_err());
        }
        assert!(BlockHead::parse(&[0; 12]).is_err());
    }

    #[test]
    fn laces_come_apart() {
        let check = |lacing, payload: Vec<u8>, expected: Option<&[usize]>| {
            let length = payload.len();
            let frames = split(lacing, &Buffer::from(payload)).ok();
            let sizes = frames
                .as_ref()
                .map(|frames| frames.iter().map(|frame| frame.len()).collect::<Vec<_>>());
            assert_eq!(sizes.as_deref(), expected, "{lacing:?} of {length}");
        };
        check(Lacing::None, vec![1, 2], Some(&[2]));
        check(Lacing::Fixed, vec![1, 0, 0, 0, 0], Some(&[2, 2]));
        check(Lacing::Fixed, vec![2, 0, 0, 0, 0], None);
        check(Lacing::Fixed, vec![0], Some(&[0]));
        let mut xiph = vec![2, 255, 1, 3];
        xiph.resize(4 + 256 + 3 + 7, 0);
        check(Lacing::Xiph, xiph.clone(), Some(&[256, 3, 7]));
        xiph.truncate(4 + 256 + 2);
        check(Lacing::Xiph, xiph, None);
        check(Lacing::Xiph, vec![255; 300], None);
        // 4, then one less, then the rest.
        check(Lacing::Ebml, vec![2, 0x84, 0xbe, 0, 0, 0, 0, 1, 1, 1, 9], Some(&[4, 3, 1]));
        check(Lacing::Ebml, vec![2, 0x81, 0x80, 0], None);
        check(Lacing::Ebml, vec![1, 0x01, 255, 255, 255, 255, 255, 255, 255], None);
        for lacing in [Lacing::Xiph, Lacing::Fixed, Lacing::Ebml] {
            check(lacing, vec![], None);
        }
    }
}
