//! What MP4 stores of VP8 and VP9: VP Codec ISO Media File Format Binding 1.0.

use rushes_core::TimeBase;
use rushes_core::bitstream::vp8;
use rushes_core::bitstream::vp9::{Format, FrameKind, FrameSize, FrameStart};

/// The body of `vpcC` behind its version, of a stream that begins with this VP8 key frame. VP8 has no levels, and only
/// one layout of pictures.
pub(super) fn vp8_configuration(frame: &[u8]) -> Option<Vec<u8>> {
    vp8::size(frame)?;
    let profile = frame.first()? >> 1 & 7;
    // Eight bits, chroma as in MPEG-1, limited range, all other meaning unspecified, no initialization data.
    Some(vec![profile, 0, 8 << 4 | 1 << 1, 2, 2, 2, 0, 0])
}

/// What a VP9 key frame says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Vp9Header {
    profile: u8,
    pub(super) format: Format,
    pub(super) width: u32,
    pub(super) height: u32,
}

impl Vp9Header {
    /// `None` for frames that are no key frames.
    pub(super) fn read(frame: &[u8]) -> Option<Self> {
        let FrameStart::Coded(header) = FrameStart::parse(frame).ok()? else { return None };
        let FrameKind::Key(format) = header.kind else { return None };
        let FrameSize::Explicit(width, height) = header.size else { return None };
        Some(Self { profile: header.profile, format, width, height })
    }

    /// The body of `vpcC` behind its version.
    pub(super) fn configuration(&self, pace: Option<TimeBase>) -> Vec<u8> {
        let subsampling: u8 = match self.format.subsampled {
            // On the top left luma sample: VP9 has no way to say otherwise.
            (true, true) => 1,
            (true, false) => 2,
            (false, _) => 3,
        };
        let color = self.format.color();
        let code = |code: u16| u8::try_from(code).unwrap_or(2);
        vec![
            self.profile,
            self.level(pace),
            self.format.depth << 4 | subsampling << 1 | u8::from(self.format.full_range),
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
    fn configurations_come_from_key_frames() {
        let key = [0x10, 2, 0, 0x9d, 1, 0x2a, 0xb0, 0x40, 0x90, 0];
        assert_eq!(vp8_configuration(&key), Some(vec![0, 0, 0x82, 2, 2, 2, 0, 0]));
        assert_eq!(vp8_configuration(&[0x11]), None);
        // Profile 0, 8 bit, unknown colours, 352x288.
        let key = [0x82, 0x49, 0x83, 0x42, 0x00, 0x15, 0xf0, 0x11, 0xf0];
        let header = Vp9Header::read(&key).expect("a key frame");
        assert_eq!((header.width, header.height), (352, 288));
        let pace = TimeBase::per_second(30);
        assert_eq!(header.configuration(pace), [0, 20, 0x82, 2, 2, 2, 0, 0]);
        // Not a key frame, and one that is shown again.
        assert_eq!(Vp9Header::read(&[0x86, 0, 0, 0, 0]), None);
        assert_eq!(Vp9Header::read(&[0x88]), None);
    }
}
