//! Size of MPEG-4 pictures: ISO/IEC 14496-2, 6.2.3.

use rushes_core::Result;
use rushes_core::bitstream::BitReader;

/// Width and height, if there is a video object layer of rectangular shape.
pub(super) fn size(data: &[u8]) -> Option<(u32, u32)> {
    let layer = |code: &[u8]| code.starts_with(&[0, 0, 1]) && matches!(code[3], 0x20..=0x2f);
    let at = data.windows(4).position(layer)?;
    read(&data[at + 4..]).ok().flatten()
}

fn read(layer: &[u8]) -> Result<Option<(u32, u32)>> {
    let r = &mut BitReader::new(layer);
    r.skip(9)?; // random_accessible_vol, video_object_type_indication
    let mut version = 1;
    if r.flag()? {
        version = r.bits(4)?;
        r.skip(3)?; // video_object_layer_priority
    }
    if r.bits(4)? == 15 {
        r.skip(16)?; // pixel aspect
    }
    if r.flag()? {
        r.skip(3)?; // chroma_format, low_delay
        if r.flag()? {
            r.skip(79)?; // vbv_parameters, with markers
        }
    }
    let shape = r.bits(2)?;
    if shape == 3 && version != 1 {
        r.skip(4)?;
    }
    r.skip(1)?;
    let resolution = r.bits(16)?;
    r.skip(1)?;
    if r.flag()? {
        // As many bits as the last tick of a second needs.
        let bits = u32::BITS - resolution.saturating_sub(1).leading_zeros();
        r.bits(bits.max(1))?;
    }
    if shape != 0 {
        return Ok(None);
    }
    r.skip(1)?;
    let width = r.bits(13)?;
    r.skip(1)?;
    let height = r.bits(13)?;
    Ok(Some((width, height)).filter(|(width, height)| *width > 0 && *height > 0))
}
