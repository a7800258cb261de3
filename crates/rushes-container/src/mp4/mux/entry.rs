//! The sample entry of a track: ISO/IEC 14496-12, 12.1.3; 14496-14, 6.7; 14496-15, 5.4.2, and the codecs' own bindings.

use rushes_core::{
    CodecId, CodecParameters, ColorInfo, ColorPrimaries, ColorRange, Error, MatrixCoefficients,
    MediaParameters, Result, TransferFunction, VideoParameters,
};

use super::audio_entry;
use super::flavor::Flavor;
use crate::mp4::boxes::{
    BoxWriter, Btrt, Clli, Colr, DecoderConfig, Esds, FourCc, Mdcv, Pasp, RawBox, SampleEntry,
    Stsd, VisualEntry,
};

/// Object types of MPEG-4 Systems (ISO/IEC 14496-1, 7.2.6.6.2).
mod object_type {
    pub(super) const MPEG4_VIDEO: u8 = 0x20;
    pub(super) const MPEG2_VIDEO: u8 = 0x61;
    pub(super) const MPEG1_VIDEO: u8 = 0x6a;
    pub(super) const JPEG: u8 = 0x6c;
    pub(super) const PNG: u8 = 0x6d;
}

/// Defaults of 3GPP timed text (3GPP TS 26.245, 5.16): white on nothing, at the bottom, one font.
const TEXT_DEFAULTS: &[u8] =
    b"\0\0\0\0\x01\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x12\xff\xff\xff\xff\
    \0\0\0\x12ftab\0\x01\0\x01\x05Serif";

/// Bits per second of a track.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BitRates {
    pub(super) average: u32,
    pub(super) largest: u32,
    /// Bytes of the largest sample.
    pub(super) buffer: u32,
}

/// The sample description box of a track.
pub(super) fn stsd(codec: &CodecParameters, flavor: Flavor, rates: BitRates) -> Result<Stsd> {
    let (kind, body) = match &codec.media {
        MediaParameters::Video(video) => video_entry(codec, video, flavor, rates)?,
        MediaParameters::Audio(audio) => audio_entry::entry(codec, audio, flavor, rates)?,
        _ => text_entry(codec, flavor)?,
    };
    let entry = SampleEntry { kind, data_reference: 1, body };
    Ok(Stsd { version: 0, entries: vec![entry] })
}

fn video_entry(
    codec: &CodecParameters,
    video: &VideoParameters,
    flavor: Flavor,
    rates: BitRates,
) -> Result<(FourCc, Vec<u8>)> {
    let size = |length: u32| {
        u16::try_from(length).ok().filter(|length| *length > 0).ok_or_else(|| {
            Error::usage(format!("{}x{} is no size for a video", video.width, video.height))
        })
    };
    let (kind, configuration) = video_codec(codec, flavor, rates)?;
    let mut entry = VisualEntry::new(size(video.width)?, size(video.height)?);
    entry.extensions.extend(configuration);
    let ratio = video.sample_aspect.filter(|ratio| ratio.numer() > 0);
    if let Some(ratio) = ratio {
        let pasp = Pasp { horizontal: ratio.numer(), vertical: ratio.denom() };
        entry.extensions.push(RawBox::plain(&pasp));
    }
    entry.extensions.extend(color(video.color, flavor));
    if let Some(mastering) = &video.mastering {
        let [red, green, blue] = mastering.primaries;
        entry.extensions.push(RawBox::plain(&Mdcv {
            primaries: [green, blue, red],
            white_point: mastering.white_point,
            max_luminance: mastering.max_luminance,
            min_luminance: mastering.min_luminance,
        }));
    }
    if let Some(light) = &video.content_light {
        entry.extensions.push(RawBox::plain(&Clli {
            max_content: light.max_content,
            max_frame_average: light.max_frame_average,
        }));
    }
    // `esds` has the rates itself.
    if rates.average > 0 && !entry.extensions.iter().any(|extension| extension.kind.0 == *b"esds") {
        entry.extensions.push(RawBox::plain(&Btrt {
            buffer_size: rates.buffer,
            max_bit_rate: rates.largest,
            average_bit_rate: rates.average,
        }));
    }
    let mut w = BoxWriter::new();
    entry.write(&mut w);
    Ok((kind, w.into_bytes()))
}

