//! The `Video` element of a track: RFC 9559, 5.1.4.1.28.

use rushes_core::{
    ChromaLocation, ColorInfo, ColorPrimaries, ColorRange, ContentLight, FrameRate,
    MasteringDisplay, MatrixCoefficients, PixelFormat, Ratio, Result, Rotation, TransferFunction,
    VideoParameters,
};

use super::ebml::Element;
use super::ids;

/// `DisplayUnit` from which on the size on display is not known.
const DISPLAY_UNKNOWN: u64 = 4;

/// Layouts of uncompressed pictures, and the codes that AVI has for them.
const RAW_LAYOUTS: [(&[u8; 4], PixelFormat); 8] = [
    (b"I420", PixelFormat::Yuv420p),
    (b"IYUV", PixelFormat::Yuv420p),
    (b"Y42B", PixelFormat::Yuv422p),
    (b"YUY2", PixelFormat::Yuyv422),
    (b"UYVY", PixelFormat::Uyvy422),
    (b"NV12", PixelFormat::Nv12),
    (b"NV21", PixelFormat::Nv21),
    (b"Y800", PixelFormat::Gray8),
];

/// Layout of uncompressed pictures; `None` for a code that we do not know.
pub(super) fn raw_layout(code: &[u8]) -> Option<PixelFormat> {
    RAW_LAYOUTS.iter().find(|(known, _)| known[..] == *code).map(|(_, format)| *format)
}

/// The code of a layout; `None` where it has none.
pub(super) fn raw_code(format: PixelFormat) -> Option<&'static [u8; 4]> {
    RAW_LAYOUTS.iter().find(|(_, known)| *known == format).map(|(code, _)| *code)
}

/// Reads the element.
pub(super) fn read(element: &Element<'_>) -> Result<VideoParameters> {
    let (mut width, mut height) = (0, 0);
    let (mut display_width, mut display_height, mut display_unit) = (None, None, 0);
    // Left, right, top, bottom.
    let mut crop = [0; 4];
    let mut video = VideoParameters::default();
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::UNCOMPRESSED_FOURCC => video.pixel_format = raw_layout(child.data),
            ids::PIXEL_WIDTH => width = child.uint()?,
            ids::PIXEL_HEIGHT => height = child.uint()?,
            ids::DISPLAY_WIDTH => display_width = Some(child.uint()?).filter(|size| *size > 0),
            ids::DISPLAY_HEIGHT => display_height = Some(child.uint()?).filter(|size| *size > 0),
            ids::DISPLAY_UNIT => display_unit = child.uint()?,
            ids::PIXEL_CROP_LEFT => crop[0] = child.uint()?,
            ids::PIXEL_CROP_RIGHT => crop[1] = child.uint()?,
            ids::PIXEL_CROP_TOP => crop[2] = child.uint()?,
            ids::PIXEL_CROP_BOTTOM => crop[3] = child.uint()?,
            ids::COLOUR => read_colour(&child, &mut video)?,
            ids::PROJECTION => video.rotation = read_projection(&child)?,
            _ => {}
        }
    }
    let visible = |size: u64, first: u64, last: u64| {
        let visible = size.saturating_sub(first.saturating_add(last));
        // Cropping that leaves nothing is an error that is better not obeyed.
        u32::try_from(if visible == 0 { size } else { visible }).unwrap_or(u32::MAX)
    };
    video.width = visible(width, crop[0], crop[1]);
    video.height = visible(height, crop[2], crop[3]);
    if display_unit < DISPLAY_UNKNOWN && (display_width.is_some() || display_height.is_some()) {
        video.sample_aspect = aspect(
            display_width.unwrap_or(video.width.into()),
            display_height.unwrap_or(video.height.into()),
            &video,
        );
    }
    Ok(video)
}

