//! H.264 and HEVC as plain byte streams: ITU-T H.264 and H.265, annex B.

mod demux;
mod h264;
mod hevc;
mod mux;
mod timeline;

use rushes_core::CodecId;
use rushes_core::bitstream::nal::AnnexB;

pub(crate) use self::demux::Pictures;
pub(crate) use self::timeline::{Order, Timeline, Unit};

use self::demux::AnnexBDemuxer;
use self::mux::AnnexBMuxer;
use crate::Format;
use crate::bitstream::NalCodec;
use crate::probe::Score;
use crate::registry::{Entry, FormatReader};

pub(crate) static FORMATS: [Entry; 2] = [
    Entry {
        format: Format {
            name: "h264",
            long_name: "H.264 byte stream (Annex B)",
            extensions: &["h264", "264", "avc", "jsv", "jvt", "26l"],
            default_video: Some(CodecId::H264),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| probe(start, h264::looks_right),
            open: |input, options| {
                Ok(Box::new(AnnexBDemuxer::open(NalCodec::H264, input, options)?))
            },
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(AnnexBMuxer::create(NalCodec::H264, sink, tracks, options)?))
        }),
    },
    Entry {
        format: Format {
            name: "hevc",
            long_name: "H.265 / HEVC byte stream (Annex B)",
            extensions: &["hevc", "h265", "265", "bit"],
            default_video: Some(CodecId::Hevc),
            default_audio: None,
        },
        reader: Some(FormatReader {
            probe: |start| probe(start, hevc::looks_right),
            open: |input, options| {
                Ok(Box::new(AnnexBDemuxer::open(NalCodec::Hevc, input, options)?))
            },
        }),
        create: Some(|sink, tracks, options| {
            Ok(Box::new(AnnexBMuxer::create(NalCodec::Hevc, sink, tracks, options)?))
        }),
    },
];

/// What a NAL unit says of the format of its stream.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Evidence {
    /// No stream of the format has such a unit here.
    Against,
    /// It could be anything.
    Neutral,
    /// A slice that starts a picture, as far as can be seen.
    Slice,
    /// A sequence parameter set that makes sense.
    Set,
}

/// Pictures in a row that no other data happens to look like, where the parameter sets are out of sight.
const SURE: usize = 3;

/// Judges a stream by the start codes it begins with, and what is behind them.
fn probe(start: &[u8], judge: fn(&[u8]) -> Evidence) -> Option<Score> {
    let zeros = start.iter().take_while(|byte| **byte == 0).count();
    if zeros < 2 || start.get(zeros) != Some(&1) {
        return None;
    }
    let mut slices = 0;
    for nal in AnnexB::new(start) {
        match judge(nal) {
            Evidence::Against => return None,
            Evidence::Set => return Some(Score::Certain),
            Evidence::Slice => slices += 1,
            Evidence::Neutral => {}
        }
    }
    (slices >= SURE).then_some(Score::Likely)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bitstream::tests::{PPS, SPS};

    const HEVC_SPS: [u8; 46] = [
        0x42, 0x01, 0x01, 0x02, 0x20, 0x00, 0x00, 0x03, 0x00, 0x90, 0x00, 0x00, 0x03, 0x00, 0x00,
        0x03, 0x00, 0x3c, 0xa0, 0x0a, 0x08, 0x0b, 0x9f, 0x6d, 0x96, 0x56, 0x69, 0x24, 0xca, 0xf0,
        0x16, 0xa1, 0x22, 0x01, 0x3c, 0x20, 0x00, 0x00, 0x03, 0x00, 0x20, 0x00, 0x00, 0x03, 0x03,
        0x21,
    ];

    #[test]
    fn the_two_are_told_apart_and_from_others() {
        let check = |parts: &[&[u8]], expected: (bool, bool)| {
            let start: Vec<u8> =
                parts.iter().flat_map(|nal| [&[0, 0, 0, 1], *nal].concat()).collect();
            let found = (
                probe(&start, h264::looks_right).is_some(),
                probe(&start, hevc::looks_right).is_some(),
            );
            assert_eq!(found, expected, "{parts:02x?}");
        };
        check(&[&SPS, &PPS], (true, false));
        check(&[&[9, 0xf0], &SPS], (true, false));
        check(&[&HEVC_SPS], (false, true));
        check(&[&[0x40, 1, 0x0c], &HEVC_SPS], (false, true));
        // Pictures without sets: three of them will do.
        check(&[&[0x41, 0x9a, 7], &[0x41, 0x9a, 7], &[0x41, 0x9a, 7]], (true, false));
        check(&[&[0x41, 0x9a, 7], &[0x41, 0x9a, 7]], (false, false));
        // MPEG program stream, MPEG-1 video, MPEG-4 part 2, zeros.
        check(&[&[0xba, 0x44, 0, 4]], (false, false));
        check(&[&[0xb3, 0x14, 0, 0xf0]], (false, false));
        check(&[&[0xb0, 1], &[0xb5, 9], &[0, 0x8d], &[0x20, 0, 0xc8]], (false, false));
        check(&[&[], &[]], (false, false));
        assert_eq!(probe(&[0x47, 0, 0, 1, 0x67], h264::looks_right), None);
    }
}
