//! What the video usability information of both standards has in common: ITU-T H.264 and H.265, annex E.

use crate::{
    ChromaLocation, ColorInfo, ColorPrimaries, ColorRange, MatrixCoefficients, Ratio, Result,
    TransferFunction,
};

use super::BitReader;

/// From `video_format` to `matrix_coeffs`.
pub fn signal_type(r: &mut BitReader<'_>, color: &mut ColorInfo) -> Result<()> {
    r.skip(3)?; // video_format
    color.range = if r.flag()? { ColorRange::Full } else { ColorRange::Limited };
    if r.flag()? {
        color.primaries = ColorPrimaries::from_code(u16::from(r.byte()?));
        color.transfer = TransferFunction::from_code(u16::from(r.byte()?));
        color.matrix = MatrixCoefficients::from_code(u16::from(r.byte()?));
    }
    Ok(())
}

/// `chroma_sample_loc_type_top_field` and the one of the bottom field, which is not kept.
pub fn chroma_location(r: &mut BitReader<'_>) -> Result<ChromaLocation> {
    let location = match r.unsigned()? {
        0 => ChromaLocation::Left,
        1 => ChromaLocation::Center,
        2 => ChromaLocation::TopLeft,
        _ => ChromaLocation::Unspecified,
    };
    r.unsigned()?;
    Ok(location)
}

/// How long a tick lasts: `units / scale` seconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Timing {
    /// `num_units_in_tick`, not zero.
    pub units: u32,
    /// `time_scale`, not zero.
    pub scale: u32,
}

/// `num_units_in_tick` and `time_scale`; `None` where they make no sense.
pub fn timing(r: &mut BitReader<'_>) -> Result<Option<Timing>> {
    let timing = Timing { units: r.bits(32)?, scale: r.bits(32)? };
    Ok(Some(timing).filter(|timing| timing.units > 0 && timing.scale > 0))
}

/// `aspect_ratio_idc` and what follows it: table E-1.
pub fn sample_aspect(r: &mut BitReader<'_>) -> Result<Option<Ratio>> {
    const LISTED: [(u32, u32); 16] = [
        (1, 1),
        (12, 11),
        (10, 11),
        (16, 11),
        (40, 33),
        (24, 11),
        (20, 11),
        (32, 11),
        (80, 33),
        (18, 11),
        (15, 11),
        (64, 33),
        (160, 99),
        (4, 3),
        (3, 2),
        (2, 1),
    ];
    let (width, height) = match r.byte()? {
        255 => (r.bits(16)?, r.bits(16)?),
        index => match LISTED.get(usize::from(index).wrapping_sub(1)) {
            Some(listed) => *listed,
            None => return Ok(None),
        },
    };
    Ok(if width == 0 { None } else { Ratio::new(width, height) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_listed_or_spelled_out() {
        let check = |bytes: &[u8], expected| {
            let read = sample_aspect(&mut BitReader::new(bytes)).expect("long enough");
            assert_eq!(read, expected, "{bytes:?}");
        };
        check(&[0], None);
        check(&[1], Some(Ratio::ONE));
        check(&[14], Ratio::new(4, 3));
        check(&[17], None);
        check(&[255, 0, 7, 0, 5], Ratio::new(7, 5));
        check(&[255, 0, 0, 0, 5], None);
        check(&[255, 0, 7, 0, 0], None);
        assert!(sample_aspect(&mut BitReader::new(&[255, 0, 7])).is_err());
    }

    #[test]
    fn colours_are_code_points() {
        let mut color = ColorInfo::default();
        let bytes = [0b1011_1000, 0b0100_1000, 0b1000_0000, 0b0100_1000];
        signal_type(&mut BitReader::new(&bytes), &mut color).expect("long enough");
        assert_eq!(color.range, ColorRange::Full);
        assert_eq!(color.primaries, ColorPrimaries::Bt2020);
        assert_eq!(color.transfer, TransferFunction::Smpte2084);
        assert_eq!(color.matrix, MatrixCoefficients::Bt2020Ncl);
    }
}