/// Width of a pixel over its height, for a size on display.
fn aspect(display_width: u64, display_height: u64, video: &VideoParameters) -> Option<Ratio> {
    let mut numer = u128::from(display_width) * u128::from(video.height);
    let mut denom = u128::from(display_height) * u128::from(video.width);
    let (mut a, mut b) = (numer, denom);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    (numer, denom) = (numer.checked_div(a)?, denom.checked_div(a)?);
    while numer > u128::from(u32::MAX) || denom > u128::from(u32::MAX) {
        (numer, denom) = (numer.div_ceil(2), denom.div_ceil(2));
    }
    Ratio::new(u32::try_from(numer).ok()?, u32::try_from(denom).ok()?)
        .filter(|ratio| ratio.numer() > 0)
}

fn code(element: &Element<'_>) -> Result<u16> {
    Ok(u16::try_from(element.uint()?).unwrap_or(2))
}

fn read_colour(element: &Element<'_>, video: &mut VideoParameters) -> Result<()> {
    let mut color = ColorInfo::default();
    let (mut horizontal, mut vertical) = (0, 0);
    let (mut max_content, mut max_average) = (None, None);
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::MATRIX_COEFFICIENTS => color.matrix = MatrixCoefficients::from_code(code(&child)?),
            ids::PRIMARIES => color.primaries = ColorPrimaries::from_code(code(&child)?),
            ids::TRANSFER_CHARACTERISTICS => {
                color.transfer = TransferFunction::from_code(code(&child)?);
            }
            ids::RANGE => {
                color.range = match child.uint()? {
                    1 => ColorRange::Limited,
                    2 => ColorRange::Full,
                    _ => ColorRange::Unspecified,
                };
            }
            ids::CHROMA_SITING_HORZ => horizontal = child.uint()?,
            ids::CHROMA_SITING_VERT => vertical = child.uint()?,
            ids::MAX_CLL => max_content = Some(child.uint()?),
            ids::MAX_FALL => max_average = Some(child.uint()?),
            ids::MASTERING_METADATA => video.mastering = read_mastering(&child)?,
            _ => {}
        }
    }
    color.chroma_location = match (horizontal, vertical) {
        (1, 2) => ChromaLocation::Left,
        (2, 2) => ChromaLocation::Center,
        (1, 1) => ChromaLocation::TopLeft,
        _ => ChromaLocation::Unspecified,
    };
    video.color = color;
    let level = |value: Option<u64>| u16::try_from(value.unwrap_or(0)).unwrap_or(u16::MAX);
    video.content_light = (max_content.is_some() || max_average.is_some()).then(|| ContentLight {
        max_content: level(max_content),
        max_frame_average: level(max_average),
    });
    Ok(())
}

/// Display that the video was made on; `None` unless all colours, or both luminances, are given.
fn read_mastering(element: &Element<'_>) -> Result<Option<MasteringDisplay>> {
    let mut points = [None; 8];
    let (mut max, mut min) = (None, None);
    let mut children = element.children();
    while let Some(child) = children.next()? {
        let place = match child.id {
            ids::PRIMARY_R_CHROMATICITY_X => 0,
            ids::PRIMARY_R_CHROMATICITY_Y => 1,
            ids::PRIMARY_G_CHROMATICITY_X => 2,
            ids::PRIMARY_G_CHROMATICITY_Y => 3,
            ids::PRIMARY_B_CHROMATICITY_X => 4,
            ids::PRIMARY_B_CHROMATICITY_Y => 5,
            ids::WHITE_POINT_CHROMATICITY_X => 6,
            ids::WHITE_POINT_CHROMATICITY_Y => 7,
            ids::LUMINANCE_MAX => {
                max = Some(scaled(child.float()?, 10_000.0));
                continue;
            }
            ids::LUMINANCE_MIN => {
                min = Some(scaled(child.float()?, 10_000.0));
                continue;
            }
            _ => continue,
        };
        points[place] = Some(scaled(child.float()?, 50_000.0));
    }
    let all = points.iter().all(Option::is_some);
    if !all && (max.is_none() || min.is_none()) {
        return Ok(None);
    }
    let point = |x: usize| {
        let value = |place: usize| u16::try_from(points[place].unwrap_or(0)).unwrap_or(u16::MAX);
        (value(x), value(x + 1))
    };
    Ok(Some(MasteringDisplay {
        primaries: [point(0), point(2), point(4)],
        white_point: point(6),
        max_luminance: max.unwrap_or(0),
        min_luminance: min.unwrap_or(0),
    }))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "float to integer casts saturate, and NaN becomes zero"
)]
fn scaled(value: f64, unit: f64) -> u32 {
    (value * unit).round() as u32
}

