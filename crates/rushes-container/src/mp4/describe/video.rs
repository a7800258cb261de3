//! Video sample entries: ISO/IEC 14496-12, 12.1; ISO/IEC 14496-15; the bindings of AV1, VP8 and VP9.

use rushes_core::{
    Buffer, CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, ContentLight,
    MasteringDisplay, MatrixCoefficients, MediaKind, Ratio, Result, Rotation, TransferFunction,
    VideoParameters,
};

use super::{Description, Extensions, VisualEntry, bit_rate_of, codec_of_object_type};
use crate::mp4::boxes::{
    AvcC, BoxReader, Colr, FourCc, FullBox, Ispe, Pasp, PlainBox, RawBox, SampleEntry, Tkhd,
};
use crate::mp4::movie::TrackBoxes;

pub(super) fn describe(track: &TrackBoxes, entry: &SampleEntry) -> Result<Description> {
    let visual = VisualEntry::read(&mut BoxReader::new(&entry.body, 0))?;
    let extensions = Extensions::read(&visual.extensions)?;
    let kind = extensions.clear_kind(entry);
    let (codec, private) = codec_of(kind, &extensions);
    let mut unsupported = extensions.protection(entry);
    if codec == CodecId::H264
        && unsupported.is_none()
        && let Some(problem) = problem_of_avcc(&private)
    {
        unsupported = Some(problem);
    }
    let mut video = VideoParameters::new(u32::from(visual.width), u32::from(visual.height));
    video.color = color_of(&extensions);
    video.mastering = extensions.payload(*b"mdcv").and_then(mastering_of);
    video.content_light = extensions.payload(*b"clli").and_then(content_light_of);
    if let Some(header) = &track.header {
        video.rotation = rotation_of(&header.matrix);
    }
    video.sample_aspect = aspect_of(&extensions, &video, track.header.as_ref());
    let mut codec = CodecParameters::video(codec, video);
    codec.private = Buffer::from(private);
    codec.bit_rate = bit_rate_of(extensions.esds.as_ref(), extensions.payload(*b"btrt"));
    Ok(Description { codec, unsupported, grouping: None, external: false })
}

/// Describes a picture that is an item, by the properties that it has in place of the boxes of a sample entry.
pub(in crate::mp4) fn describe_item(kind: FourCc, properties: &[RawBox]) -> Result<Description> {
    let extensions = Extensions::read(properties)?;
    let (codec, private) = codec_of(kind, &extensions);
    let unsupported = match codec {
        CodecId::H264 => problem_of_avcc(&private),
        CodecId::Hevc if private.is_empty() => Some("no HEVC configuration (hvcC)".to_owned()),
        _ => None,
    };
    let size = extensions
        .payload(*b"ispe")
        .and_then(|payload| Ispe::parse(BoxReader::new(payload, 0)).ok());
    let mut video = VideoParameters::default();
    if let Some(Ispe { width, height }) = size {
        (video.width, video.height) = (width, height);
    }
    video.color = color_of(&extensions);
    video.mastering = extensions.payload(*b"mdcv").and_then(mastering_of);
    video.content_light = extensions.payload(*b"clli").and_then(content_light_of);
    video.sample_aspect = aspect_of(&extensions, &video, None);
    let mut codec = CodecParameters::video(codec, video);
    codec.private = Buffer::from(private);
    Ok(Description { codec, unsupported, grouping: None, external: false })
}

fn codec_of(kind: FourCc, extensions: &Extensions) -> (CodecId, Vec<u8>) {
    let body = |name| extensions.payload(name).unwrap_or_default().to_vec();
    let full_body = |name| extensions.full_payload(name).unwrap_or_default().to_vec();
    match &kind.0 {
        b"avc1" | b"avc2" | b"avc3" | b"avc4" | b"dva1" | b"dvav" => {
            (CodecId::H264, body(*b"avcC"))
        }
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" | b"hvc2" | b"hev2" => {
            (CodecId::Hevc, body(*b"hvcC"))
        }
        b"av01" | b"dav1" => (CodecId::Av1, body(*b"av1C")),
        b"vp08" => (CodecId::Vp8, full_body(*b"vpcC")),
        b"vp09" => (CodecId::Vp9, full_body(*b"vpcC")),
        b"mp4v" => match &extensions.esds {
            Some(config) => (
                codec_of_object_type(config.object_type, MediaKind::Video),
                config.specific.clone(),
            ),
            None => (CodecId::Mpeg4, Vec::new()),
        },
        b"DIVX" | b"XVID" | b"xvid" | b"divx" | b"FMP4" | b"3IV2" => (CodecId::Mpeg4, Vec::new()),
        b"s263" | b"h263" | b"H263" => (CodecId::H263, body(*b"d263")),
        b"m1v " | b"m1v1" | b"mpeg" => (CodecId::Mpeg1Video, Vec::new()),
        b"m2v1" | b"mp2v" => (CodecId::Mpeg2Video, Vec::new()),
        b"jpeg" | b"mjpa" | b"AVDJ" | b"dmb1" | b"mjpg" => (CodecId::Mjpeg, Vec::new()),
        b"png " => (CodecId::Png, Vec::new()),
        b"gif " => (CodecId::Gif, Vec::new()),
        // The name alone tells the profile, for Matroska and for other files of this format.
        b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x" => {
            (CodecId::ProRes, kind.0.to_vec())
        }
        _ => (CodecId::Unknown(MediaKind::Video, kind.to_string()), Vec::new()),
    }
}

