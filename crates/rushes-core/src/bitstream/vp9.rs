//! VP9 frame headers and superframes: VP9 Bitstream & Decoding Process Specification 0.6, 6.2 and annex B.

use super::BitReader;
use crate::{
    ColorInfo, ColorPrimaries, ColorRange, Error, MatrixCoefficients, PixelFormat, Result,
    TransferFunction,
};

/// Pictures that a decoder keeps for reference.
pub const SLOTS: usize = 8;

/// What a frame asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameStart {
    /// To show the picture of a slot.
    Existing(usize),
    /// To decode a picture.
    Coded(FrameHeader),
}

/// The header of a frame up to its size.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FrameHeader {
    pub profile: u8,
    pub kind: FrameKind,
    pub shown: bool,
    pub size: FrameSize,
    /// The slots that hold the picture from now on, the first in the lowest bit.
    pub refresh: u8,
}

/// How a frame is predicted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameKind {
    /// From nothing, and nothing that follows refers to what came before it.
    Key(Format),
    /// From nothing, but other slots keep their pictures.
    IntraOnly(Format),
    /// From the pictures of these slots.
    Inter([usize; 3]),
}

/// Where the size of a frame comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum FrameSize {
    Explicit(u32, u32),
    /// That of the picture in a slot.
    Slot(usize),
}

/// Layout and meaning of samples.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Format {
    pub depth: u8,
    /// `color_space`.
    pub space: u8,
    pub full_range: bool,
    /// Chroma has half the columns, half the rows.
    pub subsampled: (bool, bool),
}

/// `color_space` of RGB.
const RGB: u8 = 7;

/// True for a key frame, or a superframe that begins with one.
pub fn is_key(frame: &[u8]) -> bool {
    let r = &mut BitReader::new(frame);
    profile(r).is_ok() && r.bits(2).is_ok_and(|bits| bits == 0)
}

/// The frames of a packet, which is one or a superframe of several. Nothing follows an error.
pub fn frames(packet: &[u8]) -> Vec<Result<&[u8]>> {
    let Some((sizes, width)) = index(packet) else { return vec![Ok(packet)] };
    let mut rest = &packet[..packet.len() - sizes.len() - 2];
    let mut frames = Vec::new();
    for size in sizes.chunks(width) {
        let size = size.iter().rev().fold(0, |size, byte| size << 8 | usize::from(*byte));
        let Some((frame, behind)) = rest.split_at_checked(size) else {
            let what = "a frame of a superframe is longer than the packet";
            frames.push(Err(Error::malformed(what)));
            break;
        };
        frames.push(Ok(frame));
        rest = behind;
    }
    frames
}

/// The sizes in the index of a superframe, and how many bytes each takes.
fn index(packet: &[u8]) -> Option<(&[u8], usize)> {
    let marker = *packet.last()?;
    if marker & 0xe0 != 0xc0 {
        return None;
    }
    let width = usize::from(marker >> 3 & 3) + 1;
    let length = 2 + width * (usize::from(marker & 7) + 1);
    let index = packet.get(packet.len().checked_sub(length)?..)?;
    (index[0] == marker).then(|| (&index[1..length - 1], width))
}

impl FrameStart {
    /// Reads the start of a frame.
    pub fn parse(frame: &[u8]) -> Result<Self> {
        let r = &mut BitReader::new(frame);
        let profile = profile(r)?;
        if r.flag()? {
            return Ok(Self::Existing(slot(r)?));
        }
        let key = !r.flag()?;
        let shown = r.flag()?;
        let resilient = r.flag()?;
        if key {
            sync(r)?;
            let kind = FrameKind::Key(Format::parse(r, profile)?);
            let size = FrameSize::parse(r)?;
            return Ok(Self::Coded(FrameHeader { profile, kind, shown, size, refresh: u8::MAX }));
        }
        let intra_only = !shown && r.flag()?;
        if !resilient {
            r.skip(2)?; // reset_frame_context
        }
        if intra_only {
            sync(r)?;
            let format = if profile == 0 { Format::PROFILE_0 } else { Format::parse(r, profile)? };
            let refresh = r.byte()?;
            let (kind, size) = (FrameKind::IntraOnly(format), FrameSize::parse(r)?);
            return Ok(Self::Coded(FrameHeader { profile, kind, shown, size, refresh }));
        }
        let refresh = r.byte()?;
        let mut references = [0; 3];
        for reference in &mut references {
            *reference = slot(r)?;
            r.skip(1)?; // ref_frame_sign_bias
        }
        let mut size = None;
        for reference in references {
            if r.flag()? {
                size = Some(FrameSize::Slot(reference));
                break;
            }
        }
        let size = size.map_or_else(|| FrameSize::parse(r), Ok)?;
        let kind = FrameKind::Inter(references);
        Ok(Self::Coded(FrameHeader { profile, kind, shown, size, refresh }))
    }
}

