//! What a track entry says of pictures: RFC 9559, 5.1.4.1.28.

use rushes_core::{
    ChromaLocation, CodecId, ColorPrimaries, ColorRange, ContentLight, MasteringDisplay,
    MatrixCoefficients, Rotation, TransferFunction, VideoParameters,
};

use super::flavor::Flavor;
use crate::gcd::gcd;
use crate::mkv::ebml_writer::EbmlWriter;
use crate::mkv::ids;
use crate::mkv::video::raw_code;

/// Sizes in `DisplayWidth` and `DisplayHeight` are a ratio.
const DISPLAY_RATIO: u64 = 3;

/// The `Video` element. `alpha` says that blocks bring the alpha of their pictures with them.
pub(super) fn write(
    video: &VideoParameters,
    codec: &CodecId,
    alpha: bool,
    flavor: Flavor,
    w: &mut EbmlWriter,
) {
    w.master(ids::VIDEO, |w| {
        let raw = video.pixel_format.filter(|_| *codec == CodecId::RawVideo);
        if let Some(code) = raw.and_then(raw_code) {
            w.binary(ids::UNCOMPRESSED_FOURCC, code);
        }
        w.uint(ids::PIXEL_WIDTH, u64::from(video.width));
        w.uint(ids::PIXEL_HEIGHT, u64::from(video.height));
        // Always said of the codecs that can have it, so that it can be said later as well.
        if matches!(codec, CodecId::Vp8 | CodecId::Vp9) {
            w.uint(ids::ALPHA_MODE, u64::from(alpha));
        }
        write_display(video, flavor, w);
        write_colour(video, w);
        write_projection(video.rotation, w);
    });
}

/// The size to show, from the shape of a pixel.
fn write_display(video: &VideoParameters, flavor: Flavor, w: &mut EbmlWriter) {
    let Some(aspect) = video.sample_aspect.filter(|aspect| aspect.numer() > 0) else { return };
    let (width, height) = (u64::from(video.width), u64::from(video.height));
    let (numer, denom) = (u64::from(aspect.numer()), u64::from(aspect.denom()));
    let (shown_width, shown_height, is_ratio) = if width * numer % denom == 0 {
        (width * numer / denom, height, false)
    } else if height * denom % numer == 0 {
        (width, height * denom / numer, false)
    } else if flavor == Flavor::Webm {
        // Its only unit is the pixel.
        ((width * numer + denom / 2) / denom, height, false)
    } else {
        let common = gcd(width * numer, height * denom);
        (width * numer / common, height * denom / common, true)
    };
    if shown_width == 0 || shown_height == 0 {
        return;
    }
    w.uint(ids::DISPLAY_WIDTH, shown_width);
    w.uint(ids::DISPLAY_HEIGHT, shown_height);
    if is_ratio {
        w.uint(ids::DISPLAY_UNIT, DISPLAY_RATIO);
    }
}

fn write_colour(video: &VideoParameters, w: &mut EbmlWriter) {
    let mut colour = EbmlWriter::new();
    let color = video.color;
    if color.matrix != MatrixCoefficients::Unspecified {
        colour.uint(ids::MATRIX_COEFFICIENTS, u64::from(color.matrix.code()));
    }
    let siting = match color.chroma_location {
        ChromaLocation::Left => Some((1, 2)),
        ChromaLocation::Center => Some((2, 2)),
        ChromaLocation::TopLeft => Some((1, 1)),
        _ => None,
    };
    if let Some((horizontal, vertical)) = siting {
        colour.uint(ids::CHROMA_SITING_HORZ, horizontal);
        colour.uint(ids::CHROMA_SITING_VERT, vertical);
    }
    match color.range {
        ColorRange::Limited => colour.uint(ids::RANGE, 1),
        ColorRange::Full => colour.uint(ids::RANGE, 2),
        _ => {}
    }
    if color.transfer != TransferFunction::Unspecified {
        colour.uint(ids::TRANSFER_CHARACTERISTICS, u64::from(color.transfer.code()));
    }
    if color.primaries != ColorPrimaries::Unspecified {
        colour.uint(ids::PRIMARIES, u64::from(color.primaries.code()));
    }
    if let Some(ContentLight { max_content, max_frame_average }) = video.content_light {
        colour.uint(ids::MAX_CLL, u64::from(max_content));
        colour.uint(ids::MAX_FALL, u64::from(max_frame_average));
    }
    if let Some(mastering) = &video.mastering {
        write_mastering(mastering, &mut colour);
    }
    if !colour.bytes().is_empty() {
        w.binary(ids::COLOUR, colour.bytes());
    }
}

