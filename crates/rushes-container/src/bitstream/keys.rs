//! Key frames told by the bytes of packets, for containers that do not tell.

use rushes_core::CodecId;
use rushes_core::bitstream::nal::AnnexB;
use rushes_core::bitstream::{h264, hevc};

/// Whether a packet is a key frame by what is in it; `None` where we cannot tell.
pub(crate) fn is_key(codec: &CodecId, data: &[u8]) -> Option<bool> {
    let annex_b = data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1]);
    match codec {
        CodecId::H264 if annex_b => {
            let mut nals = AnnexB::new(data).filter_map(h264::Nal::new);
            Some(nals.any(|nal| nal.kind() == 5 || is_recovery_point(nal)))
        }
        CodecId::Hevc if annex_b => {
            let mut nals = AnnexB::new(data).filter_map(hevc::Nal::new);
            let starts = |kind| matches!(kind, hevc::Kind::Slice(role) if role.is_random_access());
            Some(nals.any(|nal| starts(nal.kind())))
        }
        CodecId::Mpeg4 | CodecId::Mpeg1Video | CodecId::Mpeg2Video => {
            picture_type(codec, data).map(|kind| kind == PictureType::Intra)
        }
        codec if is_intra(codec) => Some(true),
        _ => None,
    }
}

/// What a picture refers to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PictureType {
    Intra,
    Predicted,
    Bidirectional,
}

/// Type of the first picture in a packet of MPEG-1, MPEG-2 or MPEG-4 part 2; `None` where we cannot tell.
pub(crate) fn picture_type(codec: &CodecId, data: &[u8]) -> Option<PictureType> {
    let (kind, intra) = match codec {
        // Of video object planes: ISO/IEC 14496-2, 6.2.5.
        CodecId::Mpeg4 => (coding_type(data, 0xb6, |rest| rest.first().map(|byte| byte >> 6))?, 0),
        // ISO/IEC 13818-2, 6.2.3.
        CodecId::Mpeg1Video | CodecId::Mpeg2Video => {
            (coding_type(data, 0, |rest| rest.get(1).map(|byte| byte >> 3 & 7))?, 1)
        }
        _ => return None,
    };
    Some(match kind.checked_sub(intra) {
        Some(0) => PictureType::Intra,
        Some(2) => PictureType::Bidirectional,
        _ => PictureType::Predicted,
    })
}

fn coding_type(data: &[u8], code: u8, kind: impl Fn(&[u8]) -> Option<u8>) -> Option<u8> {
    let at = data.windows(4).position(|bytes| bytes == [0, 0, 1, code])?;
    kind(&data[at + 4..])
}

/// True for the message that decoding can start at its picture: ITU-T H.264, D.1.8.
fn is_recovery_point(nal: h264::Nal<'_>) -> bool {
    if nal.kind() != 6 {
        return false;
    }
    let payload = nal.payload();
    let mut rest = &payload[..];
    // Types and sizes are coded in bytes of ones and a last one.
    let number = |rest: &mut &[u8]| {
        let ones = rest.iter().take_while(|byte| **byte == 0xff).count();
        let last = usize::from(*rest.get(ones)?);
        *rest = &rest[ones + 1..];
        Some(ones * 255 + last)
    };
    while let (Some(kind), Some(size)) = (number(&mut rest), number(&mut rest)) {
        if kind == 6 {
            return true;
        }
        rest = rest.get(size..).unwrap_or_default();
    }
    false
}

/// True for codecs whose pictures need no other.
const fn is_intra(codec: &CodecId) -> bool {
    matches!(codec, CodecId::Mjpeg | CodecId::RawVideo | CodecId::Png | CodecId::ProRes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_by_content() {
        let check = |codec, data: &[u8], expected| assert_eq!(is_key(&codec, data), expected);
        check(CodecId::H264, &[0, 0, 0, 1, 9, 0, 0, 0, 1, 0x65, 1], Some(true));
        check(CodecId::H264, &[0, 0, 1, 0x41, 1], Some(false));
        check(CodecId::H264, &[0, 0, 1, 6, 5, 1, 9, 6, 1, 0x84, 0x80, 0, 0, 1, 0x41], Some(true));
        check(CodecId::H264, &[0, 0, 1, 6, 5, 1, 6, 0x80, 0, 0, 1, 0x41], Some(false));
        check(CodecId::H264, &[0, 0, 0, 9, 0x65], None);
        check(CodecId::Mpeg4, &[0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb6, 0x10], Some(true));
        check(CodecId::Mpeg4, &[0, 0, 1, 0xb6, 0x50], Some(false));
        check(CodecId::Mpeg4, &[0, 0, 1, 0xb6], None);
        check(CodecId::Mpeg2Video, &[0, 0, 1, 0, 0, 0x08], Some(true));
        check(CodecId::Mpeg2Video, &[0, 0, 1, 0, 0, 0x18], Some(false));
        check(CodecId::Mjpeg, &[], Some(true));
    }
}
