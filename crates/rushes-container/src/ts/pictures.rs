//! Where pictures start: ITU-T H.264, 7.4.1.2.3; H.265, 7.4.2.4.4; ISO/IEC 13818-2, 6.2; ISO/IEC 14496-2, 6.2.

/// A codec whose stream has start codes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum PictureCodec {
    H264,
    Hevc,
    /// MPEG-1 too.
    Mpeg2,
    Mpeg4,
}

/// What starts behind a start code.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    /// The first part of a picture itself.
    Picture,
    /// What comes in front of a picture, never within one.
    Front,
    Other,
}

/// The end of the first picture, where the next one starts. `scanned` is where the search goes on, `started` tells that there was a
/// picture before that.
pub(super) fn find_end(
    codec: PictureCodec,
    bytes: &[u8],
    scanned: &mut usize,
    started: &mut bool,
) -> Option<usize> {
    // Two bytes behind the start code tell what it is.
    while let Some(found) = start_code(bytes, *scanned) {
        let Some(&[first, second, third]) =
            bytes.get(found + 3..found + 6).and_then(<[u8]>::first_chunk)
        else {
            *scanned = found;
            return None;
        };
        let part = part(codec, first, second, third);
        if *started && part != Part::Other {
            // A zero in front belongs to the start code of an access unit. FFmpeg sees it so in H.264 only.
            let zero = codec == PictureCodec::H264 && found > 0 && bytes[found - 1] == 0;
            let end = if zero { found - 1 } else { found };
            return Some(end);
        }
        *started |= part == Part::Picture;
        *scanned = found + 3;
    }
    *scanned = (*scanned).max(bytes.len().saturating_sub(2));
    None
}

fn start_code(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from + 2;
    while let Some(byte) = bytes.get(at) {
        match byte {
            2.. => at += 3,
            1 if bytes[at - 1] == 0 && bytes[at - 2] == 0 => return Some(at - 2),
            _ => at += 1,
        }
    }
    None
}

const fn part(codec: PictureCodec, first: u8, second: u8, third: u8) -> Part {
    match codec {
        PictureCodec::H264 => match first & 31 {
            // The number of the first macroblock is zero.
            1 | 2 | 5 if second & 0x80 != 0 => Part::Picture,
            6..=9 => Part::Front,
            _ => Part::Other,
        },
        PictureCodec::Hevc => {
            let base = first & 1 == 0 && second >> 3 == 0;
            match first >> 1 & 63 {
                0..=9 | 16..=21 if base && third & 0x80 != 0 => Part::Picture,
                32..=35 | 39 | 41..=44 | 48..=55 if base => Part::Front,
                _ => Part::Other,
            }
        }
        PictureCodec::Mpeg2 => match first {
            0 => Part::Picture,
            0xb3 | 0xb8 => Part::Front,
            _ => Part::Other,
        },
        PictureCodec::Mpeg4 => match first {
            0xb6 => Part::Picture,
            0x00..=0x2f | 0xb0 | 0xb3 | 0xb5 => Part::Front,
            _ => Part::Other,
        },
    }
}
