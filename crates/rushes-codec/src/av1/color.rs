//! Colour in rav1e's words: ITU-T H.273 (07/2021).

use rav1e::prelude::{
    ChromaSamplePosition, ColorDescription, ColorPrimaries, MatrixCoefficients, PixelRange,
    TransferCharacteristics,
};
use rushes_core::{ChromaLocation, ColorInfo, ColorRange};

/// Primaries, transfer and matrix; `None` where none is known.
pub(super) fn description(color: ColorInfo) -> Option<ColorDescription> {
    let description = ColorDescription {
        color_primaries: primaries(color.primaries.code()),
        transfer_characteristics: transfer(color.transfer.code()),
        matrix_coefficients: matrix(color.matrix.code()),
    };
    let known = description.color_primaries != ColorPrimaries::Unspecified
        || description.transfer_characteristics != TransferCharacteristics::Unspecified
        || description.matrix_coefficients != MatrixCoefficients::Unspecified;
    known.then_some(description)
}

/// The stream has to say one or the other; what is not said of luma and chroma is limited.
pub(super) const fn range(color: ColorInfo) -> PixelRange {
    match color.range {
        ColorRange::Full => PixelRange::Full,
        _ => PixelRange::Limited,
    }
}

/// AV1 has no word for the middle.
pub(super) const fn chroma_position(color: ColorInfo) -> ChromaSamplePosition {
    match color.chroma_location {
        ChromaLocation::Left => ChromaSamplePosition::Vertical,
        ChromaLocation::TopLeft => ChromaSamplePosition::Colocated,
        _ => ChromaSamplePosition::Unknown,
    }
}

const fn primaries(code: u16) -> ColorPrimaries {
    match code {
        1 => ColorPrimaries::BT709,
        4 => ColorPrimaries::BT470M,
        5 => ColorPrimaries::BT470BG,
        6 => ColorPrimaries::BT601,
        7 => ColorPrimaries::SMPTE240,
        8 => ColorPrimaries::GenericFilm,
        9 => ColorPrimaries::BT2020,
        10 => ColorPrimaries::XYZ,
        11 => ColorPrimaries::SMPTE431,
        12 => ColorPrimaries::SMPTE432,
        22 => ColorPrimaries::EBU3213,
        _ => ColorPrimaries::Unspecified,
    }
}

const fn transfer(code: u16) -> TransferCharacteristics {
    match code {
        1 => TransferCharacteristics::BT709,
        4 => TransferCharacteristics::BT470M,
        5 => TransferCharacteristics::BT470BG,
        6 => TransferCharacteristics::BT601,
        7 => TransferCharacteristics::SMPTE240,
        8 => TransferCharacteristics::Linear,
        9 => TransferCharacteristics::Log100,
        10 => TransferCharacteristics::Log100Sqrt10,
        11 => TransferCharacteristics::IEC61966,
        12 => TransferCharacteristics::BT1361,
        13 => TransferCharacteristics::SRGB,
        14 => TransferCharacteristics::BT2020_10Bit,
        15 => TransferCharacteristics::BT2020_12Bit,
        16 => TransferCharacteristics::SMPTE2084,
        17 => TransferCharacteristics::SMPTE428,
        18 => TransferCharacteristics::HLG,
        _ => TransferCharacteristics::Unspecified,
    }
}

const fn matrix(code: u16) -> MatrixCoefficients {
    match code {
        0 => MatrixCoefficients::Identity,
        1 => MatrixCoefficients::BT709,
        4 => MatrixCoefficients::FCC,
        5 => MatrixCoefficients::BT470BG,
        6 => MatrixCoefficients::BT601,
        7 => MatrixCoefficients::SMPTE240,
        8 => MatrixCoefficients::YCgCo,
        9 => MatrixCoefficients::BT2020NCL,
        10 => MatrixCoefficients::BT2020CL,
        14 => MatrixCoefficients::ICtCp,
        _ => MatrixCoefficients::Unspecified,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_standard() {
        for code in 0..30 {
            let same = |value: u16| value == code || value == 2;
            assert!(same(primaries(code) as u16) && same(transfer(code) as u16), "{code}");
            assert!(same(matrix(code) as u16), "{code}");
        }
        assert!(description(ColorInfo::default()).is_none());
    }
}
