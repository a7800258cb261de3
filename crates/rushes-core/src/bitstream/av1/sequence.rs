//! Sequence header OBU: AV1 specification, 5.5 and 6.4.

use crate::bitstream::BitReader;
use crate::bitstream::vui::Timing;
use crate::{
    ChromaLocation, ColorInfo, ColorPrimaries, ColorRange, Error, MatrixCoefficients, PixelFormat,
    Result, TransferFunction,
};

/// What a sequence header says.
#[derive(Clone, Debug, PartialEq)]
pub struct Sequence {
    pub profile: u8,
    /// `seq_level_idx` and `seq_tier` of the first operating point.
    pub level: u8,
    pub tier: bool,
    pub reduced_still: bool,
    /// Ticks of the display, and how many a picture lasts; `None` where that is not said, or where it varies.
    pub timing: Option<Timing>,
    /// Width of the largest frame.
    pub width: u32,
    pub height: u32,
    pub depth: u8,
    pub monochrome: bool,
    /// Chroma has half the columns, half the rows.
    pub subsampled: (bool, bool),
    /// `chroma_sample_position`.
    pub chroma_position: u8,
    pub color: ColorInfo,
    /// `equal_picture_interval`: all pictures last `timing.units`.
    pub constant_rate: bool,
    /// `decoder_model_info_present_flag`, and bits of `frame_presentation_time` where that is in frame headers.
    presentation_bits: Option<u32>,
}

impl Sequence {
    /// Reads the payload of the OBU.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it ends early or breaks a rule.
    pub fn parse(payload: &[u8]) -> Result<Self> {
        Self::read(&mut BitReader::new(payload)).map_err(|error| error.within("sequence header"))
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let profile = r.bits(3)?;
        if profile > 2 {
            return Err(Error::malformed(format!("profile {profile}; 0 to 2 exist")));
        }
        let profile = if profile == 2 { 2 } else { u8::from(profile == 1) };
        r.skip(1)?; // still_picture
        let reduced_still = r.flag()?;
        let mut points = Points::default();
        if reduced_still {
            points.level = level(r)?;
        } else {
            points = Points::read(r)?;
        }
        let (width_bits, height_bits) = (r.bits(4)? + 1, r.bits(4)? + 1);
        let (width, height) = (r.bits(width_bits)? + 1, r.bits(height_bits)? + 1);
        if !reduced_still && r.flag()? {
            r.skip(4 + 3)?; // delta_frame_id_length_minus_2, additional_frame_id_length_minus_1
        }
        r.skip(3)?; // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
        if !reduced_still {
            skip_tools(r)?;
        }
        r.skip(3)?; // enable_superres, enable_cdef, enable_restoration
        let mut sequence = Self {
            profile,
            level: points.level,
            tier: points.tier,
            reduced_still,
            timing: points.timing,
            width,
            height,
            depth: 8,
            monochrome: false,
            subsampled: (true, true),
            chroma_position: 0,
            color: ColorInfo::default(),
            constant_rate: points.constant_rate,
            presentation_bits: points.presentation_bits,
        };
        sequence.color_config(r)?;
        Ok(sequence)
    }

    fn color_config(&mut self, r: &mut BitReader<'_>) -> Result<()> {
        let high = r.flag()?;
        self.depth = match (self.profile, high) {
            (2, true) if r.flag()? => 12,
            (_, true) => 10,
            (_, false) => 8,
        };
        self.monochrome = self.profile != 1 && r.flag()?;
        if r.flag()? {
            self.color.primaries = ColorPrimaries::from_code(u16::from(r.byte()?));
            self.color.transfer = TransferFunction::from_code(u16::from(r.byte()?));
            self.color.matrix = MatrixCoefficients::from_code(u16::from(r.byte()?));
        }
        if self.monochrome {
            self.color.range = range(r.flag()?);
            return Ok(());
        }
        let srgb = self.color.primaries == ColorPrimaries::Bt709
            && self.color.transfer == TransferFunction::Srgb
            && self.color.matrix == MatrixCoefficients::Identity;
        if srgb {
            self.color.range = ColorRange::Full;
            self.subsampled = (false, false);
            return Ok(());
        }
        self.color.range = range(r.flag()?);
        self.subsampled = match self.profile {
            0 => (true, true),
            1 => (false, false),
            _ if self.depth == 12 => {
                let x = r.flag()?;
                (x, x && r.flag()?)
            }
            _ => (true, false),
        };
        if self.subsampled == (true, true) {
            self.chroma_position = u8::from(r.flag()?) << 1 | u8::from(r.flag()?);
            self.color.chroma_location = match self.chroma_position {
                1 => ChromaLocation::Left,
                2 => ChromaLocation::TopLeft,
                _ => ChromaLocation::Unspecified,
            };
        }
        Ok(())
    }

