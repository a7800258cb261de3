//! Codecs of pictures by the `biCompression` of BITMAPINFOHEADER (Microsoft, wingdi.h).

use rushes_core::{CodecId, MediaKind, PixelFormat};

/// The codec of a four-character code.
pub(super) fn video_codec(code: [u8; 4]) -> CodecId {
    match &code.map(|byte| byte.to_ascii_uppercase()) {
        b"H264" | b"X264" | b"AVC1" | b"DAVC" | b"VSSH" => CodecId::H264,
        b"HEVC" | b"H265" | b"X265" | b"HVC1" | b"HEV1" => CodecId::Hevc,
        b"AV01" => CodecId::Av1,
        b"VP80" => CodecId::Vp8,
        b"VP90" => CodecId::Vp9,
        b"XVID" | b"DIVX" | b"DX50" | b"FMP4" | b"MP4V" | b"MP4S" | b"M4S2" | b"3IV2" | b"BLZ0"
        | b"RMP4" | b"UMP4" | b"DIV1" | b"\x04\0\0\0" => CodecId::Mpeg4,
        b"MPEG" | b"MPG1" | b"\x01\0\0\x10" => CodecId::Mpeg1Video,
        b"MPG2" | b"MMES" | b"\x02\0\0\x10" => CodecId::Mpeg2Video,
        b"H263" | b"U263" | b"S263" | b"X263" => CodecId::H263,
        b"MJPG" | b"AVRN" | b"JPGL" | b"IJPG" | b"JPEG" | b"DMB1" => CodecId::Mjpeg,
        b"MPNG" | b"PNG1" => CodecId::Png,
        b"APCH" | b"APCN" | b"APCS" | b"APCO" | b"AP4H" | b"AP4X" => CodecId::ProRes,
        b"\0\0\0\0" | b"\x03\0\0\0" | b"DIB " | b"RGB " | b"RAW " | b"I420" | b"IYUV" | b"YV12"
        | b"YUY2" | b"YUYV" | b"UYVY" | b"NV12" | b"NV21" | b"Y800" | b"GREY" => CodecId::RawVideo,
        _ => {
            let name: String =
                code.iter().map(|byte| char::from(*byte)).flat_map(char::escape_default).collect();
            CodecId::Unknown(MediaKind::Video, name)
        }
    }
}

/// Layout of raw pictures; `None` where it is none that we have.
pub(super) fn raw_layout(code: [u8; 4], bits: u16) -> Option<PixelFormat> {
    match &code.map(|byte| byte.to_ascii_uppercase()) {
        b"I420" | b"IYUV" => Some(PixelFormat::Yuv420p),
        b"YUY2" | b"YUYV" => Some(PixelFormat::Yuyv422),
        b"UYVY" => Some(PixelFormat::Uyvy422),
        b"NV12" => Some(PixelFormat::Nv12),
        b"NV21" => Some(PixelFormat::Nv21),
        b"Y800" | b"GREY" => Some(PixelFormat::Gray8),
        b"\0\0\0\0" | b"DIB " | b"RGB " | b"RAW " => match bits {
            24 => Some(PixelFormat::Bgr24),
            32 => Some(PixelFormat::Bgra),
            _ => None,
        },
        _ => None,
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
        check(b"\0\0\0\0", "rawvideo");
        check(b"DIV3", "DIV3");
        check(b"\xff\0ab", "\\u{ff}\\u{0}ab");
    }
}
