//! Sequence parameter sets: ITU-T H.265, 7.3.2.2 and annex E.

use crate::{ColorInfo, ColorRange, Error, Ratio, Result};

use crate::bitstream::vui::{self, Timing};
use crate::bitstream::{BitReader, ChromaFormat, Crop, ReorderDepth};

/// What the adapter needs of a sequence parameter set; the engine reads the rest, and cuts pictures to what is visible.
#[derive(Clone, Debug, PartialEq)]
pub struct Sps {
    pub id: u8,
    /// The first bytes of `profile_tier_level`, from `general_profile_space` to `general_level_idc`.
    pub profile: [u8; 12],
    /// `sps_max_sub_layers_minus1` plus one.
    pub sub_layers: u8,
    /// `sps_temporal_id_nesting_flag`.
    pub nested: bool,
    pub chroma: ChromaFormat,
    pub luma_depth: u8,
    pub chroma_depth: u8,
    /// Coded size in luma samples.
    pub width: u32,
    pub height: u32,
    pub crop: Crop,
    /// Bits of the order count in slice headers.
    pub order_bits: u32,
    /// `sps_max_dec_pic_buffering_minus1` plus one, of the highest sub-layer.
    pub buffered: u8,
    /// `sps_max_num_reorder_pics` of the highest sub-layer.
    pub reordered: u8,
    pub vui: Vui,
}

/// Video usability information.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vui {
    pub sample_aspect: Option<Ratio>,
    pub color: ColorInfo,
    /// Ticks that a picture lasts.
    pub timing: Option<Timing>,
}

impl Sps {
    /// Reads the payload of the NAL unit.
    pub fn parse(payload: &[u8]) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        r.skip(4)?; // sps_video_parameter_set_id
        let sub_layers = r.bits(3)?; // sps_max_sub_layers_minus1
        if sub_layers > 6 {
            return Err(Error::malformed("there are more than seven sub-layers"));
        }
        let nested = r.flag()?;
        let profile = profile_tier_level(r, sub_layers)?;
        let id = r.small(15, "sps_seq_parameter_set_id")?;
        let chroma = ChromaFormat::parse(r)?;
        // No level allows more than 35651584 samples in a picture, and sqrt(8 * 35651584) in a row or column.
        let width = r.unsigned_up_to(16_888, "pic_width_in_luma_samples")?;
        let height = r.unsigned_up_to(16_888, "pic_height_in_luma_samples")?;
        let crop = if r.flag()? { Crop::parse(r, chroma, 1)? } else { Crop::default() };
        let luma_depth = 8 + r.small(8, "bit_depth_luma_minus8")?;
        let chroma_depth = 8 + r.small(8, "bit_depth_chroma_minus8")?;
        let order_bits = 4 + r.unsigned_up_to(12, "log2_max_pic_order_cnt_lsb_minus4")?;
        let (mut buffered, mut reordered) = (0, 0);
        let listed = if r.flag()? { sub_layers + 1 } else { 1 };
        for _ in 0..listed {
            buffered = 1 + r.small(15, "sps_max_dec_pic_buffering_minus1")?;
            reordered = r.small(15, "sps_max_num_reorder_pics")?;
            r.unsigned()?; // sps_max_latency_increase_plus1
        }
        // Nothing in the VUI is needed to decode, and streams with a broken one play everywhere: what was read
        // before the damage counts. What lies between is for the engine to judge.
        let mut vui = Vui { color: chroma.default_color(), ..Vui::default() };
        // What a stream without a range means, by the standard.
        vui.color.range = ColorRange::Limited;
        skip_to_vui(r, order_bits).and_then(|()| vui.parse(r)).ok();
        Ok(Self {
            id,
            profile,
            // At most seven, as checked above.
            sub_layers: u8::try_from(sub_layers + 1).unwrap_or(7),
            nested,
            chroma,
            luma_depth,
            chroma_depth,
            width,
            height,
            crop,
            order_bits,
            buffered,
            reordered,
            vui,
        })
    }

    /// How many pictures must be held back so that none comes out of order: what the stream says.
    pub fn reorder_depth(&self) -> ReorderDepth {
        let depth = usize::from(self.reordered);
        ReorderDepth { start: depth, limit: depth }
    }
}

impl Vui {
    fn parse(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        if !r.flag()? {
            return Ok(());
        }
        if r.flag()? {
            self.sample_aspect = vui::sample_aspect(r)?;
        }
        if r.flag()? {
            r.skip(1)?; // overscan_appropriate_flag
        }
        if r.flag()? {
            vui::signal_type(r, &mut self.color)?;
        }
        if r.flag()? {
            self.color.chroma_location = vui::chroma_location(r)?;
        }
        r.skip(3)?; // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
        if r.flag()? {
            for _ in 0..4 {
                r.unsigned()?; // def_disp_win_left_offset … def_disp_win_bottom_offset
            }
        }
        if r.flag()? {
            self.timing = vui::timing(r)?;
        }
        Ok(())
    }
}

