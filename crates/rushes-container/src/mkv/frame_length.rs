//! How long a frame of sound is, by its first bytes.

use rushes_core::{AudioParameters, CodecId, CodecParameters, MpegAudioHeader};

use crate::bitstream::opus_samples;
use crate::flac::FrameHeader;

/// Samples per second in which [`samples`] counts.
pub(super) fn clock_rate(codec: &CodecId, audio: &AudioParameters) -> u32 {
    match codec {
        CodecId::Opus => 48_000,
        _ => audio.sample_rate,
    }
}

/// Samples per channel of a frame; `None` where its first bytes do not tell.
pub(super) fn samples(
    codec: &CodecParameters,
    audio: &AudioParameters,
    frame: &[u8],
) -> Option<u64> {
    match &codec.codec {
        CodecId::Opus => opus_samples(frame).map(u64::from),
        CodecId::Pcm(_) => (frame.len() as u64).checked_div(audio.block_align.into()),
        CodecId::Mp1 | CodecId::Mp2 | CodecId::Mp3 => {
            MpegAudioHeader::read(frame).map(|header| header.samples().into())
        }
        CodecId::Ac3 => Some(1536),
        CodecId::Eac3 => eac3(frame),
        CodecId::Aac => aac(&codec.private),
        CodecId::Flac => FrameHeader::read(frame).map(|header| header.block_size.into()),
        _ => None,
    }
}

/// ETSI TS 102 366, E.1.2: the number of blocks of 256 samples. Substreams of dependent channels come in the same packet.
fn eac3(frame: &[u8]) -> Option<u64> {
    let &[0x0b, 0x77, _, _, codes, ..] = frame else { return None };
    if codes >> 6 == 3 {
        return Some(1536);
    }
    Some([256, 512, 768, 1536][usize::from(codes >> 4 & 3)])
}

/// ISO/IEC 14496-3, 4.4.1: frames of 1024 samples, or 960 where the flag behind rate and channels says so. Replication of high
/// frequencies doubles both the samples and the rate.
fn aac(config: &[u8]) -> Option<u64> {
    let &[first, second, ..] = config else { return Some(1024) };
    let object_type = first >> 3;
    let index = (first & 7) << 1 | second >> 7;
    match object_type {
        1..=4 if index != 15 => Some(if second >> 2 & 1 == 1 { 960 } else { 1024 }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_codecs() {
        assert_eq!(aac(&[0x12, 0x10]), Some(1024));
        assert_eq!(aac(&[0x12, 0x14]), Some(960));
        assert_eq!(aac(&[0x2b, 0x11]), None);
        assert_eq!(eac3(&[0x0b, 0x77, 0, 0, 0x34]), Some(1536));
        assert_eq!(eac3(&[0x0b, 0x77, 0, 0, 0x04]), Some(256));
    }
}
