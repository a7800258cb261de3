//! Codecs of pictures by codes of four characters: the `biCompression` of BITMAPINFOHEADER (Microsoft, wingdi.h), which
//! QuickTime's codes do not contradict.

use rushes_core::{CodecId, MediaKind};

/// The codec of a code, in either case. Codes of raw pictures are not among them: they say more than a codec.
pub(crate) fn video_codec(code: [u8; 4]) -> CodecId {
    match &code.map(|byte| byte.to_ascii_uppercase()) {
        b"H264" | b"X264" | b"AVC1" | b"DAVC" | b"VSSH" => CodecId::H264,
        b"HEVC" | b"H265" | b"X265" | b"HVC1" | b"HEV1" => CodecId::Hevc,
        b"AV01" => CodecId::Av1,
        b"VP80" => CodecId::Vp8,
        b"VP90" => CodecId::Vp9,
        b"XVID" | b"DIVX" | b"DX50" | b"FMP4" | b"MP4V" | b"MP4S" | b"M4S2" | b"3IV2" | b"BLZ0"
        | b"RMP4" | b"UMP4" | b"DIV1" | b"\x04\0\0\0" => CodecId::Mpeg4,
        b"DIV3" | b"DIV4" | b"DIV5" | b"DIV6" | b"MP43" | b"MPG3" | b"COL1" | b"AP41" => {
            CodecId::MsMpeg4V3
        }
        b"WMV3" => CodecId::Wmv3,
        b"WVC1" => CodecId::Vc1,
        b"MPEG" | b"MPG2" | b"M2V1" | b"MMES" | b"\x02\0\0\x10" => CodecId::Mpeg2Video,
        b"MPG1" | b"M1V1" | b"\x01\0\0\x10" => CodecId::Mpeg1Video,
        b"H263" | b"U263" | b"S263" | b"X263" => CodecId::H263,
        b"MJPG" | b"JPEG" | b"MJPA" | b"AVRN" | b"JPGL" | b"IJPG" | b"DMB1" => CodecId::Mjpeg,
        b"APCH" | b"APCN" | b"APCS" | b"APCO" | b"AP4H" | b"AP4X" => CodecId::ProRes,
        b"FFV1" => CodecId::Ffv1,
        b"THEO" => CodecId::Theora,
        b"PNG " | b"MPNG" | b"PNG1" => CodecId::Png,
        _ => CodecId::Unknown(MediaKind::Video, code.escape_ascii().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_known_in_either_case() {
        let check = |code: &[u8; 4], expected| assert_eq!(video_codec(*code).name(), expected);
        check(b"xvid", "mpeg4");
        check(b"H264", "h264");
        check(b"mjpg", "mjpeg");
        check(b"DIV3", "msmpeg4v3");
        check(b"none", "none");
        check(b"\xff\0ab", "\\xff\\x00ab");
    }
}