fn write_mastering(mastering: &MasteringDisplay, w: &mut EbmlWriter) {
    const CHROMATICITIES: [(u32, u32); 4] = [
        (ids::PRIMARY_R_CHROMATICITY_X, ids::PRIMARY_R_CHROMATICITY_Y),
        (ids::PRIMARY_G_CHROMATICITY_X, ids::PRIMARY_G_CHROMATICITY_Y),
        (ids::PRIMARY_B_CHROMATICITY_X, ids::PRIMARY_B_CHROMATICITY_Y),
        (ids::WHITE_POINT_CHROMATICITY_X, ids::WHITE_POINT_CHROMATICITY_Y),
    ];
    let [red, green, blue] = mastering.primaries;
    w.master(ids::MASTERING_METADATA, |w| {
        for ((x_id, y_id), (x, y)) in
            CHROMATICITIES.into_iter().zip([red, green, blue, mastering.white_point])
        {
            w.float(x_id, f64::from(x) / 50_000.0);
            w.float(y_id, f64::from(y) / 50_000.0);
        }
        w.float(ids::LUMINANCE_MAX, f64::from(mastering.max_luminance) / 10_000.0);
        w.float(ids::LUMINANCE_MIN, f64::from(mastering.min_luminance) / 10_000.0);
    });
}

/// A picture that is turned is a flat one whose frame is: mirrored by half a turn around the vertical axis, then rolled,
/// counter-clockwise.
fn write_projection(rotation: Rotation, w: &mut EbmlWriter) {
    if rotation == Rotation::NONE {
        return;
    }
    let roll = match rotation.degrees() {
        270 => 90.0,
        180 => 180.0,
        90 => -90.0,
        _ => 0.0,
    };
    w.master(ids::PROJECTION, |w| {
        w.uint(ids::PROJECTION_TYPE, 0);
        w.float(ids::PROJECTION_POSE_YAW, if rotation.is_mirrored() { 180.0 } else { 0.0 });
        w.float(ids::PROJECTION_POSE_PITCH, 0.0);
        w.float(ids::PROJECTION_POSE_ROLL, roll);
    });
}

#[cfg(test)]
mod tests {
    use rushes_core::Ratio;

    use super::*;

    #[test]
    fn shapes_become_sizes() {
        let check = |aspect: Option<(u32, u32)>, flavor: Flavor, expected: &[u8]| {
            let mut video = VideoParameters::new(720, 576);
            video.sample_aspect = aspect.and_then(|(numer, denom)| Ratio::new(numer, denom));
            let mut w = EbmlWriter::new();
            write_display(&video, flavor, &mut w);
            assert_eq!(w.bytes(), expected, "{aspect:?}");
        };
        check(None, Flavor::Mkv, b"");
        check(Some((1, 1)), Flavor::Mkv, b"\x54\xb0\x82\x02\xd0\x54\xba\x82\x02\x40");
        check(Some((64, 45)), Flavor::Mkv, b"\x54\xb0\x82\x04\x00\x54\xba\x82\x02\x40");
        check(Some((9, 11)), Flavor::Mkv, b"\x54\xb0\x82\x02\xd0\x54\xba\x82\x02\xc0");
        check(Some((16, 11)), Flavor::Mkv, b"\x54\xb0\x82\x02\xd0\x54\xba\x82\x01\x8c");
        check(Some((145, 99)), Flavor::Webm, b"\x54\xb0\x82\x04\x1f\x54\xba\x82\x02\x40");
        // 720 x 145 : 576 x 99, shortened.
        let ratio = b"\x54\xb0\x82\x02\xd5\x54\xba\x82\x01\x8c\x54\xb2\x81\x03";
        check(Some((145, 99)), Flavor::Mkv, ratio);
    }
}