/// Turns by right angles, and mirroring, of a flat picture. The roll counts counter-clockwise; a yaw of half a turn mirrors.
fn read_projection(element: &Element<'_>) -> Result<Rotation> {
    let (mut kind, mut yaw, mut pitch, mut roll) = (0, 0.0, 0.0, 0.0);
    let mut children = element.children();
    while let Some(child) = children.next()? {
        match child.id {
            ids::PROJECTION_TYPE => kind = child.uint()?,
            ids::PROJECTION_POSE_YAW => yaw = child.float()?,
            ids::PROJECTION_POSE_PITCH => pitch = child.float()?,
            ids::PROJECTION_POSE_ROLL => roll = child.float()?,
            _ => {}
        }
    }
    let mirrored = yaw.abs() == 180.0;
    if kind != 0 || pitch != 0.0 || (yaw != 0.0 && !mirrored) {
        return Ok(Rotation::NONE);
    }
    let quarters = [0.0, 90.0, 180.0, 270.0].iter().position(|angle| {
        let difference: f64 = (-roll).rem_euclid(360.0) - angle;
        difference.abs() < 0.5
    });
    Ok(match quarters.map(u8::try_from) {
        Some(Ok(quarters)) => Rotation::new(quarters, mirrored),
        _ => Rotation::NONE,
    })
}