/// The name of the sample entry, and the codec's own box.
fn video_codec(
    codec: &CodecParameters,
    flavor: Flavor,
    rates: BitRates,
) -> Result<(FourCc, Option<RawBox>)> {
    let private = &codec.private[..];
    let configured = |kind: &[u8; 4], configuration: &[u8; 4], shortest| {
        let payload = needed(codec, configuration, shortest)?;
        let configuration = RawBox { kind: FourCc(*configuration), payload };
        Ok((FourCc(*kind), Some(configuration)))
    };
    let systems = |object_type| {
        let esds = esds(object_type, 4, private, rates);
        Ok((FourCc(*b"mp4v"), Some(RawBox::full(&esds))))
    };
    match codec.codec {
        CodecId::H264 if private.get(5).is_some_and(|count| count & 31 > 0) => {
            configured(b"avc1", b"avcC", 7)
        }
        CodecId::H264 => configured(b"avc3", b"avcC", 7),
        CodecId::Hevc if hevc_sets_are_complete(private) => configured(b"hvc1", b"hvcC", 23),
        CodecId::Hevc => configured(b"hev1", b"hvcC", 23),
        CodecId::Av1 => configured(b"av01", b"av1C", 4),
        CodecId::Vp9 | CodecId::Vp8 => {
            let kind = if codec.codec == CodecId::Vp9 { b"vp09" } else { b"vp08" };
            let mut payload = needed(codec, b"vpcC", 8)?;
            // Version 1 and no flags, unless they are there already.
            if !payload.starts_with(&[1, 0, 0, 0]) || payload.len() < 12 {
                payload.splice(0..0, [1, 0, 0, 0]);
            }
            Ok((FourCc(*kind), Some(RawBox { kind: FourCc(*b"vpcC"), payload })))
        }
        CodecId::H263 => configured(b"s263", b"d263", 7),
        CodecId::Mpeg4 => systems(object_type::MPEG4_VIDEO),
        CodecId::Mpeg2Video => systems(object_type::MPEG2_VIDEO),
        CodecId::Mpeg1Video => systems(object_type::MPEG1_VIDEO),
        CodecId::Mjpeg if flavor == Flavor::Mov => Ok((FourCc(*b"jpeg"), None)),
        CodecId::Mjpeg => systems(object_type::JPEG),
        CodecId::Png if flavor == Flavor::Mov => Ok((FourCc(*b"png "), None)),
        CodecId::Png => systems(object_type::PNG),
        CodecId::ProRes if flavor == Flavor::Mov => match private.first_chunk() {
            Some(kind @ (b"apch" | b"apcn" | b"apcs" | b"apco" | b"ap4h" | b"ap4x")) => {
                Ok((FourCc(*kind), None))
            }
            _ => {
                let what = "prores without the name of its profile (apch, ...) as private data";
                Err(Error::unsupported(
                    what,
                    "tracks of MOV files, and of Matroska files that tell",
                ))
            }
        },
        _ => Err(unsupported(codec, flavor)),
    }
}

/// True where `hvcC` says that no parameter set is in the samples (ISO/IEC 14496-15, 8.3.3.1).
fn hevc_sets_are_complete(private: &[u8]) -> bool {
    let Some((&count, mut arrays)) = private.get(22..).and_then(<[u8]>::split_first) else {
        return false;
    };
    for _ in 0..count {
        let [kind, high, low, rest @ ..] = arrays else { return false };
        if kind & 0x80 == 0 && (32..=34).contains(&(kind & 0x3f)) {
            return false;
        }
        arrays = rest;
        for _ in 0..u16::from_be_bytes([*high, *low]) {
            let [high, low, rest @ ..] = arrays else { return false };
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            arrays = rest.get(length..).unwrap_or_default();
        }
    }
    count > 0
}

/// The colours, as far as they are known.
fn color(color: ColorInfo, flavor: Flavor) -> Option<RawBox> {
    let is_known = color.matrix != MatrixCoefficients::Unspecified
        || color.primaries != ColorPrimaries::Unspecified
        || color.transfer != TransferFunction::Unspecified;
    let (primaries, transfer, matrix) =
        (color.primaries.code(), color.transfer.code(), color.matrix.code());
    match (flavor, color.range) {
        (Flavor::Mov, _) if is_known => {
            Some(RawBox::plain(&Colr::Nclc { primaries, transfer, matrix }))
        }
        (Flavor::Mov, _) => None,
        // The box cannot say that the range is unknown, and limited is what is assumed.
        (_, range) if is_known || range != ColorRange::Unspecified => {
            let full_range = range == ColorRange::Full;
            Some(RawBox::plain(&Colr::Nclx { primaries, transfer, matrix, full_range }))
        }
        _ => None,
    }
}

fn text_entry(codec: &CodecParameters, flavor: Flavor) -> Result<(FourCc, Vec<u8>)> {
    match codec.codec {
        // QuickTime's text has the same samples, but another description, without a font table.
        CodecId::MovText if codec.private.get(34..38) == Some(b"ftab") => {
            Ok((FourCc(*b"tx3g"), codec.private.to_vec()))
        }
        CodecId::MovText => Ok((FourCc(*b"tx3g"), TEXT_DEFAULTS.to_vec())),
        CodecId::WebVtt if has_webvtt_configuration(&codec.private) => {
            Ok((FourCc(*b"wvtt"), codec.private.to_vec()))
        }
        CodecId::WebVtt => {
            // What stands in front of the cues of a file: its first line at the least.
            let header = str::from_utf8(&codec.private).unwrap_or_default();
            let header = if header.starts_with("WEBVTT") { header } else { "WEBVTT" };
            let mut w = BoxWriter::new();
            w.boxed(FourCc(*b"vttC"), |w| w.bytes(header.trim_end().as_bytes()));
            Ok((FourCc(*b"wvtt"), w.into_bytes()))
        }
        _ => Err(unsupported(codec, flavor)),
    }
}

