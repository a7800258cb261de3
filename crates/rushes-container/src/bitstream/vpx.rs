//! The start of VP8 and VP9 frames: RFC 6386, 9.1; VP9 Bitstream & Decoding Process Specification 0.6, 6.2; and what MP4
//! stores of it: VP Codec ISO Media File Format Binding 1.0.

use rushes_core::bitstream::BitReader;
use rushes_core::{
    ColorInfo, ColorPrimaries, ColorRange, MatrixCoefficients, PixelFormat, TimeBase,
    TransferFunction,
};

/// True for a VP8 key frame.
pub(super) fn vp8_is_key(frame: &[u8]) -> bool {
    frame.first().is_some_and(|first| first & 1 == 0)
}

/// Width and height that a VP8 key frame says.
pub(super) fn vp8_size(frame: &[u8]) -> Option<(u32, u32)> {
    let [tag, _, _, 0x9d, 0x01, 0x2a, width @ .., _, _] = frame.get(..10)? else { return None };
    let height = [*frame.get(8)?, *frame.get(9)?];
    let [low, high] = width else { return None };
    // The two highest bits ask the player to scale.
    let size = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
    (tag & 1 == 0).then_some((size([*low, *high]), size(height)))
}

/// The body of `vpcC` behind its version, of a stream that begins with this VP8 key frame. VP8 has no levels, and only
/// one layout of pictures.
pub(super) fn vp8_configuration(frame: &[u8]) -> Option<Vec<u8>> {
    vp8_size(frame)?;
    let profile = frame.first()? >> 1 & 7;
    // Eight bits, chroma as in MPEG-1, limited range, all other meaning unspecified, no initialization data.
    Some(vec![profile, 0, 8 << 4 | 1 << 1, 2, 2, 2, 0, 0])
}

/// True for a VP9 key frame, or a superframe that begins with one.
pub(super) fn vp9_is_key(frame: &[u8]) -> bool {
    Start::read(&mut BitReader::new(frame)).is_some_and(|start| start.key)
}

/// The first fields of any VP9 frame.
struct Start {
    profile: u8,
    key: bool,
}

impl Start {
    fn read(r: &mut BitReader<'_>) -> Option<Self> {
        if r.bits(2).ok()? != 2 {
            return None;
        }
        let low = u8::from(r.flag().ok()?);
        let profile = low | u8::from(r.flag().ok()?) << 1;
        if profile == 3 {
            r.skip(1).ok()?;
        }
        let shows_existing = r.flag().ok()?;
        let key = !shows_existing && !r.flag().ok()?;
        Some(Self { profile, key })
    }
}