/// The frame rate that a length in whole nanoseconds stands for.
pub(super) fn frame_rate(nanoseconds: u64) -> Option<FrameRate> {
    const SECOND: u64 = 1_000_000_000;
    // The rates of television, which no number of nanoseconds meets.
    for thousands in [24_u32, 30, 48, 60, 120] {
        let rate = thousands * 1000;
        if (SECOND * 1001 / u64::from(rate)).abs_diff(nanoseconds) <= 1 {
            return FrameRate::new(rate, 1001);
        }
    }
    // Whole frames per second, rounded to nanoseconds.
    let whole = SECOND.checked_add(nanoseconds / 2)?.checked_div(nanoseconds)?;
    if whole > 0 && (SECOND / whole).abs_diff(nanoseconds) <= 1 {
        return FrameRate::new(u32::try_from(whole).ok()?, 1);
    }
    FrameRate::new(u32::try_from(SECOND).ok()?, u32::try_from(nanoseconds).ok()?)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{element, float, uint};
    use super::*;

    fn parse(body: &[u8]) -> VideoParameters {
        read(&Element { id: ids::VIDEO, data: body, offset: 0 }).expect("valid")
    }

    fn sized(more: &[u8]) -> VideoParameters {
        parse(&[uint(ids::PIXEL_WIDTH, 720), uint(ids::PIXEL_HEIGHT, 576), more.to_vec()].concat())
    }

    #[test]
    fn sizes_and_aspects() {
        assert_eq!(sized(&[]).sample_aspect, None);
        let wide =
            sized(&[uint(ids::DISPLAY_WIDTH, 1024), uint(ids::DISPLAY_HEIGHT, 576)].concat());
        assert_eq!(wide.sample_aspect, Ratio::new(64, 45));
        let ratio = [(ids::DISPLAY_WIDTH, 16), (ids::DISPLAY_HEIGHT, 9), (ids::DISPLAY_UNIT, 3)];
        let ratio: Vec<u8> = ratio.into_iter().flat_map(|(id, value)| uint(id, value)).collect();
        assert_eq!(sized(&ratio).sample_aspect, Ratio::new(64, 45));
        let unknown = [uint(ids::DISPLAY_WIDTH, 1), uint(ids::DISPLAY_UNIT, 4)].concat();
        assert_eq!(sized(&unknown).sample_aspect, None);
        let cropped =
            sized(&[uint(ids::PIXEL_CROP_LEFT, 8), uint(ids::PIXEL_CROP_BOTTOM, 600)].concat());
        assert_eq!((cropped.width, cropped.height), (712, 576));
        let huge =
            parse(&[uint(ids::PIXEL_WIDTH, u64::MAX), uint(ids::DISPLAY_WIDTH, u64::MAX)].concat());
        assert_eq!((huge.width, huge.sample_aspect), (u32::MAX, None));
    }

    #[test]
    fn colours() {
        let mastering: Vec<u8> = (0x55d1..=0x55d8).flat_map(|id| float(id, 0.5)).collect();
        let luminance = [float(ids::LUMINANCE_MAX, 1000.0), float(ids::LUMINANCE_MIN, 0.0001)];
        let mastering = element(ids::MASTERING_METADATA, &[mastering, luminance.concat()].concat());
        let colour = [
            uint(ids::MATRIX_COEFFICIENTS, 9),
            uint(ids::TRANSFER_CHARACTERISTICS, 16),
            uint(ids::PRIMARIES, 9),
            uint(ids::RANGE, 1),
            uint(ids::CHROMA_SITING_HORZ, 1),
            uint(ids::CHROMA_SITING_VERT, 1),
            uint(ids::MAX_CLL, 1000),
            uint(ids::MAX_FALL, 400),
            mastering,
        ];
        let video = sized(&element(ids::COLOUR, &colour.concat()));
        assert_eq!(video.color.matrix, MatrixCoefficients::Bt2020Ncl);
        assert_eq!(video.color.transfer, TransferFunction::Smpte2084);
        assert_eq!(video.color.range, ColorRange::Limited);
        assert_eq!(video.color.chroma_location, ChromaLocation::TopLeft);
        let mastering = video.mastering.expect("given");
        assert_eq!(mastering.white_point, (25_000, 25_000));
        assert_eq!((mastering.max_luminance, mastering.min_luminance), (10_000_000, 1));
        assert_eq!(
            video.content_light,
            Some(ContentLight { max_content: 1000, max_frame_average: 400 })
        );
    }

    #[test]
    fn rolls_become_rotations() {
        let check = |yaw: f64, roll: f64, expected: Rotation| {
            let projection =
                [float(ids::PROJECTION_POSE_YAW, yaw), float(ids::PROJECTION_POSE_ROLL, roll)];
            assert_eq!(sized(&element(ids::PROJECTION, &projection.concat())).rotation, expected);
        };
        check(0.0, 90.0, Rotation::new(3, false));
        check(0.0, -90.0, Rotation::new(1, false));
        check(0.0, -180.0, Rotation::new(2, false));
        check(180.0, 0.0, Rotation::new(0, true));
        check(30.0, 90.0, Rotation::NONE);
        check(0.0, 45.0, Rotation::NONE);
        check(f64::NAN, f64::NAN, Rotation::NONE);
    }

    #[test]
    fn frame_rates() {
        let check = |nanoseconds, numer, denom| {
            assert_eq!(frame_rate(nanoseconds), FrameRate::new(numer, denom), "{nanoseconds}");
        };
        check(33_366_667, 30_000, 1001);
        check(33_366_666, 30_000, 1001);
        check(41_708_333, 24_000, 1001);
        check(33_333_333, 30, 1);
        check(40_000_000, 25, 1);
        check(80_000_000, 25, 2);
        assert_eq!(frame_rate(0), None);
        assert_eq!(frame_rate(u64::MAX), None);
    }
}
