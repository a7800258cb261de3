//! Sequence parameter sets: ITU-T H.264, 7.3.2.1.1 and annex E.

use crate::{ColorInfo, Error, Ratio, Result};

use crate::bitstream::vui::{self, Timing};
use crate::bitstream::{BitReader, ChromaFormat, Crop, ReorderDepth};

/// What the adapters need of a sequence parameter set. All fields are in the range that the standard allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Sps {
    pub id: u8,
    pub profile: u8,
    /// The `constraint_setN_flag`s, set 0 in the highest bit.
    pub constraints: u8,
    pub level: u8,
    pub chroma: ChromaFormat,
    pub luma_depth: u8,
    pub chroma_depth: u8,
    /// `qpprime_y_zero_transform_bypass_flag`: macroblocks may be coded without loss.
    pub lossless: bool,
    pub frame_num_bits: u32,
    pub order_count: OrderCount,
    pub order_cycle: OrderCycle,
    pub reference_frames: u8,
    /// Coded size in macroblocks, of a frame.
    pub width_mbs: u32,
    pub height_mbs: u32,
    pub frames_only: bool,
    pub crop: Crop,
    pub vui: Vui,
}

/// How slice headers give the picture order count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OrderCount {
    /// Type 0: in so many low bits.
    Low { bits: u32 },
    /// Type 1: as differences to what the parameter set predicts.
    Predicted { always_zero: bool },
    /// Type 2: decoding order is output order.
    DecodingOrder,
}

/// What a parameter set predicts of order counts of type 1.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct OrderCycle {
    /// `offset_for_non_ref_pic`.
    pub unreferenced: i32,
    /// `offset_for_top_to_bottom_field`.
    pub bottom: i32,
    /// `offset_for_ref_frame`, at most 255 of them.
    pub frames: Vec<i32>,
}

/// Video usability information.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Vui {
    pub sample_aspect: Option<Ratio>,
    pub color: ColorInfo,
    /// Ticks that a field lasts; a frame lasts twice as long.
    pub timing: Option<Timing>,
    /// `fixed_frame_rate_flag`.
    pub fixed_rate: bool,
    /// `max_num_reorder_frames`.
    pub reorder_frames: Option<u8>,
}

impl Sps {
    /// Reads the payload of the NAL unit.
    pub fn parse(payload: &[u8]) -> Result<Self> {
        let r = &mut BitReader::new(payload);
        let profile = r.byte()?;
        let constraints = r.byte()?;
        let level = r.byte()?;
        let id = r.small(31, "seq_parameter_set_id")?;
        let (chroma, luma_depth, chroma_depth, lossless) = if has_chroma_format(profile) {
            Self::chroma_format(r)?
        } else {
            (ChromaFormat::Yuv420, 8, 8, false)
        };
        let frame_num_bits = 4 + r.unsigned_up_to(12, "log2_max_frame_num_minus4")?;
        let (order_count, order_cycle) = OrderCount::parse(r)?;
        let reference_frames = r.small(16, "max_num_ref_frames")?;
        r.skip(1)?; // gaps_in_frame_num_value_allowed_flag
        // No level allows more than 139264 macroblocks in a picture, and sqrt(8 * 139264) in a row or column.
        let width_mbs = 1 + r.unsigned_up_to(1055, "pic_width_in_mbs_minus1")?;
        let map_units = 1 + r.unsigned_up_to(1055, "pic_height_in_map_units_minus1")?;
        let frames_only = r.flag()?;
        if !frames_only {
            r.skip(1)?; // mb_adaptive_frame_field_flag
        }
        r.skip(1)?; // direct_8x8_inference_flag
        let height_mbs = map_units * if frames_only { 1 } else { 2 };
        let rows = if frames_only { 1 } else { 2 };
        let crop = if r.flag()? { Crop::parse(r, chroma, rows)? } else { Crop::default() };
        let sps = Self {
            id,
            profile,
            constraints,
            level,
            chroma,
            luma_depth,
            chroma_depth,
            lossless,
            frame_num_bits,
            order_count,
            order_cycle,
            reference_frames,
            width_mbs,
            height_mbs,
            frames_only,
            crop,
            vui: Vui::default(),
        };
        if sps.width() == 0 || sps.height() == 0 {
            return Err(Error::malformed("the cropping leaves nothing of the picture"));
        }
        // Nothing in the VUI is needed to decode, and streams with a broken one play everywhere: what was read
        // before the damage counts.
        let mut vui = Vui { color: chroma.default_color(), ..Vui::default() };
        if r.flag().unwrap_or(false) {
            vui.parse(r).ok();
        }
        Ok(Self { vui, ..sps })
    }

