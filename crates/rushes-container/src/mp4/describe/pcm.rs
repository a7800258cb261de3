//! Uncompressed sound: the sample entries of QuickTime ("Sound Sample Descriptions") and of ISO/IEC 23003-5.

use rushes_core::PcmFormat;

use super::Extensions;
use crate::mp4::boxes::{AudioEntry, FourCc, SoundVersion};

const IS_FLOAT: u32 = 1;
const IS_BIG_ENDIAN: u32 = 2;
const IS_SIGNED: u32 = 4;

/// The format of an uncompressed entry; `None` where it is compressed, or of a kind that we have no name for.
pub(super) fn format_of(
    kind: FourCc,
    entry: &AudioEntry,
    extensions: &Extensions,
) -> Option<PcmFormat> {
    let bits = entry.sample_bits;
    let little = extensions.payload(*b"enda").is_some_and(|enda| matches!(enda, [0, 1, ..]));
    match &kind.0 {
        b"twos" | b"NONE" => signed(bits, true),
        b"sowt" => signed(bits, false),
        b"raw " if bits == 16 => Some(PcmFormat::S16Be),
        b"raw " => Some(PcmFormat::U8),
        b"in24" => signed(24, !little),
        b"in32" => signed(32, !little),
        b"fl32" => float(32, !little),
        b"fl64" => float(64, !little),
        b"ulaw" => Some(PcmFormat::MuLaw),
        b"alaw" => Some(PcmFormat::ALaw),
        b"lpcm" => match entry.version {
            SoundVersion::Two { bits, flags, .. } => {
                let bits = u16::try_from(bits).ok()?;
                let big = flags & IS_BIG_ENDIAN != 0;
                match flags {
                    flags if flags & IS_FLOAT != 0 => float(bits, big),
                    flags if flags & IS_SIGNED != 0 => signed(bits, big),
                    _ => (bits == 8).then_some(PcmFormat::U8),
                }
            }
            _ => signed(bits, true),
        },
        b"ipcm" | b"fpcm" => {
            // FFmpeg 5 does not read this box, so that its packets differ; we follow the standard.
            let (little, bits) = match extensions.full_payload(*b"pcmC") {
                Some([flags, bits, ..]) => (flags & 1 != 0, u16::from(*bits)),
                _ => (false, bits),
            };
            if kind.0 == *b"ipcm" { signed(bits, !little) } else { float(bits, !little) }
        }
        _ => None,
    }
}

fn signed(bits: u16, big_endian: bool) -> Option<PcmFormat> {
    Some(match (bits, big_endian) {
        (8, _) => PcmFormat::S8,
        (16, false) => PcmFormat::S16Le,
        (16, true) => PcmFormat::S16Be,
        (24, false) => PcmFormat::S24Le,
        (24, true) => PcmFormat::S24Be,
        (32, false) => PcmFormat::S32Le,
        (32, true) => PcmFormat::S32Be,
        (64, false) => PcmFormat::S64Le,
        (64, true) => PcmFormat::S64Be,
        _ => return None,
    })
}

fn float(bits: u16, big_endian: bool) -> Option<PcmFormat> {
    Some(match (bits, big_endian) {
        (32, false) => PcmFormat::F32Le,
        (32, true) => PcmFormat::F32Be,
        (64, false) => PcmFormat::F64Le,
        (64, true) => PcmFormat::F64Be,
        _ => return None,
    })
}
