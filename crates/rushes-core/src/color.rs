//! What sample values mean: the code points of ITU-T H.273.

macro_rules! code_points {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// Not said.
            #[default]
            Unspecified,
        }

        impl $name {
            /// The meaning of a code point; unknown ones count as unspecified.
            #[must_use]
            pub const fn from_code(code: u16) -> Self {
                match code {
                    $($code => Self::$variant,)*
                    _ => Self::Unspecified,
                }
            }

            /// The code point; 2 for unspecified.
            #[must_use]
            pub const fn code(self) -> u16 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Unspecified => 2,
                }
            }

            /// FFmpeg's name; `unknown` for unspecified.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unspecified => "unknown",
                }
            }
        }
    };
}

code_points! {
    /// How luma and chroma come from red, green and blue (H.273, table 4).
    MatrixCoefficients {
        /// RGB, no matrix.
        Identity = 0 "gbr",
        /// ITU-R BT.709.
        Bt709 = 1 "bt709",
        /// FCC Title 47.
        Fcc = 4 "fcc",
        /// ITU-R BT.470 B/G: BT.601, 625 lines.
        Bt470Bg = 5 "bt470bg",
        /// SMPTE 170M: BT.601, 525 lines.
        Smpte170M = 6 "smpte170m",
        /// SMPTE 240M.
        Smpte240M = 7 "smpte240m",
        /// YCgCo.
        YCgCo = 8 "ycgco",
        /// ITU-R BT.2020, non-constant luminance.
        Bt2020Ncl = 9 "bt2020nc",
        /// ITU-R BT.2020, constant luminance.
        Bt2020Cl = 10 "bt2020c",
        /// ICtCp.
        ICtCp = 14 "ictcp",
    }
}

code_points! {
    /// The colours of the primaries and of white (H.273, table 2).
    ColorPrimaries {
        /// ITU-R BT.709.
        Bt709 = 1 "bt709",
        /// ITU-R BT.470 M.
        Bt470M = 4 "bt470m",
        /// ITU-R BT.470 B/G.
        Bt470Bg = 5 "bt470bg",
        /// SMPTE 170M.
        Smpte170M = 6 "smpte170m",
        /// SMPTE 240M.
        Smpte240M = 7 "smpte240m",
        /// Generic film.
        Film = 8 "film",
        /// ITU-R BT.2020.
        Bt2020 = 9 "bt2020",
        /// SMPTE ST 428-1.
        Smpte428 = 10 "smpte428",
        /// SMPTE RP 431-2 (DCI P3).
        Smpte431 = 11 "smpte431",
        /// SMPTE EG 432-1 (Display P3).
        Smpte432 = 12 "smpte432",
        /// EBU Tech 3213-E.
        Ebu3213 = 22 "ebu3213",
    }
}

code_points! {
    /// From light to number (H.273, table 3).
    TransferFunction {
        /// ITU-R BT.709.
        Bt709 = 1 "bt709",
        /// Gamma 2.2.
        Gamma22 = 4 "gamma22",
        /// Gamma 2.8.
        Gamma28 = 5 "gamma28",
        /// SMPTE 170M.
        Smpte170M = 6 "smpte170m",
        /// SMPTE 240M.
        Smpte240M = 7 "smpte240m",
        /// Linear.
        Linear = 8 "linear",
        /// Logarithmic, 100 to 1.
        Log100 = 9 "log",
        /// Logarithmic, 100 sqrt(10) to 1.
        Log316 = 10 "log_sqrt",
        /// IEC 61966-2-4.
        Iec61966_2_4 = 11 "iec61966-2-4",
        /// ITU-R BT.1361 extended gamut.
        Bt1361 = 12 "bt1361e",
        /// sRGB.
        Srgb = 13 "iec61966-2-1",
        /// ITU-R BT.2020, 10 bit.
        Bt2020_10 = 14 "bt2020-10",
        /// ITU-R BT.2020, 12 bit.
        Bt2020_12 = 15 "bt2020-12",
        /// SMPTE ST 2084 (PQ).
        Smpte2084 = 16 "smpte2084",
        /// SMPTE ST 428-1.
        Smpte428 = 17 "smpte428",
        /// ARIB STD-B67 (HLG).
        AribStdB67 = 18 "arib-std-b67",
    }
}

/// Which numbers stand for black and white.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum ColorRange {
    /// 16 to 235 for luma, 16 to 240 for chroma, at 8 bits.
    Limited,
    /// 0 to 255 at 8 bits.
    Full,
    /// Not said; limited for luma and chroma, full for RGB.
    #[default]
    Unspecified,
}

impl ColorRange {
    /// FFmpeg's name: `tv`, `pc` or `unknown`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limited => "tv",
            Self::Full => "pc",
            Self::Unspecified => "unknown",
        }
    }
}

/// Where chroma samples lie between luma samples (H.273, figure 1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub enum ChromaLocation {
    /// Beside the left column, between rows: MPEG-2, H.264's default.
    Left,
    /// In the middle of four: JPEG, MPEG-1.
    Center,
    /// On the top left sample: BT.2020.
    TopLeft,
    /// Not said.
    #[default]
    Unspecified,
}

/// What the sample values of a picture mean.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
#[non_exhaustive]
pub struct ColorInfo {
    /// From RGB to luma and chroma.
    pub matrix: MatrixCoefficients,
    /// The primaries.
    pub primaries: ColorPrimaries,
    /// From light to number.
    pub transfer: TransferFunction,
    /// Limited or full.
    pub range: ColorRange,
    /// Chroma siting.
    pub chroma_location: ChromaLocation,
}

impl ColorInfo {
    /// With this matrix and range, all else unspecified.
    #[must_use]
    pub fn new(matrix: MatrixCoefficients, range: ColorRange) -> Self {
        Self { matrix, range, ..Self::default() }
    }

    /// Each field of `self`, or of `fallback` where unspecified.
    #[must_use]
    pub fn or(self, fallback: Self) -> Self {
        macro_rules! pick {
            ($field:ident, $type:ident) => {
                if self.$field == $type::Unspecified { fallback.$field } else { self.$field }
            };
        }
        Self {
            matrix: pick!(matrix, MatrixCoefficients),
            primaries: pick!(primaries, ColorPrimaries),
            transfer: pick!(transfer, TransferFunction),
            range: pick!(range, ColorRange),
            chroma_location: pick!(chroma_location, ChromaLocation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_points_round_trip() {
        for code in 0..300 {
            let matrix = MatrixCoefficients::from_code(code);
            assert!(matrix == MatrixCoefficients::Unspecified || matrix.code() == code);
            let transfer = TransferFunction::from_code(code);
            assert!(transfer == TransferFunction::Unspecified || transfer.code() == code);
        }
        assert_eq!(MatrixCoefficients::Unspecified.code(), 2);
    }
}
