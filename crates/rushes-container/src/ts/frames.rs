//! Frames of sound: ADTS, MPEG audio, AC-3 and E-AC-3 (ETSI TS 102 366, 4.3 and E.1.2), LOAS (ISO/IEC 14496-3, 1.7.2), and Opus
//! with the control header of its mapping to MPEG-2 systems.

use rushes_core::MpegAudioHeader;

use crate::bitstream::{AdtsHeader, opus_samples};

/// A codec whose frames tell their length.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FrameCodec {
    Adts,
    Mpeg,
    /// E-AC-3 too.
    Ac3,
    Loas,
    Opus,
}

/// What the bytes start with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    Frame {
        /// Bytes in front of the packet.
        header: usize,
        length: usize,
        /// How many samples there are, and how many per second.
        samples: (u32, u32),
    },
    /// So many bytes that are no frame.
    Junk(usize),
    /// Too little to tell.
    More,
}

/// The header of a frame, as far as it matters here.
struct Header {
    skip: usize,
    length: usize,
    samples: (u32, u32),
}

/// Looks for a frame. `ends` tells that nothing follows these bytes.
pub(super) fn find(codec: FrameCodec, bytes: &[u8], ends: bool) -> Found {
    let size = header_bytes(codec);
    if bytes.len() < size {
        return Found::More;
    }
    let Some(header) = read(codec, bytes) else {
        let next = (1..=bytes.len() - size).find(|at| is_good(codec, &bytes[*at..]));
        return Found::Junk(next.unwrap_or(bytes.len() - size + 1));
    };
    let mut length = header.length;
    // Substreams that depend on a frame belong to it.
    if codec == FrameCodec::Ac3 {
        loop {
            let rest = bytes.get(length..).unwrap_or_default();
            match Ac3Header::read(rest) {
                Some(next) if next.dependent => length += next.length,
                None if rest.len() < Ac3Header::SIZE && !ends => return Found::More,
                _ => break,
            }
        }
    }
    if length > bytes.len() {
        return Found::More;
    }
    Found::Frame { header: header.skip, length, samples: header.samples }
}

/// True where the bytes start with a header.
pub(super) fn is_start(codec: FrameCodec, bytes: &[u8]) -> bool {
    read(codec, bytes).is_some()
}

/// Behind junk a header counts only if another one follows, as far as there is something.
fn is_good(codec: FrameCodec, bytes: &[u8]) -> bool {
    let Some(header) = read(codec, bytes) else { return false };
    let rest = bytes.get(header.length..).unwrap_or_default();
    rest.len() < header_bytes(codec) || read(codec, rest).is_some()
}

const fn header_bytes(codec: FrameCodec) -> usize {
    match codec {
        FrameCodec::Adts => AdtsHeader::SIZE,
        FrameCodec::Mpeg => MpegAudioHeader::SIZE,
        FrameCodec::Ac3 => Ac3Header::SIZE,
        FrameCodec::Loas => 3,
        FrameCodec::Opus => 2,
    }
}

fn read(codec: FrameCodec, bytes: &[u8]) -> Option<Header> {
    match codec {
        FrameCodec::Adts => {
            let header = AdtsHeader::read(bytes)?;
            let samples = (header.samples(), header.sample_rate());
            Some(Header { skip: 0, length: header.frame_bytes(), samples })
        }
        FrameCodec::Mpeg => {
            let header = MpegAudioHeader::read(bytes)?;
            let samples = (header.samples(), header.sample_rate());
            Some(Header { skip: 0, length: header.frame_bytes()?, samples })
        }
        FrameCodec::Ac3 => {
            let header = Ac3Header::read(bytes)?;
            let samples = (header.samples, header.sample_rate);
            Some(Header { skip: 0, length: header.length, samples })
        }
        FrameCodec::Loas => {
            let [0x56, b, c, ..] = *bytes else { return None };
            let length = usize::from(u16::from_be_bytes([b & 0x1f, c])) + 3;
            (b & 0xe0 == 0xe0).then_some(Header { skip: 0, length, samples: (0, 0) })
        }
        FrameCodec::Opus => opus(bytes),
    }
}

/// The control header in front of a packet of Opus.
fn opus(bytes: &[u8]) -> Option<Header> {
    let [0x7f, flags, rest @ ..] = bytes else { return None };
    if flags & 0xe0 != 0xe0 {
        return None;
    }
    let ones = rest.iter().take_while(|byte| **byte == 0xff).count();
    let size = ones * 255 + usize::from(rest.get(ones).copied().unwrap_or(0));
    let mut skip = 2 + ones + 1;
    // Trimming of the start and of the end, and an extension.
    skip += if flags & 0x10 == 0 { 0 } else { 2 };
    skip += if flags & 0x08 == 0 { 0 } else { 2 };
    if flags & 0x04 != 0 {
        skip += 1 + usize::from(bytes.get(skip).copied().unwrap_or(0));
    }
    let samples = bytes.get(skip..).and_then(opus_samples).unwrap_or(0);
    Some(Header { skip, length: skip + size, samples: (samples, 48_000) })
}

