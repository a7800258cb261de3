//! What some containers store and others leave to the packets: private data out of the first packet of a track.

use rushes_core::{Buffer, CodecId, CodecParameters};

use super::{NalCodec, describe, dolby, vpx};

/// True for a track whose private data is missing although other containers store some: its first key packet may hold
/// what [`complete_parameters`] needs.
#[must_use]
pub fn lacks_parameters(codec: &CodecParameters) -> bool {
    codec.private.is_empty()
        && matches!(
            codec.codec,
            CodecId::Vp8
                | CodecId::Vp9
                | CodecId::Av1
                | CodecId::H264
                | CodecId::Hevc
                | CodecId::Mpeg4
                | CodecId::Ac3
                | CodecId::Eac3
        )
}

/// Parameters with the private data that a key packet implies; `None` where it implies none.
///
/// What the parameters say already stays as it is: size and colour of the container may be meant to differ.
#[must_use]
pub fn complete_parameters(codec: &CodecParameters, packet: &[u8]) -> Option<CodecParameters> {
    let private: Buffer = match codec.codec {
        CodecId::H264 | CodecId::Hevc => nal_sets(NalCodec::of(&codec.codec)?, packet)?.into(),
        CodecId::Mpeg4 => mpeg4_headers(packet)?.into(),
        CodecId::Ac3 => dolby::dac3(packet)?.into(),
        CodecId::Eac3 => dolby::dec3(packet)?.into(),
        CodecId::Vp8 => vpx::vp8_configuration(packet)?.into(),
        _ => {
            let mut described = codec.clone();
            let rate = codec.as_video().and_then(|video| video.frame_rate);
            describe(&mut described, packet, rate.map(|rate| rate.time_base()));
            described.private
        }
    };
    let mut complete = codec.clone();
    complete.private = private;
    (!complete.private.is_empty()).then_some(complete)
}

/// The parameter sets in a packet of a byte stream, if they make a whole configuration.
fn nal_sets(codec: NalCodec, packet: &[u8]) -> Option<Vec<u8>> {
    if !matches!(packet, [0, 0, 1, ..] | [0, 0, 0, 1, ..]) {
        return None;
    }
    let sets = codec.parameter_sets(packet);
    codec.record(&sets).is_ok().then_some(sets)
}

/// What lies in front of the first video object plane, or of the group it is in, if there is a video object layer: ISO/IEC 14496-2,
/// 6.2.3 to 6.2.5.
fn mpeg4_headers(packet: &[u8]) -> Option<&[u8]> {
    let codes = || packet.windows(4).enumerate().filter(|(_, four)| four.starts_with(&[0, 0, 1]));
    let (end, _) = codes().find(|(_, four)| matches!(four[3], 0xb3 | 0xb6))?;
    let has_layer = codes().any(|(at, four)| at < end && matches!(four[3], 0x20..=0x2f));
    has_layer.then(|| &packet[..end])
}

#[cfg(test)]
mod tests {
    use rushes_core::VideoParameters;

    use super::*;
    use crate::bitstream::tests::{PPS, SPS};

    fn private(codec: CodecId, packet: &[u8]) -> Option<Buffer> {
        let codec = CodecParameters::video(codec, VideoParameters::new(16, 16));
        assert!(lacks_parameters(&codec));
        complete_parameters(&codec, packet).map(|codec| codec.private)
    }

    #[test]
    fn parameter_sets_in_line_are_private_data() {
        let sets = [&[0, 0, 0, 1], &SPS[..], &[0, 0, 0, 1], &PPS].concat();
        let slice: &[u8] = &[0, 0, 1, 0x65, 0x88, 7];
        let check = |packet: &[&[u8]], expected: Option<&[u8]>| {
            let found = private(CodecId::H264, &packet.concat());
            assert_eq!(found.as_deref(), expected, "{packet:02x?}");
        };
        check(&[&[0, 0, 0, 1, 9, 0xf0], &sets, slice], Some(&sets));
        check(&[&sets[4 + SPS.len()..], slice], None);
        check(&[slice], None);
        check(&[&[0, 0, 0, 2, 0x65, 0x88]], None);
    }

    #[test]
    fn headers_of_mpeg4_are_private_data() {
        let layer = [0, 0, 1, 0xb0, 1, 0, 0, 1, 0, 0, 0, 1, 0x20, 0, 0x84];
        let plane = [0, 0, 1, 0xb6, 0x10];
        let check = |packet: &[&[u8]], expected: Option<&[u8]>| {
            let found = private(CodecId::Mpeg4, &packet.concat());
            assert_eq!(found.as_deref(), expected, "{packet:02x?}");
        };
        check(&[&layer, &plane], Some(&layer));
        check(&[&layer, &[0, 0, 1, 0xb3, 0], &plane], Some(&layer));
        check(&[&plane, &layer], None);
        check(&[&layer], None);
    }
}
