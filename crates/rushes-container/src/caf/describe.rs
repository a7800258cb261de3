//! The track of a CAF file: codec, layout, what the decoder needs.

use rushes_core::{
    AudioParameters, Buffer, ChannelLayout, CodecId, CodecParameters, MediaKind, PcmFormat,
    SampleFormat,
};

use super::header::{Description, Header};
use crate::blocks;
use crate::mp4::boxes::{BoxReader, Esds, FullBox};

/// Flags of `lpcm`.
const IS_FLOAT: u32 = 1;
const IS_LITTLE_ENDIAN: u32 = 2;
/// Tag of layouts that a bitmap tells.
const USE_BITMAP: u32 = 1 << 16;
/// Samples per second of all Opus.
const OPUS_RATE: u32 = 48_000;

/// The codec and its parameters.
pub(super) fn parameters(description: &Description, header: &Header) -> CodecParameters {
    let mut audio = AudioParameters::new(description.sample_rate, layout(description, header));
    let codec = codec_of(description);
    audio.bits_per_sample = description.bits;
    audio.frame_samples = Some(description.packet_samples).filter(|samples| *samples > 1);
    if let Some(table) = &header.table {
        (audio.delay, audio.padding) = (table.priming, table.remainder);
    }
    if let CodecId::Pcm(format) = codec {
        audio.block_align = description.packet_bytes;
        audio.sample_format = Some(blocks::sample_format(format));
    } else if !description.varies() {
        audio.block_align = description.packet_bytes;
    }
    let private = match codec {
        CodecId::Aac => aac(&header.cookie),
        CodecId::Alac => alac(&header.cookie),
        CodecId::Opus => opus(description, &audio),
        _ => header.cookie.clone(),
    };
    match codec {
        CodecId::Aac | CodecId::Opus | CodecId::Mp3 => {
            (audio.sample_format, audio.bits_per_sample) = (Some(SampleFormat::F32), 0);
        }
        CodecId::Alac => {
            if let Some(bits) = private.get(5) {
                audio.bits_per_sample = u16::from(*bits);
            }
            let fits = audio.bits_per_sample <= 16;
            audio.sample_format = Some(if fits { SampleFormat::S16 } else { SampleFormat::S32 });
        }
        _ => {}
    }
    let mut parameters = CodecParameters::audio(codec, audio);
    parameters.private = private;
    if !description.varies() {
        let rate = u64::from(description.sample_rate);
        let bits = (u64::from(description.packet_bytes) * 8).saturating_mul(rate);
        parameters.bit_rate = bits.checked_div(description.packet_samples.into());
    }
    parameters
}

fn codec_of(description: &Description) -> CodecId {
    let bytes = description.packet_bytes / u32::from(description.channels);
    let is_float = description.flags & IS_FLOAT != 0;
    let is_little = description.flags & IS_LITTLE_ENDIAN != 0;
    let pcm = match (&description.format, bytes, is_float, is_little) {
        (b"lpcm", 1, false, _) => PcmFormat::S8,
        (b"lpcm", 2, false, true) => PcmFormat::S16Le,
        (b"lpcm", 2, false, false) => PcmFormat::S16Be,
        (b"lpcm", 3, false, true) => PcmFormat::S24Le,
        (b"lpcm", 3, false, false) => PcmFormat::S24Be,
        (b"lpcm", 4, false, true) => PcmFormat::S32Le,
        (b"lpcm", 4, false, false) => PcmFormat::S32Be,
        (b"lpcm", 4, true, true) => PcmFormat::F32Le,
        (b"lpcm", 4, true, false) => PcmFormat::F32Be,
        (b"lpcm", 8, true, true) => PcmFormat::F64Le,
        (b"lpcm", 8, true, false) => PcmFormat::F64Be,
        (b"alaw", 1, ..) => PcmFormat::ALaw,
        (b"ulaw", 1, ..) => PcmFormat::MuLaw,
        _ => return compressed(description.format),
    };
    CodecId::Pcm(pcm)
}

fn compressed(format: [u8; 4]) -> CodecId {
    match &format {
        b"aac " | b"aach" | b"aacp" => CodecId::Aac,
        b"alac" => CodecId::Alac,
        b"opus" => CodecId::Opus,
        b".mp1" => CodecId::Mp1,
        b".mp2" => CodecId::Mp2,
        b".mp3" => CodecId::Mp3,
        b"ac-3" => CodecId::Ac3,
        b"ec-3" => CodecId::Eac3,
        b"samr" => CodecId::AmrNb,
        _ => {
            let name = String::from_utf8_lossy(&format).into_owned();
            CodecId::Unknown(MediaKind::Audio, name)
        }
    }
}

/// The layout; that of a tag other than the bitmap's is the usual one of its number of channels.
fn layout(description: &Description, header: &Header) -> ChannelLayout {
    match header.layout {
        Some((USE_BITMAP, bitmap)) => ChannelLayout::from_mask(description.channels, bitmap),
        _ => ChannelLayout::default_for(description.channels),
    }
}

/// The `AudioSpecificConfig`, which is inside of the descriptors of MPEG-4 or alone.
fn aac(cookie: &Buffer) -> Buffer {
    if cookie.first() != Some(&3) {
        return cookie.clone();
    }
    let read = Esds::read(&mut BoxReader::new(cookie, 0));
    read.map_or_else(|_| cookie.clone(), |esds| Buffer::from(esds.config.specific))
}

/// The `ALACSpecificConfig`, in front of which older files have the boxes `frma` and `alac`.
fn alac(cookie: &Buffer) -> Buffer {
    let mut bytes = &cookie[..];
    if bytes.get(4..8) == Some(b"frma") {
        bytes = bytes.get(12..).unwrap_or_default();
    }
    if bytes.get(4..8) == Some(b"alac") {
        bytes = bytes.get(12..).unwrap_or_default();
    }
    Buffer::from(bytes)
}

/// The identification header (RFC 7845, 5.1), which Apple's files do not have.
fn opus(description: &Description, audio: &AudioParameters) -> Buffer {
    let channels = u8::try_from(description.channels).unwrap_or(u8::MAX);
    let pre_skip = u64::from(audio.delay) * u64::from(OPUS_RATE) / u64::from(audio.sample_rate);
    let mut head = b"OpusHead\x01".to_vec();
    head.push(channels);
    head.extend(u16::try_from(pre_skip).unwrap_or(0).to_le_bytes());
    head.extend(description.sample_rate.to_le_bytes());
    head.extend([0, 0]);
    // More channels than two need a mapping that nothing here tells.
    head.push(if channels <= 2 { 0 } else { 255 });
    Buffer::from(if channels <= 2 { head } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_unwrapped() {
        let config: Vec<u8> = (0..24).collect();
        let old = [&b"\0\0\0\x0cfrmaalac\0\0\0\x24alac\0\0\0\0"[..], &config].concat();
        assert_eq!(alac(&Buffer::from(old))[..], config);
        assert_eq!(alac(&Buffer::from(&config[..]))[..], config);
        let descriptors = [
            0x03, 0x19, 0, 0, 0, 0x04, 0x11, 0x40, 0x15, 0, 0x18, 0, 0, 0, 0xfa, 0, 0, 0, 0xfa, 0,
            0x05, 0x02, 0x12, 0x10, 0x06, 0x01, 0x02,
        ];
        assert_eq!(aac(&Buffer::from(&descriptors[..]))[..], [0x12, 0x10]);
        assert_eq!(aac(&Buffer::from(&[0x12, 0x10][..]))[..], [0x12, 0x10]);
        assert_eq!(aac(&Buffer::from(&[3][..]))[..], [3]);
    }
}
