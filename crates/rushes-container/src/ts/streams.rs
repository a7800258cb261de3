//! What the streams of a program are: stream types (ISO/IEC 13818-1, table 2-34; ATSC A/53; Blu-ray) and descriptors (2.6; ETSI EN 300
//! 468, 6.2).

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, MediaKind, VideoParameters,
};

use super::frames::FrameCodec;
use super::pictures::PictureCodec;
use super::psi::Elementary;
use super::units::Cutting;

const REGISTRATION: u8 = 0x05;
const LANGUAGE: u8 = 0x0a;
const TELETEXT: u8 = 0x56;
const SUBTITLING: u8 = 0x59;
const AC3: u8 = 0x6a;
const ENHANCED_AC3: u8 = 0x7a;
const DTS: u8 = 0x7b;
const AAC: u8 = 0x7c;
const EXTENSION: u8 = 0x7f;

/// The codec of a stream, and how it is cut.
pub(super) fn describe(stream: &Elementary) -> (CodecParameters, Cutting) {
    let registered = registration(stream);
    let blu_ray = registered == Some(*b"HDMV");
    let (codec, cutting) = match stream.kind {
        0x01 => (CodecId::Mpeg1Video, Cutting::Pictures(PictureCodec::Mpeg2)),
        0x02 => (CodecId::Mpeg2Video, Cutting::Pictures(PictureCodec::Mpeg2)),
        0x03 | 0x04 => (CodecId::Mp3, Cutting::Frames(FrameCodec::Mpeg)),
        0x0f => (CodecId::Aac, Cutting::Frames(FrameCodec::Adts)),
        0x10 => (CodecId::Mpeg4, Cutting::Pictures(PictureCodec::Mpeg4)),
        0x11 => (unknown(MediaKind::Audio, "aac_latm"), Cutting::Frames(FrameCodec::Loas)),
        0x1b => (CodecId::H264, Cutting::Pictures(PictureCodec::H264)),
        0x24 => (CodecId::Hevc, Cutting::Pictures(PictureCodec::Hevc)),
        0x42 => (unknown(MediaKind::Video, "cavs"), Cutting::Whole),
        0x33 => (unknown(MediaKind::Video, "vvc"), Cutting::Whole),
        0xea => (unknown(MediaKind::Video, "vc1"), Cutting::Whole),
        0x80 if blu_ray => (unknown(MediaKind::Audio, "pcm_bluray"), Cutting::Whole),
        0x83 if blu_ray => (unknown(MediaKind::Audio, "truehd"), Cutting::Whole),
        0x90 if blu_ray => (unknown(MediaKind::Subtitle, "hdmv_pgs_subtitle"), Cutting::Whole),
        0x82 | 0x85 | 0x86 | 0x8a => (CodecId::Dts, Cutting::Whole),
        0x81 => (CodecId::Ac3, Cutting::Frames(FrameCodec::Ac3)),
        0x84 | 0x87 | 0xa1 => (CodecId::Eac3, Cutting::Frames(FrameCodec::Ac3)),
        0x15 => (unknown(MediaKind::Data, "timed_id3"), Cutting::Whole),
        kind => by_name(registered).or_else(|| by_descriptor(stream)).unwrap_or_else(|| {
            (unknown(MediaKind::Data, &format!("stream type {kind:#04x}")), Cutting::Whole)
        }),
    };
    let mut parameters = match codec.kind() {
        MediaKind::Video => CodecParameters::video(codec, VideoParameters::default()),
        MediaKind::Audio => {
            CodecParameters::audio(codec, AudioParameters::new(0, ChannelLayout::default_for(0)))
        }
        _ => CodecParameters::other(codec),
    };
    if parameters.codec == CodecId::Opus {
        describe_opus(stream, &mut parameters);
    }
    (parameters, cutting)
}

/// The language, if a descriptor names one.
pub(super) fn language(stream: &Elementary) -> Option<String> {
    let mut languages = stream.descriptors().filter_map(|(tag, payload)| {
        let known = matches!(tag, LANGUAGE | SUBTITLING | TELETEXT);
        payload.get(..3).filter(|code| known && code.iter().all(u8::is_ascii_alphabetic))
    });
    languages.next().map(|code| String::from_utf8_lossy(code).to_ascii_lowercase())
}