    /// Memory layout of decoded frames, where there is one of that kind.
    pub fn pixel_format(&self) -> Option<PixelFormat> {
        let rgb = self.color.matrix == MatrixCoefficients::Identity;
        Some(match (self.monochrome, self.subsampled, self.depth) {
            (true, _, 8) => PixelFormat::Gray8,
            (true, _, 10) => PixelFormat::Gray10,
            (true, _, 12) => PixelFormat::Gray12,
            (_, (true, true), 8) => PixelFormat::Yuv420p,
            (_, (true, true), 10) => PixelFormat::Yuv420p10,
            (_, (true, true), 12) => PixelFormat::Yuv420p12,
            (_, (true, false), 8) => PixelFormat::Yuv422p,
            (_, (true, false), 10) => PixelFormat::Yuv422p10,
            (_, (true, false), 12) => PixelFormat::Yuv422p12,
            (_, (false, false), 8) if rgb => PixelFormat::Gbrp,
            (_, (false, false), 10) if rgb => PixelFormat::Gbrp10,
            (_, (false, false), 12) if rgb => PixelFormat::Gbrp12,
            (_, (false, false), 8) => PixelFormat::Yuv444p,
            (_, (false, false), 10) => PixelFormat::Yuv444p10,
            (_, (false, false), 12) => PixelFormat::Yuv444p12,
            _ => return None,
        })
    }

    /// Bits of `frame_presentation_time` in frame headers; `None` where they have none.
    pub(super) const fn presentation_bits(&self) -> Option<u32> {
        if self.constant_rate { None } else { self.presentation_bits }
    }
}

/// Timing and operating points.
#[derive(Default)]
struct Points {
    level: u8,
    tier: bool,
    timing: Option<Timing>,
    constant_rate: bool,
    presentation_bits: Option<u32>,
}

impl Points {
    fn read(r: &mut BitReader<'_>) -> Result<Self> {
        let mut points = Self::default();
        let mut buffer_bits = None;
        if r.flag()? {
            points.timing = super::super::vui::timing(r)?;
            points.constant_rate = r.flag()?;
            if points.constant_rate {
                let ticks = r.unsigned()?.saturating_add(1); // num_ticks_per_picture_minus_1
                points.timing = points.timing.map(|timing| Timing {
                    units: timing.units.saturating_mul(ticks),
                    scale: timing.scale,
                });
            }
            if r.flag()? {
                buffer_bits = Some(r.bits(5)? as usize + 1);
                r.skip(32)?; // num_units_in_decoding_tick
                r.skip(5)?; // buffer_removal_time_length_minus_1
                points.presentation_bits = Some(r.bits(5)? + 1);
            }
        }
        let delays = r.flag()?;
        let count = r.bits(5)? + 1;
        for index in 0..count {
            r.skip(12)?; // operating_point_idc
            let level = level(r)?;
            let tier = level > 7 && r.flag()?;
            if index == 0 {
                (points.level, points.tier) = (level, tier);
            }
            if let Some(bits) = buffer_bits
                && r.flag()?
            {
                r.skip(2 * bits + 1)?; // the two delays, low_delay_mode_flag
            }
            if delays && r.flag()? {
                r.skip(4)?; // initial_display_delay_minus_1
            }
        }
        Ok(points)
    }
}

/// From `enable_interintra_compound` to `order_hint_bits_minus_1`.
fn skip_tools(r: &mut BitReader<'_>) -> Result<()> {
    r.skip(4)?; // enable_interintra_compound … enable_dual_filter
    let order_hint = r.flag()?;
    if order_hint {
        r.skip(2)?; // enable_jnt_comp, enable_ref_frame_mvs
    }
    let screen_content = r.flag()? || r.flag()?;
    if screen_content && !r.flag()? {
        r.skip(1)?; // seq_force_integer_mv
    }
    if order_hint {
        r.skip(3)?; // order_hint_bits_minus_1
    }
    Ok(())
}

/// `seq_level_idx`.
fn level(r: &mut BitReader<'_>) -> Result<u8> {
    let mut value = 0;
    for _ in 0..5 {
        value = value << 1 | u8::from(r.flag()?);
    }
    Ok(value)
}

const fn range(full: bool) -> ColorRange {
    if full { ColorRange::Full } else { ColorRange::Limited }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// libaom, main profile: 300x300, 8 bit 4:2:0, nothing said of colour.
    pub(crate) const SMALL: [u8; 11] =
        [0x00, 0x00, 0x00, 0x04, 0x44, 0xae, 0x56, 0x7d, 0xfc, 0x40, 0x20];

    #[test]
    fn a_sequence_header_reads() {
        let read = Sequence::parse(&SMALL).expect("valid");
        assert_eq!((read.width, read.height), (300, 300));
        assert_eq!((read.profile, read.level, read.tier), (0, 0, false));
        assert_eq!(read.pixel_format(), Some(PixelFormat::Yuv420p));
        assert_eq!(read.color.range, ColorRange::Limited);
        assert_eq!(read.timing, None);
        // What is cut from the last byte are trailing bits.
        for length in 0..SMALL.len() - 1 {
            assert!(Sequence::parse(&SMALL[..length]).is_err(), "{length}");
        }
        assert!(Sequence::parse(&[0xff; 20]).is_err());
    }
}
