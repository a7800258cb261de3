//! What some containers store and others leave to the packets: private data out of the first packet of a track.

use rushes_core::{Buffer, CodecId, CodecParameters};

use super::{describe, dolby, vpx};

/// True for a track whose private data is missing although other containers store some: its first key packet may hold
/// what [`complete_parameters`] needs.
#[must_use]
pub fn lacks_parameters(codec: &CodecParameters) -> bool {
    codec.private.is_empty()
        && matches!(
            codec.codec,
            CodecId::Vp8 | CodecId::Vp9 | CodecId::Av1 | CodecId::Ac3 | CodecId::Eac3
        )
}

/// Parameters with the private data that a key packet implies; `None` where it implies none.
///
/// What the parameters say already stays as it is: size and colour of the container may be meant to differ.
#[must_use]
pub fn complete_parameters(codec: &CodecParameters, packet: &[u8]) -> Option<CodecParameters> {
    let private: Buffer = match codec.codec {
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