fn unknown(kind: MediaKind, name: &str) -> CodecId {
    CodecId::Unknown(kind, name.to_owned())
}

fn registration(stream: &Elementary) -> Option<[u8; 4]> {
    let mut found = stream.descriptors().filter(|(tag, _)| *tag == REGISTRATION);
    found.next()?.1.first_chunk().copied()
}

/// Streams of private data that are registered.
fn by_name(registered: Option<[u8; 4]>) -> Option<(CodecId, Cutting)> {
    let ac3 = Cutting::Frames(FrameCodec::Ac3);
    Some(match &registered? {
        b"AC-3" => (CodecId::Ac3, ac3),
        b"EAC3" => (CodecId::Eac3, ac3),
        b"HEVC" => (CodecId::Hevc, Cutting::Pictures(PictureCodec::Hevc)),
        b"Opus" => (CodecId::Opus, Cutting::Frames(FrameCodec::Opus)),
        b"DTS1" | b"DTS2" | b"DTS3" => (CodecId::Dts, Cutting::Whole),
        b"BSSD" => (unknown(MediaKind::Audio, "s302m"), Cutting::Whole),
        b"AV01" => (CodecId::Av1, Cutting::Whole),
        b"KLVA" => (unknown(MediaKind::Data, "klv"), Cutting::Whole),
        b"ID3 " => (unknown(MediaKind::Data, "timed_id3"), Cutting::Whole),
        _ => return None,
    })
}

/// Streams of private data without a registration that we know.
fn by_descriptor(stream: &Elementary) -> Option<(CodecId, Cutting)> {
    stream.descriptors().find_map(|(tag, payload)| {
        Some(match (tag, payload) {
            (AC3, _) => (CodecId::Ac3, Cutting::Frames(FrameCodec::Ac3)),
            (ENHANCED_AC3, _) => (CodecId::Eac3, Cutting::Frames(FrameCodec::Ac3)),
            (DTS, _) => (CodecId::Dts, Cutting::Whole),
            (AAC, _) => (CodecId::Aac, Cutting::Frames(FrameCodec::Adts)),
            (EXTENSION, [0x80, ..]) => (CodecId::Opus, Cutting::Frames(FrameCodec::Opus)),
            (SUBTITLING, _) => (unknown(MediaKind::Subtitle, "dvb_subtitle"), Cutting::Whole),
            (TELETEXT, _) => (unknown(MediaKind::Subtitle, "dvb_teletext"), Cutting::Whole),
            _ => return None,
        })
    })
}

/// The identification header that decoders want, from the number of channels in the descriptor.
fn describe_opus(stream: &Elementary, parameters: &mut CodecParameters) {
    let code = stream.descriptors().find_map(|(tag, payload)| match (tag, payload) {
        (EXTENSION, [0x80, code, ..]) => Some(*code),
        _ => None,
    });
    // Two mono channels count as 0; from 9 on there is a table.
    let channels = match code {
        Some(0) => 2,
        Some(code @ 1..=8) => code,
        _ => return,
    };
    let audio = AudioParameters::new(48_000, ChannelLayout::default_for(channels.into()));
    parameters.media = rushes_core::MediaParameters::Audio(audio);
    let (streams, coupled, map): (u8, u8, &[u8]) = match channels {
        1 => (1, 0, &[]),
        2 => (1, 1, &[]),
        3 => (2, 1, &[0, 2, 1]),
        4 => (2, 2, &[0, 1, 2, 3]),
        5 => (3, 2, &[0, 4, 1, 2, 3]),
        6 => (4, 2, &[0, 4, 1, 2, 3, 5]),
        7 => (4, 3, &[0, 4, 1, 2, 3, 5, 6]),
        _ => (5, 3, &[0, 6, 1, 2, 3, 4, 5, 7]),
    };
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(0_u16.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    head.extend(0_u16.to_le_bytes());
    head.push(u8::from(!map.is_empty()));
    if !map.is_empty() {
        head.extend([streams, coupled]);
        head.extend(map);
    }
    parameters.private = Buffer::from(head);
}