/// The first fields of any frame, up to the profile.
fn profile(r: &mut BitReader<'_>) -> Result<u8> {
    if r.bits(2)? != 2 {
        return Err(Error::malformed("there is no frame marker"));
    }
    let low = u8::from(r.flag()?);
    let profile = low | u8::from(r.flag()?) << 1;
    if profile == 3 && r.flag()? {
        return Err(Error::unsupported("VP9 of a profile above 3", "profiles 0 to 3"));
    }
    Ok(profile)
}

fn slot(r: &mut BitReader<'_>) -> Result<usize> {
    let mut slot = 0;
    for _ in 0..3 {
        slot = slot << 1 | usize::from(r.flag()?);
    }
    Ok(slot)
}

fn sync(r: &mut BitReader<'_>) -> Result<()> {
    if r.bits(24)? == 0x49_83_42 { Ok(()) } else { Err(Error::malformed("there is no sync code")) }
}

impl FrameSize {
    fn parse(r: &mut BitReader<'_>) -> Result<Self> {
        Ok(Self::Explicit(r.bits(16)? + 1, r.bits(16)? + 1))
    }
}

impl Format {
    /// What intra-only frames of profile 0 have without saying so.
    const PROFILE_0: Self =
        Self { depth: 8, space: 1, full_range: false, subsampled: (true, true) };

    fn parse(r: &mut BitReader<'_>, profile: u8) -> Result<Self> {
        let depth = match profile >= 2 {
            true if r.flag()? => 12,
            true => 10,
            false => 8,
        };
        let mut space = 0;
        for _ in 0..3 {
            space = space << 1 | u8::from(r.flag()?);
        }
        let odd = profile & 1 == 1;
        let (full_range, subsampled) = if space == RGB {
            if !odd {
                return Err(Error::malformed("profiles 0 and 2 have no RGB"));
            }
            (true, (false, false))
        } else {
            let full = r.flag()?;
            (full, if odd { (r.flag()?, r.flag()?) } else { (true, true) })
        };
        if odd {
            r.skip(1)?; // reserved_zero
        }
        Ok(Self { depth, space, full_range, subsampled })
    }

    /// True where pictures of one format can be predicted from the other.
    pub fn is_like(self, other: Self) -> bool {
        (self.depth, self.subsampled) == (other.depth, other.subsampled)
    }

    /// Memory layout of decoded frames.
    pub fn pixel_format(self) -> PixelFormat {
        let rgb = self.space == RGB;
        match (self.subsampled, self.depth) {
            ((true, true), 8) => PixelFormat::Yuv420p,
            ((true, true), 10) => PixelFormat::Yuv420p10,
            ((true, true), _) => PixelFormat::Yuv420p12,
            ((true, false), 8) => PixelFormat::Yuv422p,
            ((true, false), 10) => PixelFormat::Yuv422p10,
            ((true, false), _) => PixelFormat::Yuv422p12,
            ((false, true), 8) => PixelFormat::Yuv440p,
            ((false, true), 10) => PixelFormat::Yuv440p10,
            ((false, true), _) => PixelFormat::Yuv440p12,
            ((false, false), 8) if rgb => PixelFormat::Gbrp,
            ((false, false), 10) if rgb => PixelFormat::Gbrp10,
            ((false, false), _) if rgb => PixelFormat::Gbrp12,
            ((false, false), 8) => PixelFormat::Yuv444p,
            ((false, false), 10) => PixelFormat::Yuv444p10,
            ((false, false), _) => PixelFormat::Yuv444p12,
        }
    }