/// `profile_tier_level` with a profile, 7.3.3; gives the part that is not about sub-layers.
fn profile_tier_level(r: &mut BitReader<'_>, sub_layers: u32) -> Result<[u8; 12]> {
    const PROFILE: usize = 88;
    const LEVEL: usize = 8;
    let mut general = [0; 12];
    for byte in &mut general {
        *byte = r.byte()?;
    }
    if sub_layers == 0 {
        return Ok(general);
    }
    let mut bits = 0;
    for _ in 0..sub_layers {
        bits += if r.flag()? { PROFILE } else { 0 };
        bits += if r.flag()? { LEVEL } else { 0 };
    }
    for _ in sub_layers..8 {
        r.skip(2)?; // reserved_zero_2bits
    }
    r.skip(bits)?;
    Ok(general)
}

/// From `log2_min_luma_coding_block_size_minus3` to the flag before the VUI.
fn skip_to_vui(r: &mut BitReader<'_>, order_bits: u32) -> Result<()> {
    for _ in 0..6 {
        r.unsigned()?; // log2_min_luma_coding_block_size_minus3 … max_transform_hierarchy_depth_intra
    }
    if r.flag()? && r.flag()? {
        skip_scaling_lists(r)?;
    }
    r.skip(2)?; // amp_enabled_flag, sample_adaptive_offset_enabled_flag
    if r.flag()? {
        r.skip(8)?; // pcm_sample_bit_depth_luma_minus1, pcm_sample_bit_depth_chroma_minus1
        r.unsigned()?; // log2_min_pcm_luma_coding_block_size_minus3
        r.unsigned()?; // log2_diff_max_min_pcm_luma_coding_block_size
        r.skip(1)?; // pcm_loop_filter_disabled_flag
    }
    skip_reference_sets(r)?;
    if r.flag()? {
        for _ in 0..r.unsigned_up_to(32, "num_long_term_ref_pics_sps")? {
            r.bits(order_bits + 1)?; // lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag
        }
    }
    r.skip(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
}

/// `scaling_list_data`, 7.3.4.
fn skip_scaling_lists(r: &mut BitReader<'_>) -> Result<()> {
    for size in 0..4_u32 {
        // Of the largest blocks only luma has lists.
        for _ in 0..if size == 3 { 2 } else { 6 } {
            if !r.flag()? {
                r.unsigned()?; // scaling_list_pred_matrix_id_delta
                continue;
            }
            if size > 1 {
                r.signed()?; // scaling_list_dc_coef_minus8
            }
            for _ in 0..64.min(16 << (2 * size)) {
                r.signed()?; // scaling_list_delta_coef
            }
        }
    }
    Ok(())
}

/// The short-term reference picture sets, 7.3.7.
fn skip_reference_sets(r: &mut BitReader<'_>) -> Result<()> {
    let mut pictures = 0;
    for index in 0..r.unsigned_up_to(64, "num_short_term_ref_pic_sets")? {
        if index > 0 && r.flag()? {
            r.skip(1)?; // delta_rps_sign
            r.unsigned()?; // abs_delta_rps_minus1
            let mut used = 0;
            for _ in 0..=pictures {
                // used_by_curr_pic_flag, use_delta_flag
                if r.flag()? || r.flag()? {
                    used += 1;
                }
            }
            pictures = used;
        } else {
            let before = r.unsigned_up_to(16, "num_negative_pics")?;
            pictures = before + r.unsigned_up_to(16, "num_positive_pics")?;
            for _ in 0..pictures {
                r.unsigned()?; // delta_poc_minus1
                r.skip(1)?; // used_by_curr_pic_flag
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::MatrixCoefficients;

    use super::*;
    use crate::bitstream::hevc::Nal;

    fn parse(nal: &[u8]) -> Result<Sps> {
        Sps::parse(&Nal::new(nal).expect("a NAL unit").payload())
    }

    /// x265, Main 10: 320x180 in 320x184, BT.2020 with PQ, two pictures of reordering.
    const MAIN_10: [u8; 46] = [
        0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00,
        0x03, 0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x6d, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0,
        0x16, 0xa1, 0x22, 0x01, 0x3c, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03,
        0x21,
    ];

    #[test]
    fn a_main_10_set_reads() {
        let sps = parse(&MAIN_10).expect("valid");
        assert_eq!((sps.id, sps.chroma), (0, ChromaFormat::Yuv420));
        assert_eq!((sps.luma_depth, sps.chroma_depth), (10, 10));
        assert_eq!((sps.width, sps.height), (320, 184));
        assert_eq!(sps.reordered, 2);
        assert_eq!(sps.vui.color.matrix, MatrixCoefficients::Bt2020Ncl);
        assert_eq!(sps.vui.color.range, ColorRange::Limited);
        assert_eq!(sps.vui.sample_aspect, Some(Ratio::ONE));
    }

    #[test]
    fn a_set_that_ends_early_is_an_error_and_a_broken_vui_is_not() {
        let mut read = 0;
        for length in 2..MAIN_10.len() {
            match parse(&MAIN_10[..length]) {
                Ok(sps) => {
                    read += 1;
                    assert_eq!((sps.width, sps.height), (320, 184), "{length}");
                }
                Err(_) => assert_eq!(read, 0, "{length}"),
            }
        }
        assert!(read > 3);
    }
}
