//! Private data that other systems define: BITMAPINFOHEADER (Microsoft, wingdi.h) and QuickTime's sample descriptions.

use rushes_core::{Buffer, CodecId, VideoParameters};

use crate::fourcc::video_codec;

/// Bytes of BITMAPINFOHEADER.
const HEADER_BYTES: usize = 40;

/// The codec that a BITMAPINFOHEADER names, and its own private data behind it.
pub(super) fn read(private: &[u8]) -> (CodecId, Buffer) {
    let rest = private.get(HEADER_BYTES..).unwrap_or_default();
    let codec = match private.get(16..20).and_then(|code| code.first_chunk()) {
        Some(code) => video_codec(*code),
        None => video_codec(*b"????"),
    };
    (codec, rest.into())
}

/// A BITMAPINFOHEADER with private data behind it; `None` for a codec that has no code here.
pub(super) fn write(
    codec: &CodecId,
    video: Option<&VideoParameters>,
    private: &[u8],
) -> Option<Vec<u8>> {
    let code: &[u8; 4] = match codec {
        CodecId::MsMpeg4V3 => b"DIV3",
        CodecId::Wmv3 => b"WMV3",
        CodecId::Vc1 => b"WVC1",
        _ => return None,
    };
    let (width, height) = video.map_or((0, 0), |video| (video.width, video.height));
    let size = u32::try_from(HEADER_BYTES + private.len()).ok()?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + private.len());
    bytes.extend(size.to_le_bytes());
    bytes.extend(width.to_le_bytes());
    bytes.extend(height.to_le_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend(code);
    bytes.extend(width.checked_mul(height)?.checked_mul(3)?.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(private);
    Some(bytes)
}

/// The codec of a QuickTime sample description, whose code stands behind its size.
pub(super) fn codec_of_quicktime(description: &[u8]) -> CodecId {
    let Some(code) = description.get(4..8).and_then(|code| code.first_chunk()) else {
        return video_codec(*b"????");
    };
    video_codec(*code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back_with_their_private_data() {
        let video = VideoParameters::new(320, 240);
        for codec in [CodecId::MsMpeg4V3, CodecId::Wmv3, CodecId::Vc1] {
            let bytes = write(&codec, Some(&video), &[7, 8]).expect("has a code");
            assert_eq!(bytes.len(), 42);
            assert_eq!(read(&bytes), (codec, vec![7, 8].into()));
        }
        assert_eq!(write(&CodecId::H264, None, &[]), None);
    }

    #[test]
    fn short_headers_name_nothing() {
        for length in 0..20 {
            assert_eq!(read(&vec![b'H'; length]).0.name(), "????");
        }
        assert_eq!(read(&[b'x'; 40]).0.name(), "xxxx");
        assert_eq!(codec_of_quicktime(b"\0\0\0\x20apcn"), CodecId::ProRes);
    }
}