    fn chroma_format(r: &mut BitReader<'_>) -> Result<(ChromaFormat, u8, u8, bool)> {
        let chroma = ChromaFormat::parse(r)?;
        let luma_depth = 8 + r.small(6, "bit_depth_luma_minus8")?;
        let chroma_depth = 8 + r.small(6, "bit_depth_chroma_minus8")?;
        let lossless = r.flag()?;
        if r.flag()? {
            let lists = match chroma {
                ChromaFormat::Yuv444 | ChromaFormat::SeparatePlanes => 12,
                _ => 8,
            };
            for list in 0..lists {
                if r.flag()? {
                    skip_scaling_list(r, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
        Ok((chroma, luma_depth, chroma_depth, lossless))
    }

    /// Visible width in pixels; zero where the cropping leaves nothing.
    pub const fn width(&self) -> u32 {
        self.crop.width(self.width_mbs * 16)
    }

    /// Visible height in pixels; zero where the cropping leaves nothing.
    pub const fn height(&self) -> u32 {
        self.crop.height(self.height_mbs * 16)
    }

    /// How many pictures must be held back so that none comes out of order.
    pub fn reorder_depth(&self) -> ReorderDepth {
        let limit = self.buffered_frames();
        let intra_only =
            self.constraints & 0x10 != 0 && matches!(self.profile, 44 | 86 | 100 | 110 | 122 | 244);
        let start = match self.vui.reorder_frames {
            Some(frames) => usize::from(frames),
            None if self.order_count == OrderCount::DecodingOrder || intra_only => 0,
            // Baseline has no B pictures. The standard lets it reorder nevertheless; no encoder is known to, and
            // waiting for a full buffer would cost each live stream half a second.
            None if self.profile == 66 => 0,
            None => limit,
        };
        ReorderDepth { start, limit: limit.max(start) }
    }

    /// `MaxDpbFrames`: annex A, table A-1.
    fn buffered_frames(&self) -> usize {
        let level_1b = self.level == 11
            && self.constraints & 0x10 != 0
            && matches!(self.profile, 66 | 77 | 88);
        let macroblocks = match self.level {
            _ if level_1b => 396,
            ..=10 => 396,
            11 => 900,
            12..=20 => 2376,
            21 => 4752,
            22..=30 => 8100,
            31 => 18_000,
            32 => 20_480,
            33..=41 => 32_768,
            42 => 34_816,
            43..=50 => 110_400,
            51..=52 => 184_320,
            _ => 696_320,
        };
        let frames =
            usize::try_from(macroblocks / (self.width_mbs * self.height_mbs)).unwrap_or(16);
        frames.max(usize::from(self.reference_frames)).clamp(1, 16)
    }
}

impl OrderCount {
    fn parse(r: &mut BitReader<'_>) -> Result<(Self, OrderCycle)> {
        let mut cycle = OrderCycle::default();
        let count = match r.unsigned_up_to(2, "pic_order_cnt_type")? {
            0 => Self::Low { bits: 4 + r.unsigned_up_to(12, "log2_max_pic_order_cnt_lsb_minus4")? },
            1 => {
                let always_zero = r.flag()?;
                cycle.unreferenced = r.signed()?;
                cycle.bottom = r.signed()?;
                let frames = r.unsigned_up_to(255, "num_ref_frames_in_pic_order_cnt_cycle")?;
                cycle.frames = (0..frames).map(|_| r.signed()).collect::<Result<_>>()?;
                Self::Predicted { always_zero }
            }
            _ => Self::DecodingOrder,
        };
        Ok((count, cycle))
    }
}

impl Vui {
    fn parse(&mut self, r: &mut BitReader<'_>) -> Result<()> {
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
        if r.flag()? {
            self.timing = vui::timing(r)?;
            self.fixed_rate = r.flag()?;
        }
        let nal_hrd = r.flag()?;
        if nal_hrd {
            skip_hrd(r)?;
        }
        let vcl_hrd = r.flag()?;
        if vcl_hrd {
            skip_hrd(r)?;
        }
        if nal_hrd || vcl_hrd {
            r.skip(1)?; // low_delay_hrd_flag
        }
        r.skip(1)?; // pic_struct_present_flag
        if r.flag()? {
            r.skip(1)?; // motion_vectors_over_pic_boundaries_flag
            for _ in 0..4 {
                r.unsigned()?; // max_bytes_per_pic_denom … log2_max_mv_length_vertical
            }
            self.reorder_frames = Some(r.small(16, "max_num_reorder_frames")?);
        }
        Ok(())
    }
}

/// Profiles whose parameter sets say the chroma format.
const fn has_chroma_format(profile: u8) -> bool {
    matches!(profile, 44 | 83 | 86 | 100 | 110 | 118 | 122 | 128 | 134 | 135 | 138 | 139 | 244)
}

/// `scaling_list`, 7.3.2.1.1.1.
fn skip_scaling_list(r: &mut BitReader<'_>, size: u32) -> Result<()> {
    let (mut last, mut next) = (8, 8);
    for _ in 0..size {
        if next != 0 {
            next = (last + r.signed()?.rem_euclid(256)).rem_euclid(256);
        }
        if next != 0 {
            last = next;
        }
    }
    Ok(())
}

/// `hrd_parameters`, E.1.2.
fn skip_hrd(r: &mut BitReader<'_>) -> Result<()> {
    let count = 1 + r.unsigned_up_to(31, "cpb_cnt_minus1")?;
    r.skip(8)?; // bit_rate_scale, cpb_size_scale
    for _ in 0..count {
        r.unsigned()?; // bit_rate_value_minus1
        r.unsigned()?; // cpb_size_value_minus1
        r.skip(1)?; // cbr_flag
    }
    r.skip(20) // the lengths of four fields of other messages
}

#[cfg(test)]
mod tests {
    use crate::{ColorRange, MatrixCoefficients};

    use super::*;
    use crate::bitstream::h264::Nal;

    fn parse(nal: &[u8]) -> Result<Sps> {
        Sps::parse(&Nal::new(nal).expect("a NAL unit").payload())
    }

    /// x264, High at level 1.2: 320x180, BT.709, two frames of reordering.
    const HIGH: [u8; 28] = [
        0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f, 0x9f, 0x01, 0x6a, 0x02, 0x02, 0x02,
        0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x07, 0x8a, 0x14, 0xcb,
    ];

    #[test]
    fn a_high_profile_set_reads() {
        let sps = parse(&HIGH).expect("valid");
        assert_eq!((sps.profile, sps.level), (100, 12));
        assert_eq!((sps.width(), sps.height()), (320, 180));
        assert_eq!(sps.chroma, ChromaFormat::Yuv420);
        assert_eq!(sps.vui.reorder_frames, Some(2));
        assert_eq!(sps.vui.color.matrix, MatrixCoefficients::Bt709);
        assert_eq!(sps.vui.color.range, ColorRange::Limited);
        assert_eq!(sps.vui.sample_aspect, Some(Ratio::ONE));
    }

    #[test]
    fn a_set_that_ends_early_is_an_error_and_a_broken_vui_is_not() {
        let mut read = 0;
        for length in 1..HIGH.len() {
            match parse(&HIGH[..length]) {
                Ok(sps) => {
                    read += 1;
                    assert_eq!((sps.width(), sps.height()), (320, 180), "{length}");
                }
                Err(_) => assert_eq!(read, 0, "{length}"),
            }
        }
        assert!(read > 3);
    }

    #[test]
    fn the_level_bounds_the_buffer() {
        let sps = parse(&HIGH).expect("valid");
        let check = |level, constraints, width_mbs, height_mbs, expected| {
            let sps = Sps {
                profile: 77,
                level,
                constraints,
                width_mbs,
                height_mbs,
                reference_frames: 1,
                vui: Vui::default(),
                ..sps.clone()
            };
            assert_eq!(sps.reorder_depth(), ReorderDepth { start: expected, limit: expected });
        };
        check(40, 0, 120, 68, 4);
        check(51, 0, 120, 68, 16);
        check(51, 0, 240, 135, 5);
        check(11, 0, 11, 9, 9);
        check(11, 0x10, 11, 9, 4);
        check(10, 0, 120, 68, 1);
    }
}
