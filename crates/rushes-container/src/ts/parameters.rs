//! What the first units of a stream say of its format.

use rushes_core::bitstream::nal::AnnexB;
use rushes_core::bitstream::{h264, hevc};
use rushes_core::{
    AudioParameters, ChannelLayout, CodecId, CodecParameters, FrameRate, MediaParameters,
    MpegAudioHeader, PixelFormat, Ratio, SampleFormat, VideoParameters,
};

use super::frames::Ac3Header;
use crate::bitstream::AdtsHeader;

/// True where nothing more needs to be learned.
pub(super) fn are_known(parameters: &CodecParameters) -> bool {
    match (&parameters.codec, &parameters.media) {
        (
            CodecId::H264
            | CodecId::Hevc
            | CodecId::Mpeg1Video
            | CodecId::Mpeg2Video
            | CodecId::Mpeg4,
            MediaParameters::Video(video),
        ) => video.width > 0,
        (
            CodecId::Aac
            | CodecId::Mp1
            | CodecId::Mp2
            | CodecId::Mp3
            | CodecId::Ac3
            | CodecId::Eac3,
            MediaParameters::Audio(audio),
        ) => audio.sample_rate > 0,
        _ => true,
    }
}

/// Learns from a unit.
pub(super) fn learn(parameters: &mut CodecParameters, data: &[u8]) {
    match parameters.codec {
        CodecId::H264 => learn_h264(parameters, data),
        CodecId::Hevc => learn_hevc(parameters, data),
        CodecId::Mpeg1Video | CodecId::Mpeg2Video => {
            // Stream types do not always tell the versions apart.
            if let Some((codec, video)) = sequence_header(data) {
                parameters.codec = codec;
                parameters.media = MediaParameters::Video(video);
            }
        }
        CodecId::Aac => {
            let Some(header) = AdtsHeader::read(data) else { return };
            let config = header.config(data);
            // Frames that describe their channels themselves are rare, and mostly of two languages.
            let layout = ChannelLayout::default_for(header.channels().unwrap_or(2));
            set_audio(parameters, header.sample_rate(), layout, header.samples());
            if let Some(config) = config {
                parameters.private = config.write().into();
            }
        }
        CodecId::Mp1 | CodecId::Mp2 | CodecId::Mp3 => {
            let Some(header) = MpegAudioHeader::read(data) else { return };
            parameters.codec = header.codec();
            parameters.bit_rate = header.bit_rate().map(u64::from);
            set_audio(parameters, header.sample_rate(), header.layout(), header.samples());
        }
        CodecId::Ac3 | CodecId::Eac3 => {
            let Some(header) = Ac3Header::read(data) else { return };
            parameters.codec = if header.enhanced { CodecId::Eac3 } else { CodecId::Ac3 };
            let layout = match (header.channels, header.lfe) {
                (6, true) => ChannelLayout::SURROUND_5_1_SIDE,
                (channels, _) => ChannelLayout::default_for(channels),
            };
            set_audio(parameters, header.sample_rate, layout, header.samples);
        }
        CodecId::Mpeg4 => {
            if let Some((width, height)) = super::mpeg4::size(data)
                && let MediaParameters::Video(video) = &mut parameters.media
            {
                (video.width, video.height) = (width, height);
            }
        }
        _ => {}
    }
}

fn set_audio(parameters: &mut CodecParameters, rate: u32, layout: ChannelLayout, samples: u32) {
    let mut audio = AudioParameters::new(rate, layout);
    audio.sample_format = Some(SampleFormat::F32);
    audio.frame_samples = Some(samples);
    parameters.media = MediaParameters::Audio(audio);
}