    /// The meaning of `color_space` and `color_range`.
    pub fn color(self) -> ColorInfo {
        let range = if self.full_range { ColorRange::Full } else { ColorRange::Limited };
        let mut color = ColorInfo { range, ..ColorInfo::default() };
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
            RGB => {
                color.matrix = MatrixCoefficients::Identity;
                color.primaries = ColorPrimaries::Bt709;
                color.transfer = TransferFunction::Srgb;
            }
            _ => {}
        }
        color
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Profile 0, 8 bit, unknown colours, 352x288.
    const KEY: [u8; 9] = [0x82, 0x49, 0x83, 0x42, 0x00, 0x15, 0xf0, 0x11, 0xf0];

    fn coded(frame: &[u8]) -> FrameHeader {
        match FrameStart::parse(frame).expect("whole") {
            FrameStart::Coded(header) => header,
            FrameStart::Existing(slot) => panic!("slot {slot}"),
        }
    }

    #[test]
    fn key_frames_say_all() {
        assert!(is_key(&KEY));
        let header = coded(&KEY);
        assert_eq!(header.size, FrameSize::Explicit(352, 288));
        assert!(header.shown);
        assert_eq!(header.refresh, 0xff);
        let FrameKind::Key(format) = header.kind else { panic!("{:?}", header.kind) };
        assert_eq!(format.pixel_format(), PixelFormat::Yuv420p);
        assert_eq!(format.color().range, ColorRange::Limited);
        for length in 0..8 {
            assert!(FrameStart::parse(&KEY[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn other_frames_say_where_they_take_it_from() {
        // Hidden, intra-only, for the first slot, 352x288.
        let intra = [0x84, 0xc9, 0x30, 0x68, 0x40, 0x20, 0x2b, 0xe0, 0x23, 0xe0];
        let header = coded(&intra);
        assert!(!header.shown && !is_key(&intra));
        assert_eq!(header.kind, FrameKind::IntraOnly(Format::PROFILE_0));
        assert_eq!((header.size, header.refresh), (FrameSize::Explicit(352, 288), 1));
        // Shown, for the fifth slot, from the first three, as large as the first of them.
        let inter = [0x86, 0x04, 0x00, 0x92, 0xe0];
        let header = coded(&inter);
        assert!(header.shown && !is_key(&inter));
        assert_eq!(header.kind, FrameKind::Inter([0, 1, 2]));
        assert_eq!((header.size, header.refresh), (FrameSize::Slot(0), 0x10));
        assert_eq!(FrameStart::parse(&[0x8a]).expect("whole"), FrameStart::Existing(2));
        // No frame at all, and RGB where there is none.
        assert!(FrameStart::parse(&[0x40]).is_err());
        assert!(!is_key(&[0x40]));
        assert!(FrameStart::parse(&[0x82, 0x49, 0x83, 0x42, 0xe0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn superframes_come_apart() {
        let check = |packet: &[u8], expected: &[Option<&[u8]>]| {
            let frames: Vec<_> = frames(packet).into_iter().map(Result::ok).collect();
            assert_eq!(frames, expected, "{packet:?}");
        };
        check(&[], &[Some(&[])]);
        check(&[1, 2, 3], &[Some(&[1, 2, 3])]);
        check(&[1, 2, 3, 0xc1, 1, 2, 0xc1], &[Some(&[1]), Some(&[2, 3])]);
        check(&[1, 2, 3, 0xc9, 1, 0, 2, 0, 0xc9], &[Some(&[1]), Some(&[2, 3])]);
        check(&[1, 2, 3, 0xc1, 1, 3, 0xc1], &[Some(&[1]), None]);
        // Of one frame of no bytes.
        check(&[1, 0xc0, 0, 0xc0], &[Some(&[])]);
        // The end looks like an index without being one.
        check(&[1, 2, 0xc1], &[Some(&[1, 2, 0xc1])]);
        check(&[0xc0, 1, 2, 0xc1], &[Some(&[0xc0, 1, 2, 0xc1])]);
    }
}
