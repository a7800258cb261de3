//! Audio sample formats and channel layouts.

use std::fmt;

/// Type of one audio sample in memory. Frames are always planar, so that this says nothing of interleaving.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum SampleFormat {
    /// Unsigned 8 bit, silence at 128.
    U8,
    /// Signed 16 bit.
    S16,
    /// Signed 32 bit; sources of 20 or 24 bits are left-justified.
    S32,
    /// Signed 64 bit.
    S64,
    /// 32-bit float, full scale at 1.0.
    F32,
    /// 64-bit float, full scale at 1.0.
    F64,
}

impl SampleFormat {
    /// All formats.
    pub const ALL: [Self; 6] = [Self::U8, Self::S16, Self::S32, Self::S64, Self::F32, Self::F64];

    /// Short name: `u8`, `s16`, `s32`, `s64`, `f32`, `f64`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::U8 => "u8",
            Self::S16 => "s16",
            Self::S32 => "s32",
            Self::S64 => "s64",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// The format of this name; also takes FFmpeg's `flt`, `dbl` and planar `…p` names.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name.strip_suffix('p').unwrap_or(name) {
            "flt" => Some(Self::F32),
            "dbl" => Some(Self::F64),
            name => Self::ALL.into_iter().find(|format| format.name() == name),
        }
    }

    /// Bytes of one sample.
    #[must_use]
    pub const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::S16 => 2,
            Self::S32 | Self::F32 => 4,
            Self::S64 | Self::F64 => 8,
        }
    }

    /// True for floating point.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

impl fmt::Display for SampleFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How many channels, and where their speakers stand.
///
/// The mask is that of `WAVEFORMATEXTENSIBLE` (bit 0 front left, bit 1 front right, bit 2 front centre, bit 3 LFE, …);
/// channels are stored in the order of its bits. Zero means the positions are not known.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub struct ChannelLayout {
    channels: u16,
    mask: u32,
}

impl ChannelLayout {
    /// One channel, front centre.
    pub const MONO: Self = Self { channels: 1, mask: 0x4 };
    /// Front left and right.
    pub const STEREO: Self = Self { channels: 2, mask: 0x3 };
    /// Front left, right, centre, LFE, side left, side right: FFmpeg's `5.1(side)`.
    pub const SURROUND_5_1_SIDE: Self = Self { channels: 6, mask: 0x60f };
    /// Front left, right, centre, LFE, back left, back right.
    pub const SURROUND_5_1: Self = Self { channels: 6, mask: 0x3f };
    /// 5.1 with side channels.
    pub const SURROUND_7_1: Self = Self { channels: 8, mask: 0x63f };

    const NAMED: [(&'static str, Self); 12] = [
        ("mono", Self::MONO),
        ("stereo", Self::STEREO),
        ("2.1", Self { channels: 3, mask: 0xb }),
        ("3.0", Self { channels: 3, mask: 0x7 }),
        ("4.0", Self { channels: 4, mask: 0x107 }),
        ("quad", Self { channels: 4, mask: 0x33 }),
        ("5.0", Self { channels: 5, mask: 0x37 }),
        ("5.0(side)", Self { channels: 5, mask: 0x607 }),
        ("5.1", Self::SURROUND_5_1),
        ("5.1(side)", Self::SURROUND_5_1_SIDE),
        ("6.1", Self { channels: 7, mask: 0x70f }),
        ("7.1", Self::SURROUND_7_1),
    ];

    /// `channels` channels at their usual places: mono, stereo, 3.0, 4.0, 5.0, 5.1, 6.1, 7.1; unknown places above.
    #[must_use]
    pub const fn default_for(channels: u16) -> Self {
        let mask = match channels {
            1 => 0x4,
            2 => 0x3,
            3 => 0x7,
            4 => 0x107,
            5 => 0x37,
            6 => 0x3f,
            7 => 0x70f,
            8 => 0x63f,
            _ => 0,
        };
        Self { channels, mask }
    }

    /// `channels` channels at the places of `mask`; the places count as unknown where the mask does not fit.
    #[must_use]
    pub const fn from_mask(channels: u16, mask: u32) -> Self {
        let mask = if mask.count_ones() == channels as u32 { mask } else { 0 };
        Self { channels, mask }
    }

    /// Number of channels.
    #[must_use]
    pub const fn channels(self) -> u16 {
        self.channels
    }

    /// Speaker mask, zero where unknown.
    #[must_use]
    pub const fn mask(self) -> u32 {
        self.mask
    }

    /// The layout of this name (`mono`, `stereo`, `5.1`, …, `3 channels`, `3c`).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if let Some((_, layout)) = Self::NAMED.iter().find(|(known, _)| *known == name) {
            return Some(*layout);
        }
        let count = name.strip_suffix(" channels").or_else(|| name.strip_suffix('c'))?;
        count.parse().ok().filter(|count| *count > 0).map(Self::default_for)
    }
}

impl fmt::Display for ChannelLayout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMED.iter().find(|(_, layout)| layout == self) {
            Some((name, _)) => f.write_str(name),
            None => write!(f, "{} channels", self.channels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_round_trip_by_name() {
        for (name, layout) in ChannelLayout::NAMED {
            assert_eq!(ChannelLayout::from_name(name), Some(layout));
            assert_eq!(layout.to_string(), name);
            assert_eq!(u32::from(layout.channels()), layout.mask().count_ones());
        }
        assert_eq!(ChannelLayout::from_name("12c"), Some(ChannelLayout::default_for(12)));
        assert_eq!(ChannelLayout::from_name("0c"), None);
    }

    #[test]
    fn sample_formats_have_names() {
        for (name, format) in
            [("f32", SampleFormat::F32), ("fltp", SampleFormat::F32), ("s16p", SampleFormat::S16)]
        {
            assert_eq!(SampleFormat::from_name(name), Some(format));
        }
        assert_eq!(SampleFormat::from_name("s24"), None);
    }
}