fn has_webvtt_configuration(private: &[u8]) -> bool {
    private.get(4..8) == Some(b"vttC")
}

/// The description of a track of chapters: text of QuickTime, in no style.
pub(super) fn chapter_entry() -> Stsd {
    let mut w = BoxWriter::new();
    // Justification, background, box, and style that nobody looks at, and the name of no font.
    w.u32(1);
    w.zeros(6 + 8 + 8 + 18);
    let entry = SampleEntry { kind: FourCc(*b"text"), data_reference: 1, body: w.into_bytes() };
    Stsd { version: 0, entries: vec![entry] }
}

/// An elementary stream descriptor for this codec.
pub(super) fn esds(object_type: u8, stream_type: u8, specific: &[u8], rates: BitRates) -> Esds {
    Esds {
        es_id: 0,
        config: DecoderConfig {
            object_type,
            stream_type,
            buffer_size: rates.buffer.min(0x00ff_ffff),
            max_bit_rate: rates.largest,
            average_bit_rate: rates.average,
            specific: specific.to_vec(),
        },
    }
}

/// The private data of a codec that cannot do without.
pub(super) fn needed(codec: &CodecParameters, name: &[u8; 4], shortest: usize) -> Result<Vec<u8>> {
    if codec.private.len() < shortest {
        return Err(Error::usage(format!(
            "{} in this container needs the body of its {} box as private data, not {} bytes",
            codec.codec,
            FourCc(*name),
            codec.private.len()
        )));
    }
    Ok(codec.private.to_vec())
}

/// The error for a codec that the container does not take.
pub(super) fn unsupported(codec: &CodecParameters, flavor: Flavor) -> Error {
    let video = "h264, hevc, av1, vp8, vp9, h263, mpeg4, mpeg2video, mpeg1video, mjpeg, png";
    let audio = "aac, mp2, mp3, opus, flac, alac, ac3, eac3, amr_nb, amr_wb";
    let supported = match flavor {
        Flavor::M4a => format!("{audio}, {}", audio_entry::PCM_MP4),
        Flavor::Mp4 => format!("{video}; {audio}, {}; mov_text, webvtt", audio_entry::PCM_MP4),
        Flavor::Mov => {
            format!("{video}, prores; {audio}, {}; mov_text, webvtt", audio_entry::PCM_MOV)
        }
    };
    Error::unsupported(format!("codec {} in {}", codec.codec, flavor.name()), supported)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hevc_kinds_follow_the_configuration() {
        let mut private = vec![0; 22];
        private.extend([2, 0x80 | 32, 0, 1, 0, 2, 9, 9, 0x80 | 33, 0, 1, 0, 1, 9]);
        assert!(hevc_sets_are_complete(&private));
        private[23] = 32;
        assert!(!hevc_sets_are_complete(&private));
        for length in 0..private.len() {
            assert!(!hevc_sets_are_complete(&private[..length]) || length >= 23, "{length}");
        }
    }

    #[test]
    fn prores_keeps_its_profile() {
        for kind in [b"apch", b"apcn", b"apcs", b"apco", b"ap4h", b"ap4x"] {
            let mut codec = CodecParameters::video(CodecId::ProRes, VideoParameters::new(2, 2));
            codec.private = kind.to_vec().into();
            let written = stsd(&codec, Flavor::Mov, BitRates::default()).expect("taken");
            assert_eq!(written.entries[0].kind.0, *kind);
        }
    }

    #[test]
    fn refusals_say_what_is_taken() {
        let codec = CodecParameters::video(CodecId::ProRes, VideoParameters::new(2, 2));
        let error = stsd(&codec, Flavor::Mp4, BitRates::default()).expect_err("not taken");
        assert!(error.to_string().contains("h264"), "{error}");
        let bare = CodecParameters::video(CodecId::H264, VideoParameters::new(2, 2));
        let error = stsd(&bare, Flavor::Mp4, BitRates::default()).expect_err("no avcC");
        assert!(error.to_string().contains("avcC"), "{error}");
        stsd(&codec, Flavor::Mov, BitRates::default()).expect_err("of no profile");
        let none = CodecParameters::video(CodecId::Mpeg4, VideoParameters::new(0, 2));
        assert!(matches!(stsd(&none, Flavor::Mp4, BitRates::default()), Err(Error::Usage(_))));
    }
}
