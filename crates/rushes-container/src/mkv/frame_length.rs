//! How long a frame of sound is, by its first bytes.

use rushes_core::{AudioParameters, CodecId, CodecParameters, MpegAudioHeader};

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
        CodecId::Opus => opus(frame),
        CodecId::Pcm(_) => (frame.len() as u64).checked_div(audio.block_align.into()),
        CodecId::Mp1 | CodecId::Mp2 | CodecId::Mp3 => {
            MpegAudioHeader::read(frame).map(|header| header.samples().into())
        }
        CodecId::Ac3 => Some(1536),
        CodecId::Eac3 => eac3(frame),
        CodecId::Aac => aac(&codec.private),
        CodecId::Flac => flac(frame),
        _ => None,
    }
}

/// RFC 6716, 3.1: the configuration tells the length of a frame, the code their number.
fn opus(packet: &[u8]) -> Option<u64> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let frames = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u64::from(packet.get(1)? & 63),
    };
    // At most 120 ms.
    Some(frame * frames).filter(|samples| (1..=5760).contains(samples))
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

/// RFC 9639, 9.1: the number of samples in the header of a frame.
fn flac(frame: &[u8]) -> Option<u64> {
    let &[0xff, 0xf8 | 0xf9, codes, _, number, ..] = frame else { return None };
    // The number of the frame or sample is coded like a character of UTF-8.
    let behind = 4 + match number.leading_ones() {
        0 => 1,
        length @ 2..=7 => usize::try_from(length).ok()?,
        _ => return None,
    };
    match codes >> 4 {
        1 => Some(192),
        shift @ 2..=5 => Some(576 << (shift - 2)),
        6 => Some(u64::from(*frame.get(behind)?) + 1),
        7 => {
            let &[high, low] = frame.get(behind..behind + 2)?.first_chunk()?;
            Some(u64::from(u16::from_be_bytes([high, low])) + 1)
        }
        shift @ 8.. => Some(256 << (shift - 8)),
        0 => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opus_packets() {
        for (packet, expected) in [
            (&[0xfc_u8][..], Some(960)),
            (&[0x18], Some(2880)),
            (&[0xe1], Some(240)),
            (&[0x0b, 3], Some(2880)),
            (&[0x1b, 3], None),
            (&[0x03], None),
            (&[], None),
        ] {
            assert_eq!(opus(packet), expected, "{packet:02x?}");
        }
    }

    #[test]
    fn other_codecs() {
        assert_eq!(aac(&[0x12, 0x10]), Some(1024));
        assert_eq!(aac(&[0x12, 0x14]), Some(960));
        assert_eq!(aac(&[0x2b, 0x11]), None);
        assert_eq!(eac3(&[0x0b, 0x77, 0, 0, 0x34]), Some(1536));
        assert_eq!(eac3(&[0x0b, 0x77, 0, 0, 0x04]), Some(256));
        assert_eq!(flac(&[0xff, 0xf8, 0xc9, 0x18, 0, 0]), Some(4096));
        assert_eq!(flac(&[0xff, 0xf8, 0x79, 0x18, 0xc3, 0x80, 0x0a, 0xff]), Some(2816));
        assert_eq!(flac(&[0xff, 0xf9, 0x69, 0x18, 0x05, 99]), Some(100));
        assert_eq!(flac(&[0xff, 0xf8, 0x69, 0x18, 0xff, 99]), None);
        assert_eq!(flac(b"fLaC"), None);
    }
}