/// Why an `avcC` cannot be used. One without parameter sets is fine: they may be in the packets (`avc3`).
fn problem_of_avcc(private: &[u8]) -> Option<String> {
    if private.is_empty() {
        return Some("no AVC configuration (avcC)".to_owned());
    }
    match AvcC::read(&mut BoxReader::new(private, 0)) {
        Ok(avcc) if avcc.length_size == 3 => {
            Some("an AVC configuration with NAL unit lengths of 3 bytes".to_owned())
        }
        Ok(_) => None,
        Err(error) => Some(format!("broken AVC configuration: {error}")),
    }
}

/// Colours of the first `colr` that names them. Of an ICC profile nothing is said.
fn color_of(extensions: &Extensions) -> ColorInfo {
    let colors = extensions.boxes.iter().filter(|extension| extension.kind == Colr::KIND);
    for extension in colors {
        let (primaries, transfer, matrix, range) =
            match Colr::read(&mut BoxReader::new(&extension.payload, 0)) {
                Ok(Colr::Nclx { primaries, transfer, matrix, full_range }) => {
                    let range = if full_range { ColorRange::Full } else { ColorRange::Limited };
                    (primaries, transfer, matrix, range)
                }
                Ok(Colr::Nclc { primaries, transfer, matrix }) => {
                    (primaries, transfer, matrix, ColorRange::Unspecified)
                }
                _ => continue,
            };
        let mut color = ColorInfo::new(MatrixCoefficients::from_code(matrix), range);
        color.primaries = ColorPrimaries::from_code(primaries);
        color.transfer = TransferFunction::from_code(transfer);
        return color;
    }
    extensions.full_payload(*b"vpcC").and_then(color_of_vpcc).unwrap_or_default()
}

/// "VP Codec ISO Media File Format Binding", version 1.
fn color_of_vpcc(body: &[u8]) -> Option<ColorInfo> {
    let [_profile, _level, format, primaries, transfer, matrix] = *body.first_chunk()?;
    let range = if format & 1 == 1 { ColorRange::Full } else { ColorRange::Limited };
    let mut color = ColorInfo::new(MatrixCoefficients::from_code(matrix.into()), range);
    color.primaries = ColorPrimaries::from_code(primaries.into());
    color.transfer = TransferFunction::from_code(transfer.into());
    Some(color)
}

/// Mastering display colour volume. The box has green, blue, red.
fn mastering_of(payload: &[u8]) -> Option<MasteringDisplay> {
    let mut r = BoxReader::new(payload, 0);
    let mut point = || Some((r.u16().ok()?, r.u16().ok()?));
    let (green, blue, red, white_point) = (point()?, point()?, point()?, point()?);
    let (max_luminance, min_luminance) = (r.u32().ok()?, r.u32().ok()?);
    Some(MasteringDisplay {
        primaries: [red, green, blue],
        white_point,
        max_luminance,
        min_luminance,
    })
}

fn content_light_of(payload: &[u8]) -> Option<ContentLight> {
    let mut r = BoxReader::new(payload, 0);
    Some(ContentLight { max_content: r.u16().ok()?, max_frame_average: r.u16().ok()? })
}

/// The pixel aspect that `pasp` says, else the one that stretches the pictures to the size of the track.
fn aspect_of(
    extensions: &Extensions,
    video: &VideoParameters,
    header: Option<&Tkhd>,
) -> Option<Ratio> {
    let pasp = extensions
        .payload(*b"pasp")
        .and_then(|payload| Pasp::read(&mut BoxReader::new(payload, 0)).ok());
    if let Some(Pasp { horizontal, vertical }) = pasp {
        return Ratio::new(horizontal, vertical).filter(|_| horizontal > 0);
    }
    let (width, height) = header.map(|header| (header.width >> 16, header.height >> 16))?;
    if width == 0 || height == 0 || (width, height) == (video.width, video.height) {
        return None;
    }
    let horizontal = video.height.checked_mul(width)?;
    let vertical = video.width.checked_mul(height)?;
    Ratio::new(horizontal, vertical).filter(|_| horizontal > 0)
}

/// The nearest quarter turn of a transformation matrix.
pub(super) fn rotation_of(matrix: &[i32; 9]) -> Rotation {
    let [a, b, _, c, d, ..] = matrix.map(i64::from);
    let turns = match (c.abs() > d.abs(), c < 0, d < 0) {
        (true, true, _) => 1,
        (true, false, _) => 3,
        (false, _, true) => 2,
        (false, _, false) => 0,
    };
    // A negative determinant mirrors.
    Rotation::new(turns, a * d - b * c < 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matrices_become_quarter_turns() {
        let check = |[a, b, c, d]: [i32; 4], degrees, mirrored| {
            let one = 0x1_0000;
            let matrix = [a * one, b * one, 0, c * one, d * one, 0, 0, 0, 0x4000_0000];
            let rotation = rotation_of(&matrix);
            assert_eq!((rotation.degrees(), rotation.is_mirrored()), (degrees, mirrored));
        };
        check([1, 0, 0, 1], 0, false);
        check([0, 1, -1, 0], 90, false);
        check([-1, 0, 0, -1], 180, false);
        check([0, -1, 1, 0], 270, false);
        check([-1, 0, 0, 1], 0, true);
        check([0, -1, -1, 0], 90, true);
        check([1, 0, 0, -1], 180, true);
        check([0, 1, 1, 0], 270, true);
    }
}