/// Header of a frame of AC-3 or E-AC-3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Ac3Header {
    pub(super) enhanced: bool,
    /// A substream that adds to the frame before.
    dependent: bool,
    length: usize,
    pub(super) samples: u32,
    pub(super) sample_rate: u32,
    pub(super) channels: u16,
    pub(super) lfe: bool,
}

impl Ac3Header {
    const SIZE: usize = 8;
    /// Kilobits per second.
    const RATES: [u32; 19] =
        [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let [0x0b, 0x77, c, d, e, f, g, h] = *bytes.first_chunk::<8>()? else { return None };
        let version = f >> 3;
        let rate = |code: u8| [48_000, 44_100, 32_000].get(usize::from(code)).copied();
        let full = |mode: u8| [2_u16, 1, 2, 3, 3, 4, 4, 5][usize::from(mode & 7)];
        if version > 10 {
            if version > 16 {
                return None;
            }
            let (sample_rate, blocks) = match e >> 6 {
                3 => (rate(e >> 4 & 3)? / 2, 6),
                code => (rate(code)?, [1, 2, 3, 6][usize::from(e >> 4 & 3)]),
            };
            let length = (usize::from(u16::from_be_bytes([c & 7, d])) + 1) * 2;
            let (mode, lfe) = (e >> 1 & 7, e & 1 != 0);
            return (length >= Self::SIZE).then_some(Self {
                enhanced: true,
                dependent: c >> 6 == 1,
                length,
                samples: blocks * 256,
                sample_rate,
                channels: full(mode) + u16::from(lfe),
                lfe,
            });
        }
        let sample_rate = rate(e >> 6)?;
        let kilobits = *Self::RATES.get(usize::from(e & 63) / 2)?;
        let words = match sample_rate {
            48_000 => kilobits * 2,
            44_100 => kilobits * 320 / 147 + u32::from(e & 1),
            _ => kilobits * 3,
        };
        let mode = g >> 5;
        // Mix levels lie between the mode and the flag.
        let mut shift = 3;
        shift += if mode & 1 != 0 && mode != 1 { 2 } else { 0 };
        shift += if mode & 4 != 0 { 2 } else { 0 };
        shift += if mode == 2 { 2 } else { 0 };
        let lfe = u16::from_be_bytes([g, h]) >> (15 - shift) & 1 != 0;
        Some(Self {
            enhanced: false,
            dependent: false,
            length: usize::try_from(words).ok()? * 2,
            samples: 1536,
            sample_rate: sample_rate >> version.saturating_sub(8),
            channels: full(mode) + u16::from(lfe),
            lfe,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ac3_headers_read() {
        let read = |bytes: [u8; 8]| {
            let header = Ac3Header::read(&bytes)?;
            Some((header.length, header.sample_rate, header.channels, header.samples))
        };
        // 192 kb/s at 48 kHz, stereo; 448 kb/s, 3/2 with the low frequencies.
        assert_eq!(read([0x0b, 0x77, 0, 0, 0x14, 0x40, 0x40, 0]), Some((768, 48_000, 2, 1536)));
        assert_eq!(read([0x0b, 0x77, 0, 0, 0x1e, 0x40, 0xe1, 0]), Some((1792, 48_000, 6, 1536)));
        assert_eq!(read([0x0b, 0x77, 0, 0, 0xcf, 0x40, 0x40, 0]), None);
        // Enhanced: 768 bytes, 6 blocks, stereo.
        assert_eq!(read([0x0b, 0x77, 0x01, 0x7f, 0x34, 0x80, 0, 0]), Some((768, 48_000, 2, 1536)));
        assert_eq!(read([0x0b, 0x76, 0x01, 0x7f, 0x34, 0x80, 0, 0]), None);
    }

    #[test]
    fn opus_packets_tell_their_length() {
        // 20 ms CELT; the size of 300 takes two bytes; trimming at the start.
        let mut bytes = vec![0x7f, 0xf0, 0xff, 45, 0, 9, 0xf8];
        bytes.resize(6 + 300, 1);
        let expected = Found::Frame { header: 6, length: 306, samples: (960, 48_000) };
        assert_eq!(find(FrameCodec::Opus, &bytes, false), expected);
        assert_eq!(find(FrameCodec::Opus, &bytes[..200], false), Found::More);
        assert_eq!(find(FrameCodec::Opus, b"ab", false), Found::Junk(1));
    }

    #[test]
    fn dependent_substreams_stay_with_their_frame() {
        let frame =
            |kind: u8| [&[0x0b, 0x77, kind << 6, 9, 0x34, 0x80, 0, 0][..], &[0; 12]].concat();
        let bytes = [frame(0), frame(1), frame(0)].concat();
        let length = |bytes: &[u8], ends| match find(FrameCodec::Ac3, bytes, ends) {
            Found::Frame { length, .. } => length,
            _ => 0,
        };
        assert_eq!(length(&bytes, false), 40);
        assert_eq!(length(&bytes[..20], false), 0);
        assert_eq!(length(&bytes[..20], true), 20);
    }
}
