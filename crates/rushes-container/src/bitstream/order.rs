//! Whether pictures are shown in the order in which they are stored, for containers that store only one kind of time.

use rushes_core::bitstream::nal::AnnexB;
use rushes_core::bitstream::{BitReader, h264};
use rushes_core::{CodecId, Result};

/// True for codecs that may show pictures in another order than that in which they are stored.
pub(crate) fn may_reorder(codec: &CodecId) -> bool {
    match codec {
        CodecId::H264
        | CodecId::Hevc
        | CodecId::Mpeg4
        | CodecId::Mpeg1Video
        | CodecId::Mpeg2Video => true,
        CodecId::Unknown(_, code) => matches!(&**code, "WVC1" | "WMV3" | "WMVA" | "VC-1"),
        _ => false,
    }
}

/// What the headers in a packet say of the order; `None` where there are none that do.
pub(crate) fn reorders(codec: &CodecId, data: &[u8]) -> Option<bool> {
    match codec {
        CodecId::H264 => {
            let mut nals = AnnexB::new(data).filter_map(h264::Nal::new);
            let sps = nals.find(|nal| nal.kind() == 7)?;
            let sps = h264::Sps::parse(&sps.payload()).ok()?;
            Some(sps.reorder_depth().start > 0)
        }
        CodecId::Mpeg4 => {
            let layer =
                |code: &[u8]| code.starts_with(&[0, 0, 1]) && matches!(code[3], 0x20..=0x2f);
            let at = data.windows(4).position(layer)?;
            low_delay(&data[at + 4..]).ok().map(|low_delay| !low_delay)
        }
        _ => None,
    }
}

/// `low_delay` of a video object layer: ISO/IEC 14496-2, 6.2.3. Where it is left out, simple objects have no B-VOPs, and FFmpeg's word
/// for the others is the same.
fn low_delay(layer: &[u8]) -> Result<bool> {
    let r = &mut BitReader::new(layer);
    r.skip(9)?; // random_accessible_vol, video_object_type_indication
    if r.flag()? {
        r.skip(7)?; // version, priority
    }
    if r.bits(4)? == 15 {
        r.skip(16)?; // pixel aspect
    }
    if !r.flag()? {
        return Ok(true);
    }
    r.skip(2)?; // chroma_format
    r.flag()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_tell_their_delay() {
        let check = |bytes: &[u8], expected| {
            let data = [&[0, 0, 1, 0xb0, 1, 0, 0, 1, 0x20][..], bytes].concat();
            assert_eq!(reorders(&CodecId::Mpeg4, &data), expected, "{bytes:02x?}");
        };
        // Type 1, no identifier, square pixels; without and with control parameters; with a version and an aspect.
        check(&[0, 0x84], Some(false));
        check(&[0, 0x86, 0xc0], Some(false));
        check(&[0, 0x86, 0x80], Some(true));
        check(&[0, 0xc8, 0xf8, 0x08, 0x0d, 0], Some(true));
        check(&[0], None);
        assert_eq!(reorders(&CodecId::Mpeg4, &[0, 0, 1, 0xb6, 0x10]), None);
        assert!(!may_reorder(&CodecId::Mjpeg));
    }
}