fn learn_h264(parameters: &mut CodecParameters, data: &[u8]) {
    let nals: Vec<_> = AnnexB::new(data).filter_map(h264::Nal::new).collect();
    let sets: Vec<_> = nals.iter().filter(|nal| matches!(nal.kind(), 7 | 8 | 13)).collect();
    let Some(sps) = sets.iter().find(|nal| nal.kind() == 7) else { return };
    let Ok(sps) = h264::Sps::parse(&sps.payload()) else { return };
    let mut video = VideoParameters::new(sps.width(), sps.height());
    video.sample_aspect = sps.vui.sample_aspect;
    video.color = sps.vui.color;
    video.reorder_depth = u32::try_from(sps.reorder_depth().start).ok();
    parameters.media = MediaParameters::Video(video);
    parameters.private = with_start_codes(sets.iter().map(|nal| nal.bytes())).into();
}

fn learn_hevc(parameters: &mut CodecParameters, data: &[u8]) {
    let nals: Vec<_> = AnnexB::new(data).filter_map(hevc::Nal::new).collect();
    // Video, sequence and picture parameter sets.
    let is_set = |nal: &&hevc::Nal<'_>| {
        matches!(nal.bytes().first().map(|byte| byte >> 1 & 63), Some(32..=34))
    };
    let sets: Vec<_> = nals.iter().filter(is_set).collect();
    let Some(sps) = sets.iter().find(|nal| nal.kind() == hevc::Kind::SequenceSet) else { return };
    let Ok(sps) = hevc::Sps::parse(&sps.payload()) else { return };
    let (width, height) = (sps.crop.width(sps.width), sps.crop.height(sps.height));
    let mut video = VideoParameters::new(width, height);
    video.sample_aspect = sps.vui.sample_aspect;
    video.color = sps.vui.color;
    video.reorder_depth = u32::try_from(sps.reorder_depth().start).ok();
    parameters.media = MediaParameters::Video(video);
    parameters.private = with_start_codes(sets.iter().map(|nal| nal.bytes())).into();
}

fn with_start_codes<'a>(nals: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    nals.flat_map(|nal| [&[0, 0, 0, 1], nal].concat()).collect()
}

/// The sequence header of MPEG-1 and MPEG-2: ISO/IEC 13818-2, 6.2.2.1, with the aspect of the latter where there is an extension.
fn sequence_header(data: &[u8]) -> Option<(CodecId, VideoParameters)> {
    let at = data.windows(4).position(|bytes| bytes == [0, 0, 1, 0xb3])?;
    let [a, b, c, d] = *data.get(at + 4..)?.first_chunk()?;
    let width = u32::from(a) << 4 | u32::from(b >> 4);
    let height = u32::from(b & 15) << 8 | u32::from(c);
    let is_mpeg2 =
        data[at..].windows(5).any(|bytes| bytes[..4] == [0, 0, 1, 0xb5] && bytes[4] >> 4 == 1);
    let mut video = VideoParameters::new(width, height);
    video.pixel_format = Some(PixelFormat::Yuv420p).filter(|_| !is_mpeg2);
    // Of the whole picture.
    let shape = match d >> 4 {
        1 if is_mpeg2 => Some((width, height)),
        2 if is_mpeg2 => Some((4, 3)),
        3 if is_mpeg2 => Some((16, 9)),
        4 if is_mpeg2 => Some((221, 100)),
        _ => None,
    };
    video.sample_aspect = shape
        .and_then(|(across, down)| Ratio::new(across * height, down * width))
        .filter(|_| height > 0);
    video.frame_rate = match d & 15 {
        1 => FrameRate::new(24_000, 1001),
        2 => FrameRate::new(24, 1),
        3 => FrameRate::new(25, 1),
        4 => FrameRate::new(30_000, 1001),
        5 => FrameRate::new(30, 1),
        6 => FrameRate::new(50, 1),
        7 => FrameRate::new(60_000, 1001),
        8 => FrameRate::new(60, 1),
        _ => None,
    };
    let codec = if is_mpeg2 { CodecId::Mpeg2Video } else { CodecId::Mpeg1Video };
    (width > 0 && height > 0).then_some((codec, video))
}
