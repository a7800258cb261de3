//! Codecs of pictures by the `biCompression` of BITMAPINFOHEADER (Microsoft, wingdi.h).

use rushes_core::{CodecId, PixelFormat};

use crate::fourcc;

/// The codec of a four-character code.
pub(super) fn video_codec(code: [u8; 4]) -> CodecId {
    match &code.map(|byte| byte.to_ascii_uppercase()) {
        b"\0\0\0\0" | b"\x03\0\0\0" | b"DIB " | b"RGB " | b"RAW " | b"I420" | b"IYUV" | b"YV12"
        | b"YUY2" | b"YUYV" | b"UYVY" | b"NV12" | b"NV21" | b"Y800" | b"GREY" => CodecId::RawVideo,
        _ => fourcc::video_codec(code),
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
    fn raw_pictures_are_told_from_coded_ones() {
        let check = |code: &[u8; 4], expected| assert_eq!(video_codec(*code).name(), expected);
        check(b"\0\0\0\0", "rawvideo");
        check(b"yuy2", "rawvideo");
        check(b"xvid", "mpeg4");
    }
}