/// What a VP9 key frame says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Vp9Header {
    profile: u8,
    depth: u8,
    space: u32,
    full_range: bool,
    /// Chroma has half the columns, half the rows.
    subsampled: (bool, bool),
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Vp9Header {
    /// `None` for frames that are no key frames.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let r = &mut BitReader::new(frame);
        let start = Start::read(r).filter(|start| start.key)?;
        r.skip(2).ok()?; // show_frame, error_resilient_mode
        if r.bits(24).ok()? != 0x49_83_42 {
            return None;
        }
        let depth = match start.profile >= 2 {
            true if r.flag().ok()? => 12,
            true => 10,
            false => 8,
        };
        let space = r.bits(3).ok()?;
        let odd = start.profile & 1 == 1;
        let (full_range, subsampled) = if space == 7 {
            (true, (false, false))
        } else {
            let full = r.flag().ok()?;
            (full, if odd { (r.flag().ok()?, r.flag().ok()?) } else { (true, true) })
        };
        if odd {
            r.skip(1).ok()?;
        }
        let (width, height) = (r.bits(16).ok()? + 1, r.bits(16).ok()? + 1);
        Some(Self { profile: start.profile, depth, space, full_range, subsampled, width, height })
    }

    pub(super) fn pixel_format(&self) -> Option<PixelFormat> {
        Some(match (self.subsampled, self.depth) {
            ((true, true), 8) => PixelFormat::Yuv420p,
            ((true, true), 10) => PixelFormat::Yuv420p10,
            ((true, true), 12) => PixelFormat::Yuv420p12,
            ((true, false), 8) => PixelFormat::Yuv422p,
            ((true, false), 10) => PixelFormat::Yuv422p10,
            ((true, false), 12) => PixelFormat::Yuv422p12,
            ((false, true), 8) => PixelFormat::Yuv440p,
            ((false, true), 10) => PixelFormat::Yuv440p10,
            ((false, true), 12) => PixelFormat::Yuv440p12,
            ((false, false), 8) if self.space == 7 => PixelFormat::Gbrp,
            ((false, false), 10) if self.space == 7 => PixelFormat::Gbrp10,
            ((false, false), 12) if self.space == 7 => PixelFormat::Gbrp12,
            ((false, false), 8) => PixelFormat::Yuv444p,
            ((false, false), 10) => PixelFormat::Yuv444p10,
            ((false, false), 12) => PixelFormat::Yuv444p12,
            _ => return None,
        })
    }

    /// The meaning of `color_space`.
    pub(super) fn color(&self) -> ColorInfo {
        let mut color = ColorInfo::default();
        color.range = if self.full_range { ColorRange::Full } else { ColorRange::Limited };
        match self.space {
            1 => color.matrix = MatrixCoefficients::Bt470Bg,
            2 => {
                color.matrix = MatrixCoefficients::Bt709;
                color.primaries = ColorPrimaries::Bt709;
                color.transfer = TransferFunction::Bt709;
            }
            3 => color.matrix = MatrixCoefficients::Smpte170M,
            4 => color.matrix = MatrixCoefficients::Smpte240M,
            5 => {
                color.matrix = MatrixCoefficients::Bt2020Ncl;
                color.primaries = ColorPrimaries::Bt2020;
            }
            7 => {
                color.matrix = MatrixCoefficients::Identity;
                color.primaries = ColorPrimaries::Bt709;
                color.transfer = TransferFunction::Srgb;
            }
            _ => {}
        }
        color
    }

    /// The body of `vpcC` behind its version.
    pub(super) fn configuration(&self, pace: Option<TimeBase>) -> Vec<u8> {
        let subsampling: u8 = match self.subsampled {
            // On the top left luma sample: VP9 has no way to say otherwise.
            (true, true) => 1,
            (true, false) => 2,
            (false, _) => 3,
        };
        let color = self.color();
        let code = |code: u16| u8::try_from(code).unwrap_or(2);
        vec![
            self.profile,
            self.level(pace),
            self.depth << 4 | subsampling << 1 | u8::from(self.full_range),
            code(color.primaries.code()),
            code(color.transfer.code()),
            code(color.matrix.code()),
            0,
            0,
        ]
    }

    /// The lowest level that allows pictures of this size at this pace: VP9 levels, webmproject.org/vp9/levels.
    fn level(&self, pace: Option<TimeBase>) -> u8 {
        const LEVELS: [(u8, u64, u64); 14] = [
            (10, 36_864, 829_440),
            (11, 73_728, 2_764_800),
            (20, 122_880, 4_608_000),
            (21, 245_760, 9_216_000),
            (30, 552_960, 20_736_000),
            (31, 983_040, 36_864_000),
            (40, 2_228_224, 83_558_400),
            (41, 2_228_224, 160_432_128),
            (50, 8_912_896, 311_951_360),
            (51, 8_912_896, 588_251_136),
            (52, 8_912_896, 1_176_502_272),
            (60, 35_651_584, 1_176_502_272),
            (61, 35_651_584, 2_353_004_544),
            (62, 35_651_584, 4_706_009_088),
        ];
        let samples = u64::from(self.width) * u64::from(self.height);
        let rate = pace.map_or(0, |pace| {
            samples.saturating_mul(u64::from(pace.denom())) / u64::from(pace.numer())
        });
        let fits = |(_, most, fastest): &&(u8, u64, u64)| samples <= *most && rate <= *fastest;
        LEVELS.iter().find(fits).map_or(0, |(level, _, _)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vp8_frames() {
        let key = [0x10, 2, 0, 0x9d, 1, 0x2a, 0xb0, 0x40, 0x90, 0];
        assert!(vp8_is_key(&key));
        assert_eq!(vp8_size(&key), Some((176, 144)));
        assert!(!vp8_is_key(&[0x11]));
        assert!(!vp8_is_key(&[]));
        (0..key.len()).for_each(|length| assert_eq!(vp8_size(&key[..length]), None));
    }

    #[test]
    fn vp9_frames() {
        // Profile 0, 8 bit, unknown colours, 352x288.
        let key = [0x82, 0x49, 0x83, 0x42, 0x00, 0x15, 0xf0, 0x11, 0xf0];
        assert!(vp9_is_key(&key));
        let header = Vp9Header::read(&key).expect("a key frame");
        assert_eq!((header.width, header.height), (352, 288));
        assert_eq!(header.pixel_format(), Some(PixelFormat::Yuv420p));
        let pace = TimeBase::per_second(30);
        assert_eq!(header.configuration(pace), [0, 20, 0x82, 2, 2, 2, 0, 0]);
        for length in 0..8 {
            assert_eq!(Vp9Header::read(&key[..length]), None, "{length}");
        }
        // Not a key frame, one that is shown again, and no frame at all.
        assert!(!vp9_is_key(&[0x86]));
        assert!(!vp9_is_key(&[0x88]));
        assert!(!vp9_is_key(&[0x40]));
    }
}
